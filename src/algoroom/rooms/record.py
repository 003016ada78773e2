"""The session's record while it is live, and in the shared document, where Yjs clients read it and
may set it."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from algoroom.access.model import Access
from algoroom.sessions.model import LONGEST_TITLE, Session

# How old the stored time of the last edit may be; the journal has it exactly.
DATE_EVERY = timedelta(seconds=1)

Record = Mapping[str, object]
"""Values by their keys, `language` and `title`."""


class LiveRecord:
    """The record of a session that is live, and when its text was edited last: a record made anew
    for each edit would cost as much as reading the edit does."""

    def __init__(self, session: Session) -> None:
        self.id = session.id
        self._session = session
        self._edited_at: datetime | None = None  # where the record does not say so yet
        self._touched_at = session.code_changed_at
        self._touch_every = min(DATE_EVERY, session.lifetime / 100)

    @property
    def session(self) -> Session:
        """The record as it is now."""
        if self._edited_at is not None:
            self._session = replace(self._session, code_changed_at=self._edited_at)
            self._edited_at = None
        return self._session

    @session.setter
    def session(self, session: Session) -> None:
        self._session, self._edited_at = session, None

    @property
    def access(self) -> Access:
        return self._session.access

    @property
    def language(self) -> str:
        return self._session.language


def record_of(session: Session) -> Record:
    """What the document says of a session."""
    return {"language": session.language, "title": session.title}


def adopt(
    record: Record, session: Session, is_language: Callable[[str], bool]
) -> tuple[Session, Record]:
    """The session after values of its record were set, and what has to be set back."""
    amends: dict[str, object] = {}
    for key, value in record.items():
        if key == "language":
            if isinstance(value, str) and is_language(value):
                session = replace(session, language=value)
            else:
                amends[key] = session.language
        elif key == "title":
            if value is None or (isinstance(value, str) and _is_title(value)):
                session = replace(session, title=value)
            else:
                amends[key] = session.title
    return session, amends


def is_worth_storing(session: Session, stored: Session) -> bool:
    """Whether a session differs enough from what is stored of it."""
    if session.code_changed_at - stored.code_changed_at >= DATE_EVERY:
        return True
    now = session.language, session.title, session.expires_at
    return now != (stored.language, stored.title, stored.expires_at)


def _is_title(title: str) -> bool:
    return len(title) <= LONGEST_TITLE and "\0" not in title
