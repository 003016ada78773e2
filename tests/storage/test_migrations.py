"""The revisions build what the code expects, whoever starts and however often."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect, text

from algoroom.runs import record
from algoroom.sessions import repository
from algoroom.storage import migrations
from algoroom.storage.database import Database, DatabaseUnavailable
from algoroom.storage.tables import metadata
from algoroom.storage.writer import Writer
from tests.runs.test_record import stored_run
from tests.storage.sample import session

# Forked after the imports, so that all begin at the same moment.
MIGRATE_AT_ONCE = """
import asyncio, os, sys
from algoroom.storage.database import Database
servers = 4
first = os.getpid()
for _ in range(servers - 1):
    if os.fork() == 0:
        break
asyncio.run(Database(sys.argv[1]).migrate())
if os.getpid() == first:
    raise SystemExit(max(os.wait()[1] for _ in range(servers - 1)))
"""


def differences(connection: Connection) -> list[object]:
    """What Alembic would still change to reach the tables that the code declares."""
    context = MigrationContext.configure(
        connection, opts={"compare_type": True, "compare_server_default": True}
    )
    return list(compare_metadata(context, metadata))


def tables(connection: Connection) -> set[str]:
    return set(inspect(connection).get_table_names())


@pytest.fixture
async def migrated(empty_database_url: str) -> AsyncIterator[Database]:
    """A database of the test's own, to do anything to."""
    opened = Database(empty_database_url)
    await opened.migrate()
    yield opened
    await opened.close()


async def test_an_empty_database_is_brought_to_exactly_the_declared_tables(
    empty_database_url: str,
) -> None:
    database = Database(empty_database_url)
    await database.migrate()
    assert await database.alter(tables) == {*metadata.tables, "alembic_version"}
    assert await database.alter(differences) == []
    await database.close()


async def test_migrating_again_changes_nothing(migrated: Database) -> None:
    kept = session()
    await Writer(migrated).write(repository.insert(kept))
    await migrated.migrate()
    async with migrated.connect() as connection:
        assert await repository.get(connection, kept.id) == kept


async def test_every_revision_can_be_taken_back_and_made_again(migrated: Database) -> None:
    await migrated.alter(partial(migrations.downgrade, revision="base"))
    assert await migrated.alter(tables) == {"alembic_version"}
    await migrated.migrate()
    assert await migrated.alter(differences) == []


async def test_what_an_earlier_version_stored_is_there_in_this_one(migrated: Database) -> None:
    owner = session()
    run = stored_run(owner.id, 0)
    writer = Writer(migrated)
    await writer.write(repository.insert(owner))
    await writer.write(record.insert(run))
    await migrated.alter(partial(migrations.downgrade, revision="0002"))
    await migrated.migrate()
    async with migrated.connect() as connection:
        assert await record.get(connection, run.id) == run


async def test_two_nodes_of_one_process_migrate_at_once(
    empty_database_url: str, tmp_path: Path
) -> None:
    other_url = f"sqlite:///{tmp_path / 'other.db'}"
    nodes = [Database(url) for url in (empty_database_url, empty_database_url, other_url)]
    await asyncio.gather(*(node.migrate() for node in nodes))
    for node in nodes:
        async with node.connect() as connection:
            assert await connection.scalar(text("SELECT count(*) FROM sessions")) == 0
        await node.close()


def test_servers_that_start_at_once_all_come_up_and_end(empty_database_url: str) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", MIGRATE_AT_ONCE, empty_database_url],
        check=False,
        capture_output=True,
    )
    assert ended.returncode == 0, ended.stderr.decode()
    assert ended.stderr == b""


async def test_tables_of_a_newer_version_are_left_alone(migrated: Database) -> None:
    newer = text("UPDATE alembic_version SET version_num = '9999'")
    await migrated.alter(lambda connection: connection.execute(newer))
    with pytest.raises(DatabaseUnavailable, match=r"its tables are not of this version.*9999"):
        await migrated.migrate()


def test_the_newest_revision_is_the_last_there_is() -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    assert ScriptDirectory.from_config(config).get_current_head() == migrations.NEWEST
