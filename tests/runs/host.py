"""What a run may have left on the host, looked for from outside."""

import asyncio
import os
import time
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Traces:
    """Processes below this one, control groups of its runs, and its open descriptors."""

    processes: frozenset[str]
    groups: frozenset[str]
    descriptors: int


def traces(pid: int | None = None) -> Traces:
    own = pid or os.getpid()
    return Traces(
        processes=frozenset(descendants(own)),
        groups=frozenset(groups_of(own)),
        descriptors=sum(1 for _ in Path(f"/proc/{own}/fd").iterdir()),
    )


def groups_of(pid: int) -> list[str]:
    """Control groups of the runs of the server that `pid` is or was."""
    return [
        f"{place}/{name}"
        for place, names, _ in os.walk("/sys/fs/cgroup")  # which does not mind what vanishes
        if f"/algoroom-{pid}-" in place
        for name in names
    ]


def descendants(top: int) -> list[str]:
    """`pid name` of every process below `top`, but for a database's, which come and go."""
    rows: dict[int, tuple[int, str]] = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                before, _, after = (folder / "stat").read_text().rpartition(")")
            except OSError:
                continue
            rows[int(folder.name)] = (int(after.split()[1]), before.partition("(")[2])
    found = []
    for pid, (parent, name) in rows.items():
        above = parent
        while above not in (0, top) and above in rows:
            above = rows[above][0]
        if above == top and name != "postgres":
            found.append(f"{pid} {name}")
    return found


async def until_as_before(before: Traces, deadline_s: float = 3.0) -> None:
    """Return when nothing is there that was not there before. Raises AssertionError."""
    end = time.monotonic() + deadline_s
    while True:
        now = traces()
        gone = now.processes <= before.processes and now.groups <= before.groups
        if gone and now.descriptors <= before.descriptors:
            return
        assert time.monotonic() < end, f"left over: {now} where there was {before}"
        await asyncio.sleep(0.02)


def resident_bytes(pid: int | None = None) -> int:
    """The memory of a process that is its own and in use."""
    pages = Path(f"/proc/{pid or os.getpid()}/statm").read_text().split()
    return (int(pages[1]) - int(pages[2])) * os.sysconf("SC_PAGE_SIZE")
