"""A program over its test cases: each one's outcome, and that of all together."""

import asyncio
from collections.abc import Awaitable, Callable

from algoroom.runs.comparison import is_right
from algoroom.runs.model import (
    Case,
    CaseEnded,
    CaseOutcome,
    Outcome,
    RunRequest,
    Verdict,
)


async def judge(
    request: RunRequest,
    run: Callable[[Case], Awaitable[Outcome]],
    emit: Callable[[CaseEnded], None],
) -> Outcome:
    """Run one case after the other and tell each as it ends."""
    left_bytes = request.limits.output_bytes
    judged: list[CaseOutcome] = []
    for number, case in enumerate(request.cases, start=1):
        outcome = await run(case)
        passed = outcome.verdict is Verdict.OK and await asyncio.to_thread(
            is_right, outcome.stdout, case.expected, case.comparison, case.tolerance
        )
        kept_bytes = 0 if case.hidden else left_bytes
        one = _case_outcome(number, case, outcome, passed, kept_bytes)
        left_bytes -= len(one.stdout) + len(one.stderr)
        judged.append(one)
        emit(CaseEnded(one))
        ours = outcome.verdict is Verdict.INTERNAL_ERROR
        if ours or (request.stops_at_failure and not passed):
            break
    return summary(tuple(judged), len(request.cases))


def summary(cases: tuple[CaseOutcome, ...], of: int) -> Outcome:
    """What several cases come to; `of` is how many there are."""
    passed = sum(case.passed for case in cases)
    verdict = next((case.verdict for case in cases if case.verdict is not Verdict.OK), Verdict.OK)
    if verdict is Verdict.OK and passed < of:
        verdict = Verdict.FAILED
    return Outcome(
        verdict,
        wall_ms=sum(case.wall_ms for case in cases),
        cpu_ms=sum(case.cpu_ms for case in cases),
        peak_memory_bytes=max((case.peak_memory_bytes for case in cases), default=0),
        detail=f"{passed} of {of} test cases passed",
        cases=cases,
    )


def _case_outcome(
    number: int, case: Case, outcome: Outcome, passed: bool, kept_bytes: int
) -> CaseOutcome:
    stdout = outcome.stdout[:kept_bytes]
    stderr = outcome.stderr[: kept_bytes - len(stdout)]
    return CaseOutcome(
        number=number,
        name=case.name,
        hidden=case.hidden,
        passed=passed,
        verdict=outcome.verdict,
        exit_code=outcome.exit_code,
        signal=outcome.signal,
        wall_ms=outcome.wall_ms,
        cpu_ms=outcome.cpu_ms,
        peak_memory_bytes=outcome.peak_memory_bytes,
        stdout=stdout,
        stderr=stderr,
        is_cut=not case.hidden
        and (
            outcome.stdout_cut
            or outcome.stderr_cut
            or len(stdout) + len(stderr) < len(outcome.stdout) + len(outcome.stderr)
        ),
        detail=outcome.detail,
    )
