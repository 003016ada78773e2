"""A zip file that is made while it is sent."""

import asyncio
import zipfile
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing
from datetime import datetime
from typing import Final

# Larger pieces are compressed in parts, so that what waits to be sent stays small.
_PIECE: Final = 256 * 1024
_EARLIEST: Final = 1980

Content = bytes | AsyncGenerator[bytes, None]
"""What is in a file, at once or in parts."""


class _Sink:
    """What `zipfile` writes to. It can neither seek nor tell, so nothing is changed afterwards."""

    def __init__(self) -> None:
        self._waiting = bytearray()

    def write(self, data: bytes) -> int:
        self._waiting += data
        return len(data)

    def flush(self) -> None:
        """Nothing is kept back."""

    def take(self) -> bytes:
        taken = bytes(self._waiting)
        self._waiting.clear()
        return taken


class Archive:
    """Files go in one after the other, and come out as bytes of the zip file at once. It holds a
    piece of one at most, and the names of all."""

    def __init__(self) -> None:
        self._sink = _Sink()
        self._zip = zipfile.ZipFile(self._sink, "w", zipfile.ZIP_DEFLATED)  # type: ignore[call-overload]

    async def add(self, path: str, at: datetime, content: Content) -> AsyncGenerator[bytes, None]:
        """The bytes of another file."""
        about = zipfile.ZipInfo(path, _date(at))
        about.compress_type = zipfile.ZIP_DEFLATED
        about.external_attr = 0o644 << 16
        with self._zip.open(about, "w", force_zip64=True) as file:
            async with aclosing(_pieces(content)) as pieces:
                async for piece in pieces:
                    await asyncio.to_thread(file.write, piece)
                    if taken := self._sink.take():
                        yield taken
        yield self._sink.take()

    def end(self) -> bytes:
        """The bytes of the table of contents, which are the last."""
        self._zip.close()
        return self._sink.take()


async def _pieces(content: Content) -> AsyncGenerator[bytes, None]:
    if isinstance(content, bytes):
        for piece in _cut(content):
            yield piece
        return
    async with aclosing(content) as parts:
        async for part in parts:
            for piece in _cut(part):
                yield piece


def _cut(data: bytes) -> Iterator[bytes]:
    for start in range(0, len(data), _PIECE):
        yield data[start : start + _PIECE]


def _date(at: datetime) -> tuple[int, int, int, int, int, int]:
    return max(at.year, _EARLIEST), at.month, at.day, at.hour, at.minute, at.second
