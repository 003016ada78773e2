"""From what a sandbox saw to what a run's outcome says."""

import re

from algoroom.runs.model import Limits, Outcome, Stream, Verdict
from algoroom.runs.sandbox.command import Limit, Result

SIGKILL = 9
TAIL_BYTES = 16 * 1024

LIMIT_VERDICTS = {
    Limit.CPU: Verdict.TIME_LIMIT,
    Limit.WALL: Verdict.WALL_LIMIT,
    Limit.MEMORY: Verdict.MEMORY_LIMIT,
    Limit.OUTPUT: Verdict.OUTPUT_LIMIT,
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
        stdout_cut=Stream.STDOUT in result.cut,
        stderr_cut=Stream.STDERR in result.cut,
        compiler_output=compiler_output,
        detail=detail,
    )


def of_compiler(result: Result, limits: Limits, output: bytes) -> Outcome | None:
    """The outcome of a run that ends with its compiler; None where the program can be run."""
    if result.fault is not None:
        return Outcome(Verdict.INTERNAL_ERROR, compiler_output=output, detail=result.fault)
    detail = result.unfit
    if result.limit is not None:
        detail = f"The compiler was stopped: {_words(result.limit, limits)}"
    elif result.unfit is None and result.exit_code == 0:
        return None
    return Outcome(
        Verdict.COMPILE_ERROR,
        exit_code=result.exit_code,
        signal=SIGKILL if result.limit is not None else result.signal,
        compiler_output=output,
        detail=detail,
    )


def _program_verdict(
    result: Result, limits: Limits, exhausted: str | None
) -> tuple[Verdict, str | None]:
    if result.fault is not None:
        return Verdict.INTERNAL_ERROR, result.fault
    if result.limit is not None:
        return LIMIT_VERDICTS[result.limit], f"Stopped: {_words(result.limit, limits)}"
    if result.unfit is not None:
        return Verdict.FAILED, result.unfit
    refused = None
    if result.processes_refused:
        refused = f"It asked for more than {limits.processes} processes at once"
    if result.exit_code == 0:
        return Verdict.OK, refused
    tail = result.stderr[-TAIL_BYTES:].decode(errors="replace")
    if exhausted is not None and re.search(exhausted, tail) and not result.processes_refused:
        return Verdict.MEMORY_LIMIT, f"It ended by itself: {_words(Limit.MEMORY, limits)}"
    return (Verdict.FAILED if result.signal is None else Verdict.SIGNALLED), refused


def _words(limit: Limit, limits: Limits) -> str:
    if limit is Limit.CPU:
        return f"more than {limits.cpu_s:g} s of processor time"
    if limit is Limit.WALL:
        return f"more than {limits.wall_s:g} s"
    if limit is Limit.MEMORY:
        return f"more than {limits.memory_bytes / 2**20:g} MiB of memory"
    return f"more than {limits.output_bytes:,} bytes of output"
