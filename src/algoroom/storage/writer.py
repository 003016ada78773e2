"""The one writer of a node: many writes, few transactions."""

import asyncio
import logging
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Mapping, Sequence
from functools import partial
from itertools import islice
from typing import Final

from sqlalchemy.exc import DBAPIError, OperationalError, SQLAlchemyError

from algoroom.errors import AlgoroomError
from algoroom.storage.database import Database, DatabaseUnavailable
from algoroom.storage.statement import Statement
from algoroom.storage.transaction import Transaction

logger = logging.getLogger(__name__)

_LARGEST_GROUP: Final = 2_000
"""Units in one transaction at most, so that a long queue is acknowledged bit by bit."""

_GATHER_S: Final = 0.008
"""From one transaction to the next at least, where one is due already: each costs as much as many
rows."""

_SOON_S: Final = 0.030
"""From one transaction to the next at most, where something is queued that nobody waits for but
somebody is told of, unless a transaction's worth of it has come before."""

_WORTH: Final = 32
"""So many units are worth a transaction: their rows cost as much as the transaction itself."""

_AT_LEISURE_S: Final = 0.25
"""How long what nobody waits for may wait for others to be committed with."""

MOST_BYTES = 128 * 2**20
"""What may wait for the database in memory, of all rooms together."""

# What PostgreSQL holds against the write itself, by the class of its code: the data, a constraint.
_FAULTS_OF_THE_WRITE: Final = ("22", "23")


class WriterClosed(AlgoroomError):
    """The writer takes no more writes: the server is stopping."""


class WriteRefused(AlgoroomError):
    """The database refused a write for what it is, and nothing of it is stored; `__cause__` says
    why. A row of a session that is gone is refused so.
    """


class Backlog:
    """How much waits in memory for the database: the bytes of all units from when they are made
    until they are stored, or given up."""

    def __init__(self) -> None:
        self.bytes = 0

    @property
    def is_full(self) -> bool:
        """Whether nothing more shall be taken from anybody. A database may be slow for long
        without failing once: another process has its lock, its disk is busy."""
        return self.bytes >= MOST_BYTES


class Unit(ABC):
    """Statements that are stored together or not at all; `size` is what they take in memory."""

    __slots__ = ("size", "statements")

    def __init__(self, statements: Sequence[Statement]) -> None:
        self.statements = statements
        self.size = sum([statement.size for statement in statements])

    @abstractmethod
    def settle(self, error: Exception | None) -> None:
        """It is stored, and synced to disk, or not, for this reason."""


class _Awaited(Unit):
    """A unit that somebody waits for."""

    __slots__ = ("_backlog", "stored")

    def __init__(self, statements: Sequence[Statement], backlog: Backlog) -> None:
        super().__init__(statements)
        self.stored: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._backlog = backlog
        backlog.bytes += self.size

    def settle(self, error: Exception | None) -> None:
        self._backlog.bytes -= self.size
        if self.stored.done():  # its waiter may have been cancelled
            return
        if error is None:
            self.stored.set_result(None)
        else:
            self.stored.set_exception(error)


class Writer:
    """Commits units in the order of their submission, in groups.

    - A unit is settled only after its commit, which the database has synced to disk.
    - A group is whatever was submitted while the one before it was under way. An idle writer
      starts at once, but for what was submitted at leisure; a busy one has what nobody waits for
      gather for a moment.
    - A unit that the database refuses fails alone. A lost connection fails the units under way;
      those after them find a new one.
    - A cancelled waiter changes nothing: its unit is stored all the same.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self.backlog = Backlog()
        self._queue: deque[Unit] = deque()
        self._task: asyncio.Task[None] | None = None
        self._due = asyncio.Event()
        self._later: asyncio.TimerHandle | None = None
        # uvloop's handles do not always know it.
        self._later_at = 0.0
        self._began = 0.0
        self._under_way = 0
        self._closed = False

    def submit(self, *statements: Statement, at_leisure: bool = False) -> asyncio.Future[None]:
        """Queue one unit. The future resolves when it is durable: `at_leisure` with the next group,
        or after a quarter of a second where none comes.

        It fails with `WriteRefused`, or with `DatabaseUnavailable` (where the connection broke at
        the commit, the unit may be stored even so; a full disk is told so as well, and that too
        much waits already). Raises `WriterClosed` after `close`.
        """
        is_full = self.backlog.is_full
        unit = _Awaited(statements, self.backlog)
        if is_full:
            unit.settle(DatabaseUnavailable("The database is behind; nothing more is taken"))
            return unit.stored
        self._append(unit)
        if at_leisure:
            self._be_due_at(asyncio.get_running_loop().time() + _AT_LEISURE_S)
        else:
            self.hurry()
        return unit.stored

    def queue(self, unit: Unit) -> None:
        """Queue one unit that nobody waits for, which is settled by what the future of `submit`
        fails with. Raises `WriterClosed` after `close`."""
        self._append(unit)
        if len(self._queue) - self._under_way >= _WORTH:
            self.hurry()
        else:
            self._be_due_at(self._began + _SOON_S)

    def hurry(self) -> None:
        """Somebody waits for what is queued."""
        if self._later is not None:
            self._later.cancel()
            self._later = None
        self._due.set()

    def _append(self, unit: Unit) -> None:
        if self._closed:
            raise WriterClosed("The server is stopping; nothing more is stored")
        self._queue.append(unit)
        if self._task is None or self._task.done():
            loop = asyncio.get_running_loop()
            self._task = loop.create_task(self._drain(), name="storage writer")

    def _be_due_at(self, when: float) -> None:
        """Write what is queued by this time of the loop."""
        if self._later is not None and self._later_at <= when:
            return
        loop = asyncio.get_running_loop()
        if when <= loop.time():
            self.hurry()
        elif not self._due.is_set():
            if self._later is not None:
                self._later.cancel()
            self._later, self._later_at = loop.call_at(when, self.hurry), when

    async def write(self, *statements: Statement) -> None:
        """Store one unit and return when it is durable. Fails as the future of `submit` does."""
        await self.submit(*statements)

    async def close(self) -> None:
        """Take nothing more, and return when all that was submitted is stored or has failed."""
        self._closed = True
        self.hurry()
        if self._task is not None:
            await asyncio.wait({self._task})

    async def _drain(self) -> None:
        loop = asyncio.get_running_loop()
        try:
            while not self._closed or self._queue:
                await self._due.wait()
                if len(self._queue) <= _LARGEST_GROUP and not self._closed:
                    self._due.clear()
                if not self._queue:
                    continue
                self._began = loop.time()
                group = deque(islice(self._queue, _LARGEST_GROUP))
                self._under_way = len(group)
                errors = await self._store(group)
                self._under_way = 0
                while group:  # nothing of it, and so no room, is kept until the next
                    _settle(self._queue.popleft(), errors.get(group.popleft()))
                del errors
                if self._queue and self._due.is_set() and not self._closed:
                    # There is more than one who writes: what comes within moments goes together.
                    await asyncio.sleep(_GATHER_S - (loop.time() - self._began))
        finally:
            # Only a writer that is cancelled or broken leaves any, and nobody shall wait for ever.
            while self._queue:
                _settle(self._queue.popleft(), WriterClosed("Stopped before this was stored"))

    async def _store(self, group: Sequence[Unit]) -> Mapping[Unit, Exception]:
        """Commit a group; which of it is not stored, and why."""
        try:
            try:
                await self._database.write(partial(_execute_together, group))
            except _Refused:
                # Nothing is stored yet, so a second attempt cannot store anything twice. It finds
                # out who is at fault, or a new connection in place of a stale one.
                refused = await self._database.write(partial(_execute_apart, group))
                return {unit: _refused(error) for unit, error in refused.items()}
        except DatabaseUnavailable as error:
            return {unit: DatabaseUnavailable(*error.args) for unit in group}
        return {}


class _Refused(Exception):
    """Something in a group is refused."""


def _settle(unit: Unit, error: Exception | None) -> None:
    try:
        unit.settle(error)
    except Exception:  # everybody else in the group is to be told even so
        logger.exception("what follows a write broke")


def _execute_together(group: Sequence[Unit], transaction: Transaction) -> None:
    try:
        transaction.execute(made for unit in group for made in unit.statements)
    except SQLAlchemyError as error:
        raise _Refused from error


def _execute_apart(group: Sequence[Unit], transaction: Transaction) -> dict[Unit, SQLAlchemyError]:
    """Execute each unit by itself; the answer has those that failed."""
    tried = ((unit, transaction.attempt(unit.statements)) for unit in group)
    return {unit: error for unit, error in tried if error is not None}


def _refused(error: SQLAlchemyError) -> AlgoroomError:
    """What a write that failed is told: where the same may succeed later (a full disk, a table that
    is locked or away), that the database is unavailable."""
    refused: AlgoroomError
    if _may_succeed_later(error):
        refused = DatabaseUnavailable(f"The database could not store a write: {error}")
    else:
        refused = WriteRefused(f"The database refused a write: {error}")
    refused.__cause__ = error
    return refused


def _may_succeed_later(error: SQLAlchemyError) -> bool:
    if not isinstance(error, DBAPIError):
        return False
    code = getattr(error.orig, "sqlstate", None)
    if isinstance(code, str):
        return not code.startswith(_FAULTS_OF_THE_WRITE)
    return isinstance(error, OperationalError)
