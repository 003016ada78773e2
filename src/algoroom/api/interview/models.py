"""The bodies of the Interview API. Keys are camelCase on the wire."""

from typing import Annotated

from pydantic import Field

from algoroom.api.bodies import Code, Stdin, Title, Whole
from algoroom.api.camel import CamelModel, CamelRequest
from algoroom.api.languages import LanguageName
from algoroom.api.timestamps import Timestamp
from algoroom.rooms.history import ChangeType


class CreateSession(CamelRequest):
    """What a new session may be given; `expiresIn` is in whole hours."""

    language: LanguageName = "javascript"
    title: Title | None = None
    expires_in: Annotated[int, Field(strict=True, ge=1, le=168), Whole] | None = Field(
        default=None, description="Whole hours; where it is missing, the server's default (24)."
    )
    deletion_takes_host: Annotated[bool, Field(strict=True)] = Field(
        default=False, description="Whether only a host may delete it, where the server leaves it."
    )


class UpdateSession(CamelRequest):
    """What changes; null or missing: stays as it is."""

    language: LanguageName | None = None
    title: Title | None = None


class SaveCode(CamelRequest):
    """The whole text, and a language where that changes too."""

    code: Code
    language: LanguageName | None = None


class Execute(CamelRequest):
    """A program. With a `sessionId` the room of that session sees the run."""

    code: Code
    language: LanguageName
    stdin: Stdin = ""
    timeout: Annotated[int, Field(strict=True, ge=1, le=10), Whole] = Field(
        default=5, description="Whole seconds."
    )
    session_id: str | None = None


class Session(CamelModel):
    """A session. `url` is the link to share."""

    session_id: str
    title: str | None
    language: str
    created_at: Timestamp
    expires_at: Timestamp
    active_participants: int
    url: str


class SessionCode(CamelModel):
    """The present text of a session."""

    session_id: str
    code: str
    language: str
    last_modified: Timestamp


class SavedCode(CamelModel):
    """A snapshot was kept."""

    session_id: str
    snapshot_id: str
    saved_at: Timestamp


class Snapshot(CamelModel):
    """A text as it was saved."""

    session_id: str
    snapshot_id: str
    code: str
    saved_at: Timestamp
    user_id: str


class ExecutionResult(CamelModel):
    """How a program ended. `executionTime` is its wall time in milliseconds; `error` is null on
    success and else tells all there is to say."""

    success: bool
    stdout: str
    stderr: str
    exit_code: int
    execution_time: float
    error: str | None


class Cursor(CamelModel):
    """A place in the text: lines count from 1, columns from 0 in UTF-16 units."""

    line: int
    column: int


class Participant(CamelModel):
    """Someone who is present."""

    user_id: str
    name: str
    joined_at: Timestamp
    cursor_position: Cursor | None


class Participants(CamelModel):
    """Everyone who is present."""

    session_id: str
    participants: list[Participant]


class HistoryEntry(CamelModel):
    """Something that was done."""

    timestamp: Timestamp
    user_id: str
    change_type: ChangeType
    description: str
    code_snapshot: str | None


class History(CamelModel):
    """What was done, oldest first."""

    session_id: str
    history: list[HistoryEntry]
