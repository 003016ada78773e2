"""How a moment is written on the wire: ISO 8601 in UTC, with microseconds and `Z`."""

from datetime import UTC, datetime
from typing import Annotated

from pydantic import PlainSerializer


def written(moment: datetime) -> str:
    """The moment as text; the same moment is always the same text."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


Timestamp = Annotated[datetime, PlainSerializer(written, return_type=str)]
