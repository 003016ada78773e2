"""Invites to sessions, and the hosts' notes: what is looked up when somebody asks for it."""

import asyncio
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import uuid4
from weakref import WeakValueDictionary

from algoroom.access import audit, host_notes, invites, people
from algoroom.access.audited import Audited
from algoroom.access.caller import Caller
from algoroom.access.host_notes import HostNotes
from algoroom.access.model import Invite, Person
from algoroom.access.policy import Forbidden, Refusal, person_id
from algoroom.access.roles import Outside, Role
from algoroom.access.secrets import new_secret
from algoroom.clock import Clock
from algoroom.errors import InviteNotFound, InviteRefused, NotesChanged, TooManyInvites
from algoroom.rooms.registry import Rooms
from algoroom.storage.database import Database
from algoroom.storage.writer import Writer, WriteRefused

_ORDER = list(Role)


@dataclass(frozen=True, slots=True)
class Invitations:
    """Invites and notes of any session. Every method raises `SessionNotFound`."""

    database: Database
    writer: Writer
    rooms: Rooms
    clock: Clock
    # Held by whoever writes a session's notes.
    _locks: WeakValueDictionary[str, asyncio.Lock] = field(
        default_factory=WeakValueDictionary, init=False
    )

    async def make(
        self,
        session_id: str,
        role: Role,
        *,
        is_single_use: bool,
        lifetime: timedelta | None,
        by: str,
    ) -> tuple[Invite, str]:
        """A new invite and its secret, which nothing tells again. Raises `TooManyInvites`."""
        now = self.clock()
        known = await self.of_session(session_id)
        if len(known) >= invites.MOST:
            raise TooManyInvites(invites.MOST)
        expires_at = None if lifetime is None else now + lifetime
        invite = Invite(str(uuid4()), role, is_single_use, now, by, expires_at)
        secret = new_secret()
        made = audit.record(
            Audited.INVITED, now, by=by, session_id=session_id, subject=invite.id, detail=role.value
        )
        await self.writer.write(invites.insert(session_id, invite, secret), made)
        return invite, secret

    async def of_session(self, session_id: str) -> list[Invite]:
        """Every invite that is not revoked, the oldest first; expired and used ones too."""
        await self.rooms.session(session_id)
        async with self.database.connect() as connection:
            return await invites.of_session(connection, session_id)

    async def revoke(self, session_id: str, invite_id: str) -> None:
        """Have an invite give nothing any more. Raises `InviteNotFound`."""
        if all(invite.id != invite_id for invite in await self.of_session(session_id)):
            raise InviteNotFound(invite_id)
        done = audit.record(Audited.REVOKED, self.clock(), session_id=session_id, subject=invite_id)
        await self.writer.write(invites.revoke(invite_id), done)

    async def redeem(self, session_id: str, secret: str, caller: Caller, name: str) -> Role:
        """Give a caller the role of an invite, at once on whatever they have open; whoever has a
        higher one keeps it. Raises `InviteRefused`, and `Forbidden` where they are banned."""
        async with self.rooms.enter(session_id) as room:
            async with self.database.connect() as connection:
                invite = await invites.by_secret(connection, session_id, secret)
            # After that wait, in which a host may have banned them.
            standing = room.members.standing_of(caller)
            if standing.seat is Outside.BANNED:
                raise Forbidden(Refusal.NOT_ADMITTED)
            now, id_ = self.clock(), person_id(caller)
            if invite is None or (invite.expires_at is not None and invite.expires_at <= now):
                raise InviteRefused
            known = room.members.person(id_)
            seat = None if known is None else known.seat
            if invite.used_by is not None and (invite.used_by != id_ or not isinstance(seat, Role)):
                raise InviteRefused
            roles = [role for role in (invite.role, seat) if isinstance(role, Role)]
            role = Role.HOST if standing.seat is Role.HOST else min(roles, key=_ORDER.index)
            person = Person(id_, name or ("" if known is None else known.name), role, now)
            used = [invites.use(invite, id_, now)] if invite.is_single_use else []
            used.append(
                audit.record(
                    Audited.REDEEMED,
                    now,
                    by=id_,
                    session_id=session_id,
                    subject=invite.id,
                    detail=role.value,
                    caller=caller,
                )
            )
            try:
                await self.writer.write(*used, people.keep(session_id, person))
            except WriteRefused as error:
                raise InviteRefused from error
            room.members.note(person, by=id_)
        return role

    async def notes(self, session_id: str) -> HostNotes:
        """What the hosts wrote for themselves."""
        await self.rooms.session(session_id)
        async with self.database.connect() as connection:
            return await host_notes.of_session(connection, session_id)

    async def write_notes(
        self, session_id: str, text: str, by: str, *, based_on: int | None = None
    ) -> HostNotes:
        """Replace the hosts' notes. Raises `NotesChanged` where they have another revision than
        the one that these are `based_on`."""
        async with self._locks.setdefault(session_id, asyncio.Lock()):
            before = await self.notes(session_id)
            if based_on is not None and based_on != before.revision:
                raise NotesChanged(before.changed_by)
            notes = HostNotes(text, before.revision + 1, self.clock(), by)
            await self.writer.write(host_notes.keep(session_id, notes))
        return notes
