"""The record of a session comes back as it was written."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from algoroom.access.model import Access
from algoroom.rooms import journal
from algoroom.sessions import repository
from algoroom.sessions.model import Origin, Session
from algoroom.storage.database import Database
from algoroom.storage.writer import Writer
from tests.storage.sample import NOW, entry, session

moments = st.datetimes(
    min_value=datetime(1970, 1, 1),  # noqa: DTZ001
    max_value=datetime(9000, 1, 1),  # noqa: DTZ001
    timezones=st.sampled_from([UTC, timezone(timedelta(hours=-9, minutes=-30))]),
)


async def read(database: Database, session_id: str) -> Session | None:
    async with database.connect() as connection:
        return await repository.get(connection, session_id)


@settings(
    max_examples=10,
    # Each example has a session of its own; the database may be shared.
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    title=st.none() | st.text(),
    at=moments,
    lifetime=st.timedeltas(timedelta(microseconds=1), timedelta(days=366)),
    origin=st.sampled_from(Origin),
)
async def test_a_session_comes_back_equal_to_the_microsecond(
    database: Database, title: str | None, at: datetime, lifetime: timedelta, origin: Origin
) -> None:
    written = session(
        title=title,
        origin=origin,
        lifetime=lifetime,
        created_at=at,
        expires_at=at + lifetime,
        code_changed_at=at,
    )
    await Writer(database).write(repository.insert(written))
    back = await read(database, written.id)
    assert back == written
    assert back is not None
    assert back.created_at.tzinfo is UTC


async def test_an_update_changes_what_can_change_and_nothing_else(database: Database) -> None:
    writer, first, other = Writer(database), session(), session()
    await writer.write(repository.insert(first), repository.insert(other))
    changed = replace(
        first,
        language="rust",
        title=None,
        expires_at=NOW + timedelta(days=7),
        lifetime=timedelta(hours=1.5),
        code_changed_at=NOW + timedelta(seconds=1),
    )
    await writer.write(
        repository.update(replace(changed, origin=Origin.EVENTS, created_at=NOW - timedelta(1)))
    )
    assert await read(database, first.id) == changed
    assert await read(database, other.id) == other


async def test_any_text_may_be_asked_for(database: Database) -> None:
    for unknown in ("", "nobody", "x" * 36, "\0" * 36, "é" * 36, "\ud800" * 36):
        assert await read(database, unknown) is None


async def test_a_deleted_session_takes_everything_of_it_along(database: Database) -> None:
    writer, gone, kept = Writer(database), session(), session()
    for one in (gone, kept):
        await writer.write(
            repository.insert(one),
            journal.append(one.id, entry(1)),
            journal.save_state(one.id, 1, b"state"),
        )
    await writer.write(repository.delete(gone.id))
    assert await read(database, gone.id) is None
    async with database.connect() as connection:
        assert await journal.saved_state(connection, gone.id) is None
        assert await journal.rows(connection, gone.id, 1, 10) == []
        state = await journal.saved_state(connection, kept.id)
    assert state == journal.SavedState(1, b"state", is_whole=True)


async def test_expired_sessions_are_found_the_longest_expired_first(database: Database) -> None:
    ages = [timedelta(0), timedelta(days=2), timedelta(microseconds=-1), timedelta(seconds=1)]
    written = [session(expires_at=NOW - age) for age in ages]
    await Writer(database).write(*(repository.insert(one) for one in written))
    async with database.connect() as connection:
        found = await repository.expired(connection, NOW, limit=10)
        first = await repository.expired(connection, NOW, limit=1)
    assert found == [written[1].id, written[3].id, written[0].id]
    assert first == found[:1]


async def test_sessions_of_one_owner_are_read_the_newest_first_page_by_page(
    database: Database,
) -> None:
    ages = [3, 1, 2, 2]
    mine = [
        session(access=Access(owner="user:ann"), created_at=NOW - timedelta(days=age))
        for age in ages
    ]
    others = [
        session(access=Access(owner="user:bob")),
        session(),
        session(access=Access(owner="user:ann"), expires_at=NOW - timedelta(seconds=1)),
    ]
    await Writer(database).write(*(repository.insert(one) for one in mine + others))
    wanted = sorted(mine, key=lambda one: (one.created_at, one.id), reverse=True)
    found: list[Session] = []
    async with database.connect() as connection:
        assert await repository.owned(connection, "user:ann", NOW, limit=10) == wanted
        while page := await repository.owned(
            connection,
            "user:ann",
            NOW,
            limit=1,
            after=(found[-1].created_at, found[-1].id) if found else None,
        ):
            found += page
    assert found == wanted
