"""Who is in a room."""

from collections.abc import Hashable
from dataclasses import dataclass, field
from datetime import datetime
from uuid import uuid4

# Whose edits those of the server itself are.
SERVER_ID = "server"
LONGEST_NAME, LONGEST_USER_ID = 100, 128


@dataclass(frozen=True, slots=True)
class Position:
    """A place in the text: `line` from 1, `column` from 0 in UTF-16 units."""

    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where someone's cursor is, and what they have selected, if anything."""

    position: Position
    selection: tuple[Position, Position] | None = None


@dataclass(slots=True)
class Participant:
    """A person in a room, present as long as one connection of theirs is."""

    user_id: str
    name: str
    joined_at: datetime
    attendance_id: str = field(default_factory=lambda: str(uuid4()))
    cursor: Cursor | None = None
    connections: set[Hashable] = field(default_factory=set)


class Presence:
    """The participants of a room by their connections. A connection belongs to one at most."""

    def __init__(self) -> None:
        self._by_id: dict[str, Participant] = {}
        self._by_connection: dict[Hashable, Participant] = {}

    def __len__(self) -> int:
        return len(self._by_id)

    def everyone(self) -> list[Participant]:
        """All who are present, in the order in which they came."""
        return list(self._by_id.values())

    def get(self, user_id: str) -> Participant | None:
        """Who goes by this id, if somebody does."""
        return self._by_id.get(user_id)

    def of(self, connection: Hashable) -> Participant | None:
        """Whose connection this is, if it has joined."""
        return self._by_connection.get(connection)

    def join(
        self, connection: Hashable, user_id: str, name: str, at: datetime
    ) -> tuple[Participant, bool]:
        """Bind a connection to a participant; says whether that one was not present before."""
        participant = self._by_id.get(user_id)
        is_new = participant is None
        if participant is None:
            participant = self._by_id[user_id] = Participant(user_id, name, at)
        participant.name = name
        participant.connections.add(connection)
        self._by_connection[connection] = participant
        return participant, is_new

    def leave(self, connection: Hashable) -> tuple[Participant | None, bool]:
        """Unbind a connection; returns whose it was and whether that one is gone with it."""
        participant = self._by_connection.pop(connection, None)
        if participant is None:
            return None, False
        participant.connections.discard(connection)
        if participant.connections:
            return participant, False
        del self._by_id[participant.user_id]
        return participant, True
