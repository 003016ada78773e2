"""Updates are read before they are taken: what an editor makes passes, the rest does not."""

import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pycrdt import Array, Doc, Map, Text

from algoroom.rooms import keystroke
from algoroom.rooms.document import MOST_HALVES, Document
from algoroom.rooms.lib0 import write_number
from algoroom.rooms.marks import Marks
from algoroom.rooms.update import (
    LARGEST_VALUES,
    MOST_CHANGES,
    Clocks,
    Contents,
    InvalidUpdate,
    TooManyChanges,
    UpdateTooEarly,
    mark,
    read_clocks,
)
from algoroom.rooms.update import read as read_with

CLIENT = 5
HELLO = bytes([1, 1, CLIENT, 0, 4, 1, 4]) + b"code" + bytes([5]) + b"hello" + bytes([0])
TITLE = bytes([1, 1, CLIENT, 0, 0x28, 1, 7]) + b"session" + bytes([5]) + b"title"


def read(update: bytes, known: Clocks, marks: Marks | None = None) -> Contents:
    return read_with(update, known, Marks() if marks is None else marks)


def typed(seed: int, edits: int) -> tuple[Doc[Any], list[bytes]]:
    """A document that somebody typed, deleted and set values in, and its updates in order."""
    places = random.Random(seed)
    doc: Doc[Any] = Doc(client_id=1 + seed % 200)
    text = doc.get("code", type=Text)
    record: Map[object] = doc.get("session", type=Map)
    updates: list[bytes] = []
    doc.observe(lambda event: updates.append(event.update))
    for _ in range(edits):
        now = str(text)
        at = places.randint(0, len(now))
        start = len(now[:at].encode())
        match places.randrange(4):
            case 0 if at < len(now):
                del text[start : start + len(now[at].encode())]
            case 1:
                record["title"] = places.choice(["a", None, 1.5, True])
            case _:
                text.insert(start, places.choice(["x", "word ", "é", "👩\u200d💻"]))
    return doc, updates


@pytest.mark.parametrize("pieces", ["clients", "changes", "removals"])
def test_an_update_of_very_many_pieces_is_refused_before_it_is_read(pieces: str) -> None:
    many = MOST_CHANGES + 1
    one = b"\x04\x01\x04code\x01x"
    updates = {
        "clients": write_number(many)
        + b"".join(b"\1" + write_number(client) + b"\0" + one for client in range(many))
        + b"\0",
        "changes": b"\1" + write_number(many) + b"\5\0" + one * many + b"\0",
        "removals": b"\0\1\5" + write_number(many) + b"\0\1" * many,
    }
    with pytest.raises(TooManyChanges):
        read(updates[pieces], {})


@given(st.integers(0, 2**32), st.integers(1, 30))
def test_what_an_editor_makes_passes_and_its_clocks_are_known(seed: int, edits: int) -> None:
    doc, updates = typed(seed, edits)
    known: Clocks = {}
    marks = Marks()
    for update in updates:
        contents = read(update, known, marks)
        assert contents.is_simple
        known |= contents.clocks
        marks.add(contents.halves, contents.values)
    assert known == read_clocks(doc.get_state())
    whole = read(doc.get_update(), {})
    assert whole.clocks == known
    again = read(doc.get_update(), known, marks)
    assert again.units == 0


@given(st.integers(0, 2**32), st.lists(st.tuples(st.integers(0, 200), st.integers(0, 255))))
def test_a_forged_update_is_refused_or_does_no_harm(
    seed: int, forged: list[tuple[int, int]]
) -> None:
    _, updates = typed(seed, 10)
    document = Document()
    for update in updates:
        changed = bytearray(update)
        for at, byte in forged:
            changed[at % len(changed)] = byte
        for candidate in (bytes(changed), update):
            try:
                document.merge(candidate, document.read(candidate))
            except (InvalidUpdate, TooManyChanges, UpdateTooEarly):
                continue

            loaded: Doc[Any] = Doc()
            loaded.apply_update(document.state())
            marks = Marks()
            mark(marks, document.state())
            again = Document(loaded, marks)
            assert read_clocks(again.vector()) == read_clocks(document.vector()) == document._known


def test_the_example_of_these_tests_is_sound() -> None:
    assert read(HELLO, {}).clocks == {CLIENT: 5}


@pytest.mark.parametrize(
    "update",
    [
        b"",
        b"\x00",
        HELLO[:-1],
        HELLO + b"\x00",
        b"\xff" * 12,
        HELLO.replace(b"code", b"evil"),
        HELLO.replace(b"hello", b"hell\xff"),
        HELLO.replace(bytes([5]) + b"hello", b"\x00"),
        bytes([1, 1, CLIENT, 0, 0x84, CLIENT, 3, 1]) + b"x" + bytes([0]),
        bytes([1, 1, CLIENT, 0, 7, 1, 4]) + b"code" + bytes([0, 0]),
        bytes([1, 1, CLIENT, 0, 0x2F]),
        # a client that did nothing: the library panics
        bytes([1, 0, CLIENT, 0, 0]),
        # a value that is too large, and many of which each is small
        TITLE + b"\x01\x77" + write_number(LARGEST_VALUES) + b"x" * LARGEST_VALUES + b"\x00",
        TITLE + write_number(LARGEST_VALUES) + b"\x7e" * LARGEST_VALUES + b"\x00",
        # garbage; a plain value in the text; text in the record; a value without a key
        bytes([1, 1, CLIENT, 0, 0, 3, 0]),
        bytes([1, 1, CLIENT, 0, 8, 1, 4]) + b"code" + bytes([1, 120, 0]),
        bytes([1, 1, CLIENT, 0, 0x24, 1, 7]) + b"session" + bytes([5]) + b"title\x01x\x00",
        bytes([1, 1, CLIENT, 0, 8, 1, 7]) + b"session" + bytes([1, 120, 0]),
        # a value that nobody knows; one in front of another
        bytes([1, 1, CLIENT, 0, 0x28, 1, 7]) + b"session" + bytes([1]) + b"x" + bytes([1, 120, 0]),
        HELLO[:-1].replace(bytes([1, 1, CLIENT, 0]), bytes([1, 2, CLIENT, 0]))
        + bytes([0x68, CLIENT, 0, 1, 120, 0]),
        # a value that takes the place of text
        HELLO[:-1].replace(bytes([1, 1, CLIENT, 0]), bytes([1, 2, CLIENT, 0]))
        + bytes([0xA8, CLIENT, 4, 1, 120, 0]),
        # two that wait for each other
        bytes([2, 1, 6, 0, 0x84, 5, 0, 1, 97, 1, 5, 0, 0x84, 6, 0, 1, 98, 0]),
        # removals out of order
        HELLO[:-1] + bytes([1, CLIENT, 2, 3, 1, 0, 1]),
    ],
)
def test_what_is_no_edit_of_the_text_is_refused(update: bytes) -> None:
    with pytest.raises(InvalidUpdate):
        read(update, {})


def test_values_that_a_client_kept_of_before_may_be_in_one_change() -> None:
    three = TITLE + b"\x03\x77\x01a\x77\x01b\x7e\x00"
    assert read(three, {}).values == ((CLIENT, 0, 3),)


def test_other_shared_types_are_refused() -> None:
    doc: Doc[Any] = Doc()
    doc.get("code", type=Array).append(Map({"deep": Array([1])}))
    with pytest.raises(InvalidUpdate):
        read(doc.get_update(), {})


def test_text_does_not_stand_beside_a_value() -> None:
    document = Document()
    change = document.edit(("hello",), {"title": "a"})
    client = next(iter(read_clocks(document.vector())))
    marks = Marks()
    mark(marks, change.update)
    other = bytes([1, 1, 6, 0])
    places = {clock: marks.in_record((client, clock)) for clock in range(6)}
    assert sorted(places.values()) == [False] * 5 + [True]
    for clock, in_record in places.items():
        beside = other + bytes([0x84]) + write_number(client) + bytes([clock, 1]) + b"x\x00"
        other = bytes([1, 1, other[2] + 1, 0])
        if in_record:
            with pytest.raises(InvalidUpdate):
                document.read(beside)
        else:
            document.merge(beside, document.read(beside))


def test_what_builds_on_changes_that_are_missing_is_too_early() -> None:
    _, updates = typed(1, 20)
    for update in updates[1:]:
        if update[0]:
            with pytest.raises(UpdateTooEarly):
                read(update, {})
    deletion = bytes([0, 1, CLIENT, 1, 3, 2])
    with pytest.raises(UpdateTooEarly):
        read(deletion, {CLIENT: 4})
    assert read(deletion, {CLIENT: 5}).is_new


def test_an_empty_answer_is_nothing_new() -> None:
    assert not read(b"\x00\x00", {CLIENT: 5}).is_new
    assert not read(HELLO, {CLIENT: 5}).is_new


def test_what_is_known_is_not_believed_to_be_otherwise() -> None:
    document = Document()
    document.merge(HELLO, document.read(HELLO))
    # Clocks 3 and 4 are the second `l` and the `o`.
    lie = bytes([1, 1, CLIENT, 3, 0x84, CLIENT, 2, 9]) + "👩👩!".encode() + bytes([0])
    assert document.read(lie).halves == {(CLIENT, 6)}


def test_no_change_comes_between_the_halves_of_a_character() -> None:
    wide = bytes([1, 1, CLIENT, 0, 4, 1, 4]) + b"code" + bytes([6]) + "a👩b".encode() + bytes([0])
    contents = read(wide, {})
    assert contents.clocks == {CLIENT: 4}
    assert list(contents.halves) == [(CLIENT, 2)]
    marks = Marks()
    marks.add(contents.halves, ())
    other = 6
    for start, length in ((2, 1), (1, 1), (0, 2), (2, 2)):
        with pytest.raises(InvalidUpdate):
            read(bytes([0, 1, CLIENT, 1, start, length]), {CLIENT: 4}, marks)
    for edge in (bytes([0x84, CLIENT, 1]), bytes([0x44, CLIENT, 2])):
        update = bytes([1, 1, other, 0]) + edge + b"\x01x\x00"
        with pytest.raises(InvalidUpdate):
            read(update, {CLIENT: 4}, marks)
    whole = bytes([0, 1, CLIENT, 1, 1, 2])
    assert read(whole, {CLIENT: 4}, marks).is_new


def test_what_is_noted_of_characters_is_bounded_however_many_are_removed() -> None:
    document = Document()
    size, clock = MOST_HALVES // 2, 0
    text = "👩".encode() * size
    for _ in range(8):
        replaced = (
            bytes([1, CLIENT, 1]) + write_number(max(0, clock - 2 * size)) + write_number(2 * size)
        )
        update = bytes([1, 1, CLIENT]) + write_number(clock) + bytes([4, 1, 4]) + b"code"
        update += write_number(len(text)) + text + (replaced if clock else b"\x00")
        document.merge(update, document.read(update))
        clock += 2 * size
        assert len(document._marks.halves) <= 2 * MOST_HALVES
    assert document.text == "👩" * size
    within = bytes([0, 1, CLIENT, 1]) + write_number(clock - 1) + b"\x01"
    with pytest.raises(InvalidUpdate):
        document.read(within)


@given(st.integers(0, 2**32), st.integers(1, 30))
def test_what_passes_as_a_keystroke_is_read_alike_in_every_step(seed: int, edits: int) -> None:
    _, updates = typed(seed, edits)
    places = random.Random(seed)
    known: Clocks = {}
    marks = Marks()
    for update in updates:
        forged = bytearray(update)
        forged[places.randrange(len(forged))] = places.choice([0, 1, 4, 0x44, 0x84, 0xC4, 0xFF])
        for one in (update, bytes(forged)):
            contents = keystroke.read(one, known, marks)
            assert contents is None or contents == read(one, known, marks)
        contents = read(update, known, marks)
        known.update(contents.clocks)
        marks.add(contents.halves, contents.values)


def test_what_is_typed_between_others_and_what_is_removed_pass_as_keystrokes() -> None:
    doc: Doc[Any] = Doc(client_id=CLIENT)
    text = doc.get("code", type=Text)
    updates: list[bytes] = []
    doc.observe(lambda event: updates.append(event.update))
    text += "ac"
    known = read(updates.pop(), {}).clocks
    text.insert(1, "b")
    text.insert(0, "a")
    text += "é"
    del text[0:1]
    for update in updates:
        contents = keystroke.read(update, known, Marks())
        assert contents == read(update, known)
        known.update(contents.clocks)
