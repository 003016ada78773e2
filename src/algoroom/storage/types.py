"""Column types that mean the same in SQLite and in PostgreSQL."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

from sqlalchemy import DateTime, Dialect, LargeBinary
from sqlalchemy.types import TypeDecorator

_MOMENT_LENGTH: Final = len("2026-01-01 00:00:00.000000")
ID_LENGTH = 36
"""Characters of an id: a UUID with its hyphens."""


def could_be_id(text: str) -> bool:
    """Whether a stored id could equal this text; PostgreSQL refuses to compare with some texts."""
    return len(text) == ID_LENGTH and text.isascii() and "\0" not in text


class UtcDateTime(TypeDecorator[datetime]):
    """An aware moment in UTC, to the microsecond. In SQLite it is text that sorts by time."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def bind_processor(self, dialect: Dialect) -> Callable[[datetime | None], object]:
        return _as_text if dialect.name == "sqlite" else _in_utc

    def process_result_value(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class AnyText(TypeDecorator[str]):
    """What a person wrote, of any length, as UTF-8 in a binary column.

    PostgreSQL's own text cannot hold the null character, which a program may well contain.
    """

    impl = LargeBinary
    cache_ok = True

    def bind_processor(self, _dialect: Dialect) -> Callable[[str | None], bytes | None]:
        return _encoded

    def process_result_value(self, value: bytes | None, _dialect: Dialect) -> str | None:
        return None if value is None else value.decode()


def _in_utc(value: datetime | None) -> datetime | None:
    if value is None or value.tzinfo is UTC:
        return value
    if value.tzinfo is None:
        raise ValueError("a moment without a time zone cannot be stored")
    return value.astimezone(UTC)


def _as_text(value: datetime | None) -> str | None:
    """Without the zone, to the microsecond."""
    moment = _in_utc(value)
    return None if moment is None else moment.isoformat(" ", "microseconds")[:_MOMENT_LENGTH]


def _encoded(value: str | None) -> bytes | None:
    return None if value is None else value.encode()
