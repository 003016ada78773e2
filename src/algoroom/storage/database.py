"""The database, SQLite or PostgreSQL, by one URL."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any, Final, Literal, Protocol, TypeVar, cast
from urllib.parse import urlsplit

import asyncpg  # type: ignore[import-untyped]  # it ships no types
from sqlalchemy import Connection, create_engine, event, text
from sqlalchemy.engine import URL, Engine, make_url
from sqlalchemy.exc import ArgumentError, DatabaseError, DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from algoroom.errors import AlgoroomError
from algoroom.storage import migrations

_READERS: Final = 5
"""Connections for reading. SQLite gives each its own thread."""

_CONNECT_TIMEOUT_S: Final = 10
_BUSY_TIMEOUT_MS: Final = 10_000
"""How long SQLite waits for another process that is writing."""

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
                _sqlite_url(self.path, "aiosqlite"),
                pool_size=_READERS,
                max_overflow=0,
                hide_parameters=True,
            )
            _prepare_sqlite(self._readers.sync_engine, begin="BEGIN")
            self._writing: _Writing = _SqliteWriting(self.path)
        elif separator and scheme in ("postgresql", "postgres", "postgresql+asyncpg"):
            dsn = f"postgresql://{rest}"
            self.description = _without_secrets(dsn)
            self._readers = _postgres_engine(dsn, _READERS)
            self._writing = _PostgresWriting(dsn)
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

    async def write(self, work: Callable[[Connection], T]) -> T:
        """Do `work` with the one connection for writing, in a transaction that is committed, and so
        synced to disk, when it returns. It must not wait for anything but the database.

        Only the writer and the migration do this. Raises as `connect` does, and for whatever else
        the database refuses and `work` lets through; then nothing of it is stored.
        """
        with self._explained(every_refusal=True):
            if not self._writing.is_open:
                self._require_file()
            return await self._writing.transact(work)

    async def migrate(self) -> None:
        """Bring the tables up to date, making the database file and its directory if need be.

        Safe when several servers start at once. Raises `DatabaseUnavailable` when it cannot, or
        when a newer version of the program made the tables.
        """
        with self._explained():
            if self.path is not None:
                _make_private(self.path)
            async with migrations.alone_in_process():
                await self.write(self._upgrade)

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


class _Writing(Protocol):
    """The one connection for writing."""

    @property
    def is_open(self) -> bool:
        """Whether there is a connection already."""

    async def transact(self, work: Callable[[Connection], T]) -> T:
        """Do `work` in a transaction and commit it."""

    async def scrub(self) -> bool:
        """Have what was deleted gone from the files."""

    async def close(self) -> None:
        """Close the connection."""


class _SqliteWriting:
    """A whole transaction is one call of a thread: the file has no other way to wait, and each step
    by itself would cost more than it does."""

    def __init__(self, path: Path) -> None:
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="storage writer")
        self._engine = create_engine(
            _sqlite_url(path, "pysqlite"),
            pool_size=1,
            max_overflow=0,
            hide_parameters=True,
            connect_args={"check_same_thread": False},
        )
        _prepare_sqlite(self._engine, begin="BEGIN IMMEDIATE")
        self._connection: Connection | None = None

    @property
    def is_open(self) -> bool:
        return self._connection is not None

    async def transact(self, work: Callable[[Connection], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._do, work)

    async def scrub(self) -> bool:
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._checkpoint)

    async def close(self) -> None:
        await asyncio.get_running_loop().run_in_executor(self._thread, self._let_go)
        await asyncio.to_thread(self._thread.shutdown)
        self._engine.dispose()

    def _do(self, work: Callable[[Connection], T]) -> T:
        if self._connection is None:
            self._connection = self._engine.connect()
        try:
            with self._connection.begin():
                return work(self._connection)
        except BaseException:
            self._let_go()
            raise

    def _checkpoint(self) -> bool:
        """Move the log into the file, where deleted bytes are zeros, and leave the log empty."""
        if self._connection is None:
            self._connection = self._engine.connect()
        driver = cast(sqlite3.Connection, self._connection.connection.driver_connection)
        # Nobody's write shall wait for whoever reads for long.
        driver.execute("PRAGMA busy_timeout = 0")
        try:
            is_busy, _, _ = driver.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        except sqlite3.OperationalError:
            return False
        finally:
            driver.execute(f"PRAGMA busy_timeout = {_BUSY_TIMEOUT_MS}")
        return not is_busy

    def _let_go(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()


class _PostgresWriting:
    is_open = True

    def __init__(self, dsn: str) -> None:
        self._engine = _postgres_engine(dsn, 1)

    async def transact(self, work: Callable[[Connection], T]) -> T:
        async with self._engine.begin() as connection:
            return await connection.run_sync(work)

    async def scrub(self) -> bool:
        return True

    async def close(self) -> None:
        await self._engine.dispose()


def _sqlite_url(path: Path, driver: str) -> URL:
    return URL.create(f"sqlite+{driver}", database=str(path))


def _prepare_sqlite(engine: Engine, begin: str) -> None:
    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _record: object) -> None:
        # The driver would begin transactions by itself, and too late.
        connection.isolation_level = None
        try:
            cursor = connection.cursor()
            for pragma in (
                f"busy_timeout = {_BUSY_TIMEOUT_MS}",
                "journal_mode = WAL",
                "synchronous = FULL",
                "foreign_keys = ON",
                # What is deleted becomes zeros, and not a page that is free and still says it.
                "secure_delete = ON",
            ):
                cursor.execute(f"PRAGMA {pragma}")
            cursor.close()
        except sqlite3.Error:
            connection.close()
            raise

    @event.listens_for(engine, "begin")
    def start(connection: Any) -> None:
        connection.exec_driver_sql(begin)


def _postgres_engine(dsn: str, connections: int) -> AsyncEngine:
    async def connect() -> Any:
        # asyncpg reads the URL itself: it knows libpq's parameters, SQLAlchemy does not.
        return await asyncpg.connect(
            dsn,
            timeout=_CONNECT_TIMEOUT_S,
            server_settings={"application_name": "algoroom", "synchronous_commit": "on"},
        )

    return create_async_engine(
        "postgresql+asyncpg://",
        async_creator=connect,
        pool_size=connections,
        max_overflow=0,
        pool_pre_ping=True,
        hide_parameters=True,
    )


def _without_secrets(dsn: str) -> str:
    try:
        urlsplit(dsn)  # as asyncpg does when it connects: it refuses hosts that SQLAlchemy takes
        return make_url(dsn).set(query={}).render_as_string(hide_password=True)
    except (ArgumentError, ValueError):
        raise DatabaseUnavailable("The PostgreSQL URL cannot be read") from None
