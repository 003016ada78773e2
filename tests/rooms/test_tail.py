"""When a room's state is stored, and how large it may be."""

from dataclasses import replace

import pytest

from algoroom.errors import DocumentTooLarge
from algoroom.rooms.journal import saved_state
from algoroom.rooms.room import Room
from algoroom.rooms.tail import MOST_BYTES, Tail
from algoroom.storage.database import Database
from tests.rooms.conftest import LIMITS


def test_a_state_is_stored_once_as_much_came_as_it_has_bytes() -> None:
    tail = Tail(0, LIMITS)
    tail.add(MOST_BYTES)
    assert tail.is_long(1)
    tail.cut(1, 3 * MOST_BYTES)
    tail.add(2 * MOST_BYTES)
    assert not tail.is_long(2)
    tail.add(MOST_BYTES)
    assert tail.is_long(3)
    tail.cut(3, 10)
    assert not tail.is_long(3 + LIMITS.tail_entries - 1)
    assert tail.is_long(3 + LIMITS.tail_entries)


def test_a_document_is_measured_now_and_then_alone() -> None:
    tail = Tail(0, replace(LIMITS, most_state_bytes=6_400))
    measured = 0

    def state() -> bytes:
        nonlocal measured
        measured += 1
        return bytes(3_200)

    for _ in range(10_000):
        tail.add(10)
        tail.check_size(state)
    assert 20 < measured < 40


async def test_who_has_filled_a_document_can_remove_and_go_on_in_a_fork(
    room: Room, database: Database
) -> None:
    room._tail = Tail(0, replace(LIMITS, most_state_bytes=8_000))

    def fill() -> None:
        for number in range(10_000):
            # What is removed leaves a trace wherever something stays between.
            room.rewrite(f"{number} " + room.text[:900], user_id="eve")
            room.rewrite(room.text[:1] + room.text[2:], user_id="eve")

    with pytest.raises(DocumentTooLarge, match="A fork of the session begins anew"):
        fill()
    text = room.text
    assert 7_900 < len(room.document.state()) < 9_000
    room.rewrite(text[:-5], user_id="eve")
    with pytest.raises(DocumentTooLarge):
        room.rewrite(text, user_id="eve")
    assert room.text == text[:-5]
    await room.saved()
    async with database.connect() as connection:
        assert await saved_state(connection, room.id) is not None
