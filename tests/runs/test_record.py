"""Runs come back as they ended."""

from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

from algoroom.runs import record
from algoroom.runs.model import Outcome, Verdict
from algoroom.runs.record import StoredRun
from algoroom.sessions import repository
from algoroom.storage.database import Database
from algoroom.storage.writer import Writer
from tests.storage.sample import NOW, session

OUTCOME = Outcome(
    verdict=Verdict.SIGNALLED,
    exit_code=None,
    signal=9,
    wall_ms=12.345678901234567,
    cpu_ms=0.1,
    peak_memory_bytes=5_000_000_000,
    stdout=bytes(range(256)),
    stderr=b"",
    compiler_output=b"\xff warning",
    detail="Stopped by signal 9 \0 \N{SNAKE}",
)


def stored_run(session_id: str, started_s: int, outcome: Outcome = OUTCOME) -> StoredRun:
    started_at = NOW + timedelta(seconds=started_s)
    return StoredRun(
        id=str(uuid4()),
        session_id=session_id,
        author="ann",
        language="python",
        source="print('\0 \N{SNAKE}')",
        stdin=b"\x00\xff",
        outcome=outcome,
        started_at=started_at,
        ended_at=started_at + timedelta(microseconds=1),
    )


async def test_a_run_comes_back_with_its_whole_outcome(database: Database) -> None:
    writer, owner = Writer(database), session()
    await writer.write(repository.insert(owner))
    runs = [
        stored_run(owner.id, at, replace(OUTCOME, verdict=verdict, detail=None, exit_code=at))
        for at, verdict in enumerate(Verdict)
    ]
    runs.append(stored_run(owner.id, 1_000))
    await writer.write(*(record.insert(run) for run in runs))
    async with database.connect() as connection:
        for run in runs:
            assert await record.get(connection, run.id) == run
        assert await record.of_session(connection, owner.id, 100) == runs
        assert await record.of_session(connection, owner.id, 2) == runs[-2:]


async def test_an_unknown_run_is_none(database: Database) -> None:
    async with database.connect() as connection:
        for unknown in ("", "\0" * 36, "\ud800" * 36, str(uuid4())):
            assert await record.get(connection, unknown) is None
        assert await record.of_session(connection, str(uuid4()), 10) == []
