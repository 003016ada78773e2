"""Who wrote what: the author of each part of a text, from its journal."""

import asyncio
import time
from array import array
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from pycrdt import Doc, Text, TextEvent

from algoroom.errors import JournalDamaged
from algoroom.rooms.blocks import Entries
from algoroom.rooms.delta import Delta, apply
from algoroom.rooms.offsets import Utf16, delta_from_utf8
from algoroom.rooms.replay import SLICE_S
from algoroom.rooms.update import TEXT_NAME

# Neighbouring updates of one author that are applied as one.
MOST_TOGETHER = 64


@dataclass(frozen=True, slots=True)
class Span:
    """The part of a text from `start` to `end`, in UTF-16 units, that `author` wrote."""

    start: int
    end: int
    author: str


@dataclass(frozen=True, slots=True)
class Authorship:
    """The spans of the text after update `seq`, in order and without a gap."""

    seq: int
    spans: Sequence[Span]

    def shares(self) -> dict[str, int]:
        """The UTF-16 units of each author, the most first."""
        units: defaultdict[str, int] = defaultdict(int)
        for span in self.spans:
            units[span.author] += span.end - span.start
        return dict(sorted(units.items(), key=lambda share: -share[1]))


async def authorship(session_id: str, journal: AsyncIterator[Entries]) -> Authorship:
    """The authors of the text that a journal leads to, found in slices.

    Raises `JournalDamaged`.
    """
    writing = _Writing()
    seq = 0
    ends = time.perf_counter() + SLICE_S
    async for entries in journal:
        for author, first, last in _together(entries.authors):
            try:
                writing.write(entries.updates[first:last], author)
            except ValueError as error:
                raise JournalDamaged(session_id, entries.first_seq + first, str(error)) from error
            if time.perf_counter() >= ends:
                await asyncio.sleep(0)
                ends = time.perf_counter() + SLICE_S
        seq = entries.last_seq
    return Authorship(seq, tuple(writing.spans()))


class _Writing:
    """A text as it comes to be; for each of its characters the number of its author."""

    def __init__(self) -> None:
        self._doc: Doc[Any] = Doc()
        self._shared: Text = self._doc.get(TEXT_NAME, type=Text)
        self._subscription = self._shared.observe(self._on_text)
        self._text = ""
        self._by = array("I")
        self._numbers: dict[str, int] = {}
        self._author = 0

    def write(self, updates: Sequence[bytes], author: str) -> None:
        self._author = self._numbers.setdefault(author, len(self._numbers))
        with self._doc.transaction():
            for update in updates:
                self._doc.apply_update(update)

    def spans(self) -> Iterator[Span]:
        authors = list(self._numbers)
        offsets = Utf16(self._text)
        start = end = 0
        for number, part in groupby(self._by):
            start, end = end, end + sum(1 for _ in part)
            units = offsets.from_code_points(start), offsets.from_code_points(end)
            yield Span(*units, authors[number])

    def _on_text(self, event: TextEvent) -> None:
        delta: Delta = delta_from_utf8(event.delta, self._text)  # type: ignore[attr-defined]  # set in Rust
        position = 0
        for step in delta:
            if isinstance(step, str):
                self._by[position:position] = array("I", [self._author]) * len(step)
                position += len(step)
            elif step > 0:
                position += step
            else:
                del self._by[position : position - step]
        self._text = apply(delta, self._text)


def _together(authors: Sequence[str]) -> Iterator[tuple[str, int, int]]:
    """Each author with the first of some neighbouring entries of theirs and the one behind them."""
    first = 0
    for place in range(1, len(authors) + 1):
        is_last = place == len(authors) or authors[place] != authors[first]
        if is_last or place - first >= MOST_TOGETHER:
            yield authors[first], first, place
            first = place
