"""The frames of the Interview API, `algoroom.interview.v1`: a tagged union for each direction."""

from collections.abc import Mapping
from typing import Annotated, Final, Literal

from pydantic import BeforeValidator, Discriminator, Field, Tag, TypeAdapter

from algoroom.access.policy import Refusal
from algoroom.access.roles import Deed
from algoroom.api.bodies import Code, Name, UserId, Whole
from algoroom.api.camel import CamelModel
from algoroom.api.interview.models import ExecutionResult
from algoroom.api.languages import LanguageName
from algoroom.api.timestamps import Timestamp

ErrorCode = (
    Literal["SESSION_NOT_FOUND", "INVALID_MESSAGE", "RATE_LIMIT_EXCEEDED", "NOT_SAVED"] | Refusal
)

ANONYMOUS = "Anonymous User"

Offset = Annotated[int, Field(strict=True, ge=0, le=2**31), Whole]
Line = Annotated[int, Field(strict=True, ge=1, le=2**31), Whole]


def _present(value: object) -> object:
    return {} if value is None else value


def _name_or_anonymous(value: object) -> object:
    return ANONYMOUS if value is None or (isinstance(value, str) and not value.strip()) else value


class Position(CamelModel):
    """A place in the text: lines count from 1, columns from 0 in UTF-16 units."""

    line: Line
    column: Offset


class Selection(CamelModel):
    """What is selected. `from` may lie behind `to`."""

    start: Position = Field(alias="from")
    end: Position = Field(alias="to")


class Change(CamelModel):
    """`from` to `to` gives way to `insert`. Offsets count UTF-16 units of the text before."""

    start: Offset = Field(alias="from")
    end: Offset = Field(alias="to")
    insert: Code


class JoinData(CamelModel):
    """Who joins."""

    name: Annotated[Name, BeforeValidator(_name_or_anonymous)] = ANONYMOUS


class ChangesData(CamelModel):
    """Changes of the text that the sender last had."""

    changes: list[Change] = Field(max_length=10_000)
    version: Annotated[int, Field(strict=True, ge=0, le=2**53), Whole] | None = None


class WholeTextData(CamelModel):
    """The sender's whole text; `changes` beside it are not read."""

    code: Code


class CursorData(CamelModel):
    """Where a cursor is, and what is selected."""

    line: Line
    column: Offset
    selection: Selection | None = Field(default=None, exclude_if=lambda value: value is None)


class LanguageData(CamelModel):
    """A language by its name."""

    language: LanguageName


def _kind_of_write(data: object) -> str:
    if isinstance(data, dict):
        return "changes" if data.get("code") is None and "changes" in data else "whole"
    return "changes" if isinstance(data, ChangesData) else "whole"


class _Frame(CamelModel):
    timestamp: str | None = None
    user_id: UserId | None = None


class Join(_Frame):
    """Become a participant. The same `userId` again is the same participant."""

    type: Literal["join"]
    data: Annotated[JoinData, BeforeValidator(_present)] = Field(default_factory=JoinData)


class WriteCode(_Frame):
    """Change the text: whole, or by changes."""

    type: Literal["code-update"]
    data: Annotated[
        Annotated[WholeTextData, Tag("whole")] | Annotated[ChangesData, Tag("changes")],
        Discriminator(_kind_of_write),
    ]


class MoveCursor(_Frame):
    """Show the others where one's cursor is."""

    type: Literal["cursor-position"]
    data: CursorData


class ChangeLanguage(_Frame):
    """Set the session's language."""

    type: Literal["language-change"]
    data: LanguageData


class Ping(_Frame):
    """Ask for a `pong`."""

    type: Literal["ping"]


AnyClientFrame = Join | WriteCode | MoveCursor | ChangeLanguage | Ping
ClientFrame = Annotated[AnyClientFrame, Field(discriminator="type")]
CLIENT_FRAME: TypeAdapter[AnyClientFrame] = TypeAdapter(ClientFrame)

DEEDS: Final[Mapping[type[AnyClientFrame], Deed]] = {
    Join: Deed.APPEAR,
    WriteCode: Deed.EDIT,
    MoveCursor: Deed.APPEAR,
    ChangeLanguage: Deed.DESCRIBE,
    Ping: Deed.READ,
}
"""Which deed each frame of a client is."""


class Person(CamelModel):
    """Someone who is present."""

    user_id: str
    name: str


class WelcomeData(CamelModel):
    """The session as it is, without the newcomer."""

    session_id: str
    current_code: str
    language: str
    participants: list[Person]


class UserJoinedData(CamelModel):
    """Who came, and how many are present now."""

    name: str
    participant_count: int


class UserLeftData(CamelModel):
    """How many are present now."""

    participant_count: int


class ServerChange(CamelModel):
    """`from` to `to` gives way to `insert`, in UTF-16 units of the text that this client had."""

    start: int = Field(alias="from")
    end: int = Field(alias="to")
    insert: str


class CodeUpdateData(CamelModel):
    """The whole new text; the changes that lead to it, last place first; the room's revision."""

    code: str
    changes: list[ServerChange]
    version: int


class LanguageChangedData(CamelModel):
    """The session's language now."""

    language: str


class ErrorData(CamelModel):
    """What was wrong with a frame, or with the session."""

    code: ErrorCode
    message: str


class RunStartedData(CamelModel):
    """A run by its id, and its language."""

    run_id: str
    language: str


class RunOutputData(CamelModel):
    """A piece of a run's output."""

    run_id: str
    stream: Literal["stdout", "stderr"]
    text: str


class RunFinishedData(CamelModel):
    """How a run ended."""

    run_id: str
    verdict: str
    result: ExecutionResult


class _ServerFrame(CamelModel):
    timestamp: Timestamp

    def encoded(self) -> str:
        """The frame as it goes out: absent fields are left out, null ones of `data` are kept."""
        return self.model_dump_json(by_alias=True)


class PersonalFrame(_ServerFrame):
    """A frame that tells what somebody did; a subclass has the `data`."""

    user_id: str


class Welcome(_ServerFrame):
    """The first frame on every socket."""

    type: Literal["welcome"] = "welcome"
    data: WelcomeData


class UserJoined(PersonalFrame):
    """Someone came who was not present."""

    type: Literal["user-joined"] = "user-joined"
    data: UserJoinedData


class UserLeft(PersonalFrame):
    """Someone's last connection is gone."""

    type: Literal["user-left"] = "user-left"
    data: UserLeftData


class CodeUpdate(PersonalFrame):
    """The text changed. From `server` it also sets right a client whose own edit was merged."""

    type: Literal["code-update"] = "code-update"
    data: CodeUpdateData


class CursorPosition(PersonalFrame):
    """Someone's cursor is elsewhere."""

    type: Literal["cursor-position"] = "cursor-position"
    data: CursorData


class LanguageChanged(PersonalFrame):
    """The language was changed."""

    type: Literal["language-changed"] = "language-changed"
    data: LanguageChangedData


class Pong(_ServerFrame):
    """The answer to `ping`."""

    type: Literal["pong"] = "pong"


class Error(_ServerFrame):
    """A frame was refused; the socket stays open. With `SESSION_NOT_FOUND` it is closed next. With
    `NOT_SAVED` the server cannot store what is written at the moment, and does so later. With
    `NOT_ADMITTED` a host has sent the client away."""

    type: Literal["error"] = "error"
    data: ErrorData


class RunStarted(PersonalFrame):
    """`userId` ran a program."""

    type: Literal["run-started"] = "run-started"
    data: RunStartedData


class RunOutput(PersonalFrame):
    """A running program wrote something."""

    type: Literal["run-output"] = "run-output"
    data: RunOutputData


class RunFinished(PersonalFrame):
    """A program has ended."""

    type: Literal["run-finished"] = "run-finished"
    data: RunFinishedData


ServerFrame = Annotated[
    Welcome
    | UserJoined
    | UserLeft
    | CodeUpdate
    | CursorPosition
    | LanguageChanged
    | Pong
    | Error
    | RunStarted
    | RunOutput
    | RunFinished,
    Field(discriminator="type"),
]
