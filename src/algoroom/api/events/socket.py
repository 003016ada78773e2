"""One socket of the Algoroom API: a participant from its first moment, who only listens."""

from uuid import uuid4

from starlette.websockets import WebSocket

from algoroom.access.caller import Caller
from algoroom.api.codes import CloseCode
from algoroom.api.connection import Connection
from algoroom.api.events.audience import EventsAudience
from algoroom.clock import Clock
from algoroom.rooms.events import Ending, Ruling
from algoroom.rooms.room import Room

GUEST = "Guest"


class EventsSocket:
    """A connection of the Algoroom API in a room."""

    def __init__(
        self, websocket: WebSocket, room: Room, caller: Caller, clock: Clock, idle_s: float
    ) -> None:
        self._connection = Connection(websocket, idle_s)
        self._room = room
        self._caller = caller
        self._clock = clock
        self._present_text = ""

    async def serve(self) -> None:
        """Count the client in and stay with it to the end."""
        session_id = self._room.session.id
        audience = self._room.audience(EventsAudience, lambda: EventsAudience(session_id))
        members = self._room.members
        members.enter(self, self._caller)
        audience.add(self)
        before = len(self._room.presence)
        user_id = members.user_id(self, None, f"guest-{uuid4().hex[:12]}")
        self._room.join(self, user_id, self._caller.name or GUEST)
        if (count := len(self._room.presence)) == before:
            # Somebody who is here already has not joined, and yet is told the count first of all.
            self.tell(audience.joined(self._clock(), count))
        try:
            await self._connection.serve(lambda _: None)
        finally:
            audience.remove(self)
            self._room.leave(self)
            members.leave(self)

    def dismiss(self, reason: str) -> None:
        """Close at once: the caller may be here no more."""
        self._connection.cut(CloseCode.NOT_SIGNED_IN, reason)

    def tell(self, frame: str) -> None:
        self._connection.send(frame)

    def tell_code(self, frame: str) -> None:
        self._present_text = frame
        if self._connection.is_behind:
            self._connection.send_latest("code", lambda: self._present_text)
        else:
            self._connection.send(frame)

    def reconsider(self, event: Ruling) -> None:
        if self._room.members.is_out(self, event):
            self.end(Ending.REMOVED)

    def end(self, reason: Ending) -> None:
        match reason:
            case Ending.SHUTDOWN:
                self._connection.close(CloseCode.GOING_AWAY)
            case Ending.REMOVED:
                self._connection.close(CloseCode.REMOVED, CloseCode.REMOVED.meaning)
            case Ending.DELETED | Ending.EXPIRED:
                self._connection.close(CloseCode.SESSION_GONE, "Session not found")
