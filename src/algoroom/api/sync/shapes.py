"""What a sync socket's events look like on the wire, by their `type`."""

from typing import Literal, TypedDict

from algoroom.access.roles import Deed, Outside, Role, Strangers
from algoroom.runs.model import Verdict


class Joined(TypedDict):
    """Someone who was not present came; so many people are present now."""

    type: Literal["joined"]
    timestamp: str
    userId: str
    name: str
    participants: int


class Left(TypedDict):
    """Someone's last connection is gone; so many people are present now."""

    type: Literal["left"]
    timestamp: str
    userId: str
    participants: int


class RunStarted(TypedDict):
    """A program has begun, over so many test cases."""

    type: Literal["run-started"]
    timestamp: str
    userId: str
    runId: str
    language: str
    cases: int


class RunCase(TypedDict):
    """A program is through with a test case, numbered from 1. Of a hidden one there is no output;
    `cut` tells that some of it is missing."""

    type: Literal["run-case"]
    timestamp: str
    userId: str
    runId: str
    number: int
    name: str
    hidden: bool
    passed: bool
    verdict: Verdict
    exitCode: int | None
    signal: int | None
    wallMs: float
    cpuMs: float
    peakMemoryBytes: int
    stdout: str | None
    stderr: str | None
    cut: bool
    detail: str | None


class RunFinished(TypedDict):
    """A program has ended."""

    type: Literal["run-finished"]
    timestamp: str
    userId: str
    runId: str
    verdict: Verdict
    exitCode: int | None
    signal: int | None
    wallMs: float
    cpuMs: float
    peakMemoryBytes: int
    compilerOutput: str
    detail: str | None


class RunReported(TypedDict):
    """A program has ended that somebody ran on a machine of their own."""

    type: Literal["run-reported"]
    timestamp: str
    userId: str
    runId: str
    success: bool
    output: str
    error: str | None
    wallMs: int


class StdinRefused(TypedDict):
    """What this connection typed did not reach the program."""

    type: Literal["stdin-refused"]
    runId: str
    message: str


class TaskChanged(TypedDict):
    """The task is another; `GET /api/sessions/{id}/task` has it, for each what they may see."""

    type: Literal["task-changed"]
    timestamp: str
    userId: str
    revision: int


class NotSaved(TypedDict):
    """What is written cannot be stored for now; it is kept in memory."""

    type: Literal["not-saved"]
    timestamp: str


class SavedAgain(TypedDict):
    """All that could not be stored is stored."""

    type: Literal["saved-again"]
    timestamp: str


class Seated(TypedDict):
    """Somebody has another role. Hosts are told."""

    type: Literal["seated"]
    timestamp: str
    userId: str
    id: str
    name: str
    role: Role | None


class Removed(TypedDict):
    """Somebody was sent away. Hosts are told."""

    type: Literal["removed"]
    timestamp: str
    userId: str
    id: str
    name: str
    banned: bool


class Knocked(TypedDict):
    """Somebody asks to be let in. Hosts are told."""

    type: Literal["knocked"]
    timestamp: str
    id: str
    name: str


class Access(TypedDict):
    """What this connection's person is and may do, whenever that changes; as
    `GET /api/sessions/{id}/access` has it."""

    type: Literal["access"]
    timestamp: str
    sessionId: str
    role: Role | None
    outside: Outside | None
    deeds: list[Deed]
    strangers: Strangers
    editingLocked: bool
    runningLocked: bool
    endedAt: str | None
    deletionTakesHost: bool


RulingEvent = Seated | Removed | Knocked
RoomEvent = (
    Joined
    | Left
    | RunStarted
    | RunCase
    | RunFinished
    | RunReported
    | StdinRefused
    | TaskChanged
    | NotSaved
    | SavedAgain
    | Seated
    | Removed
    | Knocked
    | Access
)
