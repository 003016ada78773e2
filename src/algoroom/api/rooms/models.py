"""The bodies of the routes of rooms. Keys are camelCase on the wire."""

from collections.abc import Sequence
from itertools import combinations
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from algoroom.api.bodies import Text, Title, UserId
from algoroom.api.camel import CamelModel, CamelRequest
from algoroom.api.rooms.moments import Seq, Time
from algoroom.api.timestamps import Timestamp

VersionName = Annotated[Text, Field(min_length=1, max_length=100)]


def _given(*names: str) -> list[dict[str, Any]]:
    """For each name the schema of a body that has it."""
    return [{"required": [name], "properties": {name: {"not": {"type": "null"}}}} for name in names]


def _at_most_one(*names: str) -> dict[str, Any]:
    return {"not": {"anyOf": [{"allOf": list(pair)} for pair in combinations(_given(*names), 2)]}}


def _exactly_one(*names: str) -> dict[str, Any]:
    return {"oneOf": _given(*names)}


def _refuse_several(body: BaseModel, *names: str) -> int:
    """How many of these a body has. Refuses more than one."""
    count = sum(getattr(body, name) is not None for name in names)
    if count > 1:
        raise PydanticCustomError("one_moment", "Only one of {names} can be given", _named(names))
    return count


def _named(names: Sequence[str]) -> dict[str, Any]:
    return {"names": f"{', '.join(names[:-1])} and {names[-1]}"}


class Moment(CamelModel):
    """What a session was. `seq` and `at` are the number and the time of the last update then."""

    session_id: str
    seq: int
    at: Timestamp
    language: str
    code: str


class Fork(CamelRequest):
    """From when, and under which title; what is left out is now, and the old title."""

    model_config = ConfigDict(json_schema_extra=_at_most_one("time", "seq"))

    time: Time | None = None
    seq: Seq | None = None
    title: Title | None = None

    @model_validator(mode="after")
    def _has_one_moment(self) -> Self:
        _refuse_several(self, "time", "seq")
        return self


class Links(CamelModel):
    """Where to go on: the room for people, and the session's own resource."""

    room: str
    session: str


class Origin(CamelModel):
    """What a session was made from."""

    session_id: str
    seq: int
    at: Timestamp


class Forked(CamelModel):
    """The new session."""

    id: str
    title: str | None
    language: str
    created_at: Timestamp
    expires_at: Timestamp
    forked_from: Origin
    links: Links


class Restore(CamelRequest):
    """Which text is to be there again, by its time, its number or its version, and whose edit that
    is; the server's own where nobody is named."""

    model_config = ConfigDict(json_schema_extra=_exactly_one("time", "seq", "version"))

    time: Time | None = None
    seq: Seq | None = None
    version: str | None = None
    user_id: UserId | None = None

    @model_validator(mode="after")
    def _has_one_moment(self) -> Self:
        names = "time", "seq", "version"
        if not _refuse_several(self, *names):
            raise PydanticCustomError("one_moment", "One of {names} is needed", _named(names))
        return self


class Restored(CamelModel):
    """The number and the time of the session's last update now."""

    session_id: str
    seq: int
    at: Timestamp


class NameVersion(CamelRequest):
    """A name for the present text, and who gives it."""

    name: VersionName
    user_id: UserId | None = None


class Version(CamelModel):
    """A text with a name: that after update `seq`."""

    id: str
    name: str
    at: Timestamp
    user_id: str
    seq: int


class VersionWithText(Version):
    """A version with its text, and the language that it was in."""

    language: str
    code: str


class Versions(CamelModel):
    """All versions of a session, the oldest first."""

    session_id: str
    versions: list[Version]


class Span(CamelModel):
    """The part of the text from `start` to `end`, in UTF-16 units, that one person wrote."""

    start: int
    end: int
    user_id: str


class Share(CamelModel):
    """How many UTF-16 units of the text somebody wrote."""

    user_id: str
    units: int


class Authors(CamelModel):
    """Who wrote what of the text after update `seq`: spans in order and without a gap, and their
    sums, the largest first."""

    session_id: str
    seq: int
    spans: list[Span]
    shares: list[Share]
