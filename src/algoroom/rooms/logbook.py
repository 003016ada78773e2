"""What a room writes down beside its text: the history that people read, the notes of playback."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, auto
from uuid import uuid4

from algoroom.rooms import history, notes
from algoroom.rooms.history import ChangeType, HistoryEntry
from algoroom.rooms.notes import Kind, Note
from algoroom.sessions.model import Session
from algoroom.storage.statement import Statement

# One user's edits are one entry of the history while their pauses and all of it are no longer.
BURST_PAUSE = timedelta(seconds=30)
BURST_LENGTH = timedelta(minutes=5)
MOST_TURNS = 3


class How(Enum):
    """How a change is made: typed or put there, saved as a whole, or taken back from the past.

    Only an edit is an entry of the history by itself; what is restored is nobody's paste.
    """

    EDIT = auto()
    SAVE = auto()
    RESTORE = auto()


@dataclass(slots=True)
class _Burst:
    user_id: str
    begun: datetime
    last: datetime

    def goes_on(self, at: datetime) -> bool:
        return at - self.last <= BURST_PAUSE and at - self.begun <= BURST_LENGTH


class Logbook:
    """Numbers the entries of a session's history and the notes of its journal."""

    def __init__(self, session_id: str, *, history_seq: int, note_number: int) -> None:
        self._session_id = session_id
        self._history_seq = history_seq
        self._note_number = note_number
        self._bursts: list[_Burst] = []
        self._latest: dict[str, _Burst] = {}  # of each user

    @property
    def last_note(self) -> int:
        """The number of the newest note."""
        return self._note_number

    def note(
        self, kind: Kind, seq: int, at: datetime, author: str, subject: str = "", detail: str = ""
    ) -> Statement:
        """Something happened after update `seq`."""
        self._note_number += 1
        note = Note(self._note_number, seq, at, author, kind, subject, detail)
        return notes.insert(self._session_id, note)

    def edited(self, user_id: str, at: datetime, pasted: int) -> list[Statement]:
        """The text was edited: an entry of its own for what was pasted, else one for each burst."""
        if pasted:
            return [self._history(user_id, at, f"Pasted {pasted:,} characters")]
        if self._continues_burst(user_id, at):
            return []
        return [self._history(user_id, at, "Code edited")]

    def restored(self, user_id: str, at: datetime, was_at: datetime) -> list[Statement]:
        """The text is again what it was at another time."""
        self._end_bursts()
        return [self._history(user_id, at, f"Restored as of {was_at:%Y-%m-%d %H:%M:%S} UTC")]

    def language_changed(self, user_id: str, at: datetime, language: str) -> list[Statement]:
        """The language is another."""
        self._end_bursts()
        entry = self._entry(
            user_id, at, ChangeType.LANGUAGE_CHANGE, f"Language changed to {language}"
        )
        return [history.insert(self._session_id, entry)]

    def adopted(
        self, was: Session, session: Session, seq: int, at: datetime, user_id: str, how: How
    ) -> list[Statement]:
        """The record says something else since update `seq`."""
        statements = []
        if session.language != was.language:
            statements.append(
                self.note(Kind.LANGUAGE, seq, at, user_id, session.language, was.language)
            )
            if how is How.EDIT:
                statements += self.language_changed(user_id, at, session.language)
        if session.title != was.title:
            title, called = session.title or "", was.title or ""
            statements.append(self.note(Kind.TITLE, seq, at, user_id, title, called))
        return statements

    def saved(
        self, user_id: str, at: datetime, seq: int, text: str
    ) -> tuple[HistoryEntry, Sequence[Statement]]:
        """The text was kept as a snapshot."""
        self._end_bursts()
        entry = self._entry(user_id, at, ChangeType.SNAPSHOT, "Snapshot saved", text)
        return entry, [
            history.insert(self._session_id, entry),
            self.note(Kind.SNAPSHOT, seq, at, user_id, entry.id),
        ]

    def _history(self, user_id: str, at: datetime, description: str) -> Statement:
        return history.insert(
            self._session_id, self._entry(user_id, at, ChangeType.EDIT, description)
        )

    def _entry(
        self,
        user_id: str,
        at: datetime,
        change_type: ChangeType,
        description: str,
        code: str | None = None,
    ) -> HistoryEntry:
        self._history_seq += 1
        return HistoryEntry(
            self._history_seq, str(uuid4()), at, user_id, change_type, description, code
        )

    def _end_bursts(self) -> None:
        self._bursts.clear()
        self._latest.clear()

    def _continues_burst(self, user_id: str, at: datetime) -> bool:
        """Whether an edit belongs to an entry that is there. Who types in turn with others gets a
        new one for each turn at first; where they go on so, it would tell nothing more."""
        mine = self._latest.get(user_id)
        if mine is not None and mine.goes_on(at) and self._is_turned_to(mine, at):
            mine.last = at
            return True
        self._bursts = [burst for burst in self._bursts if burst.goes_on(at)]
        self._latest = {burst.user_id: burst for burst in self._bursts}
        mine = self._latest.get(user_id)
        if mine is not None and self._is_turned_to(mine, at):
            mine.last = at
            return True
        self._latest[user_id] = _Burst(user_id, at, at)
        self._bursts.append(self._latest[user_id])
        return False

    def _is_turned_to(self, mine: _Burst, at: datetime) -> bool:
        bursts = self._bursts
        if mine is bursts[-1]:
            return True
        latest = bursts[-MOST_TURNS:]
        return len(latest) == MOST_TURNS and all(burst.goes_on(at) for burst in latest)
