"""The database, SQLite or PostgreSQL, by one URL."""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from pathlib import Path
from typing import Final, Literal, TypeVar
from urllib.parse import urlsplit

import asyncpg  # type: ignore[import-untyped]  # it ships no types
from sqlalchemy import Connection, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DatabaseError, DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from algoroom.errors import AlgoroomError
from algoroom.storage import migrations
from algoroom.storage.connections import (
    InUse,
    PostgresWriting,
    SqliteWriting,
    Writing,
    postgres_engine,
    prepare_sqlite,
    sqlite_url,
)
from algoroom.storage.transaction import Transaction

_READERS: Final = 5
"""Connections for reading. SQLite gives each its own thread."""

_MIGRATION_LOCK: Final = 0x616C676F726F6F6D
"""Names the PostgreSQL advisory lock that servers take to migrate one after the other."""


T = TypeVar("T")


class DatabaseUnavailable(AlgoroomError):
    """The database cannot be used, in one sentence for whoever runs the server."""


class Database:
    """Connections to one database.

    `url` is `sqlite:///relative/path`, `sqlite:////absolute/path`, `postgresql://...` or
    `postgres://...`, the last two with whatever libpq's URLs may hold. Nothing is opened or made
    before `migrate` or `connect`. Raises `DatabaseUnavailable` for any other URL.
    """

    path: Path | None
    """SQLite's file, None in PostgreSQL."""

    description: str
    """The URL, without its secrets."""

    def __init__(self, url: str) -> None:
        scheme, separator, rest = url.partition("://")
        self.path = None
        if separator and scheme in ("sqlite", "sqlite+aiosqlite"):
            self.path = _sqlite_path(rest)
            self.description = f"sqlite:///{self.path}"
            self._readers = create_async_engine(
                sqlite_url(self.path, "aiosqlite"),
                pool_size=_READERS,
                max_overflow=0,
                hide_parameters=True,
            )
            prepare_sqlite(self._readers.sync_engine, begin="BEGIN")
            self._writing: Writing = SqliteWriting(self.path)
        elif separator and scheme in ("postgresql", "postgres", "postgresql+asyncpg"):
            dsn = f"postgresql://{rest}"
            self.description = _without_secrets(dsn)
            self._readers = postgres_engine(dsn, _READERS)
            self._writing = PostgresWriting(dsn)
        else:
            raise DatabaseUnavailable(
                "A database URL starts with sqlite:///, postgresql:// or postgres://"
            )

    @property
    def kind(self) -> Literal["SQLite", "PostgreSQL"]:
        """The system that keeps it, by its own name."""
        return "PostgreSQL" if self.path is None else "SQLite"

    @asynccontextmanager
    async def connect(self) -> AsyncIterator[AsyncConnection]:
        """A connection for reading, and one view of the data while it is held in SQLite.

        Raises `DatabaseUnavailable` when there is no connection or it is lost.
        """
        async with self._opened(self._readers) as connection:
            with self._explained():
                yield connection

    async def write(self, work: Callable[[Transaction], T]) -> T:
        """Do `work` with the one connection for writing, in a transaction that is committed, and so
        synced to disk, when it returns. It must not wait for anything but the database.

        Only the writer and the migration do this. Raises as `connect` does, and for whatever else
        the database refuses and `work` lets through; then nothing of it is stored.
        """
        with self._explained(every_refusal=True):
            if not self._writing.is_open:
                self._require_file()
            return await self._writing.transact(work)

    async def alter(self, work: Callable[[Connection], T]) -> T:
        """Do `work`, which changes the tables, as `write` does."""
        with self._explained(every_refusal=True):
            return await self._writing.alter(work)

    async def migrate(self) -> None:
        """Bring the tables up to date, making the database file and its directory if need be.

        Safe when several servers start at once. Raises `DatabaseUnavailable` when it cannot, or
        when a newer version of the program made the tables.
        """
        with self._explained():
            if self.path is not None:
                _make_private(self.path)
            async with migrations.alone_in_process():
                await self.alter(self._upgrade)

    async def write_alone(self, work: Callable[[Connection], T]) -> T:
        """Do `work` as `alter` does, while no server and no other command uses the database, and
        leave nothing in its files of what it deletes. Others cannot write meanwhile."""
        with self._explained(every_refusal=True):
            self._require_file()
            await self._readers.dispose()
            return await self._writing.transact_alone(work)

    async def scrub(self) -> bool:
        """Have what was deleted gone from the files too; whether it is. False where somebody still
        reads what was there before. PostgreSQL does so by itself, in its own time."""
        with self._explained(every_refusal=True):
            return await self._writing.scrub()

    async def close(self) -> None:
        """Close every connection."""
        await self._readers.dispose()
        await self._writing.close()

    def _upgrade(self, connection: Connection) -> None:
        # In SQLite beginning to write waits for whoever else migrates, PostgreSQL has to be asked.
        if self.path is None:
            lock = {"lock": _MIGRATION_LOCK}
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), lock)
        migrations.upgrade(connection)

    @asynccontextmanager
    async def _opened(self, engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
        async with AsyncExitStack() as stack:
            with self._explained(every_refusal=True):
                self._require_file()
                connection = await stack.enter_async_context(engine.connect())
            yield connection

    def _require_file(self) -> None:
        # SQLite would make it.
        if self.path is not None and not self.path.exists():
            raise self._unavailable("there is no such file yet")

    @contextmanager
    def _explained(self, *, every_refusal: bool = False) -> Iterator[None]:
        """Turns what means "no database" into `DatabaseUnavailable`."""
        try:
            yield
        except (OSError, PoolTimeout, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            raise self._unavailable(_in_one_line(error)) from error
        except DBAPIError as error:
            # SQLite says "not a database" and the like by the general class itself.
            unusable = isinstance(error, OperationalError) or type(error) is DatabaseError
            if not (every_refusal or unusable or error.connection_invalidated):
                raise
            raise self._unavailable(_in_one_line(error.orig or error)) from error
        except InUse as error:
            raise self._unavailable(str(error)) from error
        except migrations.NotThisVersion as error:
            raise self._unavailable(
                f"its tables are not of this version ({_in_one_line(error)})"
            ) from error

    def _unavailable(self, reason: str) -> DatabaseUnavailable:
        return DatabaseUnavailable(f"Cannot use the database {self.description}: {reason}")


def _in_one_line(error: BaseException) -> str:
    return " ".join(str(error).split()) or type(error).__name__


def _sqlite_path(rest: str) -> Path:
    name = rest.removeprefix("/")
    if name == rest or not name or name == ":memory:":
        raise DatabaseUnavailable(
            "A SQLite URL names a file: sqlite:///relative or sqlite:////full"
        )
    return Path(name)


def _make_private(path: Path) -> None:
    """An empty file that only its owner reads; SQLite's files beside it take its mode."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.touch(mode=0o600)


def _without_secrets(dsn: str) -> str:
    try:
        urlsplit(dsn)  # as asyncpg does when it connects: it refuses hosts that SQLAlchemy takes
        return make_url(dsn).set(query={}).render_as_string(hide_password=True)
    except (ArgumentError, ValueError):
        raise DatabaseUnavailable("The PostgreSQL URL cannot be read") from None
