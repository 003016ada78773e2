"""Moments as requests name them."""

import re
from datetime import UTC, datetime
from typing import Annotated

from fastapi import Depends, Query
from pydantic import Field, PlainValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

from algoroom.api.bodies import Digits, Whole
from algoroom.errors import NoSuchMoment
from algoroom.rooms.past import When

_RFC_3339 = re.compile(
    r"(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d:\d\d)(\.\d{1,30})?([Zz]|[+-]\d\d:\d\d)", re.ASCII
)
_MICROSECONDS = 7  # digits of a fraction, with its point


def _moment(value: object) -> datetime:
    if isinstance(value, datetime):
        return value
    found = _RFC_3339.fullmatch(value) if isinstance(value, str) else None
    if found is not None:
        day, clock, fraction, zone = found.groups("")
        zone = "+00:00" if zone in "Zz" else zone
        try:
            # Later digits say nothing here: moments are kept to the microsecond.
            read = datetime.fromisoformat(f"{day}T{clock}{fraction[:_MICROSECONDS]}{zone}")
            return read.astimezone(UTC)
        except (ValueError, OverflowError):
            pass
    raise PydanticCustomError(
        "moment", "Must be a moment as in RFC 3339: 2026-01-31T12:00:00.5Z, with its zone"
    )


Time = Annotated[
    datetime,
    PlainValidator(_moment),
    WithJsonSchema({"type": "string", "format": "date-time"}),
]
"""A moment in time, as RFC 3339 writes it."""

Seq = Annotated[int, Field(strict=True, ge=0, le=2**53), Whole]
"""The number of an update; 0 is before the first."""


async def _when(
    time: Annotated[
        Time | None, Query(description="The moment, as in RFC 3339. Later than now: now.")
    ] = None,
    seq: Annotated[
        int | None,
        Query(ge=0, le=2**53, description="The number of the last update; instead of `time`."),
        Digits,
    ] = None,
) -> When:
    if time is not None and seq is not None:
        # No schema of a query can say so, and what a schema allows is not 422.
        raise NoSuchMoment("seq", "Only one of time and seq can be given")
    return When(time, seq)


OfMoment = Annotated[When, Depends(_when)]
