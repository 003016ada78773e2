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


@dataclass(frozen=True, slots=True)
class RunRequest:
    """One program to run: `language` is a declared name or one of its aliases.

    `source` is the main file, `files` lie beside it, also while it is compiled. `stdin` is what
    the program reads first, and all of it unless more is typed while it runs. With a `terminal`
    that is its standard input, output and error, and what it writes comes as standard output.
    """

    language: str
    source: str
    stdin: bytes = b""
    limits: Limits = field(default_factory=Limits)
    files: tuple[SourceFile, ...] = ()
    arguments: tuple[str, ...] = ()
    terminal: Terminal | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a run ended.

    `exit_code` is the program's own (the compiler's, when it did not compile) and None when a
    signal or a limit ended it; `signal` is the signal's number, 9 where a limit ended it.
    `wall_ms` is the program's time on the clock, without waiting and compiling; `cpu_ms` and
    `peak_memory_bytes` are the program's too. `stdout` and `stderr` hold what was printed before
    the end, whatever the end was. `detail` says in words what the verdict leaves open.
    """

    verdict: Verdict
    exit_code: int | None = None
    signal: int | None = None
    wall_ms: float = 0.0
    cpu_ms: float = 0.0
    peak_memory_bytes: int = 0
    stdout: bytes = b""
    stderr: bytes = b""
    compiler_output: bytes = b""
    detail: str | None = None


@dataclass(frozen=True, slots=True)
class Started:
    """The run has left the queue. Compiling, where there is any, comes next."""


@dataclass(frozen=True, slots=True)
class Output:
    """The program printed this. Within one stream the order is the program's."""

    stream: Stream
    data: bytes


@dataclass(frozen=True, slots=True)
class Ended:
    """The last event of every run."""

    outcome: Outcome


RunEvent = Started | Output | Ended
