"""A session as it was: its text at any moment, who wrote it, what happened, and back to it."""

import asyncio
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import uuid4
from weakref import WeakValueDictionary

from pycrdt import Doc, Map, Text

from algoroom.access import audit
from algoroom.access.audited import Audited
from algoroom.access.model import ANYBODY, Access, Person
from algoroom.clock import Clock
from algoroom.errors import NoSuchMoment, TooManyVersions, VersionNotFound
from algoroom.rooms import journal, keyframes, reading, versions
from algoroom.rooms import task as tasks
from algoroom.rooms.authors import Authorship, Remembered, authorship
from algoroom.rooms.blocks import Entries, micros, moment
from algoroom.rooms.difference import difference
from algoroom.rooms.lib0 import Malformed
from algoroom.rooms.logbook import How
from algoroom.rooms.notes import Kind
from algoroom.rooms.playback import Playback, Position
from algoroom.rooms.registry import Rooms
from algoroom.rooms.replay import apply, apply_state
from algoroom.rooms.update import RECORD_NAME, TEXT_NAME
from algoroom.rooms.versions import Version
from algoroom.sessions.model import Session
from algoroom.storage.database import Database
from algoroom.storage.writer import Writer

logger = logging.getLogger(__name__)

# Journals that are replayed at the same time; each holds a document.
REPLAYS = 2


@dataclass(frozen=True, slots=True)
class Moment:
    """What a session was after update `seq`, made at the time `at`."""

    seq: int
    at: datetime
    text: str
    language: str


@dataclass(frozen=True, slots=True)
class When:
    """A moment: the time, or the number of the last update; neither: now."""

    time: datetime | None = None
    seq: int | None = None


NOW = When()


class Past:
    """What can be asked about the past of any session. Every method raises `SessionNotFound`,
    and `JournalDamaged` where the journal cannot be read."""

    def __init__(self, database: Database, writer: Writer, rooms: Rooms, clock: Clock) -> None:
        self._database = database
        self._writer = writer
        self._rooms = rooms
        self._clock = clock
        self._replays = asyncio.Semaphore(REPLAYS)
        self._naming: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._waiting: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._authorships = Remembered()
        rooms.removals.append(self._authorships.forget)

    async def at(self, session_id: str, when: When) -> Moment:
        """What a session was at a moment. Raises `NoSuchMoment`."""
        session, upto = await self._before(session_id, when)
        async with self._turn(session_id):
            doc, seq, at = await self._replayed(session, upto, when.time)
        return _moment(doc, session, seq, at)

    async def moments(self, session_id: str, seqs: Sequence[int]) -> AsyncGenerator[Moment, None]:
        """What a session was after each of these updates, which are in rising order. One replay
        for all of them."""
        session, _ = await self._rooms.session(session_id)
        wanted, doc = list(seqs), Doc[Any]()
        at, seq = session.created_at, 0
        entries = reading.entries(self._database, session_id, upto=max(seqs, default=0))
        async with aclosing(entries) as batches:
            async for batch in batches:
                while wanted and wanted[0] <= batch.last_seq:
                    part = batch.between(seq + 1, wanted[0])
                    async with self._turn(session_id):
                        await apply(doc, session_id, part)
                    if len(part):
                        at, seq = moment(part.times[-1]), wanted[0]
                    wanted.pop(0)
                    yield _moment(doc, session, seq, at)
                async with self._turn(session_id):
                    await apply(doc, session_id, batch.between(seq + 1, batch.last_seq))
                at, seq = moment(batch.times[-1]), batch.last_seq

    async def authors(self, session_id: str, when: When) -> Authorship:
        """Who wrote what of the text at a moment. Raises `NoSuchMoment`."""
        session, upto = await self._before(session_id, when)
        found = self._authorships.get(session_id, upto) if when.time is None else None
        if found is None:
            async with self._turn(session_id):
                doc, seq, _ = await self._replayed(session, upto, when.time)
                found = self._authorships.get(session_id, seq)
                if found is None:
                    entries = reading.entries(self._database, session_id, upto=seq)
                    async with aclosing(entries) as batches:
                        found = await authorship(session_id, seq, doc.get_update(), batches)
                    self._authorships.keep(session_id, found)
        return found

    async def playback(self, session_id: str, after: Position, limit: int) -> Playback:
        """What happened behind a position that a playback of this session was at.

        Raises `NoSuchMoment` where it cannot have been at it.
        """
        _, until = await self._present(session_id)
        if after.seq > until.seq or after.note > until.note:
            raise NoSuchMoment("after", "This is no cursor of this session")
        return Playback(self._database, session_id, after, until, limit)

    async def fork(
        self,
        session_id: str,
        when: When,
        title: str | None,
        access: Access = ANYBODY,
        host: Person | None = None,
        *,
        of_hosts: bool = False,
    ) -> tuple[Session, Moment]:
        """A new session that begins with what another was, and is of whoever forked it. It has the
        other's task; what only hosts see of that, only where they do it: `of_hosts`. Raises
        `NoSuchMoment`."""
        session, _ = await self._rooms.session(session_id)
        async with self._database.connect() as connection:
            task = await tasks.of_session(connection, session_id)
        was = await self.at(session_id, when)
        named = session.title if title is None else title
        made = await self._rooms.create(
            session.origin,
            was.language,
            named,
            session.lifetime,
            was.text,
            access,
            host,
            forked=(session_id, was.seq),
            task=(task if of_hosts else task.of_others()) if task.revision else None,
        )
        return made, was

    async def restore(self, session_id: str, when: When, user_id: str) -> tuple[int, datetime]:
        """Make the text again what it was, as an edit that everyone sees; the number and the time
        of the last update then. Raises `NoSuchMoment` and `TextTooLong`."""
        was = await self.at(session_id, when)
        async with self._rooms.enter(session_id) as room:
            delta = difference(room.text, was.text)
            written = room.write(delta, user_id=user_id, how=How.RESTORE)
            told = room.logbook.restored(user_id, written.at, was.at)
            done = audit.record(
                Audited.RESTORED,
                written.at,
                by=user_id,
                session_id=session_id,
                subject=str(was.seq),
            )
            room.record(Kind.RESTORED, user_id, str(was.seq), statements=[*told, done])
            await room.saved()
        return written.revision, written.at

    async def name(self, session_id: str, name: str, user_id: str) -> Version:
        """Give the present text a name. Raises `TooManyVersions`."""
        async with (
            self._naming.setdefault(session_id, asyncio.Lock()),
            self._rooms.enter(session_id) as room,
        ):
            if len(await self.versions(session_id)) >= versions.MOST:
                raise TooManyVersions(versions.MOST)
            version = Version(str(uuid4()), name, self._clock(), user_id, room.revision)
            kept = versions.insert(session_id, version)
            room.record(Kind.VERSION, user_id, version.id, name, [kept])
            await room.saved()
        return version

    async def versions(self, session_id: str) -> list[Version]:
        """The versions of a session, the oldest first."""
        await self._rooms.session(session_id)
        async with self._database.connect() as connection:
            return await versions.of_session(connection, session_id)

    async def version(self, session_id: str, version_id: str) -> Version:
        """One of its versions. Raises `VersionNotFound`."""
        await self._rooms.session(session_id)
        async with self._database.connect() as connection:
            version = await versions.get(connection, session_id, version_id)
        if version is None:
            raise VersionNotFound(version_id)
        return version

    async def forget(self, session_id: str, version_id: str) -> None:
        """Take a version's name away; its text stays in the journal. Raises `VersionNotFound`."""
        version = await self.version(session_id, version_id)
        await self._writer.write(versions.delete(version.id))

    @asynccontextmanager
    async def _turn(self, session_id: str) -> AsyncIterator[None]:
        """A turn to replay. The replays of one session wait for each other first, so that those of
        another wait for one of them at most."""
        async with self._waiting.setdefault(session_id, asyncio.Lock()), self._replays:
            yield

    async def _present(self, session_id: str) -> tuple[Session, Position]:
        """A session, and how far it had come when this was asked; all of that is stored."""
        async with self._rooms.enter(session_id) as room:
            session, until = room.session, Position(room.revision, room.logbook.last_note)
            await room.saved()
        return session, until

    async def _before(self, session_id: str, when: When) -> tuple[Session, int]:
        """A session, and the last update that may be of a moment. Raises `NoSuchMoment`."""
        session, until = await self._present(session_id)
        if when.time is not None and when.time < session.created_at:
            raise NoSuchMoment("time", f"The session was made at {session.created_at.isoformat()}")
        upto = until.seq if when.seq is None else when.seq
        if upto > until.seq:
            raise NoSuchMoment("seq", f"The last update has number {until.seq}")
        return session, upto

    async def _replayed(
        self, session: Session, upto: int, time: datetime | None
    ) -> tuple[Doc[Any], int, datetime]:
        """The document after update `upto`, or the last before it that is not later than a time;
        the number and the time of that update."""
        doc, seq = await self._begun(session.id, upto, time)
        at = session.created_at
        if seq:
            at = await reading.made_at(self._database, session.id, seq)
        async with aclosing(
            reading.entries(self._database, session.id, after=seq, upto=upto)
        ) as batches:
            async for batch in batches:
                early = batch if time is None else _until(batch, time)
                await apply(doc, session.id, early)
                if len(early):
                    seq, at = early.last_seq, moment(early.times[-1])
                if len(early) < len(batch):
                    break
        return doc, seq, at

    async def _begun(
        self, session_id: str, upto: int, time: datetime | None
    ) -> tuple[Doc[Any], int]:
        """What a replay can begin with: the saved state, where it is not too new, or else the
        last keyframe that is not."""
        doc: Doc[Any] = Doc()
        async with self._database.connect() as connection:
            saved = await journal.saved_state(connection, session_id)
            frame = await keyframes.latest(connection, session_id, upto, time)
        if saved is not None and saved.is_whole and saved.seq <= upto:
            made_at = await reading.made_at(self._database, session_id, saved.seq)
            if time is None or made_at <= time:
                await apply_state(doc, saved.state)
                return doc, saved.seq
        if frame is not None:
            try:
                await apply_state(doc, keyframes.unpack(frame.data))
            except (ValueError, Malformed) as error:
                logger.error(
                    "session %s: the keyframe of update %d is damaged (%s); all is replayed",
                    session_id,
                    frame.seq,
                    error,
                )
            else:
                return doc, frame.seq
        return Doc(), 0


def _moment(doc: Doc[Any], session: Session, seq: int, at: datetime) -> Moment:
    text = str(doc.get(TEXT_NAME, type=Text))
    language = doc.get(RECORD_NAME, type=Map).get("language")
    known = language if isinstance(language, str) else session.language
    return Moment(seq, at, text, known)


def _until(entries: Entries, time: datetime) -> Entries:
    """The entries before the first that is later than a time."""
    latest = micros(time)
    count = next((place for place, at in enumerate(entries.times) if at > latest), len(entries))
    return entries.between(entries.first_seq, entries.first_seq + count - 1)
