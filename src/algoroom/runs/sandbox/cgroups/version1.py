"""Control groups, version 1: one hierarchy for each controller, also on hybrid hosts.

All runs together have the processor share of one process of the server, and each of them as much
as any other: that is what the groups' default shares come to.
"""

import itertools
from pathlib import Path

from algoroom.runs.sandbox.cgroups.group import Files, Owned, Usage

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
        self._files = Files()
        memory, pids = places["memory"], places["pids"]
        # Plain text, once: these are read and written for every program.
        self._limit = f"{memory}/memory.limit_in_bytes"
        self._limit_with_swap = f"{memory}/memory.memsw.limit_in_bytes"
        self._limit_of_buffers = f"{memory}/memory.kmem.tcp.limit_in_bytes"
        self._memory = f"{memory}/memory.usage_in_bytes"
        self._peak = f"{memory}/memory.max_usage_in_bytes"
        self._oom = f"{memory}/memory.oom_control"
        self._most = f"{pids}/pids.max"
        self._processes = f"{pids}/pids.current"
        self._refused = f"{pids}/pids.events"
        self._cpu = f"{places['cpuacct']}/cpuacct.usage"

    def make(self) -> None:
        for folder in self.folders():
            folder.mkdir()

    def folders(self) -> list[Path]:
        return list(dict.fromkeys(self._places.values()))

    def admit(self, pid: int) -> None:
        for folder in self.folders():
            (folder / "cgroup.procs").write_text(str(pid))

    def limit(self, memory_bytes: int, processes: int) -> None:
        files = self._files
        # Memory with swap may never be below memory alone, so growing and shrinking differ.
        files.write_where_offered(self._limit_with_swap, -1)
        files.write(self._limit, memory_bytes)
        files.write_where_offered(self._limit_with_swap, memory_bytes)
        # Here the buffers of TCP and UDP are counted apart, and only under a limit of their own.
        buffers = max(memory_bytes // SOCKET_SHARE, LEAST_SOCKET_BYTES)
        files.write_where_offered(self._limit_of_buffers, buffers)
        files.write(self._most, processes)

    def begin(self) -> Usage:
        self._files.write(self._peak, 0)
        return self.usage()

    def usage(self) -> Usage:
        files = self._files
        return Usage(
            cpu_ns=files.number(self._cpu),
            memory_bytes=files.number(self._memory),
            peak_memory_bytes=files.number(self._peak),
            oom_kills=files.keyed(self._oom, b"oom_kill"),
            processes=files.number(self._processes),
            refused=files.keyed(self._refused, b"max"),
        )

    def close(self) -> None:
        self._files.close()
