"""How a run ended, for a person and for a shell."""

import signal

from algoroom.runs.model import Outcome, Verdict

# Shells add 128 to the number of a signal; 124 is what timeout(1) answers, 70 EX_SOFTWARE.
EXIT_CODES = {
    Verdict.ok: 0,
    Verdict.failed: 1,
    Verdict.signalled: 128,
    Verdict.compile_error: 1,
    Verdict.time_limit: 124,
    Verdict.wall_limit: 124,
    Verdict.memory_limit: 128 + signal.SIGKILL,
    Verdict.output_limit: 128 + signal.SIGXFSZ,
    Verdict.cancelled: 128 + signal.SIGINT,
    Verdict.internal_error: 70,
}

WORDS = {
    Verdict.ok: "ended well",
    Verdict.time_limit: "ended by the limit of processor time",
    Verdict.wall_limit: "ended by the limit of time on the clock",
    Verdict.memory_limit: "ended by the limit of memory",
    Verdict.output_limit: "ended by the limit of output",
    Verdict.compile_error: "did not compile",
    Verdict.cancelled: "cancelled",
    Verdict.internal_error: "could not be run, which is no fault of the program",
}


def exit_code_of(outcome: Outcome) -> int:
    """The exit code that tells a shell how the run ended."""
    if outcome.verdict is Verdict.signalled and outcome.signal is not None:
        return 128 + outcome.signal
    if outcome.verdict in (Verdict.ok, Verdict.failed) and outcome.exit_code is not None:
        return outcome.exit_code
    return EXIT_CODES[outcome.verdict]


def in_words(outcome: Outcome) -> str:
    """One line: the verdict, what the run took, and what else there is to say."""
    match outcome.verdict:
        case Verdict.failed:
            end = f"ended with exit code {outcome.exit_code}"
        case Verdict.signalled:
            end = f"ended by signal {_signal_name(outcome.signal)}"
        case verdict:
            end = WORDS[verdict]
    if outcome.verdict not in (Verdict.compile_error, Verdict.internal_error):
        end += (
            f" after {outcome.wall_ms:.0f} ms (processor {outcome.cpu_ms:.0f} ms, "
            f"memory {outcome.peak_memory_bytes / 2**20:.1f} MiB)"
        )
    return f"{end}: {outcome.detail}" if outcome.detail else end


def _signal_name(number: int | None) -> str:
    if number is None:
        return "unknown"
    try:
        return f"{number} ({signal.Signals(number).name})"
    except ValueError:
        return str(number)
