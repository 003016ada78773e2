"""Runs come back as they ended."""

from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

from algoroom.runs import record
from algoroom.runs.model import CaseOutcome, Outcome, SourceFile, Verdict
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

CASES = (
    CaseOutcome(1, "first", False, True, Verdict.OK, 0, None, 1.5, 0.5, 7, b"\xff\0", b"x", True),
    CaseOutcome(2, "\0 \N{SNAKE}", True, False, Verdict.TIME_LIMIT, None, 9, detail="Stopped"),
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
    runs.append(stored_run(owner.id, 1_000, replace(OUTCOME, stdout_cut=True)))
    runs.append(stored_run(owner.id, 1_000, replace(OUTCOME, stderr_cut=True)))
    runs.append(
        replace(
            stored_run(owner.id, 1_001, replace(OUTCOME, cases=CASES)),
            files=(SourceFile("a/b.bin", b"\xff\0"), SourceFile("c.py", b"")),
            arguments=("-x", "", "\N{SNAKE}"),
        )
    )
    await writer.write(*(record.insert(run) for run in runs))
    async with database.connect() as connection:
        for run in runs:
            assert await record.get(connection, run.id) == run


async def test_an_unknown_run_is_none(database: Database) -> None:
    async with database.connect() as connection:
        for unknown in ("", "\0" * 36, "\ud800" * 36, str(uuid4())):
            assert await record.get(connection, unknown) is None
        assert await record.page(connection, str(uuid4()), 10) == []


async def test_the_runs_of_a_session_come_in_pages_the_newest_first(database: Database) -> None:
    writer, owner, other = Writer(database), session(), session()
    await writer.write(repository.insert(owner), repository.insert(other))
    # Some begin at the same moment.
    runs = [stored_run(owner.id, at // 2) for at in range(7)]
    await writer.write(*(record.insert(run) for run in [*runs, stored_run(other.id, 3)]))
    newest = sorted(runs, key=lambda run: (run.started_at, run.id), reverse=True)
    async with database.connect() as connection:
        for size in (1, 2, 3, 7, 8):
            found: list[str] = []
            while page := await record.page(
                connection, owner.id, size, found[-1] if found else None
            ):
                found += [one.id for one in page]
            assert found == [run.id for run in newest]
        first = (await record.page(connection, owner.id, 1))[0]
        for field in ("author", "language", "started_at", "ended_at"):
            assert getattr(first, field) == getattr(newest[0], field)
        assert (first.verdict, first.cpu_ms) == (OUTCOME.verdict, OUTCOME.cpu_ms)
        assert await record.page(connection, other.id, 9, newest[0].id) == []
        assert await record.page(connection, owner.id, 9, "\0" * 36) == []
