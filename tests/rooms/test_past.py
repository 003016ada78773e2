"""The past of a session, found from its journal however it is packed."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pycrdt import Doc, Text

from algoroom.clock import utc_now
from algoroom.errors import TooManyVersions
from algoroom.rooms import authors, replay, versions
from algoroom.rooms.past import NOW, Past, When
from algoroom.rooms.presence import SERVER_ID
from algoroom.rooms.registry import Rooms
from algoroom.rooms.room import Room
from algoroom.sessions.model import Origin, Session
from algoroom.storage.database import Database
from algoroom.storage.writer import Writer
from tests.rooms.conftest import LIMITS

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
@given(
    edits=st.lists(EDIT, min_size=1, max_size=30),
    is_unloaded=st.booleans(),
    numbers=st.sampled_from([2, 128]),
)
async def test_every_moment_and_every_author_is_what_it_was(
    rooms: Rooms,
    database: Database,
    monkeypatch: pytest.MonkeyPatch,
    edits: list[tuple[str, int, int, str]],
    is_unloaded: bool,
    numbers: int,
) -> None:
    monkeypatch.setattr(authors, "NUMBERS", numbers)
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


async def test_whoever_sends_an_insertion_first_wrote_it_whoever_made_it(
    rooms: Rooms, room: Room, database: Database
) -> None:
    first, second = Doc[Any](client_id=2), Doc[Any](client_id=1)
    for doc in (first, second):
        doc.apply_update(room.document.state())
    first.get("code", type=Text).insert(0, "[é😀]")
    room.merge(first.get_update(), user_id="ann")
    first.get("code", type=Text).insert(len("[é".encode()), "later")
    second.get("code", type=Text).insert(0, "<second>")
    second.apply_update(first.get_update())
    del second.get("code", type=Text)[:1]
    # It has what two clients made, and what is known.
    room.merge(second.get_update(), user_id="bob")
    room.write((len(room.text), "!"), user_id="cat")
    room.write((len(room.text) - 1, "?"), user_id="dan")
    past = past_of(rooms, database)
    found = await past.authors(room.session.id, NOW)
    units = room.text.encode("utf-16-le")
    parts = [
        (span.author, units[2 * span.start : 2 * span.end].decode("utf-16-le"))
        for span in found.spans
    ]
    assert sorted(parts) == [
        ("ann", "[é"),
        ("ann", "😀]"),
        ("bob", "later"),
        ("bob", "second>"),
        ("cat", "!"),
        ("dan", "?"),
        (SERVER_ID, "hello world"),
    ]
    assert found.shares == {SERVER_ID: 11, "bob": 12, "ann": 5, "cat": 1, "dan": 1}


async def test_authors_are_remembered_as_long_as_there_is_room(
    rooms: Rooms, room: Room, session: Session, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    past = past_of(rooms, database)
    found = await past.authors(session.id, NOW)
    assert await past.authors(session.id, When(seq=1)) is found
    monkeypatch.setattr(authors, "MOST_REMEMBERED", 2 * found.size)
    for number in range(2):
        room.write((f"{number}",), user_id=SERVER_ID)
        assert await past.authors(session.id, NOW) is await past.authors(session.id, NOW)
    assert await past.authors(session.id, When(seq=1)) is not found
    monkeypatch.setattr(authors, "MOST_REMEMBERED", 0)
    room.write(("more",), user_id=SERVER_ID)
    assert await past.authors(session.id, NOW) is not await past.authors(session.id, NOW)


async def test_versions_that_are_named_at_once_are_no_more_than_there_may_be(
    rooms: Rooms, session: Session, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(versions, "MOST", 3)
    past = past_of(rooms, database)
    named = await asyncio.gather(
        *(past.name(session.id, f"{number}", "ann") for number in range(8)),
        return_exceptions=True,
    )
    assert sum(isinstance(one, TooManyVersions) for one in named) == 5
    assert len(await past.versions(session.id)) == 3


@pytest.mark.parametrize("is_packed", [False, True])
async def test_moments_stay_in_order_although_the_clock_is_put_back(
    database: Database, writer: Writer, is_packed: bool
) -> None:
    now = start = datetime(2030, 1, 1, 12, tzinfo=UTC)
    limits = replace(LIMITS, tail_entries=1) if is_packed else LIMITS
    rooms = Rooms(database, writer, lambda: now, limits=limits, idle_s=0, sweep_s=60)
    session, past = await new(rooms), past_of(rooms, database)
    clock = [timedelta(minutes=minutes) for minutes in (10, -30, 5, -40, 20)]
    for passed in clock:
        now = start + passed
        async with rooms.enter(session.id) as room:
            for _ in range(2):
                room.write((len(room.text), "x") if room.text else ("x",), user_id="ann")
        await rooms.unload_idle()
    moments = [await past.at(session.id, When(seq=seq)) for seq in range(1, 12)]
    assert [was.at - start for was in moments] == [
        timedelta(),
        *[timedelta(minutes=10)] * 8,
        *[timedelta(minutes=20)] * 2,
    ]
    for minutes, length in ((0, 0), (9, 0), (10, 8), (19, 8), (20, 10)):
        was = await past.at(session.id, When(time=start + timedelta(minutes=minutes)))
        assert len(was.text) == length


async def test_who_asks_much_about_one_session_keeps_nobody_from_another(
    rooms: Rooms, room: Room, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    past, other = past_of(rooms, database), await new(rooms)
    may_go_on, begun = asyncio.Event(), asyncio.Event()
    replayed = past._replayed

    async def slow(session: Session, upto: int, time: datetime | None) -> Any:
        if session.id == room.session.id:
            begun.set()
            await may_go_on.wait()
        return await replayed(session, upto, time)

    monkeypatch.setattr(past, "_replayed", slow)
    many: list[asyncio.Task[Any]] = [
        asyncio.create_task(past.at(room.session.id, NOW)) for _ in range(5)
    ]
    many += [asyncio.create_task(past.authors(room.session.id, NOW)) for _ in range(5)]
    await begun.wait()
    async with asyncio.timeout(10):
        assert (await past.at(other.id, NOW)).text == ""
        assert (await past.authors(other.id, NOW)).seq == 1
    many[0].cancel()
    may_go_on.set()
    await asyncio.wait(many)
    assert [task.cancelled() for task in many] == [True, *[False] * 9]


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
    assert turns >= 1_000
    turns = 0
    found = await past.authors(room.session.id, NOW)
    assert turns >= 1_000 // authors.UPDATES_A_LOOK
    done.set()
    await watching
    assert was.seq == room.revision - 1
    assert sum(found.shares.values()) == len(room.text)
