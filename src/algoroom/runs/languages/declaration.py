"""What a language file holds, checked when it is read."""

import re
import tomllib
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from algoroom.runs.limits import NO_LIMITS, SomeLimits

MIB = 1024 * 1024


class DeclarationError(Exception):
    """A language file that cannot be used; the message names it and what is wrong."""


def _pattern(text: str) -> str:
    try:
        re.compile(text)
    except re.error as error:
        raise ValueError(f"not a regular expression: {error}") from error
    return text


Pattern = Annotated[str, AfterValidator(_pattern)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ToolchainPart(_Part):
    """How the language's programs are found and asked who they are.

    `programs` are names on the search path. `trees` are directories beyond `/usr` that they need
    (patterns allowed). `optional_arguments` are given to the run where the toolchain takes them.
    `remedy` is what a person does where a program is missing.
    """

    programs: tuple[str, ...] = Field(min_length=1)
    version: tuple[str, ...] = Field(min_length=1)
    version_pattern: Pattern
    oldest: tuple[int, ...] = ()
    trees: tuple[str, ...] = ()
    optional_arguments: tuple[str, ...] = ()
    remedy: str


class ServerPart(_Part):
    """A compiler that stays: the `hook`, a program of ours, is started by `argv` and compiles
    `warm_up` until it is quick. It takes about `memory_mib`."""

    hook: str
    argv: tuple[str, ...] = Field(min_length=1)
    memory_mib: int
    warm_up: str


class CompilePart(_Part):
    """How source becomes what is run: the files that `argv` leaves in the directory `out`.

    `environment` is the compiler's alone.
    """

    argv: tuple[str, ...] = Field(min_length=1)
    out: str = "out"
    environment: dict[str, str] = {}
    server: ServerPart | None = None


class PreparePart(_Part):
    """What is made once for all compilations: the files that `argv` leaves in `{out}`.

    `files` are texts put there first, by their paths. `folders` are in the result even where they
    are empty. `{prepared}` names it in `compile`.
    """

    argv: tuple[str, ...] = Field(min_length=1)
    files: dict[str, str] = {}
    folders: tuple[str, ...] = ()


class RunPart(_Part):
    """How a program starts. `address_space`: RLIMIT_AS may stand in where there is no cgroup."""

    argv: tuple[str, ...] = Field(min_length=1)
    address_space: bool = False


class StarterPart(_Part):
    """How a run of the language is made ready ahead.

    `fork`: the sandbox's own interpreter is the language's, and forks. `wait`: the runtime is
    started by `argv` before its program is known; the `hook`, a file of ours, makes it wait. One
    that waits takes about `memory_mib`.
    """

    way: Literal["fork", "wait"]
    hook: str = ""
    argv: tuple[str, ...] = ()
    memory_mib: int = 8


class MemoryPart(_Part):
    """How a runtime's heap follows from the memory limit, and what it says when that is used up.

    The heap is `heap_share` of what remains after `reserve_mib`, `least_heap_mib` at least.
    """

    reserve_mib: int = 0
    heap_share: float = Field(default=1.0, gt=0, le=1)
    least_heap_mib: int = 16
    exhausted: Pattern | None = None

    def heap_mib(self, memory_bytes: int) -> int:
        room = (memory_bytes / MIB - self.reserve_mib) * self.heap_share
        return max(self.least_heap_mib, int(room))


class SelfTestPart(_Part):
    """A program that proves the language works here."""

    source: str
    stdin: str = ""
    stdout: str


class Declaration(_Part):
    """One language. `comment` begins a comment to the end of the line; `template` is a program that
    people begin with; `limits` are those of its programs where the general ones do not fit."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_+#-]*$")
    display_name: str
    aliases: tuple[str, ...] = ()
    comment: str
    file: str = Field(pattern=r"^[A-Za-z0-9_.-]+$")
    template: str = ""
    naming: Literal["fixed", "java"] = "fixed"
    environment: dict[str, str] = {}
    toolchain: ToolchainPart
    prepare: PreparePart | None = None
    compile: CompilePart | None = None
    run: RunPart
    starter: StarterPart | None = None
    memory: MemoryPart = MemoryPart()
    limits: SomeLimits = NO_LIMITS
    self_test: SelfTestPart


def read(path: Path) -> Declaration:
    """The language that the file at `path` declares. Raises DeclarationError."""
    try:
        return Declaration.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise DeclarationError(f"{path.name}: {error}") from error
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"]))
        raise DeclarationError(f"{path.name}: {place}: {first['msg']}") from error


def read_all(folder: Path) -> list[Declaration]:
    """Every language file of `folder`, by name. Raises DeclarationError, also for a name twice."""
    found = [read(path) for path in sorted(folder.glob("*.toml"))]
    taken: set[str] = set()
    for language in found:
        for name in (language.name, *language.aliases):
            if name in taken:
                raise DeclarationError(f"{name} is declared twice")
            taken.add(name)
    return found
