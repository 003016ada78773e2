"""From what a sandbox saw to what a run's outcome says."""

import re

from algoroom.runs.model import Limits, Outcome, Verdict
from algoroom.runs.sandbox.command import Limit, Result

SIGKILL = 9
TAIL_BYTES = 16 * 1024

LIMIT_VERDICTS = {
    Limit.cpu: Verdict.time_limit,
    Limit.wall: Verdict.wall_limit,
    Limit.memory: Verdict.memory_limit,
    Limit.output: Verdict.output_limit,
}


def of_program(
    result: Result, limits: Limits, compiler_output: bytes, exhausted: str | None
) -> Outcome:
    """`exhausted` is what the runtime prints where its heap, sized by the limit, is used up."""
    verdict, detail = _program_verdict(result, limits, exhausted)
    return Outcome(
        verdict=verdict,
        exit_code=result.exit_code,
        signal=SIGKILL if result.limit is not None else result.signal,
        wall_ms=result.wall_ms,
        cpu_ms=result.cpu_ms,
        peak_memory_bytes=result.peak_memory_bytes,
        stdout=result.stdout,
        stderr=result.stderr,
        compiler_output=compiler_output,
        detail=detail,
    )


def of_compiler(result: Result, limits: Limits, output: bytes) -> Outcome | None:
    """The outcome of a run that ends with its compiler; None where the program can be run."""
    if result.fault is not None:
        return Outcome(Verdict.internal_error, compiler_output=output, detail=result.fault)
    detail = result.unfit
    if result.limit is not None:
        detail = f"The compiler was stopped: {_words(result.limit, limits)}"
    elif result.unfit is None and result.exit_code == 0:
        return None
    return Outcome(
        Verdict.compile_error,
        exit_code=result.exit_code,
        signal=SIGKILL if result.limit is not None else result.signal,
        compiler_output=output,
        detail=detail,
    )


def _program_verdict(
    result: Result, limits: Limits, exhausted: str | None
) -> tuple[Verdict, str | None]:
    if result.fault is not None:
        return Verdict.internal_error, result.fault
    if result.limit is not None:
        return LIMIT_VERDICTS[result.limit], f"Stopped: {_words(result.limit, limits)}"
    if result.unfit is not None:
        return Verdict.failed, result.unfit
    refused = None
    if result.processes_refused:
        refused = f"It asked for more than {limits.processes} processes at once"
    if result.exit_code == 0:
        return Verdict.ok, refused
    tail = result.stderr[-TAIL_BYTES:].decode(errors="replace")
    if exhausted is not None and re.search(exhausted, tail) and not result.processes_refused:
        return Verdict.memory_limit, f"It ended by itself: {_words(Limit.memory, limits)}"
    return (Verdict.failed if result.signal is None else Verdict.signalled), refused


def _words(limit: Limit, limits: Limits) -> str:
    if limit is Limit.cpu:
        return f"more than {limits.cpu_s:g} s of processor time"
    if limit is Limit.wall:
        return f"more than {limits.wall_s:g} s"
    if limit is Limit.memory:
        return f"more than {limits.memory_bytes / 2**20:g} MiB of memory"
    return f"more than {limits.output_bytes:,} bytes of output"
