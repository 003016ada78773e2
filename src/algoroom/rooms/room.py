"""A session that is live on this node: its document, who is here, and who listens."""

import logging
from collections import deque
from collections.abc import Callable, Hashable, Sequence
from datetime import datetime

from algoroom.access.audited import Audited
from algoroom.access.model import Person
from algoroom.clock import Clock
from algoroom.errors import SessionNotFound
from algoroom.rooms import attendance, journal
from algoroom.rooms.audiences import A, Audiences
from algoroom.rooms.delta import UNCHANGED, Delta
from algoroom.rooms.difference import difference
from algoroom.rooms.document import NOTHING, Change, Document
from algoroom.rooms.events import (
    CursorMoved,
    Ended,
    Ending,
    Event,
    Joined,
    Left,
    SavedAgain,
    SavingFailed,
    Updated,
    Written,
)
from algoroom.rooms.history import HistoryEntry
from algoroom.rooms.lifetime import is_over, prolonged
from algoroom.rooms.limits import RoomLimits
from algoroom.rooms.logbook import How, Logbook
from algoroom.rooms.members import Members
from algoroom.rooms.notes import Kind
from algoroom.rooms.offsets import growth
from algoroom.rooms.parts import is_small
from algoroom.rooms.pastes import pasted_units
from algoroom.rooms.presence import SERVER_ID, Cursor, Participant, Presence
from algoroom.rooms.record import LiveRecord, Record, adopt, is_worth_storing, record_of
from algoroom.rooms.revisions import Revisions
from algoroom.rooms.saving import Saving
from algoroom.rooms.tail import Tail
from algoroom.rooms.update import Contents
from algoroom.sessions import repository
from algoroom.sessions.model import Session
from algoroom.storage.database import DatabaseUnavailable
from algoroom.storage.statement import Statement
from algoroom.storage.writer import Writer

logger = logging.getLogger(__name__)


class Room(LiveRecord):
    """One live session. Every change of it goes through here and is told to all who listen.

    Invariants: the text is always within `most_units` UTF-16 units; each change of it has one
    journal entry, numbered without gaps, whose number is the room's revision; what is told has been
    given to the writer before, in the same order.
    """

    def __init__(
        self,
        session: Session,
        document: Document,
        *,
        revision: int,
        state_revision: int,
        logbook: Logbook,
        writer: Writer,
        clock: Clock,
        limits: RoomLimits,
        long_tail: Callable[["Room"], None],
        people: Sequence[Person] = (),
    ) -> None:
        super().__init__(session)
        self.presence = Presence()
        self.members = Members(self, people, limits, clock, self._submit)
        self.revisions = Revisions(revision)
        self.document = document
        self._stored_session = session
        self.logbook = logbook
        self._clock = clock
        self._limits = limits
        self._audiences = Audiences()
        self._saving = Saving(writer, self._whole, self._note_failure, self._note_recovery)
        self.is_gone = False  # deleted or expired: it takes no more changes
        self._tail = Tail(state_revision, limits)
        self._long_tail = long_tail

    @property
    def text(self) -> str:
        return self.document.text

    @property
    def revision(self) -> int:
        """Grows with each change of the text, over restarts too."""
        return self.revisions.number

    def audience(self, kind: type[A], make: Callable[[], A]) -> A:
        """The listeners of one contract, made at the first call."""
        return self._audiences.of(kind, make)

    def tell(self, event: Event, source: Hashable | None = None) -> None:
        """Tell an event to everyone who listens."""
        self._audiences.tell(event, source)

    async def saved(self) -> None:
        """Wait until everything so far is committed. Raises what `Saving.saved` raises."""
        await self._saving.saved()

    def when_saved(self, tell: Callable[[], None]) -> None:
        """Call `tell` once everything so far is committed."""
        self._saving.when_saved(tell)

    # What people write

    def write(
        self,
        delta: Delta = UNCHANGED,
        *,
        language: str | None = None,
        user_id: str,
        source: Hashable | None = None,
        announce: bool = False,
        how: How = How.EDIT,
    ) -> Written:
        """Change the text, the language or both. What changes nothing is told only to `announce`.

        Raises `TextTooLong`, `Forbidden` or `SessionNotFound` and then changes nothing.
        """
        written = self._apply(delta, language, user_id, source, how)
        if announce and not (written.delta or written.language_changed):
            self.tell(written, source)
        return written

    def parts(self, update: bytes) -> deque[bytes]:
        """An update as those to `merge` in its stead, one after the other: nearly always itself,
        else several of which none takes long. Raises as `merge` does, for the whole."""
        if is_small(update):
            return deque((update,))
        self._check_life()
        contents = self.document.read(update)
        self._check_growth(update, contents)
        return deque(self.document.parts(update) if contents.is_new else (update,))

    def merge(self, update: bytes, *, user_id: str, source: Hashable | None = None) -> bool:
        """Take an update of somebody who has the document itself; whether it changed anything.

        A wrong value of the record is put right by an edit of the server's own. Raises
        `InvalidUpdate`, `TooManyChanges`, `UpdateTooEarly`, `TextTooLong` or `SessionNotFound`:
        nothing is changed.
        """
        self._check_life()
        contents = self.document.read(update)
        if not contents.is_new:
            return False
        self._check_growth(update, contents)
        # Nobody has to know what changed in the text who has the document itself.
        is_read = contents.units >= self._limits.paste_units or self._audiences.read_text
        before = self.text if is_read else ""
        change = self.document.merge(update, contents, reads_delta=is_read)
        if change.update == NOTHING:
            return False
        if is_read:
            self._note_written(change, before, user_id, source, How.EDIT)
        else:
            self._follow(change, self._clock(), user_id, source)
        return True

    def rewrite(
        self, text: str, *, language: str | None = None, user_id: str, announce: bool = False
    ) -> Written:
        """Replace the present text by another, as a difference. Raises as `write` does."""
        return self.write(
            difference(self.text, text), language=language, user_id=user_id, announce=announce
        )

    def save(self, text: str, *, language: str | None = None, user_id: str) -> HistoryEntry:
        """Replace the present text and keep it as a snapshot: one entry of the history, whatever
        changes. Raises as `write` does."""
        written = self._apply(difference(self.text, text), language, user_id, None, How.SAVE)
        entry, kept = self.logbook.saved(user_id, written.at, written.revision, text)
        self._submit(list(kept))
        return entry

    def rename(self, title: str, *, user_id: str) -> None:
        """Give the session another title. Raises `SessionNotFound`."""
        self._check_life()
        self._follow(self.document.edit(record={"title": title}), self._clock(), user_id)

    # Who is here

    def join(self, connection: Hashable, user_id: str, name: str) -> Participant:
        """Count a connection as a participant's. A second one of the same user is the same person;
        one that had joined as somebody else leaves as that first."""
        before = self.presence.of(connection)
        if before is not None and before.user_id != user_id:
            self.leave(connection)
        now = self._clock()
        participant, is_new = self.presence.join(connection, user_id, name, now)
        if is_new:
            stay = participant.attendance_id
            came = attendance.joined(stay, self.session.id, user_id, name, now)
            note = self._note(Kind.JOINED, now, user_id, name)
            done = self.members.record(Audited.JOINED, now, user_id, name, connection=connection)
            self._submit([came, note, done, *self._touch(now)])
            self.tell(Joined(user_id, now, name, len(self.presence)), connection)
        return participant

    def leave(self, connection: Hashable) -> None:
        """Forget a connection; its participant leaves with the last one."""
        participant, is_gone = self.presence.leave(connection)
        if participant is None or not is_gone:
            return
        now = self._clock()
        user_id = participant.user_id
        note = self._note(Kind.LEFT, now, user_id)
        gone = attendance.left(participant.attendance_id, now)
        done = self.members.record(Audited.LEFT, now, user_id, connection=connection)
        self._submit([gone, note, done, *self._touch(now)])
        self.tell(Left(user_id, now, len(self.presence)), connection)

    def move_cursor(self, connection: Hashable, user_id: str, cursor: Cursor) -> None:
        """Tell the others where a connection's cursor is."""
        participant = self.presence.of(connection)
        if participant is not None:
            participant.cursor = cursor
        self.tell(CursorMoved(user_id, self._clock(), cursor), connection)

    # Its life

    @property
    def is_occupied(self) -> bool:
        return len(self.presence) > 0

    def is_expired(self, now: datetime) -> bool:
        """A room that somebody is in ends by the longest life alone."""
        longest = self._limits.longest_life
        return is_over(self.session, now, longest, is_occupied=self.is_occupied)

    def keep_alive(self) -> None:
        """Move the expiry on while somebody is here."""
        if self.is_occupied:
            self._submit(self._touch(self._clock()))

    def record(
        self,
        kind: Kind,
        user_id: str,
        subject: str,
        detail: str = "",
        statements: Sequence[Statement] = (),
    ) -> None:
        """Note what `user_id` did beside the text, with what else is to be stored of it."""
        now = self._clock()
        note = self._note(kind, now, user_id, subject, detail)
        self._submit([*statements, note, *self._touch(now)])

    def resume(self, *, is_left_open: bool) -> None:
        """Put right what was left: those whom a dead server left here (`is_left_open`) are gone,
        and a document from before it had a record gets one."""
        if is_left_open:
            self._submit([attendance.close_open(self.session.id, self._clock())])
        if not self.document.record:
            change = self.document.edit(record=record_of(self.session))
            self._follow(change, self._clock(), SERVER_ID)

    def compact(self) -> None:
        """Store the whole document as one state, so that the next load is quick."""
        statements = [] if self.session == self._stored_session else [self._record()]
        if self._tail.start < self.revision:
            statements.append(self._state())
        self._submit(statements)

    def end(self, reason: Ending) -> None:
        """Tell every connection that it is over. A session that is gone takes no more changes."""
        self.is_gone = reason is not Ending.SHUTDOWN
        self.tell(Ended(self._clock(), reason))

    def _apply(
        self, delta: Delta, language: str | None, user_id: str, source: Hashable | None, how: How
    ) -> Written:
        """Make an edit of the server's document. Raises `SessionNotFound` and `TextTooLong`."""
        self._check_life()
        before = self.text
        if delta:
            more = growth(delta, before)
            self._limits.check_length(self.document.units + more)
            if more > 0:
                self._tail.check_size(self.document.state, more)
        language_changed = language is not None and language != self.language
        if not delta and not language_changed:
            return self._written(user_id, self._clock(), before, UNCHANGED, self.language)
        record = {"language": language} if language_changed else None
        change = self.document.edit(delta, record)
        return self._note_written(change, before, user_id, source, how)

    def _note_written(
        self, change: Change, before: str, user_id: str, source: Hashable | None, how: How
    ) -> Written:
        """Follow a change of the document, and tell what it made of the text."""
        now, was = self._clock(), self.language
        # The first text of a session is nobody's paste, nor is what was there before.
        is_known = how is How.RESTORE or (self.revision <= 1 and not before)
        pasted = 0 if is_known else pasted_units(change.delta, self._limits.paste_units)
        self._follow(change, now, user_id, source, how=how, pasted=pasted)
        written = self._written(user_id, now, before, change.delta, was, pasted)
        if written.delta or written.language_changed:
            self.tell(written, source)
        return written

    def _follow(
        self,
        change: Change,
        now: datetime,
        user_id: str,
        source: Hashable | None = None,
        *,
        how: How = How.EDIT,
        pasted: int = 0,
    ) -> None:
        """Journal a change of the document, follow it with all else, and tell of it."""
        seq = self.revisions.add(None if change.in_text and not change.delta else change.delta)
        entry = journal.Entry(seq, now, user_id, change.update, pasted)
        self._tail.add(len(change.update))
        statements = [journal.append(self.id, entry)]
        if change.in_text:
            self._edited_at = now
            if how is How.EDIT:
                statements += self.logbook.edited(user_id, now, pasted)
        amends: Record = {}
        if change.record:
            was = self.session
            self.session, amends = adopt(change.record, was, self._limits.is_language)
            statements += self.logbook.adopted(was, self.session, self.revision, now, user_id, how)
        if change.record or now - self._touched_at >= self._touch_every:
            statements += self._touch(now)
        self._submit(statements)
        if self._tail.is_long(self.revision):
            self.compact()
            self._long_tail(self)
        self.tell(Updated(user_id, now, change.update), source)
        if amends:
            self._follow(self.document.edit(record=amends), now, SERVER_ID)

    def _written(
        self, user_id: str, now: datetime, before: str, delta: Delta, was: str, pasted: int = 0
    ) -> Written:
        changed = self.language != was
        return Written(
            user_id, now, before, self.text, delta, self.revision, self.language, changed, pasted
        )

    def _check_life(self) -> None:
        if self.is_gone:
            raise SessionNotFound(self.session.id)
        if self.access.ended_at is not None:
            self.members.check_open()
        if self._saving.is_full:
            raise DatabaseUnavailable("The database is behind; nothing more is taken")

    def _check_growth(self, update: bytes, contents: Contents) -> None:
        limits = self._limits
        limits.check_length(self.document.units_after(update, contents, limits.most_units))
        if contents.clocks:
            self._tail.check_size(self.document.state, len(update))

    def _note(
        self, kind: Kind, at: datetime, author: str, subject: str = "", detail: str = ""
    ) -> Statement:
        return self.logbook.note(kind, self.revision, at, author, subject, detail)

    def _touch(self, now: datetime) -> list[Statement]:
        """Move the expiry on, and store the session where it differs enough from what is stored."""
        self._touched_at = now
        session = self.session = prolonged(self.session, now, self._limits.longest_life)
        return [self._record()] if is_worth_storing(session, self._stored_session) else []

    def _record(self) -> Statement:
        self._stored_session = self.session
        return repository.update(self.session)

    def _state(self) -> Statement:
        self._tail.cut(self.revision, len(state := self.document.state()))
        return journal.save_state(self.session.id, self.revision, state)

    def _submit(self, statements: list[Statement]) -> None:
        if not self.is_gone:
            self._saving.submit(statements)

    def _whole(self) -> list[Statement]:
        return [] if self.is_gone else [self._record(), self._state()]

    def _note_failure(self, error: Exception) -> None:
        logger.error("session %s: a change could not be stored: %s", self.session.id, error)
        self.tell(SavingFailed(self._clock()))

    def _note_recovery(self) -> None:
        logger.info("session %s: everything is stored again", self.session.id)
        self.tell(SavedAgain(self._clock()))
