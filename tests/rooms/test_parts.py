"""An update in parts is the same update, and no part of it takes long."""

import asyncio
import random
import time
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from pycrdt import Doc, Text

from algoroom.rooms.document import Document
from algoroom.rooms.lib0 import write_number
from algoroom.rooms.marks import Marks
from algoroom.rooms.parts import AT_ONCE, LEAST_BYTES, MOST_STEPS, is_small, parts
from algoroom.rooms.replay import LARGEST_WHOLE, apply_state
from algoroom.rooms.update import read, read_clocks, read_removals

EVERYWHERE = MOST_STEPS
"""Beside so many changes a part has as few as it can."""


def forged(pieces: int) -> tuple[bytes, bytes]:
    """A text, and an update each of whose changes stands between its start and another place."""
    size = write_number(pieces + 1)
    text = b"\x01\x01\x05\x00\x04\x01\x04code" + size + b"x" * (pieces + 1) + b"\x00"
    places = map(write_number, range(1, pieces + 1))
    changes = b"".join(b"\xc4\x05\x00\x05" + place + b"\x01z" for place in places)
    return text, b"\x01" + write_number(pieces) + b"\x09\x00" + changes + b"\x00"


def written(seed: int, edits: int, documents: int = 3) -> list[Doc[Any]]:
    """Documents in which somebody wrote and removed while now and then they met."""
    places = random.Random(seed)
    docs: list[Doc[Any]] = [Doc(client_id=1 + number) for number in range(documents)]
    for _ in range(edits):
        doc = places.choice(docs)
        text = doc.get("code", type=Text)
        size = len(str(text).encode())
        if size and places.random() < 0.4:
            start = places.randrange(size)
            del text[start : min(size, start + places.randint(1, 6))]
        else:
            text.insert(places.randint(0, size), "".join(places.choices("abc", k=3)))
        if places.random() < 0.2:
            other = places.choice(docs)
            other.apply_update(doc.get_update(other.get_state()))
    return docs


@given(st.integers(0, 2**32), st.integers(1, 120), st.sampled_from([0, EVERYWHERE]))
def test_the_parts_of_an_update_make_what_it_makes(seed: int, edits: int, beside: int) -> None:
    one, *others = written(seed, edits)
    document = Document()
    mine = one.get_update()
    document.merge(mine, document.read(mine))
    for other in others:
        update = other.get_update(one.get_state())
        one.apply_update(update)
        contents = document.read(update)
        for part in parts(update, read_clocks(document.vector()), beside):
            document.merge(part, document.read(part))
            assert document._known == read_clocks(document.vector())
        assert read_clocks(document.vector()).items() >= contents.clocks.items()
    assert document.text == str(one.get("code", type=Text))
    assert read_removals(document.state()) == read_removals(one.get_update())


def test_what_is_removed_goes_as_soon_as_it_is_there() -> None:
    doc: Doc[Any] = Doc(client_id=9)
    text = doc.get("code", type=Text)
    text += "old"
    document = Document()
    document.merge(doc.get_update(), document.read(doc.get_update()))
    before = doc.get_state()
    del text[0:3]
    for _ in range(3 * AT_ONCE):
        text.insert(0, "new")
        del text[1:2]
    update = doc.get_update(before)
    lengths = []
    for part in parts(update, read_clocks(document.vector()), EVERYWHERE):
        document.merge(part, document.read(part))
        lengths.append(document.units)
    assert document.text == str(text) == "nw" * 3 * AT_ONCE
    assert len(lengths) > 3
    assert lengths == sorted(lengths)


def test_what_an_editor_makes_is_seen_to_be_small_and_anything_else_is_looked_at() -> None:
    _, update = forged(AT_ONCE + 1)
    assert not is_small(update)
    assert is_small(forged(AT_ONCE)[1])
    assert is_small(b"")
    doc: Doc[Any] = Doc()
    made: list[bytes] = []
    doc.observe(lambda event: made.append(event.update))
    text = doc.get("code", type=Text)
    text += "x" * 10_000
    text.insert(5, "y")
    del text[0:9_000]
    assert all(map(is_small, made))


def test_parts_are_the_smaller_the_larger_the_document_is() -> None:
    text, update = forged(5_000)
    known = read(text, {}, Marks()).clocks
    alone, beside = (len(list(parts(update, known, size))) for size in (0, 50_000))
    assert 1 < alone <= 5_000**2 / MOST_STEPS
    assert alone < beside == 5_000 / AT_ONCE


def test_no_part_of_a_forged_update_takes_long() -> None:
    text, update = forged(6_000)
    document = Document()
    document.merge(text, document.read(text))
    longest = 0.0
    assert document.read(update).units == 6_000
    for part in document.parts(update):
        began = time.thread_time()
        document.merge(part, document.read(part), reads_delta=False)
        longest = max(longest, time.thread_time() - began)
    assert longest < 1.0
    assert document.text.count("z") == 6_000


async def test_others_have_their_turn_while_a_forged_state_is_loaded() -> None:
    doc: Doc[Any] = Doc()
    for update in forged(5_000):
        doc.apply_update(update)
    state = doc.get_update()
    assert len(state) > LARGEST_WHOLE
    again: Doc[Any] = Doc()
    loading = asyncio.ensure_future(apply_state(again, state))
    turns = 0
    while not loading.done():
        await asyncio.sleep(0)
        turns += 1
    await loading
    assert turns > 10
    assert again.get_update() == state
    assert len(state) >= LEAST_BYTES * 10_000
