"""The session's record in the shared document, where Yjs clients read it and may set it."""

from collections.abc import Callable, Mapping
from dataclasses import replace

from algoroom.sessions.model import Session

LONGEST_TITLE = 200

Record = Mapping[str, object]
"""Values by their keys, `language` and `title`."""


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


def _is_title(title: str) -> bool:
    return len(title) <= LONGEST_TITLE and "\0" not in title
