"""A program's pipes: what it prints, up to a limit, and what it reads."""

import asyncio
import errno
import os
import termios
from collections.abc import Callable

from algoroom.runs.console import Console
from algoroom.runs.model import Stream, Terminal

CHUNK_BYTES = 64 * 1024
# What a terminal takes for the end of its input (termios(3), VEOF). Each one ends one read, and
# the first perhaps only an unfinished line: who reads on after an end finds another one.
END_KEYS = b"\x04" * 8

Sink = Callable[[Stream, bytes], None]


class Capture:
    """Reads standard output and standard error as they come; both share one limit.

    Exactly `limit_bytes` is within it. Of what comes beyond nothing is kept, `cut` tells of which
    streams. `on_change` is called when the limit is passed and when all is read.
    """

    def __init__(self, limit_bytes: int, sink: Sink, on_change: Callable[[], None]) -> None:
        self._left_bytes = limit_bytes
        self._sink = sink
        self._on_change = on_change
        self._loop = asyncio.get_running_loop()
        self._open: set[int] = set()
        self._drained = asyncio.Event()
        self._kept = {stream: bytearray() for stream in Stream}
        self.cut: set[Stream] = set()

    def watch(self, stream: Stream, descriptor: int) -> None:
        """Take over a non-blocking descriptor; it is closed at its end or by `close`."""
        self._loop.add_reader(descriptor, self._read, stream, descriptor)
        self._open.add(descriptor)

    def kept(self, stream: Stream) -> bytes:
        return bytes(self._kept[stream])

    @property
    def exceeded(self) -> bool:
        """Whether more came than the limit."""
        return bool(self.cut)

    @property
    def watching(self) -> bool:
        """Whether somebody may hold the other ends still."""
        return bool(self._open)

    async def drained(self) -> None:
        """Return when nobody holds the other ends any more."""
        await self._drained.wait()

    def close(self) -> None:
        for descriptor in list(self._open):
            self._forget(descriptor)

    def _read(self, stream: Stream, descriptor: int) -> None:
        try:
            data = os.read(descriptor, CHUNK_BYTES)
        except BlockingIOError:
            return
        except OSError as error:
            if error.errno != errno.EIO:
                raise
            data = b""  # how a terminal says that nobody has it open any more
        if not data:
            self._forget(descriptor)
            return
        taken = data[: self._left_bytes]
        self._left_bytes -= len(taken)
        if taken:
            self._kept[stream] += taken
            self._sink(stream, taken)
        if len(taken) < len(data):
            self.cut.add(stream)
            self._on_change()

    def _forget(self, descriptor: int) -> None:
        self._open.discard(descriptor)
        self._loop.remove_reader(descriptor)
        os.close(descriptor)
        if not self._open:
            self._drained.set()
            self._on_change()


class Feed:
    """Writes bytes to a non-blocking descriptor, then closes it; a reader may be gone."""

    def __init__(self, descriptor: int, data: bytes) -> None:
        self._descriptor: int | None = descriptor
        self._rest = memoryview(data)
        self._loop = asyncio.get_running_loop()
        # Most of the time it all fits at once.
        self._write(descriptor)
        if self._rest:
            self._loop.add_writer(descriptor, self._write, descriptor)

    def close(self) -> None:
        if self._descriptor is not None:
            self._loop.remove_writer(self._descriptor)
            os.close(self._descriptor)
            self._descriptor = None

    def _write(self, descriptor: int) -> None:
        try:
            if self._rest:
                self._rest = self._rest[os.write(descriptor, self._rest[:CHUNK_BYTES]) :]
        except BlockingIOError:
            return
        except BrokenPipeError:
            self._rest = self._rest[:0]
        if not self._rest:
            self.close()


class TypedFeed:
    """Writes `data` to a non-blocking descriptor, then what is typed at a console, as it comes.

    Where the input ends, a pipe is closed; a terminal is told by its keys, and stays. A reader may
    be gone.
    """

    def __init__(
        self, descriptor: int, data: bytes, console: Console | None, *, is_terminal: bool
    ) -> None:
        self._descriptor: int | None = descriptor
        self._rest = bytearray(data)
        self._console = console
        self._is_terminal = is_terminal
        self._is_ended = False
        self._loop = asyncio.get_running_loop()
        self._loop.add_writer(descriptor, self._write)
        if console is not None:
            console.attach(self)

    def wake(self) -> None:
        """There is more to write, or the input has ended."""
        if self._descriptor is not None:
            self._loop.add_writer(self._descriptor, self._write)

    def resize(self, terminal: Terminal) -> None:
        """Give the terminal another size; its programs are told by a signal."""
        if self._descriptor is not None and self._is_terminal:
            termios.tcsetwinsize(self._descriptor, (terminal.rows, terminal.columns))

    def close(self) -> None:
        if self._console is not None:
            self._console.detach()
        if self._descriptor is not None:
            self._loop.remove_writer(self._descriptor)
            os.close(self._descriptor)
            self._descriptor = None

    def _write(self) -> None:
        assert self._descriptor is not None
        if not self._rest and not self._refill():
            return
        try:
            written = os.write(self._descriptor, self._rest[:CHUNK_BYTES])
        except BlockingIOError:
            return
        except OSError as error:
            if error.errno not in (errno.EPIPE, errno.EIO):
                raise
            written = len(self._rest)
        del self._rest[:written]

    def _refill(self) -> bool:
        """Take what was typed; False where there is nothing to write now."""
        assert self._descriptor is not None
        if self._console is not None:
            self._rest += self._console.take()
        if self._rest:
            return True
        self._loop.remove_writer(self._descriptor)
        if self._is_ended or (self._console is not None and not self._console.is_ended):
            return False
        self._is_ended = True
        if not self._is_terminal:
            self.close()
            return False
        self._rest += END_KEYS
        self.wake()
        return True
