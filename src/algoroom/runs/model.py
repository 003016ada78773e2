"""What a run is, in plain values: a request goes in, events come out, an outcome ends it.

Output is bytes here. Whoever shows it decides how to read it (`errors="replace"`).
"""

from dataclasses import dataclass, field
from enum import StrEnum


class Stream(StrEnum):
    """Where a program wrote."""

    STDOUT = "stdout"
    STDERR = "stderr"


class Verdict(StrEnum):
    """How a run ended, in one word. The exit code and the signal are figures of their own."""

    OK = "ok"
    FAILED = "failed"
    SIGNALLED = "signalled"
    TIME_LIMIT = "time_limit"
    WALL_LIMIT = "wall_limit"
    MEMORY_LIMIT = "memory_limit"
    OUTPUT_LIMIT = "output_limit"
    COMPILE_ERROR = "compile_error"
    CANCELLED = "cancelled"
    INTERNAL_ERROR = "internal_error"


@dataclass(frozen=True, slots=True)
class Limits:
    """What a program may use. Compiling has limits of its own, which belong to the engine.

    `cpu_s` is the processor time of all the program's processes together, `wall_s` the time on
    the clock from the program's start. `memory_bytes` counts all processes and the files they
    keep in memory. `output_bytes` counts standard output and standard error together; the byte
    after it ends the run. `file_bytes` bounds each file, `open_files` each process.
    """

    cpu_s: float = 5.0
    wall_s: float = 10.0
    memory_bytes: int = 256 * 1024 * 1024
    processes: int = 64
    output_bytes: int = 1024 * 1024
    file_bytes: int = 16 * 1024 * 1024
    open_files: int = 256


@dataclass(frozen=True, slots=True)
class Terminal:
    """The size of a terminal's window, in characters."""

    rows: int = 24
    columns: int = 80


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file beside the program's own; `path` is relative to the working directory."""

    path: str
    data: bytes


class Comparison(StrEnum):
    """When what a program printed is what was expected.

    `trimmed` leaves out white space at the ends of lines and of the text, `float` compares word
    by word and takes numbers that are nearly the same.
    """

    EXACT = "exact"
    TRIMMED = "trimmed"
    FLOAT = "float"


@dataclass(frozen=True, slots=True)
class Case:
    """What a program reads, and what it shall print then.

    `tolerance` is for `float` alone: how far a number may be off, absolutely or as a share of the
    expected one, whichever is more. Of a `hidden` case nothing but its figures is ever told.
    """

    stdin: bytes
    expected: bytes
    comparison: Comparison = Comparison.TRIMMED
    tolerance: float = 1e-6
    name: str = ""
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class CaseOutcome:
    """How a program ended over one case, numbered from 1, and whether it `passed`.

    The other figures are those of an `Outcome`. Together the cases of a run keep as much output
    as one run may print; `is_cut` tells that some of this one's is missing. Of a hidden case there
    is none.
    """

    number: int
    name: str
    hidden: bool
    passed: bool
    verdict: Verdict
    exit_code: int | None = None
    signal: int | None = None
    wall_ms: float = 0.0
    cpu_ms: float = 0.0
    peak_memory_bytes: int = 0
    stdout: bytes = b""
    stderr: bytes = b""
    is_cut: bool = False
    detail: str | None = None


def party_of_session(session_id: str) -> str:
    """The party that everybody is who runs in one session."""
    return f"session {session_id}"


@dataclass(frozen=True, slots=True)
class RunRequest:
    """One program to run: `language` is a declared name or one of its aliases.

    `source` is the main file, `files` lie beside it, also while it is compiled. `stdin` is what
    the program reads first, and all of it unless more is typed while it runs. With a `terminal`
    that is its standard input, output and error, and what it writes comes as standard output.

    With `cases` the program is compiled once and run once for each, every time in a sandbox of
    its own under the request's limits; where it `stops_at_failure`, no case follows a failed one.

    `party` says whose run it is, in whatever words: the queue is fair between parties. `client` is
    who asked for it, wherever: each may have so many at once.
    """

    language: str
    source: str
    stdin: bytes = b""
    limits: Limits = field(default_factory=Limits)
    files: tuple[SourceFile, ...] = ()
    arguments: tuple[str, ...] = ()
    terminal: Terminal | None = None
    cases: tuple[Case, ...] = ()
    stops_at_failure: bool = False
    party: str = ""
    client: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a run ended.

    `exit_code` is the program's own (the compiler's, when it did not compile) and None when a
    signal or a limit ended it; `signal` is the signal's number, 9 where a limit ended it.
    `wall_ms` is the program's time on the clock, without waiting and compiling; `cpu_ms` and
    `peak_memory_bytes` are the program's too. `stdout` and `stderr` hold what was printed before
    the end, whatever the end was; `stdout_cut` and `stderr_cut` tell that more came than the limit
    of output lets be kept. `detail` says in words what the verdict leaves open.

    Of a run with test cases there is one of `cases` for each that was run. The times are then
    their sums and the memory the most of them; the verdict is the first that is not `ok`, or
    `failed` where a program that ended well gave a wrong answer.
    """

    verdict: Verdict
    exit_code: int | None = None
    signal: int | None = None
    wall_ms: float = 0.0
    cpu_ms: float = 0.0
    peak_memory_bytes: int = 0
    stdout: bytes = b""
    stderr: bytes = b""
    stdout_cut: bool = False
    stderr_cut: bool = False
    compiler_output: bytes = b""
    detail: str | None = None
    cases: tuple[CaseOutcome, ...] = ()


@dataclass(frozen=True, slots=True)
class Queued:
    """The run waits for its turn; `position` 1 is next. Told again when it changes."""

    position: int


@dataclass(frozen=True, slots=True)
class Started:
    """The run has left the queue. Compiling, where there is any, comes next."""


@dataclass(frozen=True, slots=True)
class Compiling:
    """The compiler begins."""


@dataclass(frozen=True, slots=True)
class Compiled:
    """The compiler is done, and the program begins."""


@dataclass(frozen=True, slots=True)
class Output:
    """The program printed this. Within one stream the order is the program's."""

    stream: Stream
    data: bytes


@dataclass(frozen=True, slots=True)
class CaseEnded:
    """One test case is over."""

    outcome: CaseOutcome


@dataclass(frozen=True, slots=True)
class Ended:
    """The last event of every run."""

    outcome: Outcome


RunEvent = Queued | Started | Compiling | Compiled | Output | CaseEnded | Ended
