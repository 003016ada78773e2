"""PostgreSQL goes away and comes back."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace

import asyncpg  # type: ignore[import-untyped]  # it ships no types
import pytest

from algoroom.rooms import journal
from algoroom.sessions import repository
from algoroom.storage.database import Database, DatabaseUnavailable
from algoroom.storage.writer import Writer
from tests.databases import Cluster
from tests.storage.sample import entry, session

WITHIN_S = 10.0
POLL_S = 0.01


@pytest.fixture
def url(postgres: Cluster) -> Iterator[str]:
    """The URL of a database for one test."""
    with postgres.database(migrated=True) as url:
        yield url


@pytest.fixture
async def database(url: str) -> AsyncIterator[Database]:
    opened = Database(url)
    yield opened
    await opened.close()


async def stored(database: Database, session_id: str) -> list[int]:
    async with database.connect() as connection:
        return [entry.seq for entry in await journal.rows(connection, session_id, 1, 100_000)]


async def test_a_connection_lost_in_the_middle_of_a_transaction_loses_nothing(
    database: Database, url: str
) -> None:
    writer, owner = Writer(database), session()
    await writer.write(repository.insert(owner))
    other = await asyncpg.connect(url)
    async with other.transaction():
        await other.execute("SELECT FROM sessions FOR UPDATE")
        blocked = writer.submit(
            journal.append(owner.id, entry(1)),
            repository.update(replace(owner, title="Written after all")),
        )
        deadline = time.monotonic() + WITHIN_S
        while not await other.fetchval(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
            " WHERE datname = current_database() AND wait_event_type = 'Lock'"
        ):
            assert time.monotonic() < deadline
            await asyncio.sleep(POLL_S)
    await other.close()
    await blocked
    assert await stored(database, owner.id) == [1]


async def test_without_the_database_units_fail_clearly_and_later_ones_are_stored(
    database: Database, postgres: Cluster
) -> None:
    writer, owner = Writer(database), session()
    await writer.write(repository.insert(owner))
    name = database.description.rpartition("/")[2]
    await postgres.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')
    await postgres.execute(
        f"SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = '{name}'"
    )
    failing = [writer.submit(journal.append(owner.id, entry(seq))) for seq in (1, 2)]
    for outcome in await asyncio.gather(*failing, return_exceptions=True):
        assert isinstance(outcome, DatabaseUnavailable)
        assert "not currently accepting connections" in str(outcome)
    with pytest.raises(DatabaseUnavailable):
        await stored(database, owner.id)
    await postgres.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true')
    await writer.write(journal.append(owner.id, entry(3)))
    assert await stored(database, owner.id) == [3]
