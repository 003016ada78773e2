"""What a sandbox takes and what it gives back."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from algoroom.runs.console import Console
from algoroom.runs.model import Limits, Stream, Terminal


@dataclass(frozen=True, slots=True)
class File:
    """A regular file in the sandbox's working directory; `path` is relative to it."""

    path: str
    data: bytes
    executable: bool = False


@dataclass(frozen=True, slots=True)
class Command:
    """A program to run once.

    `argv[0]` is a path in the sandbox or is looked up in the sandbox's `PATH`. `files` and empty
    `folders` are made in its working directory first. Where `collect` names a directory, the
    regular files below it come back in the result after an exit with code 0, `collect_bytes` in
    all at most. `address_space_bytes` bounds each process where no cgroup bounds them together;
    None for runtimes that reserve far more than they use. `stdin` comes first; what is typed at
    the `console`, where there is one, comes after it. With a `terminal` that is its standard
    input, output and error. `room_bytes` makes its writable places larger than they usually are.
    """

    argv: tuple[str, ...]
    limits: Limits
    files: tuple[File, ...] = ()
    folders: tuple[str, ...] = ()
    stdin: bytes = b""
    environment: Mapping[str, str] = field(default_factory=dict)
    collect: str | None = None
    collect_bytes: int = 32 * 1024 * 1024
    address_space_bytes: int | None = None
    room_bytes: int | None = None
    console: Console | None = None
    terminal: Terminal | None = None


class Limit(StrEnum):
    """Which limit ended a program."""

    CPU = "cpu"
    WALL = "wall"
    MEMORY = "memory"
    OUTPUT = "output"


@dataclass(frozen=True, slots=True)
class Result:
    """What became of a command.

    Of `exit_code` and `signal` one is set, or neither where a limit or a fault ended it. `unfit`
    says why the program could not be begun or kept within its limits at all. `fault` is ours,
    never the program's: the sandbox did not come up or broke. `processes_refused` tells
    that the program asked for more processes than its limit. `cut` are the streams on which more
    came than is kept.
    """

    exit_code: int | None = None
    signal: int | None = None
    limit: Limit | None = None
    wall_ms: float = 0.0
    cpu_ms: float = 0.0
    peak_memory_bytes: int = 0
    stdout: bytes = b""
    stderr: bytes = b""
    cut: frozenset[Stream] = frozenset()
    files: tuple[File, ...] = ()
    processes_refused: bool = False
    unfit: str | None = None
    fault: str | None = None
