"""The bodies of the routes of access. Keys are camelCase on the wire."""

from typing import Annotated

from pydantic import Field

from algoroom.access.roles import Deed, Outside, Role, Strangers
from algoroom.api.bodies import Name, Revision, Text, Whole
from algoroom.api.camel import CamelModel, CamelRequest
from algoroom.api.timestamps import Timestamp

LONGEST_NOTES = 100_000
A_YEAR_H = 8_760

Flag = Annotated[bool, Field(strict=True)]


class Access(CamelModel):
    """What the caller is in a session and may do now, and what holds for everybody."""

    session_id: str
    role: Role | None = Field(description="Null for whoever has not been let in.")
    outside: Outside | None = Field(description="What such a one is; null for everybody else.")
    deeds: list[Deed] = Field(description="What the caller may do now.")
    strangers: Strangers = Field(description="What those are who have the link and nothing else.")
    editing_locked: bool
    running_locked: bool
    ended_at: Timestamp | None = Field(description="Null while the session has not ended.")
    deletion_takes_host: bool


class Rule(CamelRequest):
    """What changes; null or missing: stays as it is."""

    editing_locked: Flag | None = None
    running_locked: Flag | None = None
    ended: Flag | None = Field(default=None, description="True ends it, false reopens it.")
    strangers: Strangers | None = None
    deletion_takes_host: Flag | None = None


class Knock(CamelRequest):
    """Who asks to be let in."""

    name: Name = ""


class Person(CamelModel):
    """Somebody whom the session knows, or who is here."""

    id: str
    user_ids: list[str] = Field(description="By which ids they go in the room now.")
    name: str
    role: Role | None
    outside: Outside | None
    since: Timestamp


class People(CamelModel):
    """People of a session."""

    session_id: str
    people: list[Person]


class Seat(CamelRequest):
    """What somebody is from now on."""

    role: Role


class MakeInvite(CamelRequest):
    """A link to be made."""

    role: Role
    expires_in: Annotated[int, Field(strict=True, ge=1, le=A_YEAR_H), Whole] | None = Field(
        default=None, description="Whole hours; where it is missing, as long as the session."
    )
    single_use: Flag = False


class Invite(CamelModel):
    """An invite, without its secret."""

    id: str
    role: Role
    single_use: bool
    created_at: Timestamp
    created_by: str
    expires_at: Timestamp | None
    used_by: str | None = Field(description="Who redeemed one for a single use.")


class MadeInvite(Invite):
    """A new invite. `url` is the link to give away; nothing tells it again."""

    url: str


class Invites(CamelModel):
    """The invites of a session that are not revoked, the oldest first."""

    session_id: str
    invites: list[Invite]


class Redeem(CamelRequest):
    """The secret of an invite, which stands behind `#invite=` in its link."""

    invite: Annotated[Text, Field(max_length=256)]
    name: Name = ""


class WriteNotes(CamelRequest):
    """The hosts' notes as a whole. With the `revision` that they were made of they are refused
    where somebody changed that meanwhile."""

    revision: Revision | None = None
    text: Annotated[Text, Field(max_length=LONGEST_NOTES)]


class Notes(CamelModel):
    """The hosts' notes; `changedAt` is null where nobody wrote any."""

    session_id: str
    revision: int
    text: str
    changed_at: Timestamp | None
    user_id: str | None
