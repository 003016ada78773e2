"""Processor time of a process, everything below it, and everything that was below it."""

import os
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")


def tree_cpu_s(top: int) -> float:
    """User and system time in seconds, in steps of the kernel's clock (10 ms mostly).

    A process that is gone counts with the one that waited for it.
    """
    parents: dict[int, int] = {}
    used: dict[int, int] = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                text = (folder / "stat").read_text()
            except OSError:
                continue
            fields = text.rpartition(")")[2].split()
            parents[int(folder.name)] = int(fields[1])
            used[int(folder.name)] = sum(map(int, fields[11:15]))
    return sum(ticks for pid, ticks in used.items() if below(pid, top, parents)) / TICKS


def below(pid: int, top: int, parents: dict[int, int]) -> bool:
    while pid in parents and pid != top:
        pid = parents[pid]
    return pid == top
