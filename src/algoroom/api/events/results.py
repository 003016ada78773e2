"""Outcomes of runs in the Algoroom API's shape."""

from algoroom.api.events.models import ExecutionResult
from algoroom.rooms.events import RunReported
from algoroom.runs.explanation import explain
from algoroom.runs.model import Limits, Outcome, Verdict


def result_of(outcome: Outcome, limits: Limits) -> ExecutionResult:
    """The outcome of a run that this server made under these limits."""
    if outcome.verdict in (Verdict.TIME_LIMIT, Verdict.WALL_LIMIT):
        error: str | None = f"Execution timeout after {round(limits.wall_s * 1000)}ms"
    else:
        error = explain(outcome, limits)
    return ExecutionResult(
        success=outcome.verdict is Verdict.OK,
        output=outcome.stdout.decode(errors="replace"),
        error=error,
        execution_time=round(outcome.wall_ms),
    )


def reported_result(event: RunReported) -> ExecutionResult:
    """What a client says of a run of its own."""
    return ExecutionResult(
        success=event.success,
        output=event.output,
        error=event.error,
        execution_time=event.wall_ms,
    )
