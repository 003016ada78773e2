"""How rooms come into memory, leave it, and end."""

import asyncio
import gc
import weakref
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from algoroom.clock import utc_now
from algoroom.errors import SessionNotFound, SnapshotNotFound
from algoroom.rooms import attendance, journal
from algoroom.rooms.document import Document
from algoroom.rooms.events import Ended, Ending, Event
from algoroom.rooms.history import ChangeType
from algoroom.rooms.registry import Rooms
from algoroom.rooms.room import Room
from algoroom.sessions.model import Origin, Session
from algoroom.storage.database import Database, DatabaseUnavailable
from algoroom.storage.writer import Writer
from tests.rooms.conftest import LIMITS

HOUR = timedelta(hours=1)


class Calendar:
    """A clock that goes when it is told to."""

    def __init__(self) -> None:
        self.now = datetime(2030, 1, 1, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


class Notes:
    """An audience that writes down what it is told."""

    def __init__(self) -> None:
        self.events: list[Event] = []

    reads_text = True

    def tell(self, event: Event, source: object) -> None:
        del source
        self.events.append(event)


@pytest.fixture
def calendar() -> Calendar:
    return Calendar()


@pytest.fixture
def timed(database: Database, writer: Writer, calendar: Calendar) -> Rooms:
    return Rooms(database, writer, calendar, limits=LIMITS, idle_s=0, sweep_s=60)


def documents() -> int:
    """How many are in memory that somebody may still use."""
    gc.collect()
    return sum(type(one) is Document for one in gc.get_objects())


async def new(rooms: Rooms) -> Session:
    return await rooms.create(Origin.EVENTS, "python", None, HOUR, "")


async def test_everybody_who_enters_at_once_is_in_the_same_room(
    rooms: Rooms, session: Session
) -> None:
    async def entered() -> Room:
        async with rooms.enter(session.id) as room:
            await asyncio.sleep(0)
            return room

    found = await asyncio.gather(*(entered() for _ in range(20)))
    assert len(set(map(id, found))) == 1


async def test_a_room_comes_back_from_the_database_as_it_was(
    rooms: Rooms, session: Session, database: Database
) -> None:
    async with rooms.enter(session.id) as room:
        for number in range(20):
            room.rewrite(f"text {number} é😀", language="java", user_id="ann")
        revision = room.revision
    await rooms.unload_idle()
    async with database.connect() as connection:
        kept = await journal.saved_state(connection, session.id)
    assert kept is not None
    assert kept.seq == revision
    async with rooms.enter(session.id) as again:
        assert again is not room
        assert (again.text, again.language, again.revision) == ("text 19 é😀", "java", revision)
        again.rewrite("text 20", user_id="ann")
        assert again.revision == revision + 1


async def test_a_room_that_is_unloaded_is_freed(rooms: Rooms) -> None:
    session = await new(rooms)
    async with rooms.enter(session.id) as room:
        room.rewrite("text", user_id="ann")
        kept: list[weakref.ref[object]] = [weakref.ref(room), weakref.ref(room.document)]
    del room
    await rooms.unload_idle()
    assert [reference() for reference in kept] == [None, None]


async def test_a_session_that_nobody_enters_keeps_no_document(rooms: Rooms) -> None:
    before = documents()
    for _ in range(3):
        await new(rooms)
    assert documents() <= before


async def test_a_room_that_is_used_stays(rooms: Rooms, session: Session) -> None:
    async with rooms.enter(session.id) as room:
        await rooms.unload_idle()
        async with rooms.enter(session.id) as again:
            assert again is room


async def test_writes_race_with_unloading_and_none_is_lost(rooms: Rooms, session: Session) -> None:
    async def write(number: int) -> None:
        async with rooms.enter(session.id) as room:
            room.write((f"<{number}>",), user_id="ann")
            await room.saved()

    async with asyncio.TaskGroup() as tasks:
        for number in range(30):
            tasks.create_task(write(number))
            tasks.create_task(rooms.unload_idle())
            await asyncio.sleep(0)
    await rooms.unload_idle()
    async with rooms.enter(session.id) as room:
        assert all(room.text.count(f"<{number}>") == 1 for number in range(30))


async def test_an_expired_session_is_gone_and_then_swept(timed: Rooms, calendar: Calendar) -> None:
    session = await new(timed)
    calendar.now += HOUR
    with pytest.raises(SessionNotFound):
        await timed.session(session.id)
    await timed.sweep()
    calendar.now -= HOUR
    with pytest.raises(SessionNotFound):
        await timed.session(session.id)


async def test_activity_moves_the_expiry_on_and_reading_does_not(
    timed: Rooms, calendar: Calendar
) -> None:
    session = await new(timed)
    calendar.now += HOUR / 2
    async with timed.enter(session.id) as room:
        assert room.session.expires_at == session.expires_at
        room.rewrite("x", user_id="ann")
        await room.saved()
    await timed.unload_idle()
    calendar.now += HOUR * 0.9
    await timed.sweep()
    found, _ = await timed.session(session.id)
    assert found.expires_at == session.expires_at + HOUR / 2


async def test_a_session_that_somebody_is_in_never_expires(
    timed: Rooms, calendar: Calendar
) -> None:
    session = await new(timed)
    async with timed.enter(session.id) as room:
        room.join("connection", "ann", "Ann")
        for _ in range(5):
            calendar.now += 2 * HOUR
            await timed.sweep()
            assert (await timed.session(session.id))[1] == 1
        room.leave("connection")
    calendar.now += 2 * HOUR
    with pytest.raises(SessionNotFound):
        await timed.session(session.id)


@pytest.fixture
def mortal(database: Database, writer: Writer, calendar: Calendar) -> Rooms:
    limits = replace(LIMITS, longest_life=3 * HOUR)
    return Rooms(database, writer, calendar, limits=limits, idle_s=0, sweep_s=60)


async def test_a_bounded_life_ends_whoever_is_in_it(mortal: Rooms, calendar: Calendar) -> None:
    session = await new(mortal)
    async with mortal.enter(session.id) as room:
        room.join("connection", "ann", "Ann")
        calendar.now += 2.5 * HOUR
        room.rewrite("x", user_id="ann")
        assert room.session.expires_at == session.created_at + 3 * HOUR
        await mortal.sweep()
        calendar.now += HOUR / 2
        await mortal.sweep()
        assert room.is_gone
    with pytest.raises(SessionNotFound):
        await mortal.session(session.id)


async def test_a_life_that_is_bounded_later_ends_sessions_of_before(
    timed: Rooms, mortal: Rooms, calendar: Calendar
) -> None:
    session = await timed.create(Origin.EVENTS, "python", None, 24 * HOUR, "")
    calendar.now += 3 * HOUR
    with pytest.raises(SessionNotFound):
        await mortal.session(session.id)
    await mortal.sweep()
    with pytest.raises(SessionNotFound):
        await timed.session(session.id)


async def test_nobody_gets_more_than_the_longest_life(mortal: Rooms) -> None:
    made = await mortal.create(Origin.EVENTS, "python", None, 24 * HOUR, "")
    assert made.expires_at == made.created_at + 3 * HOUR


async def test_a_room_without_participants_is_told_that_it_expired(
    timed: Rooms, calendar: Calendar
) -> None:
    session = await new(timed)
    async with timed.enter(session.id) as room:
        notes = room.audience(Notes, Notes)
        calendar.now += HOUR
        await timed.sweep()
        (ended,) = notes.events
        assert isinstance(ended, Ended)
        assert ended.reason is Ending.EXPIRED


async def test_a_deleted_session_takes_nothing_more(rooms: Rooms, session: Session) -> None:
    async with rooms.enter(session.id) as room:
        await rooms.delete(session.id)
        with pytest.raises(SessionNotFound):
            room.rewrite("too late", user_id="ann")
        room.leave("nobody")
        await room.saved()
    for ask in (rooms.session, rooms.present, rooms.delete):
        with pytest.raises(SessionNotFound):
            await ask(session.id)


async def test_stays_that_a_dead_server_left_open_are_closed(
    rooms: Rooms, session: Session, database: Database, writer: Writer
) -> None:
    async with rooms.enter(session.id) as room:
        room.join("connection", "ann", "Ann")
        await room.saved()
    # These rooms are another server's, which starts when this one is gone.
    later = Rooms(database, writer, utc_now, limits=LIMITS, idle_s=0, sweep_s=60)
    async with later.enter(session.id) as room:
        await room.saved()
    await writer.close()
    async with database.connect() as connection:
        (stay,) = await attendance.of_session(connection, session.id)
    assert stay.left_at is not None


async def test_two_who_go_on_to_type_in_turn_do_not_fill_the_history(
    rooms: Rooms, session: Session
) -> None:
    async with rooms.enter(session.id) as room:
        for number in range(20):
            room.rewrite(f"{number}", user_id="ann" if number % 2 else "bob")
    entries = await rooms.history(session.id, 50)
    assert [entry.user_id for entry in entries] == ["bob", "ann", "bob"]


async def test_history_folds_bursts_and_keeps_snapshots(rooms: Rooms, session: Session) -> None:
    async with rooms.enter(session.id) as room:
        for text in ("a", "ab", "abc"):
            room.rewrite(text, user_id="ann")
        room.rewrite("abcd", user_id="bob")
        saved = room.save("final", language="java", user_id="anonymous")
        room.rewrite("after", user_id="bob")
        room.write(language="python", user_id="bob")
        room.write(language="python", user_id="bob")
    entries = await rooms.history(session.id, 50)
    assert [(entry.change_type, entry.user_id) for entry in entries] == [
        (ChangeType.EDIT, "ann"),
        (ChangeType.EDIT, "bob"),
        (ChangeType.SNAPSHOT, "anonymous"),
        (ChangeType.EDIT, "bob"),
        (ChangeType.LANGUAGE_CHANGE, "bob"),
    ]
    assert (await rooms.snapshot(session.id, saved.id)).code == "final"
    assert [entry.seq for entry in await rooms.history(session.id, 2)] == [4, 5]
    with pytest.raises(SnapshotNotFound):
        await rooms.snapshot(session.id, entries[0].id)


async def test_the_house_is_kept_although_something_broke_once(
    database: Database, writer: Writer, caplog: pytest.LogCaptureFixture
) -> None:
    swept = asyncio.Event()

    class Clumsy(Rooms):
        sweeps = scrubs = 0

        async def sweep(self) -> None:
            self.sweeps += 1
            if self.sweeps == 1:
                raise ZeroDivisionError
            if self.sweeps == 2:
                raise DatabaseUnavailable("it is away")
            swept.set()

        async def scrub(self) -> None:
            self.scrubs += 1

    rooms = Clumsy(database, writer, utc_now, limits=LIMITS, idle_s=0, sweep_s=0)
    keeping = asyncio.create_task(rooms.keep_house())
    async with asyncio.timeout(10):
        await swept.wait()
    keeping.cancel()
    await asyncio.wait({keeping})
    assert rooms.scrubs >= 2
    told = [record.getMessage() for record in caplog.records]
    assert told == [
        "removing expired sessions failed",
        "removing expired sessions failed: it is away",
    ]


async def test_a_room_that_breaks_keeps_no_other_in_memory(
    rooms: Rooms, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken, whole = await new(rooms), await new(rooms)
    for session in (broken, whole):
        async with rooms.enter(session.id):
            pass

    def break_() -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(rooms._loaded[broken.id].room, "compact", break_)
    await rooms.unload_idle()
    assert list(rooms._loaded) == [broken.id]
    assert [record.getMessage() for record in caplog.records] == [
        f"unloading session {broken.id} failed"
    ]
