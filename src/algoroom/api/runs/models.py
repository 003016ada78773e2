"""The bodies of the routes of runs. Keys are camelCase on the wire."""

from functools import partial
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from algoroom.api.bodies import Code, Text, UserId, Whole
from algoroom.api.camel import CamelModel, CamelRequest
from algoroom.api.languages import LanguageName
from algoroom.api.runs.content import Content
from algoroom.api.timestamps import Timestamp
from algoroom.runs.checks import (
    LONGEST_CASE_NAME,
    LONGEST_PATH_BYTES,
    MOST_ARGUMENTS,
    MOST_CASES,
    MOST_FILES,
    MOST_ROWS,
)
from algoroom.runs.limits import HIGHEST
from algoroom.runs.model import Comparison, Stream, Verdict
from algoroom.runs.run import Status


def _as_named(schema: dict[str, Any]) -> None:
    """Say of the keys what holds for all of them, which readers of schemas know better than
    patterns of properties."""
    ((pattern, content),) = schema.pop("patternProperties").items()
    schema["additionalProperties"] = content
    schema["propertyNames"] = {"pattern": pattern, "maxLength": LONGEST_PATH_BYTES}


_NAME = r"[A-Za-z0-9_][A-Za-z0-9_.\-]*"

Path = Annotated[
    str, StringConstraints(pattern=rf"^{_NAME}(/{_NAME}){{0,7}}$", max_length=LONGEST_PATH_BYTES)
]
Side = Annotated[int, Field(strict=True, ge=1, le=MOST_ROWS), Whole]
Flag = Annotated[bool, Field(strict=True)]
_of_one_on = partial(Field, strict=True, ge=1)


Kind = Literal["queued", "started", "compiling", "compiled", "output", "case", "ended"]


class Terminal(CamelModel):
    """The size of a terminal's window, in characters."""

    rows: Side = 24
    columns: Side = 80


class Limits(CamelModel):
    """What a run may use. What is left out is what the language has; what is more than the operator
    allows is refused. Answers say what holds."""

    cpu_ms: Annotated[int, _of_one_on(le=HIGHEST.cpu_s * 1000), Whole] | None = None
    wall_ms: Annotated[int, _of_one_on(le=HIGHEST.wall_s * 1000), Whole] | None = None
    memory_bytes: Annotated[int, _of_one_on(le=HIGHEST.memory_bytes), Whole] | None = None
    processes: Annotated[int, _of_one_on(le=HIGHEST.processes), Whole] | None = None
    output_bytes: Annotated[int, _of_one_on(le=HIGHEST.output_bytes), Whole] | None = None
    file_bytes: Annotated[int, _of_one_on(le=HIGHEST.file_bytes), Whole] | None = None
    open_files: Annotated[int, _of_one_on(le=HIGHEST.open_files), Whole] | None = None


class Case(CamelRequest):
    """What the program reads, and what it shall print then. `tolerance` is for `float` alone. Of a
    hidden case only the figures are ever told."""

    stdin: Content = ""
    expected: Content
    comparison: Comparison = Comparison.TRIMMED
    tolerance: Annotated[float, Field(strict=True, ge=0, le=1e300, allow_inf_nan=False)] = 1e-6
    name: Annotated[Text, Field(max_length=LONGEST_CASE_NAME)] = ""
    hidden: Flag = False


class Options(CamelRequest):
    """What there is to a run beside its program."""

    model_config = ConfigDict(
        json_schema_extra={
            "not": {
                "required": ["cases"],
                "properties": {"cases": {"minItems": 1}},
                "anyOf": [
                    {"required": ["stdin"], "properties": {"stdin": {"not": {"const": ""}}}},
                    {"required": ["terminal"], "properties": {"terminal": {"type": "object"}}},
                ],
            }
        }
    )

    files: Annotated[dict[Path, Content], Field(max_length=MOST_FILES)] = Field(
        default={},
        description="Files beside the main one, by their paths.",
        json_schema_extra=_as_named,
    )
    stdin: Content = Field(default="", description="What the program reads first.")
    interactive: Flag = Field(
        default=False, description="Whether its standard input stays open for more."
    )
    arguments: Annotated[list[Text], Field(max_length=MOST_ARGUMENTS)] = Field(
        default=[], description="What the program is started with."
    )
    terminal: Terminal | None = Field(
        default=None,
        description="A terminal of this size for all three streams; what the program writes comes "
        "as `stdout`.",
    )
    limits: Limits = Limits()
    cases: Annotated[list[Case], Field(max_length=MOST_CASES)] = Field(
        default=[],
        description="Test cases. The program is compiled once and run afresh for each; it then "
        "has no terminal and no standard input of its own.",
    )
    stop_at_first_failure: Flag = False


class StartRun(Options):
    """A program. With a `sessionId` the room of that session sees the run."""

    language: LanguageName
    code: Code
    session_id: str | None = None


class StartSessionRun(Options):
    """A program, and who runs it; what is left out of language and code is the session's own."""

    language: LanguageName | None = None
    code: Code | None = None
    user_id: UserId | None = None
    task_cases: Flag = Field(
        default=False,
        description="Whether it is run over the test cases of the session's task, hidden ones too.",
    )


class Input(CamelRequest):
    """What is typed; `end` ends the input after it."""

    data: Content = ""
    end: Flag = False


class Figures(CamelModel):
    """How a program ended. Of `exitCode` and `signal` at most one is set; a limit ends by signal 9.
    `detail` says in words what the verdict leaves open."""

    verdict: Verdict
    exit_code: int | None
    signal: int | None
    cpu_ms: float
    wall_ms: float
    peak_memory_bytes: int
    detail: str | None


class CaseOutcome(Figures):
    """How a program ended over one test case, numbered from 1. `cut` tells that not all of its
    output was kept; of a hidden case there is none."""

    number: int
    name: str
    hidden: bool
    passed: bool
    stdout: Content | None
    stderr: Content | None
    cut: bool


class Ending(Figures):
    """How a run ended, without what it printed. With test cases the times are their sums, the
    memory is the most of them, and the verdict is the first that is not `ok`, or `failed` where
    an answer was wrong. `stdoutCut` and `stderrCut` tell that it printed more than is kept."""

    compiler_output: Content
    stdout_cut: bool
    stderr_cut: bool


class Outcome(Ending):
    """How a run ended, with all that it printed before."""

    stdout: Content
    stderr: Content
    cases: list[CaseOutcome]


class Run(CamelModel):
    """A run. `position` is its place in the queue, from 1 on, while it waits there. `limits` are
    what holds; null for one that is told from storage."""

    id: str
    session_id: str | None
    language: str
    status: Status
    position: int | None
    created_at: Timestamp
    started_at: Timestamp | None
    ended_at: Timestamp | None
    limits: Limits | None
    outcome: Outcome | None


class RunSummary(CamelModel):
    """A run of a session, without what it printed. `userName` is what whoever ran it was called
    when they came last; null where they never came."""

    id: str
    user_id: str
    user_name: str | None
    language: str
    status: Status
    started_at: Timestamp | None
    ended_at: Timestamp | None
    verdict: Verdict | None
    exit_code: int | None
    signal: int | None
    cpu_ms: float | None
    wall_ms: float | None
    peak_memory_bytes: int | None


class SessionRuns(CamelModel):
    """Runs of a session, the newest first. `next` is what `before` is given for more of them."""

    session_id: str
    runs: list[RunSummary]
    next: str | None


class ServerSentEvent(BaseModel):
    """One event of the stream. What `data` holds, in JSON, follows from `event`."""

    id: str
    event: Kind
    data: str


class QueuedData(CamelModel):
    """`queued`: the run waits; `position` 1 is next."""

    position: int


class OutputData(CamelModel):
    """`output`: the program wrote this."""

    stream: Stream
    data: Content
