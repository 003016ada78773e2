"""What the writer promises: order, grouping, failures that stay alone, and durability."""

import asyncio
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TypeVar

import pytest
import uvloop
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from algoroom.rooms import journal
from algoroom.sessions import repository
from algoroom.storage import writer as writing
from algoroom.storage.database import Database
from algoroom.storage.statement import Statement
from algoroom.storage.tables import sessions
from algoroom.storage.transaction import Transaction
from algoroom.storage.writer import Unit, Writer, WriterClosed, WriteRefused
from tests.databases import own_cluster
from tests.storage.sample import entry, session

T = TypeVar("T")
ACKNOWLEDGED_BEFORE_KILL = 100
WITHIN_S = 10.0
REPOSITORY = Path(__file__).parents[2]


class CountingDatabase(Database):
    """A database that counts the writer's transactions."""

    transactions = 0

    async def write(self, work: Callable[[Transaction], T]) -> T:
        self.transactions += 1
        return await super().write(work)


def append_to(acknowledged: list[int], position: int, _: asyncio.Future[None]) -> None:
    acknowledged.append(position)


async def stored(database: Database, session_id: str) -> list[int]:
    async with database.connect() as connection:
        return [entry.seq for entry in await journal.rows(connection, session_id, 1, 100_000)]


async def test_what_was_written_is_read_by_any_other_connection(database: Database) -> None:
    written = session()
    await Writer(database).write(repository.insert(written))
    async with database.connect() as connection:
        assert await repository.get(connection, written.id) == written


async def test_a_statement_may_carry_its_values_itself(database: Database) -> None:
    writer, gone = Writer(database), session()
    await writer.write(repository.insert(gone))
    await writer.write(Statement(sessions.delete().where(sessions.c.id == gone.id)))
    async with database.connect() as connection:
        assert await repository.get(connection, gone.id) is None


async def test_units_are_stored_in_the_order_of_submission(database: Database) -> None:
    writer, first = Writer(database), session()
    futures = [writer.submit(repository.insert(first))]
    for number in range(1, 51):
        futures.append(writer.submit(journal.append(first.id, entry(number))))
        futures.append(
            writer.submit(repository.update(replace(first, title=f"The title {number}")))
        )
    acknowledged: list[int] = []
    for position, future in enumerate(futures):
        future.add_done_callback(partial(append_to, acknowledged, position))
    await asyncio.gather(*futures)
    assert acknowledged == list(range(len(futures)))
    async with database.connect() as connection:
        read = await repository.get(connection, first.id)
    assert read is not None
    assert read.title == "The title 50"
    assert await stored(database, first.id) == list(range(1, 51))


async def test_many_units_at_once_share_few_transactions(database_url: str) -> None:
    database = CountingDatabase(database_url)
    await database.migrate()
    writer, owner = Writer(database), session()
    await writer.write(repository.insert(owner))
    before = database.transactions

    async def type_on(first: int) -> None:
        for seq in range(first, first + 10):
            await writer.write(journal.append(owner.id, entry(seq)))

    async with asyncio.TaskGroup() as tasks:
        for room in range(100):
            tasks.create_task(type_on(1 + room * 10))
    assert len(await stored(database, owner.id)) == 1_000
    assert database.transactions - before <= 20
    await writer.close()
    await database.close()


async def test_what_nobody_waits_for_shares_a_transaction_with_what_comes_next(
    database_url: str,
) -> None:
    database = CountingDatabase(database_url)
    await database.migrate()
    writer, owner, other = Writer(database), session(), session()
    first = writer.submit(repository.insert(owner), at_leisure=True)
    second = writer.submit(journal.append(owner.id, entry(1)), at_leisure=True)
    await writer.write(repository.insert(other))
    assert first.done()
    assert second.done()
    assert database.transactions == 1
    assert await stored(database, owner.id) == [1]
    await writer.close()
    await database.close()


async def test_what_nobody_waits_for_is_stored_where_nothing_comes_next(
    database: Database,
) -> None:
    writer, owner = Writer(database), session()
    await writer.submit(repository.insert(owner), at_leisure=True)
    await writer.submit(journal.append(owner.id, entry(1)), at_leisure=True)
    assert await stored(database, owner.id) == [1]


class Told(Unit):
    """A unit that nobody waits for; the answer comes into a list."""

    def __init__(self, seq: int, owner: str, answers: list[Exception | None]) -> None:
        super().__init__([journal.append(owner, entry(seq))])
        self._answers = answers

    def settle(self, error: Exception | None) -> None:
        self._answers.append(error)


async def test_what_is_only_told_gathers_until_somebody_waits(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writing, "_SOON_S", 3600.0)
    database, answers = CountingDatabase(database_url), list[Exception | None]()
    await database.migrate()
    writer, owner = Writer(database), session()
    await writer.write(repository.insert(owner))
    for seq in (1, 2, 3):
        writer.queue(Told(seq, owner.id, answers))
        await asyncio.sleep(0)
    assert answers == []
    await writer.write(journal.append(owner.id, entry(4)))
    assert answers == [None] * 3
    assert database.transactions == 2
    assert await stored(database, owner.id) == [1, 2, 3, 4]
    await database.close()


async def test_what_is_only_told_is_stored_soon_where_nobody_waits(database: Database) -> None:
    writer, owner, answers = Writer(database), session(), list[Exception | None]()
    await writer.write(repository.insert(owner))
    writer.queue(Told(1, owner.id, answers))
    async with asyncio.timeout(WITHIN_S):
        while not answers:
            await asyncio.sleep(0.001)
    assert await stored(database, owner.id) == [1]


def test_what_is_only_told_is_stored_where_the_loop_counts_in_milliseconds(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def tell() -> None:
        database, answers = Database(database_url), list[Exception | None]()
        await database.migrate()
        writer, owner = Writer(database), session()
        await writer.write(repository.insert(owner))
        # Due in a moment that is none for the loop.
        now = asyncio.get_running_loop().time()
        monkeypatch.setattr(writer, "_began", now - writing._SOON_S + 1e-6)
        for seq in (1, 2):
            writer.queue(Told(seq, owner.id, answers))
        async with asyncio.timeout(WITHIN_S):
            while len(answers) < 2:
                await asyncio.sleep(0.001)
        assert await stored(database, owner.id) == [1, 2]
        await database.close()

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(tell())


async def test_a_transaction_worth_of_what_is_only_told_is_stored_at_once(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writing, "_SOON_S", 3600.0)
    writer, owner, answers = Writer(database), session(), list[Exception | None]()
    await writer.write(repository.insert(owner))
    for seq in range(writing._WORTH):
        assert answers == []
        writer.queue(Told(seq, owner.id, answers))
    async with asyncio.timeout(WITHIN_S):
        while not answers:
            await asyncio.sleep(0.001)
    assert answers == [None] * writing._WORTH


async def test_one_unit_is_stored_whole_or_not_at_all(database: Database) -> None:
    writer, owner = Writer(database), session()
    await writer.write(repository.insert(owner))
    good, bad = journal.append(owner.id, entry(1)), journal.append("nobody", entry(1))
    with pytest.raises(WriteRefused, match="refused"):
        await writer.write(good, bad)
    assert await stored(database, owner.id) == []


@settings(
    max_examples=10,
    # Each example has a session of its own; the database may be shared.
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(bad=st.lists(st.booleans(), min_size=1, max_size=30))
async def test_a_refused_unit_fails_alone(database: Database, bad: list[bool]) -> None:
    writer, owner = Writer(database), session()
    await writer.write(repository.insert(owner))
    outcomes = await asyncio.gather(
        *(
            writer.submit(journal.append("nobody" if refused else owner.id, entry(seq)))
            for seq, refused in enumerate(bad, start=1)
        ),
        return_exceptions=True,
    )
    assert [isinstance(outcome, WriteRefused) for outcome in outcomes] == bad
    assert await stored(database, owner.id) == [
        seq for seq, no in enumerate(bad, start=1) if not no
    ]


async def test_a_value_that_no_column_takes_fails_alone(database: Database) -> None:
    writer, owner = Writer(database), session()
    await writer.write(repository.insert(owner))
    surrogate = writer.submit(repository.update(replace(owner, title="\ud800")))
    naive = writer.submit(
        repository.update(replace(owner, expires_at=owner.expires_at.replace(tzinfo=None)))
    )
    fine = writer.submit(journal.append(owner.id, entry(1)))
    outcomes = await asyncio.gather(surrogate, naive, fine, return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [WriteRefused, WriteRefused, type(None)]
    assert await stored(database, owner.id) == [1]


async def test_a_cancelled_waiter_neither_undoes_its_unit_nor_breaks_others(
    database: Database,
) -> None:
    writer, owner = Writer(database), session()
    await writer.write(repository.insert(owner))
    waiting = asyncio.create_task(writer.write(journal.append(owner.id, entry(1))))
    neighbour = asyncio.create_task(writer.write(journal.append(owner.id, entry(2))))
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    await neighbour
    assert await stored(database, owner.id) == [1, 2]


async def test_closing_stores_what_was_submitted_and_takes_nothing_more(
    database: Database,
) -> None:
    writer, owner = Writer(database), session()
    futures = [writer.submit(repository.insert(owner))]
    futures += [writer.submit(journal.append(owner.id, entry(seq))) for seq in (1, 2)]
    futures.append(writer.submit(journal.append(owner.id, entry(3)), at_leisure=True))
    await writer.close()
    assert all(future.done() and future.exception() is None for future in futures)
    assert await stored(database, owner.id) == [1, 2, 3]
    with pytest.raises(WriterClosed):
        writer.submit(repository.delete(owner.id))
    await writer.close()


async def test_a_reader_does_not_wait_for_the_writer(database: Database) -> None:
    first, second = session(), session()
    await Writer(database).write(repository.insert(first))
    statement = repository.insert(second)
    inserted, may_commit = threading.Event(), threading.Event()

    def write(transaction: Transaction) -> None:
        transaction.execute([statement])
        inserted.set()
        if database.path is not None:
            may_commit.wait(10)

    writing = asyncio.create_task(database.write(write))
    async with database.connect() as reading:
        await asyncio.to_thread(inserted.wait, 10)
        assert await repository.get(reading, first.id) == first
        if not writing.done():
            assert await repository.get(reading, second.id) is None
    may_commit.set()
    await writing


@pytest.fixture(params=["sqlite", "postgresql"])
def durable_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a database that syncs to disk, as those of other tests need not."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'algoroom.db'}"
    else:
        with own_cluster() as cluster, cluster.database(migrated=True) as url:
            yield url


async def test_every_acknowledged_write_survives_kill_9(durable_url: str) -> None:
    database, owner = Database(durable_url), session()
    await database.migrate()
    await Writer(database).write(repository.insert(owner))
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.storage.acknowledging", durable_url, owner.id),
        stdout=asyncio.subprocess.PIPE,
        cwd=REPOSITORY,
    )
    assert process.stdout is not None
    acknowledged = [int(await process.stdout.readline()) for _ in range(ACKNOWLEDGED_BEFORE_KILL)]
    process.send_signal(signal.SIGKILL)
    acknowledged += [int(line) for line in (await process.stdout.read()).splitlines()]
    await process.wait()
    async with database.connect() as connection:
        kept = {entry.seq: entry for entry in await journal.rows(connection, owner.id, 1, 100_000)}
    assert set(acknowledged) <= set(kept)
    assert all(entry.update == b"%d" % seq for seq, entry in kept.items())
    await database.close()
