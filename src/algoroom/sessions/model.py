"""The record of a session."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from algoroom.access.model import ANYBODY, Access

LONGEST_TITLE = 200


class Origin(StrEnum):
    """The contract through which a session was created."""

    INTERVIEW = "interview"
    EVENTS = "events"


@dataclass(frozen=True, slots=True)
class Session:
    """What is durable about a session, apart from what was said and run in it. Times are UTC."""

    id: str
    origin: Origin
    language: str
    title: str | None
    created_at: datetime
    expires_at: datetime
    lifetime: timedelta
    """How long the session lives after the last activity in it."""
    code_changed_at: datetime
    access: Access = ANYBODY
