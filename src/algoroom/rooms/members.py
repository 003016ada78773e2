"""Who is connected to a room, what each of them may do now, and what hosts change about that."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Final

from algoroom.access import audit, people
from algoroom.access.audit import changes
from algoroom.access.audited import Audited
from algoroom.access.caller import Caller
from algoroom.access.model import Access, Person
from algoroom.access.policy import (
    Forbidden,
    Refusal,
    Standing,
    may_be_called,
    person_id,
    standing_of,
)
from algoroom.access.roles import Deed, Outside, Role, Seat, Strangers
from algoroom.clock import Clock
from algoroom.errors import PersonNotFound, RoomFull, TooManyWait
from algoroom.rooms.events import AccessChanged, Knocked, Removed, Ruling, SeatChanged
from algoroom.rooms.limits import RoomLimits
from algoroom.sessions import repository
from algoroom.storage.statement import Statement

if TYPE_CHECKING:
    from algoroom.rooms.room import Room

# Who asks costs nobody's attention but the hosts'.
MOST_WAITING: Final = 100


class Members:
    """The connections of a room, by what each of them showed.

    Invariant: what somebody may do is found out anew whenever it matters and kept nowhere, so that
    a change holds from its moment on, on every connection. What is changed here is given to the
    writer before it is told.
    """

    def __init__(
        self,
        room: Room,
        known: Iterable[Person],
        limits: RoomLimits,
        clock: Clock,
        submit: Callable[[list[Statement]], None],
    ) -> None:
        self._room = room
        self._rules = limits.rules
        self._most_connections = limits.most_connections
        self.clock = clock
        self._submit = submit
        self._people = {person.id: person for person in known}
        self._callers: dict[Hashable, Caller] = {}
        self._ids: dict[Hashable, str] = {}

    # Who is connected

    def check_room(self) -> None:
        """Raises `RoomFull` where one more connection is too many."""
        most = self._most_connections
        if most is not None and len(self._callers) >= most:
            raise RoomFull(most)

    def enter(self, connection: Hashable, caller: Caller) -> None:
        """Somebody opened a connection, whether they may come in or not. Raises `RoomFull`."""
        self.check_room()
        self._callers[connection] = caller
        self._ids[connection] = person_id(caller)

    def leave(self, connection: Hashable) -> None:
        """The connection is gone."""
        self._callers.pop(connection, None)
        self._ids.pop(connection, None)

    def standing(self, connection: Hashable) -> Standing:
        """What somebody is by their connection."""
        return self.standing_of(self._callers[connection])

    def standing_of(self, caller: Caller) -> Standing:
        """What a caller is here."""
        person = self._people.get(person_id(caller))
        return standing_of(caller, self._access, person, self._rules)

    def person(self, id_: str) -> Person | None:
        """What the session knows of somebody."""
        return self._people.get(id_)

    def person_of(self, connection: Hashable) -> str:
        """The id by which the session knows whose connection this is."""
        return self._ids.get(connection, "")

    def record(
        self,
        deed: Audited,
        at: datetime,
        user_id: str,
        name: str = "",
        *,
        connection: Hashable,
    ) -> Statement:
        """For the audit: what somebody did by their connection, who goes by an id here."""
        caller = self._callers.get(connection)
        return self._record(deed, at, by=user_id, subject=user_id, detail=name, caller=caller)

    def may(self, connection: Hashable, deed: Deed) -> bool:
        """Whether somebody may do something now."""
        return self.standing(connection).may(deed)

    def check(self, connection: Hashable, deed: Deed) -> None:
        """Raises `Forbidden` where somebody may not do it now."""
        self.standing(connection).check(deed)

    def user_id(self, connection: Hashable, claimed: str | None, other: str) -> str:
        """By which id somebody goes who claims one: their own where they are signed in, `other`
        where the claimed one is somebody else's who showed who they are."""
        caller = self._callers[connection]
        if caller.is_signed_in:
            return caller.id
        if claimed is None or not may_be_called(claimed, caller):
            return other
        present = self._room.presence.get(claimed)
        mine = person_id(caller)
        for each in () if present is None else present.connections:
            holder = self.person_of(each)
            if holder != mine and holder in self._people:
                return other
        return claimed

    def is_out(self, connection: Hashable, event: Ruling) -> bool:
        """Whether a connection has to be closed after this."""
        return self.is_removal_of(connection, event) or not self.may(connection, Deed.READ)

    def is_removal_of(self, connection: Hashable, event: Ruling) -> bool:
        """Whether whose connection this is has been sent away by this."""
        return isinstance(event, Removed) and event.person_id == self.person_of(connection)

    # What hosts see and change

    def everyone(self) -> list[tuple[Person, list[str]]]:
        """Everybody whom the session knows, and strangers who are here now; with each the ids by
        which they go in the room."""
        known, user_ids = dict(self._people), defaultdict[str, list[str]](list)
        for participant in self._room.presence.everyone():
            theirs = {self.person_of(each): each for each in participant.connections}
            for id_, connection in theirs.items():
                user_ids[id_].append(participant.user_id)
                seat = self.standing(connection).seat
                if id_ not in self._people or seat is Role.HOST:
                    known[id_] = Person(id_, participant.name, seat, participant.joined_at)
        return [(person, user_ids[person.id]) for person in known.values()]

    def persons(self, id_: str) -> list[str]:
        """Who is meant by an id: a person, or all who go by it in the room.

        Raises `PersonNotFound`.
        """
        if id_ in self._people or id_ in self._ids.values():
            return [id_]
        participant = self._room.presence.get(id_)
        if participant is None:
            raise PersonNotFound(id_)
        return list(dict.fromkeys(map(self.person_of, participant.connections)))

    def knock(self, caller: Caller, name: str) -> Standing:
        """Somebody asks to be let in. What they are after that; who needs not ask, or is banned,
        is what they were. Raises `TooManyWait`."""
        standing = self.standing_of(caller)
        id_ = person_id(caller)
        if standing.seat is Outside.STRANGER:
            waiting = sum(one.seat is Outside.WAITING for one in self._people.values())
            if waiting >= MOST_WAITING:
                raise TooManyWait(MOST_WAITING)
            at = self.clock()
            asked = self._record(Audited.KNOCKED, at, by=id_, detail=name, caller=caller)
            self._keep(Person(id_, name, Outside.WAITING, at), asked)
            self._room.tell(Knocked(id_, at, name))
        return self.standing_of(caller)

    def withdraw(self, connection: Hashable) -> None:
        """Somebody waits no more to be let in: hosts need not see them any longer."""
        id_ = self.person_of(connection)
        person = self._people.get(id_)
        if person is None or person.seat is not Outside.WAITING:
            return
        if list(self._ids.values()).count(id_) == 1:
            self.remove(id_, for_good=False, by=id_)

    def seat(self, id_: str, seat: Role, *, by: str) -> Person:
        """Give somebody a role: who waits is let in by that, who was banned may come again."""
        before = self._people.get(id_)
        name = before.name if before is not None else self._name_of(id_)
        person = Person(id_, name, seat, self.clock())
        is_let_in = before is not None and before.seat is Outside.WAITING
        deed = Audited.ADMITTED if is_let_in else Audited.SEATED
        done = self._record(deed, person.at, by=by, subject=id_, detail=seat.value)
        self._submit([people.keep(self._room.session.id, person), done])
        self.note(person, by=by)
        return person

    def note(self, person: Person, *, by: str) -> None:
        """Somebody has a role now, which is stored already."""
        self._people[person.id] = person
        self._room.tell(SeatChanged(by, person.at, person))

    def remove(self, id_: str, *, for_good: bool, by: str) -> None:
        """Close all that somebody has open here. For good: they may not come again; else they are
        a stranger again, and who waits is refused."""
        at = self.clock()
        name = self._people[id_].name if id_ in self._people else self._name_of(id_)
        seat: Seat = Outside.BANNED if for_good else Outside.STRANGER
        deed = Audited.BANNED if for_good else Audited.REMOVED
        done = self._record(deed, at, by=by, subject=id_)
        if for_good:
            self._keep(Person(id_, name, seat, at), done)
        elif self._people.pop(id_, None) is not None:
            self._submit([people.forget(self._room.session.id, id_), done])
        else:
            self._submit([done])
        self._room.tell(Removed(by, at, id_, name, for_good))

    def rule(
        self,
        *,
        by: str,
        editing_locked: bool | None = None,
        running_locked: bool | None = None,
        ended: bool | None = None,
        strangers: Strangers | None = None,
        deletion_takes_host: bool | None = None,
    ) -> None:
        """Change what holds for the whole session; None stays as it is."""
        access = self._access
        if editing_locked is not None:
            access = replace(access, editing_locked=editing_locked)
        if running_locked is not None:
            access = replace(access, running_locked=running_locked)
        if ended is not None and ended is (access.ended_at is None):
            access = replace(access, ended_at=self.clock() if ended else None)
        if strangers is not None:
            access = replace(access, strangers=strangers)
        if deletion_takes_host is not None:
            access = replace(access, deletion_takes_host=deletion_takes_host)
        if access == self._access:
            return
        room, at, before = self._room, self.clock(), self._access
        room.session = replace(room.session, access=access)
        done = [
            self._record(deed, at, by=by, subject=subject, detail=detail)
            for deed, subject, detail in changes(before, access)
        ]
        self._submit([repository.set_access(room.session), *done])
        room.tell(AccessChanged(by, at, access))

    def adopt(self, access: Access, known: Iterable[Person], *, by: str) -> None:
        """Take over what was read from the database, where another node changed it, and tell of
        each difference."""
        room, at, before = self._room, self.clock(), self._people
        self._people = {person.id: person for person in known}
        if access != self._access:
            room.session = replace(room.session, access=access)
            room.tell(AccessChanged(by, at, access))
        for person in self._people.values():
            was = before.pop(person.id, None)
            if was is not None and was.seat is person.seat:
                continue
            if person.seat is Outside.WAITING:
                room.tell(Knocked(person.id, at, person.name))
            elif person.seat is Outside.BANNED:
                room.tell(Removed(by, at, person.id, person.name, is_banned=True))
            else:
                room.tell(SeatChanged(by, at, person))
        for gone in before.values():
            if gone.seat is not Outside.BANNED:
                room.tell(Removed(by, at, gone.id, gone.name, is_banned=False))

    def check_open(self) -> None:
        """Raises `Forbidden` where the session has ended."""
        if self._access.ended_at is not None:
            raise Forbidden(Refusal.SESSION_ENDED)

    @property
    def _access(self) -> Access:
        return self._room.access

    def _keep(self, person: Person, done: Statement) -> None:
        self._people[person.id] = person
        self._submit([people.keep(self._room.session.id, person), done])

    def _record(
        self,
        deed: Audited,
        at: datetime,
        *,
        by: str,
        subject: str = "",
        detail: str = "",
        caller: Caller | None = None,
    ) -> Statement:
        return audit.record(
            deed,
            at,
            by=by,
            session_id=self._room.session.id,
            subject=subject,
            detail=detail,
            caller=caller,
        )

    def _name_of(self, id_: str) -> str:
        """What somebody calls themselves in the room, or did when they were given a role."""
        for participant in self._room.presence.everyone():
            if id_ in map(self.person_of, participant.connections):
                return participant.name
        return ""
