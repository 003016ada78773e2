"""Runs, outcomes and events of runs as they are on the wire."""

from typing import TypeVar

from pydantic import BaseModel

from algoroom.api.runs import models
from algoroom.api.runs.content import content_of
from algoroom.api.runs.limits import limits_of
from algoroom.runs.model import (
    CaseEnded,
    CaseOutcome,
    Compiled,
    Compiling,
    Ended,
    Outcome,
    Output,
    Queued,
    RunEvent,
    Started,
)
from algoroom.runs.record import StoredRun, Summary
from algoroom.runs.run import Run, Status, Told

E = TypeVar("E", bound=models.Ending)


def run_of(run: Run) -> models.Run:
    """A run that is kept."""
    return models.Run(
        id=run.id,
        session_id=run.session_id,
        language=run.language,
        status=run.status,
        position=run.position,
        created_at=run.created_at,
        started_at=run.started_at,
        ended_at=run.ended_at,
        limits=limits_of(run.limits),
        outcome=None if run.outcome is None else _outcome_of(run.outcome),
    )


def stored_run_of(run: StoredRun) -> models.Run:
    """A session's run, from storage."""
    return models.Run(
        id=run.id,
        session_id=run.session_id,
        language=run.language,
        status=Status.ENDED,
        position=None,
        created_at=run.started_at,
        started_at=run.started_at,
        ended_at=run.ended_at,
        limits=None,
        outcome=_outcome_of(run.outcome),
    )


def summary_of(run: Run, user_name: str | None) -> models.RunSummary:
    """A run that is under way."""
    return models.RunSummary(
        id=run.id,
        user_id=run.author,
        user_name=user_name,
        language=run.language,
        status=run.status,
        started_at=run.started_at,
        ended_at=None,
        verdict=None,
        exit_code=None,
        signal=None,
        cpu_ms=None,
        wall_ms=None,
        peak_memory_bytes=None,
    )


def stored_summary_of(run: Summary, user_name: str | None) -> models.RunSummary:
    """A session's run, from storage."""
    return models.RunSummary(
        id=run.id,
        user_id=run.author,
        user_name=user_name,
        language=run.language,
        status=Status.ENDED,
        started_at=run.started_at,
        ended_at=run.ended_at,
        verdict=run.verdict,
        exit_code=run.exit_code,
        signal=run.signal,
        cpu_ms=round(run.cpu_ms, 3),
        wall_ms=round(run.wall_ms, 3),
        peak_memory_bytes=run.peak_memory_bytes,
    )


def event_of(told: Told) -> bytes:
    """An event as one of a stream of server-sent events."""
    kind, data = _event(told.event)
    text = "{}" if data is None else data.model_dump_json(by_alias=True)
    return f"id: {told.number}\nevent: {kind}\ndata: {text}\n\n".encode()


def _event(event: RunEvent) -> tuple[models.Kind, BaseModel | None]:
    match event:
        case Queued(position):
            return "queued", models.QueuedData(position=position)
        case Started():
            return "started", None
        case Compiling():
            return "compiling", None
        case Compiled():
            return "compiled", None
        case Output(stream, data):
            return "output", models.OutputData(stream=stream, data=content_of(data))
        case CaseEnded(case):
            return "case", _case_of(case)
        case Ended(outcome):
            return "ended", models.Ending(**_ending(outcome))


def _outcome_of(outcome: Outcome) -> models.Outcome:
    return models.Outcome(
        **_ending(outcome),
        stdout=content_of(outcome.stdout),
        stderr=content_of(outcome.stderr),
        cases=[_case_of(case) for case in outcome.cases],
    )


def _ending(outcome: Outcome) -> dict[str, object]:
    return {
        **_figures(outcome),
        "compiler_output": content_of(outcome.compiler_output),
        "stdout_cut": outcome.stdout_cut,
        "stderr_cut": outcome.stderr_cut,
    }


def _case_of(case: CaseOutcome) -> models.CaseOutcome:
    return models.CaseOutcome(
        **_figures(case),
        number=case.number,
        name=case.name,
        hidden=case.hidden,
        passed=case.passed,
        stdout=None if case.hidden else content_of(case.stdout),
        stderr=None if case.hidden else content_of(case.stderr),
        cut=case.is_cut,
    )


def _figures(ended: Outcome | CaseOutcome) -> dict[str, object]:
    return {
        "verdict": ended.verdict,
        "exit_code": ended.exit_code,
        "signal": ended.signal,
        "cpu_ms": round(ended.cpu_ms, 3),
        "wall_ms": round(ended.wall_ms, 3),
        "peak_memory_bytes": ended.peak_memory_bytes,
        "detail": ended.detail,
    }
