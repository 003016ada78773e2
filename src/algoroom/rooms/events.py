"""What happens in a room, for whoever listens."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from algoroom.access.model import Access, Person
from algoroom.rooms.delta import Delta
from algoroom.rooms.presence import Cursor
from algoroom.runs.model import CaseOutcome, Limits, Outcome, Stream


@dataclass(frozen=True, slots=True)
class Written:
    """The text, the language or both were written; `delta` may be empty. By `user_id`. `pasted`
    counts UTF-16 units that were inserted in one piece, where they are so many that they count."""

    user_id: str
    at: datetime
    before: str
    text: str
    delta: Delta
    revision: int
    language: str
    language_changed: bool
    pasted: int = 0


@dataclass(frozen=True, slots=True)
class Updated:
    """The document changed, text or not; `update` makes the same change anywhere. By `user_id`."""

    user_id: str
    at: datetime
    update: bytes


@dataclass(frozen=True, slots=True)
class Joined:
    """Someone who was not present came; `count` people are present now."""

    user_id: str
    at: datetime
    name: str
    count: int


@dataclass(frozen=True, slots=True)
class Left:
    """Someone's last connection is gone; `count` people are present now."""

    user_id: str
    at: datetime
    count: int


@dataclass(frozen=True, slots=True)
class CursorMoved:
    """Someone's cursor or selection is elsewhere."""

    user_id: str
    at: datetime
    cursor: Cursor


@dataclass(frozen=True, slots=True)
class RunStarted:
    """A program that `user_id` ran has begun."""

    user_id: str
    at: datetime
    run_id: str
    language: str
    cases: int = 0
    """Over how many test cases."""


@dataclass(frozen=True, slots=True)
class RunOutput:
    """A running program wrote something."""

    user_id: str
    at: datetime
    run_id: str
    stream: Stream
    data: bytes


@dataclass(frozen=True, slots=True)
class RunCase:
    """A program is through with one of its test cases."""

    user_id: str
    at: datetime
    run_id: str
    outcome: CaseOutcome


@dataclass(frozen=True, slots=True)
class RunFinished:
    """A program has ended."""

    user_id: str
    at: datetime
    run_id: str
    limits: Limits
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class RunReported:
    """A program that somebody ran on a machine of their own has ended, as they say."""

    user_id: str
    at: datetime
    run_id: str
    success: bool
    output: str
    error: str | None
    wall_ms: int


@dataclass(frozen=True, slots=True)
class TaskChanged:
    """The task is another, of this revision. What it is each asks for, who may see different
    things of it."""

    user_id: str
    at: datetime
    revision: int


@dataclass(frozen=True, slots=True)
class SavingFailed:
    """What is written cannot be stored for now; it is kept, and stored when that is possible."""

    at: datetime


@dataclass(frozen=True, slots=True)
class SavedAgain:
    """All that could not be stored is stored."""

    at: datetime


@dataclass(frozen=True, slots=True)
class AccessChanged:
    """`user_id` locked or unlocked something, ended or reopened the session, or said what strangers
    are."""

    user_id: str
    at: datetime
    access: Access


@dataclass(frozen=True, slots=True)
class SeatChanged:
    """`user_id` gave somebody a role."""

    user_id: str
    at: datetime
    person: Person


@dataclass(frozen=True, slots=True)
class Removed:
    """`user_id` sent somebody away: all their connections are to be closed."""

    user_id: str
    at: datetime
    person_id: str
    name: str
    is_banned: bool


@dataclass(frozen=True, slots=True)
class Knocked:
    """Somebody asks to be let in. Only hosts are told."""

    person_id: str
    at: datetime
    name: str


class Ending(StrEnum):
    """Why it is over for a connection: the room is, or it had to go."""

    DELETED = "deleted"
    EXPIRED = "expired"
    SHUTDOWN = "shutdown"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True)
class Ended:
    """The room is over; every connection is to be closed."""

    at: datetime
    reason: Ending


PersonalEvent = (
    Written
    | Joined
    | Left
    | CursorMoved
    | RunStarted
    | RunOutput
    | RunCase
    | RunFinished
    | RunReported
    | TaskChanged
)
"""What somebody did, by their `user_id`."""

Ruling = AccessChanged | SeatChanged | Removed
"""What hosts did about who may do what."""

Event = PersonalEvent | Updated | SavingFailed | SavedAgain | Ruling | Knocked | Ended


class Audience(Protocol):
    """All listeners of one contract in one room."""

    @property
    def reads_text(self) -> bool:
        """Whether it has to be told each `Written`: without anybody who reads the text, what an
        update of the document makes of it is not found out."""

    def tell(self, event: Event, source: object) -> None:
        """Pass an event on. `source` is the connection that caused it, if one did."""
