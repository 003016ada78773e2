"""What a run may have left on the host, looked for from outside."""

import asyncio
import os
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from algoroom.runs.engine import Engine

# How many times longer everything may take here than on a usual machine.
SLOWER = float(os.environ.get("TESTS_SLOWER", "1"))


@dataclass(frozen=True, slots=True)
class Traces:
    """How many processes of which name are below this one, control groups of its runs, and open
    descriptors. Numbers, since what waits for the next run is replaced with each."""

    processes: Counter[str]
    groups: int
    descriptors: int

    def within(self, before: "Traces") -> bool:
        return (
            self.processes <= before.processes
            and self.groups <= before.groups
            and self.descriptors <= before.descriptors
        )


_running: set[Engine] = set()


@asynccontextmanager
async def running_engine(**options: Any) -> AsyncIterator[Engine]:
    """An engine whose starts `all_ready` waits for, since the traces of all count together."""
    async with Engine(**options) as engine:
        _running.add(engine)
        try:
            await engine.ready()
            yield engine
        finally:
            _running.discard(engine)


async def all_ready() -> None:
    """Return when what waits for the next runs is there, which is no trace of the last ones."""
    for engine in list(_running):
        await engine.warm_compilers()


def traces(pid: int | None = None) -> Traces:
    own = pid or os.getpid()
    return Traces(
        # bubblewrap is started by its descriptor, which is its name then.
        processes=Counter(row.partition(" ")[2].strip("0123456789") for row in descendants(own)),
        groups=len(groups_of(own)),
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


async def until_as_before(before: Traces, deadline_s: float = 10.0) -> None:
    """Return when nothing is there that was not there before. Raises AssertionError."""
    end = time.monotonic() + deadline_s * SLOWER
    while True:
        now = traces()
        if now.within(before):
            return
        assert time.monotonic() < end, f"left over: {now} where there was {before}"
        await asyncio.sleep(0.02)


def resident_bytes(pid: int | None = None) -> int:
    """The memory of a process that is its own and in use."""
    pages = Path(f"/proc/{pid or os.getpid()}/statm").read_text().split()
    return (int(pages[1]) - int(pages[2])) * os.sysconf("SC_PAGE_SIZE")
