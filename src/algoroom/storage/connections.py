"""The connections of a database: engines of both kinds, and the one for writing."""

import asyncio
import sqlite3
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from threading import Thread
from typing import Any, Final, Protocol, TypeVar, cast

import asyncpg  # type: ignore[import-untyped]  # it ships no types
from sqlalchemy import Connection, PoolProxiedConnection, create_engine, event
from sqlalchemy.engine import URL, Engine
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from algoroom.storage.transaction import FileTransaction, SqlalchemyTransaction, Transaction

_CONNECT_TIMEOUT_S: Final = 10
_BUSY_TIMEOUT_MS: Final = 10_000
"""How long SQLite waits for another process that is writing."""

_ALONE_TIMEOUT_MS: Final = 1_000
"""How long whoever wants to be alone waits for others to go."""

_USE_LOCK: Final = 0x616C676F75736564
"""Names the PostgreSQL advisory lock that each writer shares, and who is alone has."""

T = TypeVar("T")


class InUse(Exception):
    """Two use a database, and one of them needs it alone."""

    def __init__(self) -> None:
        super().__init__("a server or another command uses it; stop that first")


class Writing(Protocol):
    """The one connection for writing."""

    @property
    def is_open(self) -> bool:
        """Whether there is a connection already."""

    async def transact(self, work: Callable[[Transaction], T]) -> T:
        """Do `work` in a transaction and commit it."""

    async def alter(self, work: Callable[[Connection], T]) -> T:
        """Do `work`, which changes the tables, in a transaction and commit it."""

    async def transact_alone(self, work: Callable[[Connection], T]) -> T:
        """Do `work` in a transaction while nobody else is connected, commit it, and scrub."""

    async def scrub(self) -> bool:
        """Have what was deleted gone from the files."""

    async def close(self) -> None:
        """Close the connection."""


class SqliteWriting:
    """A whole transaction is one call of a thread: the file has no other way to wait, and each step
    by itself would cost more than it does."""

    def __init__(self, path: Path) -> None:
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="storage writer")
        self._engine = create_engine(
            sqlite_url(path, "pysqlite"),
            pool_size=1,
            max_overflow=0,
            hide_parameters=True,
            connect_args={"check_same_thread": False},
        )
        prepare_sqlite(self._engine, begin="BEGIN IMMEDIATE")
        self._connection: PoolProxiedConnection | None = None

    @property
    def is_open(self) -> bool:
        return self._connection is not None

    async def transact(self, work: Callable[[Transaction], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._do, work)

    async def alter(self, work: Callable[[Connection], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._alter, work)

    async def transact_alone(self, work: Callable[[Connection], T]) -> T:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._thread, self._do_alone, work)

    async def scrub(self) -> bool:
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._scrub)

    async def close(self) -> None:
        await asyncio.get_running_loop().run_in_executor(self._thread, self._let_go)
        await asyncio.to_thread(self._thread.shutdown)
        self._engine.dispose()

    def _do(self, work: Callable[[Transaction], T]) -> T:
        transaction = FileTransaction(self._opened())
        try:
            transaction.begin()
            done = work(transaction)
            transaction.commit()
        except BaseException:
            self._let_go()
            raise
        return done

    def _alter(self, work: Callable[[Connection], T]) -> T:
        self._let_go()
        with self._engine.begin() as connection:
            return work(connection)

    def _do_alone(self, work: Callable[[Connection], T]) -> T:
        self._let_go()
        try:
            with self._engine.connect() as connection:
                # Whoever has the file open holds a lock of it for as long, which this one excludes.
                with closing(connection.connection.cursor()) as cursor:
                    cursor.execute("PRAGMA locking_mode = EXCLUSIVE")
                    cursor.execute(f"PRAGMA busy_timeout = {_ALONE_TIMEOUT_MS}")
                with connection.begin():
                    done = work(connection)
                _checkpoint(_driver(connection.connection))
        except OperationalError as error:
            if getattr(error.orig, "sqlite_errorcode", None) != sqlite3.SQLITE_BUSY:
                raise
            raise InUse from error
        finally:
            self._engine.dispose()
        return done

    def _scrub(self) -> bool:
        return _checkpoint(self._opened())

    def _opened(self) -> sqlite3.Connection:
        if self._connection is None:
            self._connection = self._engine.raw_connection()
        return _driver(self._connection)

    def _let_go(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()


class Aside:
    """A loop in a thread of its own, for what goes to and fro: a busy loop would come to each
    answer only in its next turn."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._running: tuple[asyncio.AbstractEventLoop, Thread] | None = None

    async def do(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Have it done there, and wait for it."""
        if self._running is None:
            loop = type(asyncio.get_running_loop())()
            thread = Thread(target=loop.run_forever, name=self._name, daemon=True)
            thread.start()
            self._running = loop, thread
        loop, _ = self._running
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(coroutine, loop))

    async def stop(self) -> None:
        """End the thread, which has nothing to do any more."""
        if self._running is not None:
            loop, thread = self._running
            self._running = None
            loop.call_soon_threadsafe(loop.stop)
            await asyncio.to_thread(thread.join)
            loop.close()


class PostgresWriting:
    """One connection, kept from one transaction to the next: for each the pool would ask the server
    three times whether it is still there. Where it is not, the writer tries again with another. A
    transaction is several questions and answers, so it has a loop of its own."""

    is_open = True

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn
        self._engine = postgres_engine(dsn, 1, lock="pg_try_advisory_lock_shared")
        self._connection: AsyncConnection | None = None
        self._in_turn = asyncio.Lock()
        self._aside = Aside("storage writer")

    async def transact(self, work: Callable[[Transaction], T]) -> T:
        return await self._aside.do(self._transact(work))

    async def alter(self, work: Callable[[Connection], T]) -> T:
        return await self._aside.do(self._alter(work))

    async def transact_alone(self, work: Callable[[Connection], T]) -> T:
        return await self._aside.do(self._transact_alone(work))

    async def scrub(self) -> bool:
        return True

    async def close(self) -> None:
        await self._aside.do(self._close())
        await self._aside.stop()

    async def _transact(self, work: Callable[[Transaction], T]) -> T:
        async with self._in_turn:
            if self._connection is None:
                self._connection = await self._engine.connect()
            try:
                async with self._connection.begin():
                    return await self._connection.run_sync(
                        lambda opened: work(SqlalchemyTransaction(opened))
                    )
            except BaseException:
                await self._let_go()
                raise

    async def _alter(self, work: Callable[[Connection], T]) -> T:
        async with self._in_turn:
            await self._let_go()
            async with self._engine.begin() as connection:
                return await connection.run_sync(work)

    async def _transact_alone(self, work: Callable[[Connection], T]) -> T:
        await self._close()
        alone = postgres_engine(self._dsn, 1, lock="pg_try_advisory_lock")
        try:
            async with alone.begin() as connection:
                return await connection.run_sync(work)
        finally:
            await alone.dispose()

    async def _close(self) -> None:
        async with self._in_turn:
            await self._let_go()
        await self._engine.dispose()

    async def _let_go(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            await connection.close()


def _driver(connection: PoolProxiedConnection) -> sqlite3.Connection:
    return cast(sqlite3.Connection, connection.driver_connection)


def _checkpoint(driver: sqlite3.Connection) -> bool:
    """Move the log into the file, where deleted bytes are zeros, and leave the log empty."""
    # Nobody's write shall wait for whoever reads for long.
    driver.execute("PRAGMA busy_timeout = 0")
    try:
        is_busy, _, _ = driver.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    except sqlite3.OperationalError:
        return False
    finally:
        driver.execute(f"PRAGMA busy_timeout = {_BUSY_TIMEOUT_MS}")
    return not is_busy


def sqlite_url(path: Path, driver: str) -> URL:
    return URL.create(f"sqlite+{driver}", database=str(path))


def prepare_sqlite(engine: Engine, begin: str) -> None:
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


def postgres_engine(dsn: str, connections: int, lock: str | None = None) -> AsyncEngine:
    """Connections that each take the lock of use by this function, where there is one."""

    async def connect() -> Any:
        # asyncpg reads the URL itself: it knows libpq's parameters, SQLAlchemy does not.
        opened = await asyncpg.connect(
            dsn,
            timeout=_CONNECT_TIMEOUT_S,
            server_settings={"application_name": "algoroom", "synchronous_commit": "on"},
        )
        if lock is not None and not await opened.fetchval(f"SELECT {lock}($1)", _USE_LOCK):
            await opened.close()
            raise InUse
        return opened

    return create_async_engine(
        "postgresql+asyncpg://",
        async_creator=connect,
        pool_size=connections,
        max_overflow=0,
        pool_pre_ping=True,
        hide_parameters=True,
    )
