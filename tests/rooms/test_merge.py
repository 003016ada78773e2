"""Updates of clients that have the document themselves."""

import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pycrdt import Doc, Map, Text

from algoroom.errors import TextTooLong
from algoroom.rooms.anchors import Narrowed, anchor_at, units_at
from algoroom.rooms.document import Document
from algoroom.rooms.events import Event, Updated, Written
from algoroom.rooms.offsets import utf16_length
from algoroom.rooms.room import Room
from algoroom.rooms.update import InvalidUpdate
from tests.rooms.conftest import LIMITS


class Listener:
    """Keeps what it is told."""

    def __init__(self) -> None:
        self.events: list[Event] = []

    reads_text = True

    def tell(self, event: Event, source: object) -> None:
        del source
        self.events.append(event)


class Peer:
    """A Yjs client without a network."""

    def __init__(self, room: Room) -> None:
        self.doc: Doc[Any] = Doc()
        self.text = self.doc.get("code", type=Text)
        self.record: Map[object] = self.doc.get("session", type=Map)
        self.doc.apply_update(room.document.state())
        self.made: list[bytes] = []
        self._subscription = self.doc.observe(lambda event: self.made.append(event.update))

    def take(self) -> bytes:
        """What it changed since it was asked last, as one update."""
        [update] = self.made
        self.made.clear()
        return update


@pytest.fixture
def heard(room: Room) -> Listener:
    return room.audience(Listener, Listener)


async def test_an_update_changes_the_text_and_is_told_as_text_and_as_update(
    room: Room, heard: Listener
) -> None:
    peer = Peer(room)
    peer.text.insert(5, " dear")
    update = peer.take()
    assert room.merge(update, user_id="ann")
    assert room.text == "hello dear world"
    updated, written = heard.events
    assert isinstance(updated, Updated)
    assert updated.update == update
    assert isinstance(written, Written)
    assert (written.user_id, written.delta) == ("ann", (5, " dear"))
    assert not room.merge(update, user_id="ann")
    assert len(heard.events) == 2


async def test_a_language_that_there_is_becomes_the_sessions(room: Room, heard: Listener) -> None:
    peer = Peer(room)
    assert peer.record.to_py() == {"language": "python", "title": None}
    peer.record["language"] = "ruby"
    room.merge(peer.take(), user_id="ann")
    assert room.language == "ruby"
    assert isinstance(written := heard.events[-1], Written)
    assert (written.language, written.language_changed) == ("ruby", True)


@pytest.mark.parametrize(
    ("key", "value"),
    [("language", "NONE SUCH"), ("language", 7.0), ("title", "x" * 201), ("title", True)],
)
async def test_a_wrong_value_is_set_right_for_everyone(
    room: Room, key: str, value: object, heard: Listener
) -> None:
    peer = Peer(room)
    before = room.document.record
    peer.record[key] = value
    room.merge(peer.take(), user_id="ann")
    assert room.document.record == before
    assert room.language == "python"
    _theirs, ours = heard.events
    assert isinstance(ours, Updated)
    peer.doc.apply_update(ours.update)
    assert peer.record.to_py() == before


async def test_what_is_no_text_is_refused_in_the_text(room: Room) -> None:
    client, any_value = 77, bytes([4, 1, 4])
    first = bytes([1, 1, client, 0]) + any_value + b"code" + b"\x02ab" + b"\x00"
    room.merge(first, user_id="ann")
    forged = bytes([1, 1, client, 2, 0x88, client, 0, 1, 119, 2]) + b"zz" + b"\x00"
    before = room.text
    with pytest.raises(InvalidUpdate):
        room.merge(forged, user_id="ann")
    assert room.text == before
    room.rewrite(room.text + "!", user_id="bob")
    assert str(Peer(room).text) == room.text


async def test_a_text_that_would_be_too_long_is_refused(room: Room) -> None:
    peer = Peer(room)
    peer.text.insert(0, "x" * LIMITS.most_units)
    with pytest.raises(TextTooLong):
        room.merge(peer.take(), user_id="ann")
    assert room.text == "hello world"


async def test_nonsense_changes_nothing(room: Room, heard: Listener) -> None:
    with pytest.raises(InvalidUpdate):
        room.merge(b"nonsense", user_id="ann")
    assert (room.text, heard.events) == ("hello world", [])


async def test_anchors_stay_with_their_neighbours(room: Room) -> None:
    room.rewrite("é👩 in the middle", user_id="ann")
    for offset in range(len(room.text) + 1):
        anchor = room.document.anchor(offset)
        assert room.document.offset_of(anchor) in (offset, len(room.text))
    anchor = room.document.anchor(room.text.index("middle"))
    room.rewrite("👩 now é👩 in the middle", user_id="bob")
    assert room.document.offset_of(anchor) == room.text.index("middle")


async def test_a_long_text_may_be_replaced_by_another_at_once(room: Room) -> None:
    peer = Peer(room)
    for letter in "ab":
        with peer.doc.transaction():
            del peer.text[0 : len(peer.text)]
            peer.text.insert(0, letter * LIMITS.most_units)
        room.merge(peer.take(), user_id="ann")
        assert room.text == letter * LIMITS.most_units
    with peer.doc.transaction():
        del peer.text[0]
        peer.text.insert(0, "cc")
    with pytest.raises(TextTooLong):
        room.merge(peer.take(), user_id="ann")


@given(st.integers(0, 2**32), st.integers(1, 12))
def test_what_an_update_removes_is_known_to_the_unit_before_it_is_taken(
    seed: int, changes: int
) -> None:
    chance = random.Random(seed)
    document = Document()
    document.edit(("hello 👩 world",), {"title": None})
    for _ in range(changes):
        peer: Doc[Any] = Doc()
        peer.apply_update(document.state())
        text, record = peer.get("code", type=Text), peer.get("session", type=Map)
        made: list[bytes] = []
        known = peer.get_state()
        for _ in range(chance.randint(1, 4)):
            content = str(text)
            places = sorted(chance.choices(range(len(content) + 1), k=2))
            start, end = (len(content[:place].encode()) for place in places)
            del text[start:end]
            text.insert(start, chance.choice(["x", "éé", "👩", "word"]))
            record["title"] = chance.choice(["a", None])
        made.append(peer.get_update(known))
        if chance.random() < 0.5:
            # What others removed meanwhile is not removed again.
            document.edit((-chance.randint(1, len(document.text)),))
        for update in made * 2:
            contents = document.read(update)
            expected = document.units + contents.units - document.units_removed(update, contents)
            document.merge(update, contents)
            assert document.units == expected == utf16_length(document.text)


@given(st.integers(0, 2**32))
def test_an_anchor_is_the_same_place_whatever_else_was_in_the_text(seed: int) -> None:
    chance = random.Random(seed)
    document = Document()
    for _ in range(chance.randint(1, 30)):
        length = len(document.text)
        start = chance.randint(0, length)
        end = min(length, start + chance.choice((0, 0, 1, 3)))
        insert = chance.choice(["x", "word", "é", "👩", "\n"])
        splice = (*((start,) if start else ()), *((start - end,) if end > start else ()), insert)
        document.edit(splice)
    text = document.text
    document.edit(tuple(step for one in text for step in ((1,) if one.isascii() else (-1,))))
    assert document.text.isascii()
    narrowed = Narrowed("code", document.state())
    for offset in range(len(document.text) + 1):
        anchor = document.anchor(offset)
        assert anchor == anchor_at(narrowed.text, "code", offset)
        assert document.offset_of(anchor) == offset
    for client, clocks in document._known.items():
        for clock in range(clocks):
            for assoc in (0, -1):
                known = {"item": {"client": client, "clock": clock}, "assoc": assoc}
                there = units_at(narrowed.text, "code", known, document._known)
                assert document.offset_of(known) == there
