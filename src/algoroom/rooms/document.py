"""The shared text of a session: a CRDT that Yjs clients can join, with its text at hand."""

import math
import weakref
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

from pycrdt import Doc, Map, MapEvent, Text, TextEvent, TransactionEvent

from algoroom.rooms import keystroke, parts
from algoroom.rooms.anchors import Anchor, Narrowed, anchor_at, units_at
from algoroom.rooms.delta import UNCHANGED, Delta, apply
from algoroom.rooms.marks import Marks
from algoroom.rooms.offsets import Utf16, delta_from_utf8, growth, utf16_length
from algoroom.rooms.update import (
    RECORD_NAME,
    TEXT_NAME,
    Contents,
    mark,
    read,
    read_clocks,
    read_removals,
)

NOTHING = b"\x00\x00"
"""An update without changes."""

# So many characters of two units are noted before it is asked which of them are still there.
MOST_HALVES = 10_000


class Change(NamedTuple):
    """What one transaction did: to the text, to the record, and as the update that replays it.

    `delta` is empty also where the text changed and nobody asked how. `record` has the values of
    the keys that were set, None for one that was removed.
    """

    delta: Delta
    update: bytes
    in_text: bool
    record: Mapping[str, object]


class Document:
    """A text that many edit at once. The CRDT is the truth; `text` follows it when it is asked for.

    How a change changed the text, and the text itself, cost as much as all else that is done for
    an edit, and more the longer the text is.
    """

    def __init__(self, doc: Doc[Any] | None = None, marks: Marks | None = None) -> None:
        """With a document that is not empty come the `marks` of all that is in it."""
        self._doc: Doc[Any] = Doc() if doc is None else doc
        self._shared: Text = self._doc.get(TEXT_NAME, type=Text)
        self._record: Map[object] = self._doc.get(RECORD_NAME, type=Map)
        self._marks = Marks() if marks is None else marks
        self._most_halves = MOST_HALVES
        self._text: str | None = None
        self._units: int | None = None
        self.units_at_most = self.units
        self._reads_delta = True
        self._delta: Delta = UNCHANGED
        self._in_text = False
        self._update = NOTHING
        self._changed: dict[str, object] = {}
        self._known = read_clocks(self._doc.get_state())
        self._state: bytes | None = None
        self._narrowed: Narrowed | None = None
        # The library's own objects, without what its wrappers make of each event. What they hold
        # Python's collector cannot see: with this document in it, it would never be freed.
        this = weakref.ref(self)
        self._subscriptions = [
            self._shared.integrated.observe(partial(_tell, this, Document._on_text)),
            self._record.integrated.observe(partial(_tell, this, Document._on_record)),
            self._doc._doc.observe(partial(_tell, this, Document._on_transaction)),
        ]

    @property
    def text(self) -> str:
        """The present text."""
        if self._text is None:
            self._text = str(self._shared)
        return self._text

    @property
    def units(self) -> int:
        """The length of the text in UTF-16 units; `units_at_most` is there without counting."""
        if self._units is None:
            self._units = self.units_at_most = utf16_length(self.text)
        return self._units

    @property
    def record(self) -> dict[str, object]:
        """The session's record as the document has it, whoever wrote it."""
        return dict(self._record.to_py() or {})

    def edit(self, delta: Delta = UNCHANGED, record: Mapping[str, object] | None = None) -> Change:
        """Change the text, values of the record or both, as one transaction."""
        text = self.text
        with self._doc.transaction():
            position = 0
            for step, length in _utf8_steps(delta, text):
                if isinstance(step, str):
                    self._shared.insert(position, step)
                    position += length
                elif step > 0:
                    position += length
                else:
                    del self._shared[position : position + length]
            for key, value in (record or {}).items():
                self._record[key] = value
        return self._taken_by_us()

    def read(self, update: bytes) -> Contents:
        """What an update that is to be merged holds. Raises as `rooms.update.read` does."""
        known, marks = self._known, self._marks
        return keystroke.read(update, known, marks) or read(update, known, marks)

    def parts(self, update: bytes) -> Iterator[bytes]:
        """An update that was `read` just now as several, of which none takes long to merge."""
        beside = max(0, len(self.state()) - self.units) // parts.LEAST_BYTES
        return parts.parts(update, self._known, beside)

    def units_after(self, update: bytes, contents: Contents, most: int) -> int:
        """How long the text is after an update that was `read` just now, in UTF-16 units: not
        longer than that, and exactly where a bound that is quickly found is above `most`."""
        units = self.units_at_most + contents.units
        if units > most:
            units = self.units + contents.units
        return units - self.units_removed(update, contents) if units > most else units

    def units_removed(self, update: bytes, contents: Contents) -> int:
        """How many UTF-16 units of text an update that was `read` just now removes, of those that
        it brings and of those that are here. It takes milliseconds where much was removed before.
        """
        removals = read_removals(update)
        others: dict[int, list[tuple[int, int]]] = {
            client: self._marks.values_of(client) for client, _, _ in removals
        }
        # To somebody who knows every insertion only the removals are left to be told.
        removed_before = read_removals(self._doc.get_update(self._doc.get_state()))
        for client, start, end in (*contents.values, *removed_before):
            if client in others:
                others[client].append((start, end))
        apart = {client: _apart(spans) for client, spans in others.items()}
        return sum(_uncovered(start, end, apart[client]) for client, start, end in removals)

    def merge(self, update: bytes, contents: Contents, *, reads_delta: bool = True) -> Change:
        """Take an update that was `read` just now; what it did, with the delta if that is read."""
        if reads_delta:
            self._text = self.text  # as it is before
        self._reads_delta = reads_delta
        self._apply(update)
        self._reads_delta = True
        if contents.is_simple:
            self._known.update(contents.clocks)
        else:
            self._known = read_clocks(self._doc.get_state())
        change = self._take(contents.units)
        if contents.halves or contents.values:
            self._mark(contents)
        return change

    def state(self) -> bytes:
        """Everything as one update: what a load starts from."""
        if self._state is None:
            self._state = self._doc.get_update()
        return self._state

    def vector(self) -> bytes:
        """What is known here, as a state vector."""
        return self._doc.get_state()

    def missing(self, vector: bytes) -> bytes:
        """What somebody who has `vector` lacks, as one update. Raises `InvalidUpdate`."""
        return self._doc.get_update(vector) if read_clocks(vector) else self.state()

    def anchor(self, offset: int) -> Anchor:
        """A place in the text that stays with its neighbours; `offset` in code points."""
        units = Utf16(self.text).from_code_points(offset)
        return anchor_at(self._counted(), TEXT_NAME, units)

    def offset_of(self, anchor: object) -> int:
        """Where an anchor is now, in code points. Raises `InvalidChange` where it is none."""
        units = units_at(self._counted(), TEXT_NAME, anchor, self._known)
        return Utf16(self.text).nearest_code_point(units)

    def _counted(self) -> Text:
        """The text, such that the library counts its units right."""
        if self.text.isascii():
            return self._shared
        if self._narrowed is None:
            self._narrowed = Narrowed(TEXT_NAME, self.state())
        return self._narrowed.text

    def _apply(self, update: bytes) -> None:
        """As `Doc.apply_update` does, without what its wrappers add."""
        doc = self._doc._doc
        transaction = doc.create_transaction()
        try:
            doc.apply_update(transaction, update)
            transaction.commit()
        finally:
            transaction.drop()

    def _take(self, new_units: int) -> Change:
        """What the transaction did that is just over; `new_units` were inserted at most."""
        change = Change(self._delta, self._update, self._in_text, self._changed)
        if change.delta:
            before = self.text
            units = self.units + growth(change.delta, before)
            self._text, self._units = apply(change.delta, before), units
            self.units_at_most = units
        elif change.in_text:
            self._text = self._units = None
            self.units_at_most += new_units
        if change.update != NOTHING:
            self._state = None
            if self._narrowed is not None:
                self._narrowed.follow(change.update)
        self._delta, self._update, self._in_text = UNCHANGED, NOTHING, False
        if self._changed:
            self._changed = {}
        return change

    def _taken_by_us(self) -> Change:
        # It is done already, of however many pieces what it removed was.
        most_changes = len(self._update)
        contents = read(self._update, self._known, self._marks, most_changes=most_changes)
        change = self._take(contents.units)
        self._known.update(contents.clocks)
        self._mark(contents)
        return change

    def _mark(self, contents: Contents) -> None:
        """Note what was taken, and of what was removed meanwhile nothing any more."""
        marks = self._marks
        marks.add(contents.halves, contents.values)
        if len(marks.halves) > self._most_halves:
            present = Marks()
            mark(present, self.state())
            marks.halves = present.halves
            self._most_halves = max(MOST_HALVES, 2 * len(marks.halves))

    def _on_text(self, event: TextEvent) -> None:
        self._in_text = True
        if self._reads_delta:
            steps = event.delta  # type: ignore[attr-defined]  # set in Rust
            self._delta = delta_from_utf8(steps, self.text)

    def _on_record(self, event: MapEvent) -> None:
        keys = event.keys  # type: ignore[attr-defined]  # set in Rust
        self._changed = {key: change.get("newValue") for key, change in keys.items()}

    def _on_transaction(self, event: TransactionEvent) -> None:
        self._update = event.update


def _tell(
    this: weakref.ref[Document], note: Callable[[Document, Any], None], event: object
) -> None:
    document = this()
    if document is not None:
        note(document, event)


def _apart(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """The same places, as spans in order that have something between them."""
    joined: list[tuple[int, int]] = []
    for span in sorted(spans):
        if joined and span[0] <= joined[-1][1]:
            start, end = joined.pop()
            joined.append((start, max(end, span[1])))
        else:
            joined.append(span)
    return joined


def _uncovered(start: int, end: int, spans: Sequence[tuple[int, int]]) -> int:
    """How much from `start` to `end` is in none of `spans`, which are `_apart`."""
    length = end - start
    at = max(0, bisect_right(spans, (start, math.inf)) - 1)
    while at < len(spans) and spans[at][0] < end:
        length -= max(0, min(end, spans[at][1]) - max(start, spans[at][0]))
        at += 1
    return length


def _utf8_steps(delta: Delta, text: str) -> Iterable[tuple[int | str, int]]:
    """Each step of a delta with its length in UTF-8 bytes, the unit of the shared type."""
    position = 0
    for step in delta:
        if isinstance(step, str):
            yield step, len(step.encode())
        else:
            start, position = position, position + abs(step)
            yield step, len(text[start:position].encode())
