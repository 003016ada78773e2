"""One socket of the Interview API: what it says and hears, from its welcome to its end."""

import asyncio
import json
from collections.abc import Callable
from functools import partial
from uuid import uuid4

from pydantic import ValidationError
from starlette.websockets import WebSocket

from algoroom.access.caller import Caller
from algoroom.access.policy import Forbidden, Refusal
from algoroom.api.bodies import check_structure
from algoroom.api.codes import CloseCode
from algoroom.api.connection import Connection
from algoroom.api.interview import encoding, frames
from algoroom.api.interview.audience import InterviewAudience
from algoroom.api.limits import FrameAllowance
from algoroom.clock import Clock
from algoroom.errors import InvalidChange, SessionNotFound, TextTooLong
from algoroom.rooms.difference import difference
from algoroom.rooms.events import Ending, Ruling, Written
from algoroom.rooms.presence import SERVER_ID, Cursor, Position
from algoroom.rooms.room import Room
from algoroom.rooms.shadow import MOST_CANDIDATES, Shadow
from algoroom.storage.database import DatabaseUnavailable

# A client whose frames are refused in a flood is told the present text once in this time.
PRESENT_TEXT_EVERY_S = 0.25


class InterviewSocket:
    """A connection in a room. It writes as itself, and once joined as its participant."""

    def __init__(
        self,
        websocket: WebSocket,
        room: Room,
        caller: Caller,
        limit: FrameAllowance,
        clock: Clock,
        idle_s: float,
    ) -> None:
        self._connection = Connection(websocket, idle_s)
        self._room = room
        self._caller = caller
        self._limit = limit
        self._clock = clock
        self._shadow = Shadow(room)
        self._user_id = caller.id or f"anonymous-{uuid4().hex[:12]}"
        self._is_probing = False
        self._answers_pings = False
        self._announced = 0
        self._token = 0
        self._authors: set[str] = set()
        self._reminder: asyncio.TimerHandle | None = None

    async def serve(self) -> None:
        """Welcome the client and stay with it to the end."""
        audience = self._room.audience(InterviewAudience, InterviewAudience)
        self._room.members.enter(self, self._caller)
        self._welcome()
        audience.add(self)
        try:
            await self._connection.serve(self._receive)
        finally:
            audience.remove(self)
            self._room.leave(self)
            self._room.members.leave(self)
            if self._reminder is not None:
                self._reminder.cancel()

    def dismiss(self, reason: str) -> None:
        """Close at once: the caller may be here no more."""
        self._connection.cut(CloseCode.NOT_SIGNED_IN, reason)

    # What it hears

    def tell(self, frame: str) -> None:
        self._connection.send(frame)

    def tell_code(self, event: Written, frame: str) -> None:
        if self._connection.is_behind:
            self._authors.add(event.user_id)
            self._tell_present_text()
        else:
            announce = self._note_sent(event.text, event.revision)
            self._connection.send(frame, self._probe, announce)

    def reconsider(self, event: Ruling) -> None:
        if self._room.members.is_out(self, event):
            self.end(Ending.REMOVED)

    def end(self, reason: Ending) -> None:
        match reason:
            case Ending.SHUTDOWN:
                self._connection.close(CloseCode.GOING_AWAY)
            case Ending.REMOVED:
                self._refuse(Refusal.NOT_ADMITTED, CloseCode.REMOVED.meaning)
                self._connection.close(CloseCode.REMOVED, CloseCode.REMOVED.meaning)
            case Ending.DELETED | Ending.EXPIRED:
                self._refuse("SESSION_NOT_FOUND", "Session not found")
                self._connection.close(CloseCode.SESSION_GONE, "Session not found")

    # What it says

    def _receive(self, message: str | bytes) -> None:
        if not self._limit.allow(len(message)):
            self._refuse("RATE_LIMIT_EXCEEDED", "Too many frames; slow down")
            if isinstance(message, str) and '"code-update"' in message:
                self._remind()
            return
        if isinstance(message, bytes):
            self._refuse("INVALID_MESSAGE", "Frames are JSON objects in text, not binary")
            return
        try:
            check_structure(message)
            self._obey(frames.CLIENT_FRAME.validate_json(message))
        except json.JSONDecodeError as error:
            self._refuse("INVALID_MESSAGE", error.msg)
        except ValidationError as error:
            self._refuse("INVALID_MESSAGE", _in_words(error))
        except InvalidChange as error:
            self._refuse("INVALID_MESSAGE", str(error))
        except TextTooLong as error:
            self._refuse("INVALID_MESSAGE", str(error))
            self._remind()
        except DatabaseUnavailable:
            self._connection.send(encoding.not_saved(self._clock()))
            self._remind()
        except SessionNotFound:
            self.end(Ending.DELETED)

    def _obey(self, frame: frames.AnyClientFrame) -> None:
        members = self._room.members
        try:
            members.check(self, frames.DEEDS[type(frame)])
        except Forbidden as error:
            self._refuse(error.refusal, str(error))
            self._take_back(frame)
            return
        match frame:
            case frames.Join():
                self._user_id = members.user_id(self, frame.user_id, f"user-{uuid4().hex[:12]}")
                self._room.join(self, self._user_id, self._caller.name or frame.data.name)
            case frames.WriteCode(data=frames.WholeTextData(code=code)):
                self._shadow.write_text(code, self._user_id, self)
                self._set_right()
            case frames.WriteCode(data=frames.ChangesData() as data):
                changes = [(change.start, change.end, change.insert) for change in data.changes]
                self._shadow.write_changes(changes, data.version, self._user_id, self)
                self._set_right()
            case frames.MoveCursor(data=data):
                self._room.move_cursor(self, self._user_id, _cursor(data))
            case frames.ChangeLanguage(data=data):
                self._room.write(language=data.language, user_id=self._user_id, source=self)
            case frames.Ping():
                self.tell(frames.Pong(timestamp=self._clock()).encoded())

    def _take_back(self, frame: frames.AnyClientFrame) -> None:
        """Have a client show again what there is, in place of what was refused."""
        match frame:
            case frames.WriteCode():
                self._remind()
            case frames.ChangeLanguage():
                data = frames.LanguageChangedData(language=self._room.language)
                back = frames.LanguageChanged(timestamp=self._clock(), user_id=SERVER_ID, data=data)
                self.tell(back.encoded())
            case _:
                pass

    # How it is kept up to date

    def _welcome(self) -> None:
        room = self._room
        data = frames.WelcomeData(
            session_id=room.session.id,
            current_code=room.text,
            language=room.language,
            participants=[
                frames.Person(user_id=participant.user_id, name=participant.name)
                for participant in room.presence.everyone()
            ],
        )
        self._note_sent(room.text, room.revision)
        welcome = frames.Welcome(timestamp=self._clock(), data=data)
        self._connection.send(welcome.encoded(), self._probe)

    def _set_right(self) -> None:
        """Tell the client the text that its edit led to, where that is not the text it has."""
        if self._shadow.held != self._room.text:
            self._authors.add(SERVER_ID)
            self._tell_present_text()

    def _remind(self) -> None:
        """Tell the client the present text soon: what it wrote last was not taken."""
        if self._reminder is None:
            loop = asyncio.get_running_loop()
            self._reminder = loop.call_later(PRESENT_TEXT_EVERY_S, self._reminded)

    def _reminded(self) -> None:
        self._reminder = None
        self._authors.add(SERVER_ID)
        self._tell_present_text()

    def _tell_present_text(self) -> None:
        self._connection.send_latest("code", self._present_text, self._probe)

    def _present_text(self) -> str:
        room, held = self._room, self._shadow.held
        author = self._authors.pop() if len(self._authors) == 1 else SERVER_ID
        self._authors.clear()
        if (announce := self._note_sent(room.text, room.revision)) is not None:
            announce()
        return encoding.code_update(
            author, self._clock(), held, difference(held, room.text), room.text, room.revision
        )

    def _note_sent(self, text: str, revision: int) -> Callable[[], None] | None:
        """Note a text that is to go out; returns what to do just before it does.

        A client that writes too is pinged then: what comes from there before the pong was not
        written on this text.
        """
        wire = self._connection.wire
        is_announced = (
            self._answers_pings and self._shadow.has_written and self._announced < MOST_CANDIDATES
        )
        token = self._token = self._shadow.sent(text, revision, is_announced=is_announced)
        if wire is None or not is_announced:
            return None
        self._announced += 1
        return partial(wire.ping, partial(self._arrives, token), with_next=True)

    def _arrives(self, token: int) -> None:
        self._announced -= 1
        self._shadow.arrive(token)

    def _probe(self) -> None:
        """Find out when the client has received what it was sent last."""
        wire, token = self._connection.wire, self._token
        if wire is None:
            self._shadow.confirm(token)
        elif not self._is_probing:
            self._is_probing = True
            wire.ping(lambda: self._received(token))

    def _received(self, token: int) -> None:
        self._answers_pings = True
        self._is_probing = False
        self._shadow.confirm(token)
        if token < self._token:
            self._probe()

    def _refuse(self, code: frames.ErrorCode, message: str) -> None:
        data = frames.ErrorData(code=code, message=message)
        self._connection.send(frames.Error(timestamp=self._clock(), data=data).encoded())


def _cursor(data: frames.CursorData) -> Cursor:
    selection = data.selection
    return Cursor(
        Position(data.line, data.column),
        None
        if selection is None
        else (
            Position(selection.start.line, selection.start.column),
            Position(selection.end.line, selection.end.column),
        ),
    )


def _in_words(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_input=False, include_context=False)[0]
    where = ".".join(str(part) for part in first["loc"])
    return f"{where}: {first['msg']}" if where else first["msg"]
