"""URLs, settings of connections, and errors that a person can act on."""

import asyncio
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import Connection, text

from algoroom.sessions import repository
from algoroom.storage.database import Database, DatabaseUnavailable
from algoroom.storage.transaction import Transaction
from tests.storage.sample import session


async def value_of(database: Database, query: str) -> object:
    async with database.connect() as connection:
        return await connection.scalar(text(query))


async def test_a_commit_is_synced_to_disk(database: Database) -> None:
    def check(connection: Connection) -> None:
        if connection.dialect.name == "sqlite":
            assert connection.scalar(text("PRAGMA synchronous")) == 2
            assert connection.scalar(text("PRAGMA journal_mode")) == "wal"
            assert connection.scalar(text("PRAGMA foreign_keys")) == 1
        else:
            assert connection.scalar(text("SHOW synchronous_commit")) == "on"

    await database.alter(check)


async def test_changes_of_the_tables_and_writes_take_turns(database: Database) -> None:
    def slowly(connection: Connection) -> None:
        for _ in range(20):
            connection.execute(text("SELECT 1"))

    def write(transaction: Transaction) -> None:
        transaction.execute([repository.insert(session())])

    await asyncio.gather(
        *(each for _ in range(5) for each in (database.write(write), database.alter(slowly)))
    )
    assert await value_of(database, "SELECT count(*) FROM sessions") == 5


async def test_sqlite_makes_a_directory_and_files_that_only_the_owner_reads(
    tmp_path: Path,
) -> None:
    path = tmp_path / "new" / "100% odd?name&mode=ro" / "algo room.db"
    database = Database(f"sqlite:///{path}")
    await database.migrate()
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()}
    assert modes.keys() >= {"algo room.db", "algo room.db-wal"}
    assert set(modes.values()) == {0o600}
    await database.close()


async def test_asking_whether_there_is_a_database_does_not_make_one(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'algoroom.db'}")
    with pytest.raises(DatabaseUnavailable, match="there is no such file yet"):
        await value_of(database, "SELECT 1")
    assert list(tmp_path.iterdir()) == []
    await database.close()


async def test_a_file_that_is_no_database_is_said_to_be_none(tmp_path: Path) -> None:
    path = tmp_path / "letter.txt"
    path.write_text("Dear reader, " * 100)
    database = Database(f"sqlite:///{path}")
    with pytest.raises(DatabaseUnavailable, match=f"{path}: file is not a database"):
        await database.migrate()
    await database.close()


async def test_a_place_where_no_file_can_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    database = Database(f"sqlite:///{tmp_path / 'file' / 'algoroom.db'}")
    with pytest.raises(DatabaseUnavailable, match="Cannot use the database sqlite:"):
        await database.migrate()


@pytest.mark.parametrize("scheme", ["postgresql", "postgres"])
async def test_a_server_that_does_not_answer_is_named_without_its_password(scheme: str) -> None:
    database = Database(f"{scheme}://ann:s3cret@127.0.0.1:1/rooms?password=s3cret&sslmode=disable")
    with pytest.raises(DatabaseUnavailable) as refused:
        await database.migrate()
    assert "postgresql://ann:***@127.0.0.1:1/rooms" in str(refused.value)
    assert "s3cret" not in str(refused.value)
    assert "\n" not in str(refused.value)


async def test_a_postgresql_url_may_hold_libpq_parameters(database_url: str) -> None:
    if database_url.startswith("postgresql"):
        database = Database(
            f"{database_url}&sslmode=prefer&application_name=rooms&options=-cjit%3Doff"
        )
        assert await value_of(database, "SHOW synchronous_commit") == "on"
        await database.close()


@pytest.mark.parametrize(
    "url",
    [
        "",
        "rooms.db",
        "mysql://localhost/rooms",
        "sqlite://",
        "sqlite:///",
        "sqlite:///:memory:",
        "sqlite://rooms.db",
        "postgresql://ann:s3cret@localhost:port/rooms",
    ],
)
def test_a_url_that_names_no_database_is_refused_in_one_line(url: str) -> None:
    with pytest.raises(DatabaseUnavailable) as refused:
        Database(url)
    assert "s3cret" not in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_database_says_what_keeps_it_and_where() -> None:
    file = Database("sqlite:////srv/rooms.db")
    assert (file.kind, file.path) == ("SQLite", Path("/srv/rooms.db"))
    server = Database("postgresql://db/rooms")
    assert (server.kind, server.path) == ("PostgreSQL", None)


async def test_whoever_wants_a_database_alone_waits_for_nobody_and_shuts_others_out(
    database: Database, shared_database_url: str
) -> None:
    other = Database(shared_database_url)
    await other.write(_nothing)
    with pytest.raises(DatabaseUnavailable, match="stop that first"):
        await database.write_alone(_nothing)
    await other.close()

    await database.write_alone(_nothing)
    await database.write(_nothing)


async def test_a_database_that_somebody_has_alone_is_not_opened(empty_database_url: str) -> None:
    database = Database(empty_database_url)
    await database.migrate()

    def start_meanwhile(_: Connection) -> None:
        tried = subprocess.run(
            [sys.executable, "-c", OPEN, empty_database_url], capture_output=True, check=False
        )
        assert (tried.returncode, tried.stdout) == (0, b"refused\n"), tried.stderr.decode()

    await database.write_alone(start_meanwhile)
    await database.close()


OPEN = """
import asyncio, sys
from algoroom.errors import AlgoroomError
from algoroom.storage import connections, database
connections._BUSY_TIMEOUT_MS = 100
try:
    asyncio.run(database.Database(sys.argv[1]).migrate())
except AlgoroomError:
    print("refused")
"""


def _nothing(_: object) -> None:
    """Do no more than be connected."""
