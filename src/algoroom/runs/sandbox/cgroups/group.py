"""What both versions of control groups offer, and what they share."""

import contextlib
import errno
import fcntl
import logging
import os
import re
import secrets
import signal
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

log = logging.getLogger(__name__)

PREFIX = "algoroom-"
# Exactly what `Owned` makes: a service of this name has a group of its own, which is not ours.
OWNED = re.compile(rf"{PREFIX}[0-9]+-[0-9a-f]{{8}}")
REMOVAL_S = 2.0
CLAIMS = 10


@dataclass(frozen=True, slots=True)
class Usage:
    """`refused` counts the processes that the limit kept from starting."""

    cpu_ns: int
    memory_bytes: int
    peak_memory_bytes: int
    oom_kills: int
    processes: int
    refused: int


class Group(Protocol):
    """One sandbox's control group, in whatever number of hierarchies."""

    def admit(self, pid: int) -> None:
        """Move a process in; its children will be born there."""

    def limit(self, memory_bytes: int, processes: int) -> None:
        """Set or change both limits, swap included in the first."""

    def usage(self) -> Usage:
        """What the group used so far."""

    def folders(self) -> list[Path]:
        """Its directories, for killing and removing."""


class Hierarchy(Protocol):
    """Where groups are made. `version` says which kernel interface it is: 1 or 2."""

    version: int

    def create(self) -> Group:
        """A new empty group. Raises OSError."""

    def close(self) -> None:
        """Remove what the server made for itself; its groups are gone by then."""


def number(path: Path) -> int:
    """A file of one number; `max` counts as none."""
    text = path.read_text().strip()
    return 0 if text == "max" else int(text)


def keyed(path: Path, key: str) -> int:
    """One number of a file of `key number` lines, 0 where the kernel does not offer it."""
    with contextlib.suppress(OSError):
        for line in path.read_text().splitlines():
            name, _, value = line.partition(" ")
            if name == key:
                return int(value)
    return 0


def write_where_offered(path: Path, value: str) -> None:
    """Some files exist only with some kernel options (swap accounting, processor shares)."""
    with contextlib.suppress(FileNotFoundError, PermissionError):
        path.write_text(value)


def kill(group: Group) -> None:
    """Kill every process that is in the group now."""
    for folder in group.folders():
        with contextlib.suppress(OSError):
            (folder / "cgroup.kill").write_text("1")
        for pid in pids(folder):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


def pids(folder: Path) -> list[int]:
    try:
        return [int(line) for line in (folder / "cgroup.procs").read_text().split()]
    except OSError as error:
        if error.errno in (errno.ENOENT, errno.ENODEV):
            return []
        raise


def remove(folder: Path) -> bool:
    """Remove an emptied group; False while something in it is still dying."""
    try:
        folder.rmdir()
    except FileNotFoundError:
        return True
    except OSError as error:
        if error.errno == errno.EBUSY:
            return False
        raise
    return True


class Owned:
    """A directory of this server's groups, locked while the server lives.

    The lock tells a living server's directory from a dead one's, also across pid namespaces
    and after a pid was given to somebody else.
    """

    def __init__(self, parent: Path) -> None:
        """Raises OSError where `parent` may not be written."""
        for _ in range(CLAIMS):
            self.path = parent / f"{PREFIX}{os.getpid()}-{secrets.token_hex(4)}"
            self.path.mkdir()
            lock = _claim(self.path)
            if lock is not None:
                self._lock = lock
                return
        raise OSError(f"{parent} is being swept by others all the time")

    def close(self) -> None:
        deadline = time.monotonic() + REMOVAL_S
        while not remove(self.path) and time.monotonic() < deadline:
            time.sleep(0.01)
        os.close(self._lock)


def _claim(folder: Path) -> int | None:
    """Lock a fresh directory; None where another server's sweep came between and removed it."""
    try:
        lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    except FileNotFoundError:
        return None
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if folder.exists():
            return lock
    except BlockingIOError:
        log.debug("%s is being swept", folder)
    os.close(lock)
    return None


def sweep(top: Path) -> None:
    """Remove what servers that died left anywhere below `top`, processes included.

    Anywhere, since a server that is started anew may stand elsewhere than the one that died.
    What belongs to somebody else's server, living or dead, stays.
    """
    for place, names, _ in os.walk(top):
        for name in [name for name in names if OWNED.fullmatch(name)]:
            names.remove(name)
            with contextlib.suppress(OSError):
                _sweep_one(Path(place) / name)


def _sweep_one(left: Path) -> None:
    lock = os.open(left, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        _clear(left)
    finally:
        os.close(lock)


def _clear(left: Path) -> None:
    deadline = time.monotonic() + REMOVAL_S
    for folder in [*(child for child in left.iterdir() if child.is_dir()), left]:
        while not remove(folder) and time.monotonic() < deadline:
            for pid in pids(folder):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            time.sleep(0.01)
