"""Control groups, version 1: one hierarchy for each controller, also on hybrid hosts.

All runs together have the processor share of one process of the server, and each of them as much
as any other: that is what the groups' default shares come to.
"""

import itertools
from pathlib import Path

from algoroom.runs.sandbox.cgroups.group import (
    Owned,
    Usage,
    keyed,
    number,
    write_where_offered,
)

NEEDED = ("memory", "pids", "cpuacct")
SOCKET_SHARE = 8
LEAST_SOCKET_BYTES = 4 * 1024 * 1024


class Version1:
    """Groups below the server's own place in each controller's hierarchy."""

    version = 1

    def __init__(self, parents: dict[str, Path]) -> None:
        """`parents`: controller to directory. Raises OSError where they cannot be written."""
        self._owned: dict[Path, Owned] = {}
        self._controllers: dict[str, Path] = {}
        self._names = itertools.count()
        try:
            for controller, parent in parents.items():
                if parent not in self._owned:
                    self._owned[parent] = Owned(parent)
                self._controllers[controller] = self._owned[parent].path
        except OSError:
            self.close()
            raise

    def create(self) -> "Group1":
        name = f"run-{next(self._names)}"
        group = Group1({key: base / name for key, base in self._controllers.items()})
        group.make()
        return group

    def close(self) -> None:
        for owned in self._owned.values():
            owned.close()
        self._owned.clear()


class Group1:
    """One sandbox's directories, by controller."""

    def __init__(self, places: dict[str, Path]) -> None:
        self._places = places

    def make(self) -> None:
        for folder in self.folders():
            folder.mkdir()

    def folders(self) -> list[Path]:
        return list(dict.fromkeys(self._places.values()))

    def admit(self, pid: int) -> None:
        for folder in self.folders():
            (folder / "cgroup.procs").write_text(str(pid))

    def limit(self, memory_bytes: int, processes: int) -> None:
        memory = self._places["memory"]
        # Memory with swap may never be below memory alone, so growing and shrinking differ.
        write_where_offered(memory / "memory.memsw.limit_in_bytes", "-1")
        (memory / "memory.limit_in_bytes").write_text(str(memory_bytes))
        write_where_offered(memory / "memory.memsw.limit_in_bytes", str(memory_bytes))
        # Here the buffers of TCP and UDP are counted apart, and only under a limit of their own.
        buffers = max(memory_bytes // SOCKET_SHARE, LEAST_SOCKET_BYTES)
        write_where_offered(memory / "memory.kmem.tcp.limit_in_bytes", str(buffers))
        (self._places["pids"] / "pids.max").write_text(str(processes))

    def usage(self) -> Usage:
        memory, pids = self._places["memory"], self._places["pids"]
        return Usage(
            cpu_ns=number(self._places["cpuacct"] / "cpuacct.usage"),
            memory_bytes=number(memory / "memory.usage_in_bytes"),
            peak_memory_bytes=number(memory / "memory.max_usage_in_bytes"),
            oom_kills=keyed(memory / "memory.oom_control", "oom_kill"),
            processes=number(pids / "pids.current"),
            refused=keyed(pids / "pids.events", "max"),
        )
