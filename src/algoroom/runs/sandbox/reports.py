"""What the first process inside says: lines, and files that follow their line."""

import asyncio
import os
from collections.abc import Callable
from dataclasses import dataclass

from algoroom.runs.sandbox.command import File, Limit

CHUNK_BYTES = 256 * 1024
LONGEST_LINE = 4096
LEAST_BYTES = 1024 * 1024
READY, PRESTARTED, COLLECTED = "ready", "prestarted", "collected"
WORDS = frozenset((READY, PRESTARTED, COLLECTED))


@dataclass(frozen=True, slots=True)
class Exit:
    """The program's end. `code` is None where `signal` ended it or `limit` did."""

    code: int | None
    signal: int | None
    limit: Limit | None
    wall_ns: int


class Reports:
    """Reads reports from a non-blocking descriptor; `on_change` is called with each.

    `said` are the words of those that are a word alone; `closed` tells that nothing more comes.
    `cpu_ns` and `peak_memory_bytes` are what the sandbox itself has counted so far. What does not
    read as a report counts as a fault, and nothing after it is read.
    """

    def __init__(self, descriptor: int, on_change: Callable[[], None]) -> None:
        self._descriptor: int | None = descriptor
        self._on_change = on_change
        self._loop = asyncio.get_running_loop()
        self._buffer = bytearray()
        self._left_bytes = LEAST_BYTES
        self.said: set[str] = set()
        self.closed = False
        self.exit: Exit | None = None
        self.cpu_ns = 0
        self.peak_memory_bytes = 0
        self.files: list[File] = []
        self.unfit: str | None = None
        self.fault: str | None = None
        self._loop.add_reader(descriptor, self._read, descriptor)

    def allow(self, more_bytes: int) -> None:
        """Take so much more than what a run without files has to tell."""
        self._left_bytes += more_bytes

    def close(self) -> None:
        if self._descriptor is not None:
            self._loop.remove_reader(self._descriptor)
            os.close(self._descriptor)
            self._descriptor = None
        self.closed = True
        self._on_change()

    def _read(self, descriptor: int) -> None:
        try:
            data = os.read(descriptor, CHUNK_BYTES)
        except BlockingIOError:
            return
        self._left_bytes -= len(data)
        if not data:
            self.close()
            return
        self._buffer += data
        try:
            if self._left_bytes < 0:
                raise ValueError("more than was agreed")
            while self._take():
                pass
        except (ValueError, IndexError) as error:
            self.fault = f"the sandbox reports nonsense: {error}"
            self.close()
        self._on_change()

    def _take(self) -> bool:
        """Take one report off the buffer; False when it is not whole yet."""
        end = self._buffer.find(b"\n")
        if end < 0:
            if len(self._buffer) > LONGEST_LINE:
                raise ValueError("a line without end")
            return False
        kind, _, rest = self._buffer[:end].decode("utf-8", "replace").partition(" ")
        body = end + 1
        if kind in WORDS:
            self.said.add(kind)
        elif kind == "exit":
            code, signal, *figures = map(int, rest.split())
            self._end(None if signal else code, signal or None, None, figures)
        elif kind == "limit":
            name, *figures_text = rest.split()
            self._end(None, None, Limit(name), list(map(int, figures_text)))
        elif kind == "usage":
            self.cpu_ns, self.peak_memory_bytes = map(int, rest.split())
        elif kind == "unfit":
            self.unfit = rest
        elif kind == "fault":
            self.fault = rest
        elif kind == "file":
            size, executable, name_size = map(int, rest.split())
            whole = body + name_size + size
            if len(self._buffer) < whole:
                return False
            name = bytes(self._buffer[body : body + name_size]).decode("utf-8", "surrogateescape")
            data = bytes(self._buffer[body + name_size : whole])
            self.files.append(File(name, data, bool(executable)))
            body = whole
        else:
            raise ValueError(kind)
        del self._buffer[:body]
        return True

    def _end(
        self, code: int | None, signal: int | None, limit: Limit | None, figures: list[int]
    ) -> None:
        wall_ns, cpu_ns, peak = figures
        self.cpu_ns, self.peak_memory_bytes = cpu_ns, peak
        self.exit = Exit(code, signal, limit, wall_ns)
