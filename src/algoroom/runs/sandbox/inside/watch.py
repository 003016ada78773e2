"""What a sandbox uses, counted by its first process where no control group counts."""

# ruff: noqa: PTH123, PTH208
from __future__ import annotations

import os
import resource

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    Job = dict[str, Any]

INODE_BYTES = 1024  # what an empty file and its name take in a memory file system


class Watch:
    """What all processes of the sandbox use together, where nothing else counts it."""

    def __init__(self, job: Job) -> None:
        self.limits = job["watch"]
        self.folders = job["writable"]
        self.peak_bytes = 0
        self.page_bytes = resource.getpagesize()
        self.tick_ns = 1_000_000_000 // os.sysconf("SC_CLK_TCK")

    def sample(self) -> tuple[int, int]:
        """Nanoseconds of the processor and bytes, of what lives."""
        ticks = pages = 0
        for name in os.listdir("/proc"):
            if not name.isdigit() or name == "1":
                continue
            try:
                with open("/proc/" + name + "/stat", "rb") as source:
                    fields = source.read().rpartition(b")")[2].split()
                with open("/proc/" + name + "/statm", "rb") as source:
                    sizes = source.read().split()
            except OSError:
                continue
            ticks += sum(map(int, fields[11:15]))
            pages += int(sizes[1]) - int(sizes[2])
        memory = pages * self.page_bytes
        for folder in self.folders:
            state = os.statvfs(folder)
            memory += (state.f_blocks - state.f_bfree) * state.f_frsize
            memory += (state.f_files - state.f_ffree) * INODE_BYTES
        self.peak_bytes = max(self.peak_bytes, memory)
        return ticks * self.tick_ns, memory

    def exceeded(self, reaped_ns: int) -> tuple[str | None, int]:
        """Which limit is passed, and the processor time, that of the dead included."""
        cpu_ns, memory = self.sample()
        cpu_ns += reaped_ns
        if memory > self.limits["memory_bytes"]:
            return "memory", cpu_ns
        if cpu_ns > self.limits["cpu_ns"]:
            return "cpu", cpu_ns
        return None, cpu_ns
