"""A session to hang rows on."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

from algoroom.rooms.journal import Entry
from algoroom.sessions.model import Origin, Session

NOW = datetime(2026, 1, 31, 23, 59, 59, 999_999, tzinfo=UTC)


def session(**changed: object) -> Session:
    """A session that nothing else in the database has the id of."""
    fields: dict[str, object] = {
        "id": str(uuid4()),
        "origin": Origin.INTERVIEW,
        "language": "python",
        "title": "Two sums",
        "created_at": NOW,
        "expires_at": NOW + timedelta(hours=24),
        "lifetime": timedelta(hours=24),
        "code_changed_at": NOW,
    }
    return Session(**(fields | changed))  # type: ignore[arg-type]


def entry(seq: int, update: bytes = b"\x00\x00") -> Entry:
    """A journal entry; the database does not look into updates."""
    return Entry(seq=seq, at=NOW + timedelta(microseconds=seq), author="ann", update=update)
