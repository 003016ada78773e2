"""Outcomes of runs in the Interview API's shape."""

from algoroom.api.interview.models import ExecutionResult
from algoroom.runs.explanation import explain
from algoroom.runs.model import Limits, Outcome, Verdict

# What a shell reports of a process that SIGKILL ended; limits end programs so.
KILLED = 137


def result_of(outcome: Outcome, limits: Limits) -> ExecutionResult:
    """The outcome of a run that this server made under these limits."""
    stderr = outcome.compiler_output if outcome.verdict is Verdict.COMPILE_ERROR else outcome.stderr
    return ExecutionResult(
        success=outcome.verdict is Verdict.OK,
        stdout=outcome.stdout.decode(errors="replace"),
        stderr=stderr.decode(errors="replace"),
        exit_code=_exit_code(outcome),
        execution_time=round(outcome.wall_ms, 3),
        error=explain(outcome, limits),
    )


def _exit_code(outcome: Outcome) -> int:
    if outcome.exit_code is not None:
        return outcome.exit_code
    if outcome.verdict is Verdict.SIGNALLED and outcome.signal is not None:
        return 128 + outcome.signal
    return KILLED
