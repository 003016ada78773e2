"""What a failed run tells a person: one text that is all there is to say."""

import signal

from algoroom.errors import SandboxUnavailable
from algoroom.runs.model import Limits, Outcome, Verdict

LAST_BYTES = 8 * 1024


def explain(outcome: Outcome, limits: Limits) -> str | None:
    """Why a run failed, or None when it did not: a limit in words, else the end of what the
    compiler or the program said, else how it ended."""
    match outcome.verdict:
        case Verdict.OK:
            return None
        case Verdict.TIME_LIMIT:
            return f"Stopped after {limits.cpu_s:g} s"
        case Verdict.WALL_LIMIT:
            return f"Stopped after {limits.wall_s:g} s"
        case Verdict.MEMORY_LIMIT:
            return f"Stopped at the memory limit of {limits.memory_bytes // 2**20} MB"
        case Verdict.OUTPUT_LIMIT:
            return f"Stopped at the output limit of {limits.output_bytes:,} bytes"
        case Verdict.COMPILE_ERROR:
            return last_of(outcome.compiler_output) or outcome.detail or "It does not compile"
        case Verdict.FAILED:
            said = last_of(outcome.stderr)
            if outcome.exit_code is None:  # it was never begun, or each test case has its own
                return said or outcome.detail or "It failed"
            return said or f"Exit code {outcome.exit_code}"
        case Verdict.SIGNALLED:
            ending = f"Ended by signal {signal_name(outcome.signal)}"
            said = last_of(outcome.stderr)
            return f"{said}\n{ending}" if said else ending
        case Verdict.CANCELLED:
            return "Cancelled"
        case Verdict.INTERNAL_ERROR:
            return outcome.detail or "The program could not be run"


def raise_if_ours(outcome: Outcome) -> None:
    """Raise `SandboxUnavailable` where the server failed, and not the program."""
    if outcome.verdict is Verdict.INTERNAL_ERROR:
        raise SandboxUnavailable(outcome.detail or "the sandbox failed")


def last_of(output: bytes) -> str:
    """The last 8 kB of an output as text, without the white space at its end."""
    return output[-LAST_BYTES:].decode(errors="replace").rstrip()


def signal_name(number: int | None) -> str:
    """A signal as programmers know it: `SIGSEGV`."""
    try:
        return signal.Signals(number or 0).name
    except ValueError:
        return str(number)
