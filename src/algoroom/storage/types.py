"""Column types that mean the same in SQLite and in PostgreSQL."""

from datetime import UTC, datetime

from sqlalchemy import DateTime, Dialect, LargeBinary
from sqlalchemy.types import TypeDecorator

ID_LENGTH = 36
"""Characters of an id: a UUID with its hyphens."""


def could_be_id(text: str) -> bool:
    """Whether a stored id could equal this text; PostgreSQL refuses to compare with some texts."""
    return len(text) == ID_LENGTH and text.isascii() and "\0" not in text


class UtcDateTime(TypeDecorator[datetime]):
    """An aware moment in UTC, to the microsecond. In SQLite it is text that sorts by time."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment without a time zone cannot be stored")
        moment = value.astimezone(UTC)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

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

    def process_bind_param(self, value: str | None, _dialect: Dialect) -> bytes | None:
        return None if value is None else value.encode()

    def process_result_value(self, value: bytes | None, _dialect: Dialect) -> str | None:
        return None if value is None else value.decode()
