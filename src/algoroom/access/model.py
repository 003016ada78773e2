"""What a session says of who may do what in it."""

from dataclasses import dataclass, field
from datetime import datetime

from algoroom.access.roles import Role, Seat, Strangers


@dataclass(frozen=True, slots=True)
class Access:
    """Who may do what in one session. It is a part of the session's record."""

    owner: str = ""
    """The id of the caller who made it signed in, who is always a host; empty: nobody."""
    host_token: str = field(default="", repr=False)
    """The digest of the secret that makes whoever shows it a host; empty: there is none."""
    strangers: Strangers | None = None
    """What strangers are; None: what the server says."""
    editing_locked: bool = False
    running_locked: bool = False
    ended_at: datetime | None = None
    deletion_takes_host: bool = False
    """Whether its maker asked that nobody but a host may delete it."""


ANYBODY = Access()
"""A session that nobody has a special right in."""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who is more, or less, than a stranger in a session. `id` is that of a caller."""

    id: str
    name: str
    seat: Seat
    at: datetime
    """Since when."""


@dataclass(frozen=True, slots=True)
class Invite:
    """A link that gives `role` to whoever redeems it, once or as often as it is used."""

    id: str
    role: Role
    is_single_use: bool
    made_at: datetime
    made_by: str
    expires_at: datetime | None
    used_by: str | None = None
    """Who redeemed it, of one for a single use."""
