"""Who wrote what: the author of each part of a text, from its journal.

Each piece of a text has the client that inserted it and the clock of each of its UTF-16 units, and
the journal says which author's update brought which clocks. So no text has to be made anew to know
who wrote it: the document as it is gets, in the place of each unit, the number of its author.
"""

import asyncio
import time
from array import array
from bisect import bisect_right
from collections import OrderedDict, defaultdict
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Final, NamedTuple

from pycrdt import Doc, Text

from algoroom.errors import JournalDamaged
from algoroom.rooms.blocks import Entries
from algoroom.rooms.lib0 import Malformed, Reader, write_number
from algoroom.rooms.replay import SLICE_S
from algoroom.rooms.update import TEXT_NAME, UpdateReader, read_struct

# What authorships that are remembered take, in bytes.
MOST_REMEMBERED = 16 * 2**20
_AROUND: Final = 1_000
# How many updates are read between two looks at the clock.
UPDATES_A_LOOK: Final = 64
# Authors that one unit of text can stand for: as many as there are characters of one byte.
NUMBERS = 128


class Span(NamedTuple):
    """The part of a text from `start` to `end`, in UTF-16 units, that `author` wrote."""

    start: int
    end: int
    author: str


@dataclass(frozen=True, slots=True)
class Authorship:
    """Who wrote the text after update `seq`: where each span ends, and whose of `authors` it is by
    number; and the UTF-16 units of each author, the most first. A text may have as many spans as
    units, so they are no objects."""

    seq: int
    authors: Sequence[str]
    ends: "array[int]"
    by: "array[int]"
    shares: Mapping[str, int]

    @property
    def spans(self) -> Iterator[Span]:
        """The spans in order, without a gap."""
        start = 0
        for end, number in zip(self.ends, self.by, strict=True):
            yield Span(start, end, self.authors[number])
            start = end

    @property
    def size(self) -> int:
        """The bytes that it takes in memory, roughly."""
        names = sum(_AROUND + len(author) for author in self.authors)
        return _AROUND + names + 2 * self.ends.itemsize * len(self.ends)


class Remembered:
    """The authorships that were asked for last."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[str, int], Authorship] = OrderedDict()
        self._size = 0

    def get(self, session_id: str, seq: int) -> Authorship | None:
        """That of a session's text after an update."""
        found = self._kept.get((session_id, seq))
        if found is not None:
            self._kept.move_to_end((session_id, seq))
        return found

    def keep(self, session_id: str, found: Authorship) -> None:
        """Remember one more, for as long as there is room."""
        self._kept[session_id, found.seq] = found
        self._size += found.size
        while self._size > MOST_REMEMBERED:
            self._size -= self._kept.popitem(last=False)[1].size

    def forget(self, session_id: str) -> None:
        """Forget all of a session."""
        for key in [key for key in self._kept if key[0] == session_id]:
            self._size -= self._kept.pop(key).size


async def authorship(
    session_id: str, seq: int, state: bytes, journal: AsyncIterator[Entries]
) -> Authorship:
    """The authors of the text in the state after update `seq`, to which a journal leads; found in
    slices. Raises `JournalDamaged`."""
    written = _Written()
    async for entries in journal:
        ends = time.perf_counter() + SLICE_S
        rows = zip(entries.updates, entries.authors, strict=True)
        for place, (update, author) in enumerate(rows):
            try:
                written.note(update, author)
            except Malformed as error:
                raise JournalDamaged(session_id, entries.first_seq + place, str(error)) from error
            if place % UPDATES_A_LOOK == 0 and time.perf_counter() >= ends:
                await asyncio.sleep(0)
                ends = time.perf_counter() + SLICE_S
    try:
        states = await written.in_place(state)
    except Malformed as error:
        raise JournalDamaged(session_id, seq, str(error)) from error
    digits = []
    for numbered in states:
        doc: Doc[Any] = Doc({TEXT_NAME: Text()})
        doc.apply_update(numbered)
        digits.append(str(doc[TEXT_NAME]).encode())
        await asyncio.sleep(0)
    return await asyncio.to_thread(_counted, seq, digits, written.authors)


class _Written:
    """Who inserted what: for each client the clocks from which on it is somebody else, and the
    numbers of the authors."""

    def __init__(self) -> None:
        self._of: dict[int, tuple[array[int], array[int]]] = {}
        self._numbers: dict[str, int] = {}

    @property
    def authors(self) -> list[str]:
        """By number."""
        return list(self._numbers)

    def note(self, update: bytes, author: str) -> None:
        """What an update of the journal inserted, which is the next of its clients. Raises
        `Malformed`."""
        reader = Reader(update)
        match reader.number():
            case 0:
                return
            case 1:
                reader.number()
                starts = [(reader.number(), reader.number())]
            case _:
                starts = [(client, clock) for client, clock, *_ in _pieces(update)]
        number = self._numbers.setdefault(author, len(self._numbers))
        for client, clock in starts:
            clocks, numbers = self._of.setdefault(client, (array("I"), array("I")))
            if not numbers or numbers[-1] != number:
                clocks.append(clock)
                numbers.append(number)

    async def in_place(self, state: bytes) -> list[bytes]:
        """The same state with the number of its author in the place of each unit of text, a digit
        in each of these states; the lowest is in the first. Raises `Malformed`."""
        states: list[list[bytes]] = [[] for _ in range(self._digits)]
        at = 0
        ends = time.perf_counter() + SLICE_S
        for client, clock, start, end, units in _pieces(state):
            before = state[at:start] + write_number(units)
            parts = list(self._parts(client, clock, clock + units))
            for place, numbered in enumerate(states):
                numbered.append(before)
                numbered += [_digit(number, place) * count for number, count in parts]
            at = end
            if time.perf_counter() >= ends:
                await asyncio.sleep(0)
                ends = time.perf_counter() + SLICE_S
        return [b"".join((*numbered, state[at:])) for numbered in states]

    @property
    def _digits(self) -> int:
        count, digits = len(self._numbers), 1
        while count > NUMBERS**digits:
            digits += 1
        return digits

    def _parts(self, client: int, clock: int, end: int) -> Iterator[tuple[int, int]]:
        """The authors of a client's units by number, each with how many in a row are theirs."""
        clocks, numbers = self._of.get(client, ((), ()))
        place = bisect_right(clocks, clock) - 1
        if place < 0:
            raise Malformed("there is text that no update inserted")
        while clock < end:
            until = min(end, clocks[place + 1]) if place + 1 < len(clocks) else end
            yield numbers[place], until - clock
            clock, place = until, place + 1


def _digit(number: int, place: int) -> bytes:
    return bytes((number // NUMBERS**place % NUMBERS,))


def _counted(seq: int, digits: Sequence[bytes], authors: Sequence[str]) -> Authorship:
    """The spans of a text, of whose units these are the digits of their authors."""
    ends, by = array("I"), array("I")
    end = 0
    here: dict[int, int] = {}
    units: defaultdict[int, int] = defaultdict(int)
    for unit, same in groupby(zip(*digits, strict=True)):
        length = sum(1 for _ in same)
        end += length
        number = here.setdefault(
            sum(digit * NUMBERS**place for place, digit in enumerate(unit)), len(here)
        )
        ends.append(end)
        by.append(number)
        units[number] += length
    found = [authors[number] for number in here]
    shares = sorted(units.items(), key=lambda share: -share[1])
    return Authorship(seq, found, ends, by, {found[number]: count for number, count in shares})


def _pieces(update: bytes) -> Iterator[tuple[int, int, int, int, int]]:
    """The pieces of text in an update that is trusted, or was read before: for each its client and
    clock, where it begins and ends, its length in front included, and its units."""
    reader = UpdateReader(update)
    for _ in range(reader.number()):
        structs, client, clock = reader.number(), reader.number(), reader.number()
        for _ in range(structs):
            length, _ = read_struct(reader, client, clock)
            if reader.strings:
                yield client, clock, *reader.strings[0]
            reader.forget()
            clock += length
