"""What a caller is in a session, and whether that is enough for a deed."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from algoroom.access.caller import Caller, Scope
from algoroom.access.model import Access, Person
from algoroom.access.roles import (
    CHANGING,
    DEEDS,
    EDITING,
    RUNNING,
    Deed,
    Outside,
    Role,
    Seat,
    Strangers,
)
from algoroom.access.secrets import digest, guest_id
from algoroom.errors import AlgoroomError

# What nobody may call themselves: ids of those who showed who they are begin so.
_RESERVED: Final = ("user:", "key:", "guest:")
_READING: Final = frozenset({Deed.KNOCK, Deed.READ, Deed.APPEAR})


class DeletionTakesHost(StrEnum):
    """Which sessions only a host may delete."""

    OWN = "own"
    """Those whose maker asked for it."""
    ALWAYS = "always"
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class Rules:
    """What the server says where a session says nothing."""

    strangers: Strangers = Strangers.EDITOR
    deletion_takes_host: DeletionTakesHost = DeletionTakesHost.OWN


USUAL_RULES: Final = Rules()


class Refusal(StrEnum):
    """Why somebody may not do a deed."""

    NOT_ALLOWED = "NOT_ALLOWED"
    NOT_ADMITTED = "NOT_ADMITTED"
    SESSION_ENDED = "SESSION_ENDED"
    EDITING_LOCKED = "EDITING_LOCKED"
    RUNNING_LOCKED = "RUNNING_LOCKED"
    INSUFFICIENT_SCOPE = "INSUFFICIENT_SCOPE"

    @property
    def is_of_the_moment(self) -> bool:
        """Whether the session's state refuses, which a host can change, and not who asks."""
        return self in _OF_THE_MOMENT

    @property
    def meaning(self) -> str:
        """What it says to whoever is refused, in one sentence."""
        return _MEANINGS[self]


_OF_THE_MOMENT: Final = frozenset(
    {Refusal.SESSION_ENDED, Refusal.EDITING_LOCKED, Refusal.RUNNING_LOCKED}
)
_MEANINGS: Final[Mapping[Refusal, str]] = {
    Refusal.NOT_ALLOWED: "Your role in this session does not allow that",
    Refusal.NOT_ADMITTED: "A host has to let you into this session first",
    Refusal.SESSION_ENDED: "The session has ended; it can be read, and a host can reopen it",
    Refusal.EDITING_LOCKED: "A host has locked editing in this session",
    Refusal.RUNNING_LOCKED: "A host has locked running in this session",
    Refusal.INSUFFICIENT_SCOPE: "The credential may not be used for that",
}


class Forbidden(AlgoroomError):
    """Somebody may not do what they ask for."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.meaning)
        self.refusal = refusal


@dataclass(frozen=True, slots=True)
class Standing:
    """What one caller is in one session as it is now."""

    seat: Seat
    access: Access
    rules: Rules
    scopes: frozenset[str]

    @property
    def role(self) -> Role | None:
        """The role, of somebody who has been let in."""
        return self.seat if isinstance(self.seat, Role) else None

    @property
    def may_wait(self) -> bool:
        """Whether somebody who has not been let in may wait for it."""
        return self.seat in (Outside.STRANGER, Outside.WAITING)

    @property
    def strangers(self) -> Strangers:
        """What strangers are here."""
        return self.access.strangers or self.rules.strangers

    def refusal(self, deed: Deed) -> Refusal | None:
        """Why a deed is refused; None where it is allowed."""
        access = self.access
        if scope_of(deed) not in self.scopes:
            return Refusal.INSUFFICIENT_SCOPE
        if deed not in DEEDS[self.seat]:
            return Refusal.NOT_ALLOWED if self.role else Refusal.NOT_ADMITTED
        if access.ended_at is not None and deed in CHANGING:
            return Refusal.SESSION_ENDED
        if self.seat is Role.HOST:
            return None
        if access.editing_locked and deed in EDITING:
            return Refusal.EDITING_LOCKED
        if access.running_locked and deed in RUNNING:
            return Refusal.RUNNING_LOCKED
        if deed is Deed.DELETE and takes_host(access, self.rules):
            return Refusal.NOT_ALLOWED
        return None

    def may(self, deed: Deed) -> bool:
        """Whether a deed is allowed."""
        return self.refusal(deed) is None

    def check(self, deed: Deed) -> None:
        """Raises `Forbidden` where a deed is refused."""
        if (refusal := self.refusal(deed)) is not None:
            raise Forbidden(refusal)


def standing_of(caller: Caller, access: Access, person: Person | None, rules: Rules) -> Standing:
    """What a caller is in a session; `person` is what the session knows of them."""
    return Standing(_seat_of(caller, access, person, rules), access, rules, caller.scopes)


def takes_host(access: Access, rules: Rules) -> bool:
    """Whether only a host may delete the session."""
    match rules.deletion_takes_host:
        case DeletionTakesHost.OWN:
            return access.deletion_takes_host
        case DeletionTakesHost.ALWAYS:
            return True
        case DeletionTakesHost.NEVER:
            return False


def scope_of(deed: Deed) -> str:
    """What a credential has to be for."""
    if deed is Deed.FORK:
        return Scope.CREATE
    return Scope.READ if deed in _READING else Scope.WRITE


def person_id(caller: Caller) -> str:
    """The id by which a session knows a caller again; empty where there is nothing to know."""
    if caller.is_signed_in:
        return caller.id
    return guest_id(caller.guest_token) if caller.guest_token else ""


def may_be_called(user_id: str, caller: Caller) -> bool:
    """Whether a caller may go by an id of their own choice. Who is signed in goes by theirs."""
    return not caller.is_signed_in and not user_id.startswith(_RESERVED)


def _seat_of(caller: Caller, access: Access, person: Person | None, rules: Rules) -> Seat:
    if caller.is_signed_in and caller.id == access.owner:
        return Role.HOST
    if access.host_token and access.host_token in map(digest, caller.host_tokens):
        return Role.HOST
    if person is not None and person.seat is not Outside.WAITING:
        return person.seat
    match access.strangers or rules.strangers:
        case Strangers.EDITOR:
            return Role.EDITOR
        case Strangers.VIEWER:
            return Role.VIEWER
        case Strangers.ASK:
            return Outside.STRANGER if person is None else Outside.WAITING
