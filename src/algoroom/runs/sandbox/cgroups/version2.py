"""Control groups, version 2: one hierarchy, whose inner groups may hold no processes.

So a server whose own group is delegated to it moves itself into a leaf below before it hands
controllers down. All runs together then have the processor share that the server has.
"""

import itertools
import os
from pathlib import Path

from algoroom.runs.sandbox.cgroups.group import Files, Owned, Usage, pids, remove

NEEDED = ("memory", "pids")
WANTED = (*NEEDED, "cpu")
SERVER = "server"


class Version2:
    """Groups below `parent`, which is the server's own group or the root of the hierarchy."""

    version = 2

    def __init__(self, parent: Path) -> None:
        """Raises OSError where the group is not delegated or holds other processes."""
        self._names = itertools.count()
        hand_down(parent)
        self._owned = Owned(parent)
        try:
            hand_down(self._owned.path)
        except OSError:
            self._owned.close()
            raise

    def create(self) -> "Group2":
        group = Group2(self._owned.path / f"run-{next(self._names)}")
        group.make()
        return group

    def close(self) -> None:
        self._owned.close()


def hand_down(group: Path) -> None:
    """Let children of `group` be bounded, moving this server into a leaf if it is in the way."""
    offered = (group / "cgroup.controllers").read_text().split()
    missing = [name for name in NEEDED if name not in offered]
    if missing:
        raise OSError(f"{group} has no {' and no '.join(missing)} controller")
    present = (group / "cgroup.subtree_control").read_text().split()
    if all(name in present for name in WANTED if name in offered):
        return
    moved = False
    leaf = group / SERVER
    if os.getpid() in pids(group):
        leaf.mkdir(exist_ok=True)
        (leaf / "cgroup.procs").write_text(str(os.getpid()))
        moved = True
    try:
        for name in WANTED:
            if name in offered:
                (group / "cgroup.subtree_control").write_text(f"+{name}")
    except OSError:
        if moved:
            (group / "cgroup.procs").write_text(str(os.getpid()))
            remove(leaf)
        raise


class Group2:
    """One sandbox's directory."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._files = Files()
        self._sampled_peak_bytes = 0
        self._kernel_counts_peak = True

    def make(self) -> None:
        self._folder.mkdir()
        self._files.write_where_offered(f"{self._folder}/memory.swap.max", 0)

    def folders(self) -> list[Path]:
        return [self._folder]

    def admit(self, pid: int) -> None:
        (self._folder / "cgroup.procs").write_text(str(pid))

    def limit(self, memory_bytes: int, processes: int) -> None:
        self._files.write(f"{self._folder}/memory.max", memory_bytes)
        self._files.write(f"{self._folder}/pids.max", processes)

    def begin(self) -> Usage:
        self._sampled_peak_bytes = 0
        try:
            self._files.write(f"{self._folder}/memory.peak", 0)
        except OSError:  # since Linux 5.19 it is there, since 6.12 it can be begun anew
            self._kernel_counts_peak = False
        return self.usage()

    def usage(self) -> Usage:
        files = self._files
        memory_bytes = files.number(f"{self._folder}/memory.current")
        self._sampled_peak_bytes = max(self._sampled_peak_bytes, memory_bytes)
        if self._kernel_counts_peak:
            peak_bytes = files.number(f"{self._folder}/memory.peak")
        else:
            peak_bytes = self._sampled_peak_bytes
        return Usage(
            cpu_ns=files.keyed(f"{self._folder}/cpu.stat", b"usage_usec") * 1000,
            memory_bytes=memory_bytes,
            peak_memory_bytes=peak_bytes,
            oom_kills=files.keyed(f"{self._folder}/memory.events", b"oom_kill"),
            processes=files.number(f"{self._folder}/pids.current"),
            refused=files.keyed(f"{self._folder}/pids.events", b"max"),
            peak_is_counted=self._kernel_counts_peak,
        )

    def close(self) -> None:
        self._files.close()
