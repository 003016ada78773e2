"""Journal entries packed into one block of bytes, column by column, compressed and checked.

Updates of people who type are alike but for a few bytes that count. Columns put what is alike side
by side: updates of one length are laid out first bytes first, numbers likewise by their bytes.
"""

import struct
import sys
from array import array
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Final, Literal

from algoroom.rooms.journal import Entry

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

_VERSION: Final = 1
_HEAD: Final = struct.Struct("<BIQ")
_LENGTH: Final = struct.Struct("<I")
# Longer updates are no keystrokes, and nothing is alike in them byte by byte.
_LONGEST_IN_COLUMNS: Final = 256
_OPTIONS: Final[dict[int, int]] = {
    zstd.CompressionParameter.compression_level: 9,
    zstd.CompressionParameter.checksum_flag: 1,
}
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)

_Integer = Literal["q", "I", "Q"]


class BlockDamaged(ValueError):
    """Bytes that are no block, or not the one that was packed."""


@dataclass(frozen=True, slots=True)
class Entries:
    """Neighbouring entries of one journal, from `first_seq` on: a list for each of their parts.

    Times are microseconds since 1970 in UTC.
    """

    first_seq: int
    times: list[int]
    authors: list[str]
    pasted: list[int]
    updates: list[bytes]

    def __len__(self) -> int:
        return len(self.updates)

    @property
    def last_seq(self) -> int:
        return self.first_seq + len(self) - 1

    def between(self, first_seq: int, last_seq: int) -> "Entries":
        """Those of them from one to another, both included."""
        first = max(first_seq - self.first_seq, 0)
        last = max(last_seq - self.first_seq + 1, first)
        return Entries(
            self.first_seq + first,
            self.times[first:last],
            self.authors[first:last],
            self.pasted[first:last],
            self.updates[first:last],
        )

    def pieces(self, most: int, most_bytes: int) -> Iterator["Entries"]:
        """All of them in pieces of at most so many entries, and so many bytes of updates; one that
        is larger is by itself."""
        first, size = 0, 0
        for place, update in enumerate(self.updates):
            if place > first and (place - first >= most or size + len(update) > most_bytes):
                yield self.between(self.first_seq + first, self.first_seq + place - 1)
                first, size = place, 0
            size += len(update)
        if first < len(self):
            yield self.between(self.first_seq + first, self.last_seq)

    def followed_by(self, others: "Entries") -> "Entries":
        """These, and those that come directly after them."""
        assert others.first_seq == self.last_seq + 1
        return Entries(
            self.first_seq,
            self.times + others.times,
            self.authors + others.authors,
            self.pasted + others.pasted,
            self.updates + others.updates,
        )


def micros(moment: datetime) -> int:
    """A moment as entries have it."""
    return (moment - _EPOCH) // _MICROSECOND


def moment(time: int) -> datetime:
    """The moment of an entry's time."""
    return _EPOCH + timedelta(microseconds=time)


def entries_of(rows: Sequence[Entry]) -> Entries:
    """Rows without a gap as columns; there is at least one."""
    return Entries(
        rows[0].seq,
        [micros(row.at) for row in rows],
        [row.author for row in rows],
        [row.pasted for row in rows],
        [row.update for row in rows],
    )


def pack(entries: Entries) -> bytes:
    """A block. Its form is told in docs/decisions/0009."""
    authors = list(dict.fromkeys(entries.authors))
    index = {author: number for number, author in enumerate(authors)}
    encoded = [author.encode() for author in authors]
    steps = [after - before for before, after in pairwise([0, *entries.times])]
    payload = b"".join(
        (
            _HEAD.pack(_VERSION, len(entries), entries.first_seq),
            _in_planes("q", steps),
            _LENGTH.pack(len(encoded)),
            *(_LENGTH.pack(len(author)) + author for author in encoded),
            _in_planes("I", (index[author] for author in entries.authors)),
            _in_planes("Q", entries.pasted),
            _in_planes("I", map(len, entries.updates)),
            *_by_length(entries.updates),
        )
    )
    return zstd.compress(payload, options=_OPTIONS)


def unpack(data: bytes) -> Entries:
    """What was packed. Raises `BlockDamaged` where it would not be that."""
    try:
        return _Reader(zstd.decompress(data)).entries()
    except (zstd.ZstdError, struct.error, ValueError, IndexError) as error:
        raise BlockDamaged(str(error) or type(error).__name__) from error


def pack_checked(entries: Entries) -> bytes:
    """A block that has been unpacked again and is the same."""
    data = pack(entries)
    if unpack(data) != entries:
        raise BlockDamaged("what was packed is not what is unpacked")
    return data


def _in_planes(kind: _Integer, numbers: Iterable[int]) -> bytes:
    """Numbers by their bytes: the lowest of all, the next of all, and so on."""
    column = array(kind, numbers)
    if sys.byteorder == "big":
        column.byteswap()
    raw = column.tobytes()
    return b"".join(raw[plane :: column.itemsize] for plane in range(column.itemsize))


def _by_length(updates: Sequence[bytes]) -> Iterable[bytes]:
    groups: defaultdict[int, list[bytes]] = defaultdict(list)
    for update in updates:
        groups[len(update)].append(update)
    for length in sorted(groups):
        rows = b"".join(groups[length])
        if length > _LONGEST_IN_COLUMNS:
            yield rows
        else:
            yield from (rows[column::length] for column in range(length))


class _Reader:
    def __init__(self, payload: bytes) -> None:
        self._payload = payload
        self._position = 0

    def entries(self) -> Entries:
        version, count, first_seq = _HEAD.unpack(self._take(_HEAD.size))
        if version != _VERSION:
            raise BlockDamaged(f"version {version} is not known")
        times = []
        time = 0
        for step in self._numbers("q", count):
            time += step
            times.append(time)
        authors = [self._take(self._length()).decode() for _ in range(self._length())]
        by = [authors[number] for number in self._numbers("I", count)]
        pasted = self._numbers("Q", count).tolist()
        updates = self._updates(self._numbers("I", count))
        if self._position != len(self._payload):
            raise BlockDamaged("there is more in it than its entries")
        return Entries(first_seq, times, by, pasted, updates)

    def _take(self, length: int) -> bytes:
        start, self._position = self._position, self._position + length
        if self._position > len(self._payload):
            raise BlockDamaged("it ends too early")
        return self._payload[start : self._position]

    def _length(self) -> int:
        length: int = _LENGTH.unpack(self._take(_LENGTH.size))[0]
        return length

    def _numbers(self, kind: _Integer, count: int) -> "array[int]":
        column = array(kind)
        size = column.itemsize
        raw = bytearray(count * size)
        for plane in range(size):
            raw[plane::size] = self._take(count)
        column.frombytes(raw)
        if sys.byteorder == "big":
            column.byteswap()
        return column

    def _updates(self, lengths: "array[int]") -> list[bytes]:
        groups: dict[int, list[int]] = defaultdict(list)
        for place, length in enumerate(lengths):
            groups[length].append(place)
        updates = [b""] * len(lengths)
        for length in sorted(groups):
            places = groups[length]
            if length > _LONGEST_IN_COLUMNS:
                rows = self._take(length * len(places))
            else:
                laid = bytearray(length * len(places))
                for column in range(length):
                    laid[column::length] = self._take(len(places))
                rows = bytes(laid)
            for number, place in enumerate(places):
                updates[place] = rows[number * length : (number + 1) * length]
        return updates
