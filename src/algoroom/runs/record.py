"""Runs as they are kept with their session.

Files, arguments and test cases are JSON in one column each, null where there are none: nothing
searches them.
"""

import base64
import json
from collections.abc import Collection
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from typing import Any

import sqlalchemy as sql
from sqlalchemy.ext.asyncio import AsyncConnection

from algoroom.runs.model import CaseOutcome, Outcome, SourceFile, Verdict
from algoroom.storage.statement import Statement, insert_once
from algoroom.storage.tables import runs
from algoroom.storage.types import could_be_id

_INSERT = insert_once(runs)


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
    files: tuple[SourceFile, ...] = ()
    arguments: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Summary:
    """A run that is over, without its program and what it printed."""

    id: str
    author: str
    language: str
    verdict: Verdict
    exit_code: int | None
    signal: int | None
    cpu_ms: float
    wall_ms: float
    peak_memory_bytes: int
    started_at: datetime
    ended_at: datetime


_SUMMARY = tuple(runs.c[field.name] for field in fields(Summary))


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
            "stdout_cut": outcome.stdout_cut,
            "stderr_cut": outcome.stderr_cut,
            "compiler_output": outcome.compiler_output,
            "detail": outcome.detail,
            "started_at": run.started_at,
            "ended_at": run.ended_at,
            "files": _json({file.path: _text(file.data) for file in run.files}),
            "arguments": _json(run.arguments),
            "cases": _json([_case_json(case) for case in outcome.cases]),
        },
    )


async def page(
    connection: AsyncConnection, session_id: str, limit: int, before: str | None = None
) -> list[Summary]:
    """The session's last `limit` runs by their start, newest first; with the id of one of them,
    those that began `before` it. Any text may be given for it; an unknown one is before nothing."""
    query = (
        sql.select(*_SUMMARY)
        .where(runs.c.session_id == session_id)
        .order_by(runs.c.started_at.desc(), runs.c.id.desc())
        .limit(limit)
    )
    if before is not None:
        last = await get(connection, before)
        if last is None or last.session_id != session_id:
            return []
        same_time = sql.and_(runs.c.started_at == last.started_at, runs.c.id < last.id)
        query = query.where(sql.or_(runs.c.started_at < last.started_at, same_time))
    rows = (await connection.execute(query)).all()
    return [Summary(**{**row._asdict(), "verdict": Verdict(row.verdict)}) for row in rows]


@dataclass(frozen=True, slots=True)
class Ending:
    """How a run ended, in short. Its output is counted in bytes."""

    id: str
    language: str
    verdict: Verdict
    exit_code: int | None
    stdout_bytes: int
    stderr_bytes: int
    started_at: datetime


async def endings(connection: AsyncConnection, ids: Collection[str]) -> dict[str, Ending]:
    """How the runs of these ids ended, those that are stored."""
    query = sql.select(
        runs.c.id,
        runs.c.language,
        runs.c.verdict,
        runs.c.exit_code,
        sql.func.length(runs.c.stdout),
        sql.func.length(runs.c.stderr),
        runs.c.started_at,
    ).where(runs.c.id.in_(ids))
    found = await connection.execute(query)
    return {row[0]: Ending(row[0], row[1], Verdict(row[2]), *row[3:]) for row in found}


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
            stdout_cut=row.stdout_cut,
            stderr_cut=row.stderr_cut,
            compiler_output=row.compiler_output,
            detail=row.detail,
            cases=tuple(map(_case, json.loads(row.cases or "[]"))),
        ),
        started_at=row.started_at,
        ended_at=row.ended_at,
        files=tuple(
            SourceFile(path, base64.b64decode(data))
            for path, data in json.loads(row.files or "{}").items()
        ),
        arguments=tuple(json.loads(row.arguments or "[]")),
    )


def _json(value: Any) -> str | None:
    return json.dumps(value) if value else None


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _case_json(case: CaseOutcome) -> dict[str, Any]:
    return {**asdict(case), "stdout": _text(case.stdout), "stderr": _text(case.stderr)}


def _case(stored: dict[str, Any]) -> CaseOutcome:
    return CaseOutcome(
        **{
            **stored,
            "verdict": Verdict(stored["verdict"]),
            "stdout": base64.b64decode(stored["stdout"]),
            "stderr": base64.b64decode(stored["stderr"]),
        }
    )
