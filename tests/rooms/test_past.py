"""The past of a session, found from its journal however it is packed."""

import asyncio
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from algoroom.clock import utc_now
from algoroom.rooms import authors, replay
from algoroom.rooms.past import NOW, Past, When
from algoroom.rooms.registry import Rooms
from algoroom.rooms.room import Room
from algoroom.sessions.model import Origin, Session
from algoroom.storage.database import Database

EDIT = st.tuples(
    st.sampled_from(["ann", "bob", "cat"]),
    st.integers(0, 40),
    st.integers(0, 5),
    st.text("aé😀\n", max_size=4),
)


def past_of(rooms: Rooms, database: Database) -> Past:
    return Past(database, rooms._writer, rooms, utc_now)


async def new(rooms: Rooms) -> Session:
    return await rooms.create(Origin.EVENTS, "python", None, timedelta(hours=1), "")


@settings(max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(edits=st.lists(EDIT, min_size=1, max_size=30), is_unloaded=st.booleans())
async def test_every_moment_and_every_author_is_what_it_was(
    rooms: Rooms, database: Database, edits: list[tuple[str, int, int, str]], is_unloaded: bool
) -> None:
    session, past = await new(rooms), past_of(rooms, database)
    texts, letters = {1: ""}, {1: list[tuple[str, str]]()}
    async with rooms.enter(session.id) as room:
        for author, wanted, most, inserted in edits:
            start = min(wanted, len(room.text))
            removed = min(most, len(room.text) - start)
            delta = tuple(step for step in (start, inserted, -removed) if step)
            if not inserted and not removed:
                continue
            room.write(delta, user_id=author)
            before = letters[max(letters)]
            texts[room.revision] = room.text
            letters[room.revision] = [
                *before[:start],
                *((letter, author) for letter in inserted),
                *before[start + removed :],
            ]
    if is_unloaded:
        await rooms.unload_idle()
    for seq, text in texts.items():
        was = await past.at(session.id, When(seq=seq))
        assert (was.seq, was.text, was.language) == (seq, text, "python")
        assert (await past.at(session.id, When(time=was.at))).text == text
        spans = (await past.authors(session.id, When(seq=seq))).spans
        units = text.encode("utf-16-le")
        found = [
            (letter, span.author)
            for span in spans
            for letter in units[2 * span.start : 2 * span.end].decode("utf-16-le")
        ]
        assert found == letters[seq]


async def test_others_have_their_turn_while_a_journal_is_replayed(
    rooms: Rooms, room: Room, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (authors, replay):
        monkeypatch.setattr(module, "SLICE_S", 0)
    for number in range(1_000):
        room.rewrite(f"{number}" + room.text[:400], user_id=f"user-{number // 7 % 3}")
    past = past_of(rooms, database)
    turns = 0
    done = asyncio.Event()

    async def others() -> None:
        nonlocal turns
        while not done.is_set():
            await asyncio.sleep(0)
            turns += 1

    watching = asyncio.create_task(others())
    was = await past.at(room.session.id, When(seq=room.revision - 1))
    assert turns >= 1_000 // replay.UPDATES
    turns = 0
    found = await past.authors(room.session.id, NOW)
    assert turns >= 1_000 // 7
    done.set()
    await watching
    assert was.seq == room.revision - 1
    assert sum(found.shares().values()) == len(room.text)
