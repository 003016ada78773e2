"""Runs as they are kept with their session."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sql
from sqlalchemy.ext.asyncio import AsyncConnection

from algoroom.runs.model import Outcome, Verdict
from algoroom.storage.statement import Statement
from algoroom.storage.tables import runs
from algoroom.storage.types import could_be_id

_INSERT = sql.insert(runs)


@dataclass(frozen=True, slots=True)
class StoredRun:
    """One run that is over: who ran what, and how it ended. `id` is a UUID."""

    id: str
    session_id: str
    author: str
    language: str
    source: str
    stdin: bytes
    outcome: Outcome
    started_at: datetime
    ended_at: datetime


def insert(run: StoredRun) -> Statement:
    """A run, once it is over."""
    outcome = run.outcome
    return Statement(
        _INSERT,
        {
            "id": run.id,
            "session_id": run.session_id,
            "author": run.author,
            "language": run.language,
            "source": run.source,
            "stdin": run.stdin,
            "verdict": outcome.verdict.value,
            "exit_code": outcome.exit_code,
            "signal": outcome.signal,
            "wall_ms": outcome.wall_ms,
            "cpu_ms": outcome.cpu_ms,
            "peak_memory_bytes": outcome.peak_memory_bytes,
            "stdout": outcome.stdout,
            "stderr": outcome.stderr,
            "compiler_output": outcome.compiler_output,
            "detail": outcome.detail,
            "started_at": run.started_at,
            "ended_at": run.ended_at,
        },
    )


async def of_session(connection: AsyncConnection, session_id: str, limit: int) -> list[StoredRun]:
    """The session's last `limit` runs by their start, oldest first."""
    query = (
        sql.select(runs)
        .where(runs.c.session_id == session_id)
        .order_by(runs.c.started_at.desc(), runs.c.id.desc())
        .limit(limit)
    )
    rows = (await connection.execute(query)).all()
    return [_stored_run(row) for row in reversed(rows)]


async def get(connection: AsyncConnection, run_id: str) -> StoredRun | None:
    """The run of this id; any text may be asked for."""
    if not could_be_id(run_id):
        return None
    row = (await connection.execute(sql.select(runs).where(runs.c.id == run_id))).one_or_none()
    return None if row is None else _stored_run(row)


def _stored_run(row: sql.Row[Any]) -> StoredRun:
    return StoredRun(
        id=row.id,
        session_id=row.session_id,
        author=row.author,
        language=row.language,
        source=row.source,
        stdin=row.stdin,
        outcome=Outcome(
            verdict=Verdict(row.verdict),
            exit_code=row.exit_code,
            signal=row.signal,
            wall_ms=row.wall_ms,
            cpu_ms=row.cpu_ms,
            peak_memory_bytes=row.peak_memory_bytes,
            stdout=row.stdout,
            stderr=row.stderr,
            compiler_output=row.compiler_output,
            detail=row.detail,
        ),
        started_at=row.started_at,
        ended_at=row.ended_at,
    )
