"""What a run may have left on the host, looked for from outside."""

import asyncio
import glob
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
    groups = glob.glob(f"/sys/fs/cgroup/**/algoroom-{own}-*/run-*", recursive=True)
    return Traces(
        processes=frozenset(descendants(own)),
        groups=frozenset(groups),
        descriptors=len(os.listdir(f"/proc/{own}/fd")),
    )


def descendants(top: int) -> list[str]:
    """`pid name` of every process below `top`."""
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
        if above == top:
            found.append(f"{pid} {name}")
    return found


async def until_as_before(before: Traces, deadline_s: float = 3.0) -> None:
    """Return when nothing is there that was not there before. Raises AssertionError."""
    end = time.monotonic() + deadline_s
    while True:
        now = traces()
        if now.processes <= before.processes and now.groups <= before.groups:
            if now.descriptors <= before.descriptors:
                return
        assert time.monotonic() < end, f"left over: {now} where there was {before}"
        await asyncio.sleep(0.02)
