"""The rooms of this node: made, loaded when somebody comes, unloaded when nobody is left."""

import asyncio
import gc
import logging
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import partial
from uuid import uuid4
from weakref import WeakValueDictionary

from algoroom.access import audit, people
from algoroom.access.audited import Audited
from algoroom.access.caller import Caller
from algoroom.access.model import ANYBODY, Access, Person
from algoroom.access.policy import Standing, person_id, standing_of
from algoroom.clock import Clock, NeverBack
from algoroom.errors import AlgoroomError, SessionNotFound, SnapshotNotFound
from algoroom.house import attempt
from algoroom.rooms import attendance, history, journal, notes
from algoroom.rooms import task as tasks
from algoroom.rooms.delta import UNCHANGED
from algoroom.rooms.document import Document
from algoroom.rooms.events import Ending
from algoroom.rooms.history import HistoryEntry
from algoroom.rooms.lifetime import expiry, is_over
from algoroom.rooms.limits import RoomLimits
from algoroom.rooms.logbook import Logbook
from algoroom.rooms.packing import Packing
from algoroom.rooms.presence import SERVER_ID, Participant
from algoroom.rooms.record import record_of
from algoroom.rooms.replay import rebuild
from algoroom.rooms.room import Room
from algoroom.rooms.task import Task
from algoroom.sessions import repository
from algoroom.sessions.model import Origin, Session
from algoroom.storage.database import Database
from algoroom.storage.writer import Writer

logger = logging.getLogger(__name__)

# Sessions that one sweep takes from the database at a time.
SWEEP_BATCH = 500
# Fewer entries than these stay rows.
LEAST_PACKED = 64
# Rooms that were unloaded are freed when they are more than this share of the rooms and connections
# there are: looking for them takes the longer the more is in memory.
UNLOADED_SHARE = 1 / 4
_REMOVALS = {Ending.DELETED: Audited.DELETED, Ending.EXPIRED: Audited.EXPIRED}


class _Loaded:
    """A room in memory. `holds` counts who uses it; `idle_since` is monotonic, in seconds."""

    __slots__ = ("holds", "idle_since", "room")

    def __init__(self, room: Room) -> None:
        self.room = room
        self.holds = 0
        self.idle_since = 0.0


class Rooms:
    """Every session by its id, live or at rest.

    Invariant: there is at most one `Room` of a session, and while there is one, every change of the
    session goes through it.
    """

    def __init__(
        self,
        database: Database,
        writer: Writer,
        clock: Clock,
        *,
        limits: RoomLimits,
        idle_s: float,
        sweep_s: float,
    ) -> None:
        self._database = database
        self._writer = writer
        self._clock = clock
        self._limits = limits
        self._idle_s = idle_s
        self._sweep_s = sweep_s
        self._packing = Packing(database, writer, limits.tail_entries)
        self.removals: list[Callable[[str], None]] = []
        """Called with the id of each session that is removed, for those who hold more of it."""
        self._is_to_scrub = False
        self._packs: dict[str, asyncio.Task[None]] = {}
        self._loaded: dict[str, _Loaded] = {}
        self._unloaded = 0
        """How many rooms left memory since the last were freed."""
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def create(
        self,
        origin: Origin,
        language: str,
        title: str | None,
        lifetime: timedelta,
        code: str,
        access: Access = ANYBODY,
        host: Person | None = None,
        forked: tuple[str, int] | None = None,
        task: Task | None = None,
    ) -> Session:
        """A new session, committed. What it begins with is the first entry of its journal. `host`
        is who made it, where that one has no account; `forked` is the session, and the number of
        the update in it, that this one goes on from, with the `task`."""
        now = self._clock()
        session = Session(
            id=str(uuid4()),
            origin=origin,
            language=language,
            title=title,
            created_at=now,
            expires_at=expiry(now, lifetime, now, self._limits.longest_life),
            lifetime=lifetime,
            code_changed_at=now,
            access=access,
        )
        made = Document().edit((code,) if code else UNCHANGED, record_of(session))
        first = journal.Entry(1, now, SERVER_ID, made.update)
        known = [] if host is None else [people.keep(session.id, host)]
        by = "" if host is None else host.id
        done = [audit.record(Audited.CREATED, now, by=by, session_id=session.id, detail=language)]
        if forked is not None:
            of, seq = forked
            fork = audit.record(
                Audited.FORKED, now, by=by, session_id=of, subject=session.id, detail=str(seq)
            )
            done.append(fork)
        given = [] if task is None else [tasks.keep(session.id, task)]
        await self._writer.write(
            repository.insert(session), journal.append(session.id, first), *known, *given, *done
        )
        return session

    async def standing(self, session_id: str, caller: Caller) -> Standing:
        """What a caller is in a session. Raises `SessionNotFound`."""
        if (loaded := self._loaded.get(session_id)) is not None:
            self._check_expiry(loaded.room)
            return loaded.room.members.standing_of(caller)
        session, person = await self._stored(session_id), None
        if id_ := person_id(caller):
            async with self._database.connect() as connection:
                person = await people.get(connection, session_id, id_)
        return standing_of(caller, session.access, person, self._limits.rules)

    async def reread_access(self, session_id: str, by: str) -> None:
        """Take over what another node changed about who may do what: it is in the database."""
        loaded = self._loaded.get(session_id)
        if loaded is None:
            return
        async with self._database.connect() as connection:
            session = await repository.get(connection, session_id)
            known = await people.of_session(connection, session_id)
        if session is not None:
            loaded.room.members.adopt(session.access, known, by=by)

    async def session(self, session_id: str) -> tuple[Session, int]:
        """The record of a session and how many are in it now. Raises `SessionNotFound`."""
        if (loaded := self._loaded.get(session_id)) is not None:
            self._check_expiry(loaded.room)
            return loaded.room.session, len(loaded.room.presence)
        return await self._stored(session_id), 0

    def count(self, session_id: str) -> int:
        """How many are in a session now; nobody is in one that there is not."""
        loaded = self._loaded.get(session_id)
        return 0 if loaded is None else len(loaded.room.presence)

    async def present(self, session_id: str) -> list[Participant]:
        """Who is in a session now, in the order in which they came. Raises `SessionNotFound`."""
        await self.session(session_id)
        loaded = self._loaded.get(session_id)
        return [] if loaded is None else loaded.room.presence.everyone()

    async def history(self, session_id: str, limit: int) -> list[HistoryEntry]:
        """The last `limit` entries of a session's history, oldest first; what happened just now
        included. Raises `SessionNotFound`."""
        await self.session(session_id)
        if (loaded := self._loaded.get(session_id)) is not None:
            await loaded.room.saved()
        async with self._database.connect() as connection:
            return await history.latest(connection, session_id, limit)

    async def snapshot(self, session_id: str, snapshot_id: str) -> HistoryEntry:
        """A saved text. Raises `SessionNotFound` and `SnapshotNotFound`."""
        await self.session(session_id)
        async with self._database.connect() as connection:
            entry = await history.snapshot(connection, session_id, snapshot_id)
        if entry is None:
            raise SnapshotNotFound(snapshot_id)
        return entry

    @asynccontextmanager
    async def enter(self, session_id: str) -> AsyncIterator[Room]:
        """The room of a session, in memory as long as this context lasts.

        Raises `SessionNotFound`.
        """
        async with self._lock(session_id):
            loaded = self._loaded.get(session_id)
            if loaded is None:
                loaded = self._loaded[session_id] = _Loaded(await self._load(session_id))
            self._check_expiry(loaded.room)
            loaded.holds += 1
        try:
            yield loaded.room
        finally:
            loaded.holds -= 1
            loaded.idle_since = time.monotonic()

    async def delete(self, session_id: str) -> None:
        """Remove a session and everything said and run in it. Raises `SessionNotFound`."""
        await self.session(session_id)
        await self._remove(session_id, Ending.DELETED)

    async def keep_house(self) -> None:
        """Unload idle rooms and remove expired sessions, for ever."""
        while True:
            await asyncio.sleep(min(self._sweep_s, max(self._idle_s, 1)))
            await self.unload_idle()
            await attempt("removing expired sessions", self.sweep)
            await attempt("scrubbing the database", self.scrub)

    async def unload_idle(self) -> None:
        """Let go of the rooms that nobody has used for the idle time."""
        for session_id in list(self._loaded):
            await attempt(f"unloading session {session_id}", partial(self._unload, session_id))
        in_use = sum(1 + loaded.holds for loaded in self._loaded.values())
        if self._unloaded > in_use * UNLOADED_SHARE:
            # By itself the collector would look for what is as old only after hours.
            gc.collect()
            self._unloaded = 0

    async def sweep(self) -> None:
        """Remove the sessions whose time is up."""
        for loaded in list(self._loaded.values()):
            loaded.room.keep_alive()
        now, longest = self._clock(), self._limits.longest_life
        born = None if longest is None else now - longest
        while True:
            async with self._database.connect() as connection:
                expired = await repository.expired(connection, now, SWEEP_BATCH, born)
            gone = [session_id for session_id in expired if self._is_over(session_id)]
            for session_id in gone:
                await self._remove(session_id, Ending.EXPIRED)
            if len(expired) < SWEEP_BATCH or not gone:
                return

    async def scrub(self) -> None:
        """Have nothing of removed sessions left in the database's files. Where a reader stands in
        the way, the next call does it. Raises `DatabaseUnavailable`."""
        if self._is_to_scrub:
            self._is_to_scrub = not await self._database.scrub()

    async def close(self) -> None:
        """End every room: each connection is told, and everything is committed."""
        for loaded in list(self._loaded.values()):
            loaded.room.end(Ending.SHUTDOWN)
        for loaded in list(self._loaded.values()):
            await self._is_stored(loaded.room)
        if self._packs:
            await asyncio.wait(self._packs.values())

    def _pack_soon(self, room: Room) -> None:
        """Pack the journal of a room beside everything else, unless that goes on now."""
        session_id = room.session.id
        if session_id not in self._packs:
            task = asyncio.create_task(self._pack(room), name=f"pack {session_id}")
            self._packs[session_id] = task
            task.add_done_callback(lambda _: self._packs.pop(session_id))

    async def _pack(self, room: Room) -> None:
        """Pack what is stored. A row that may be written again must stay one."""
        session_id, upto = room.session.id, room.revision
        least = min(LEAST_PACKED, self._limits.tail_entries)
        try:
            await room.saved()
            await self._packing.pack(session_id, upto=upto, least=least)
        except AlgoroomError as error:
            if not room.is_gone:
                logger.error("the journal of session %s is not packed: %s", session_id, error)

    async def _unload(self, session_id: str) -> None:
        async with self._lock(session_id):
            loaded = self._loaded.get(session_id)
            if loaded is None or not self._is_unused(loaded):
                return
            if await self._is_stored(loaded.room):
                await self._pack(loaded.room)
                del self._loaded[session_id]
                self._unloaded += 1

    def _lock(self, session_id: str) -> asyncio.Lock:
        """Held by whoever brings a room into memory or takes it out."""
        return self._locks.setdefault(session_id, asyncio.Lock())

    def _is_unused(self, loaded: _Loaded) -> bool:
        return not loaded.holds and time.monotonic() - loaded.idle_since >= self._idle_s

    async def _is_stored(self, room: Room) -> bool:
        """Store all of a room. Where that fails it stays in memory, and it is tried again."""
        room.compact()
        try:
            await room.saved()
        except AlgoroomError as error:
            logger.error("session %s is not stored yet: %s", room.session.id, error)
            return False
        return True

    def _is_over(self, session_id: str) -> bool:
        loaded = self._loaded.get(session_id)
        return loaded is None or loaded.room.is_expired(self._clock())

    def _check_expiry(self, room: Room) -> None:
        if room.is_expired(self._clock()):
            raise SessionNotFound(room.session.id)

    async def _remove(self, session_id: str, reason: Ending) -> None:
        async with self._lock(session_id):
            if reason is Ending.EXPIRED and not self._is_over(session_id):
                return
            loaded = self._loaded.pop(session_id, None)
            if loaded is not None:
                loaded.room.end(reason)
                self._unloaded += 1
            done = audit.record(_REMOVALS[reason], self._clock(), session_id=session_id)
            await self._writer.write(repository.delete(session_id), done)
            self._is_to_scrub = True
            for forget in self.removals:
                forget(session_id)

    async def _stored(self, session_id: str) -> Session:
        async with self._database.connect() as connection:
            session = await repository.get(connection, session_id)
        if session is None or is_over(session, self._clock(), self._limits.longest_life):
            raise SessionNotFound(session_id)
        return session

    async def _load(self, session_id: str) -> Room:
        session = await self._stored(session_id)
        rebuilt = await rebuild(self._database, session_id)
        async with self._database.connect() as connection:
            history_seq = await history.last_seq(connection, session_id)
            note_number = await notes.last_number(connection, session_id)
            is_left_open = await attendance.is_left_open(connection, session_id)
            known = await people.of_session(connection, session_id)
            last_at = await journal.last_at(connection, session_id)
        room = Room(
            session,
            Document(rebuilt.doc, rebuilt.marks),
            revision=rebuilt.seq,
            state_revision=rebuilt.state_seq,
            logbook=Logbook(session_id, history_seq=history_seq, note_number=note_number),
            writer=self._writer,
            # Moments are found by their times, so that none may be before the one before it.
            clock=NeverBack(self._clock, last_at or session.created_at),
            limits=self._limits,
            long_tail=self._pack_soon,
            people=known,
        )
        room.resume(is_left_open=is_left_open)
        return room
