"""How a run ended, for a person and for a shell."""

import signal

from algoroom.runs.explanation import signal_name
from algoroom.runs.model import Outcome, Verdict

# Shells add 128 to the number of a signal; 124 is what timeout(1) answers, 70 EX_SOFTWARE.
EXIT_CODES = {
    Verdict.OK: 0,
    Verdict.FAILED: 1,
    Verdict.SIGNALLED: 128,
    Verdict.COMPILE_ERROR: 1,
    Verdict.TIME_LIMIT: 124,
    Verdict.WALL_LIMIT: 124,
    Verdict.MEMORY_LIMIT: 128 + signal.SIGKILL,
    Verdict.OUTPUT_LIMIT: 128 + signal.SIGXFSZ,
    Verdict.CANCELLED: 128 + signal.SIGINT,
    Verdict.INTERNAL_ERROR: 70,
}

WORDS = {
    Verdict.OK: "ended well",
    Verdict.TIME_LIMIT: "ended by the limit of processor time",
    Verdict.WALL_LIMIT: "ended by the limit of time on the clock",
    Verdict.MEMORY_LIMIT: "ended by the limit of memory",
    Verdict.OUTPUT_LIMIT: "ended by the limit of output",
    Verdict.COMPILE_ERROR: "did not compile",
    Verdict.CANCELLED: "cancelled",
    Verdict.INTERNAL_ERROR: "could not be run, which is no fault of the program",
}


def exit_code_of(outcome: Outcome) -> int:
    """The exit code that tells a shell how the run ended."""
    if outcome.verdict is Verdict.SIGNALLED and outcome.signal is not None:
        return 128 + outcome.signal
    if outcome.verdict in (Verdict.OK, Verdict.FAILED) and outcome.exit_code is not None:
        return outcome.exit_code
    return EXIT_CODES[outcome.verdict]


def in_words(outcome: Outcome) -> str:
    """One line: the verdict, what the run took, and what else there is to say."""
    match outcome.verdict:
        case Verdict.FAILED:
            end = f"ended with exit code {outcome.exit_code}"
        case Verdict.SIGNALLED:
            end = f"ended by signal {signal_name(outcome.signal)}"
        case verdict:
            end = WORDS[verdict]
    if outcome.verdict not in (Verdict.COMPILE_ERROR, Verdict.INTERNAL_ERROR):
        end += (
            f" after {outcome.wall_ms:.0f} ms (processor {outcome.cpu_ms:.0f} ms, "
            f"memory {outcome.peak_memory_bytes / 2**20:.1f} MiB)"
        )
    return f"{end}: {outcome.detail}" if outcome.detail else end
