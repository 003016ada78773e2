"""What a server's processes took of the processor and of memory, as the kernel counts it."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")
PROC = Path("/proc")
LONGEST_S = 120.0
QUIET_SHARE = 0.02


def tree(pid: int) -> Iterator[int]:
    """A process and everything below it."""
    yield pid
    tasks: list[Path] = []
    with suppress(FileNotFoundError):  # it has ended
        tasks += (PROC / str(pid) / "task").iterdir()
    for task in tasks:
        try:
            children = (task / "children").read_text()
        except (FileNotFoundError, ProcessLookupError):
            continue
        for child in children.split():
            yield from tree(int(child))


@contextmanager
def placed(core: int | None) -> Iterator[None]:
    """What is started meanwhile stays on one core; with None it may use all."""
    cores = os.sched_getaffinity(0)
    if core in cores:
        os.sched_setaffinity(0, {core})
    try:
        yield
    finally:
        os.sched_setaffinity(0, cores)


def prefer(pid: int) -> None:
    """Let a process go before whatever else the machine does, where that is allowed.

    It is for server and clients alike: others' work would be in the times that are measured, and
    most in those of who is measured meanwhile.
    """
    policy = os.SCHED_RR | os.SCHED_RESET_ON_FORK  # children are others again
    for thread in (PROC / str(pid) / "task").iterdir():
        with suppress(PermissionError, ProcessLookupError):
            os.sched_setscheduler(int(thread.name), policy, os.sched_param(1))


def processor_s(pid: int) -> float:
    """Seconds of processor time of a process, its children, and those that it waited for."""
    return sum(map(_own_s, tree(pid)))


def rest(pid: int, quiet_s: float) -> None:
    """Wait until a process and its children do next to nothing for so long, and not for ever.

    What a server has begun by itself (finding out what it can run, unloading) is no one's edit.
    """
    deadline = time.monotonic() + LONGEST_S
    while time.monotonic() < deadline:
        used_s = processor_s(pid)
        time.sleep(quiet_s)
        if processor_s(pid) - used_s <= QUIET_SHARE * quiet_s:
            return


def _own_s(pid: int) -> float:
    try:
        text = (PROC / str(pid) / "stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return 0.0
    # After the name, which may hold anything: utime, stime, cutime, cstime are 11 further.
    fields = text.rpartition(")")[2].split()
    return sum(map(int, fields[11:15])) / TICKS


def memory_bytes(pid: int) -> int:
    """What a process and its children have in memory, each shared page counted by its share."""
    return sum(map(_proportional_bytes, tree(pid)))


def _proportional_bytes(pid: int) -> int:
    try:
        lines = (PROC / str(pid) / "smaps_rollup").read_text().splitlines()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))
