"""`/ws/sync/{id}`: one client that has the shared document itself."""

import asyncio
import logging
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any
from uuid import uuid4

from algoroom.access.caller import Caller
from algoroom.access.roles import Deed
from algoroom.api.codes import CloseCode
from algoroom.api.limits import FrameAllowance
from algoroom.api.sync import people, protocol
from algoroom.api.sync.audience import SyncAudience
from algoroom.api.sync.events import access_fields
from algoroom.api.sync.link import Link
from algoroom.api.sync.protocol import DEEDS, Batch, InvalidMessage, Kind, Reader, Step
from algoroom.api.sync.shapes import StdinRefused
from algoroom.api.timestamps import written
from algoroom.errors import AlgoroomError, RunNotFound, SessionNotFound, TextTooLong, TooManyWait
from algoroom.rooms.events import Ending, Ruling
from algoroom.rooms.lib0 import Malformed
from algoroom.rooms.room import Room
from algoroom.rooms.update import TooManyChanges, UpdateTooEarly
from algoroom.runs.registry import Runs
from algoroom.storage.database import DatabaseUnavailable
from algoroom.storage.writer import WriterClosed

logger = logging.getLogger(__name__)

GUEST = "Guest"
# A client that has a name tells it before it answers what it has; some never answer.
JOINED_WITHIN_S = 1.0
PAUSE_S = 0.25
# A client that is asked this often in a row for what is missing does not have it.
MOST_ASKED = 5
# So much of the processor one update may take; what an editor makes takes a fraction of that.
MOST_TAKEN_S = 3.0
# What stands in front of an update in its message, and may come between the parts of that.
LARGEST_HEAD = 256
# What a client says at once when it comes, before it hears that it has to wait; in bytes each.
MOST_EARLY, LARGEST_EARLY = 64, 16_384


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who a connection says it is, and what it may do. Without an id everyone is somebody else."""

    caller: Caller
    user_id: str | None
    name: str | None
    may_write: bool
    is_ours: bool


class SyncSocket:
    """A connection in a room."""

    def __init__(
        self,
        link: Link,
        room: Room,
        audience: SyncAudience,
        runs: Runs,
        visitor: Visitor,
        limit: FrameAllowance,
        *,
        most_update_bytes: int,
    ) -> None:
        self._link = link
        self._room = room
        self._audience = audience
        self._runs = runs
        self._visitor = visitor
        self._limit = limit
        self._most_update_bytes = most_update_bytes
        self.is_ours = visitor.is_ours
        self._user_id = f"guest-{uuid4().hex[:12]}"
        self._name = visitor.name
        # What came while it waited to be let in, and what it was told last that it may do.
        self._early: list[bytes] | None = None
        self._told: dict[str, Any] = {}
        self._is_writer = False
        self._joining: asyncio.TimerHandle | None = None
        self._is_closed = False
        self._received = 0
        # How often it was asked what it has, how often it answered, and which answer brings what
        # came too early.
        self._asked = 0
        self._answered = 0
        self._needed_answer = 0
        self._in_vain = 0
        # What the parts of an update took, of the processor.
        self._took_s = 0.0
        self.write = link.write

    async def serve(self) -> None:
        """Let the client in and stay with it to the end."""
        members = self._room.members
        members.enter(self, self._visitor.caller)
        self._user_id = members.user_id(self, self._visitor.user_id, self._user_id)
        try:
            if members.may(self, Deed.READ):
                self._begin()
            else:
                self._wait()
            await self._link.serve(self._receive, self._most_update_bytes + LARGEST_HEAD)
        finally:
            self._is_closed = True
            if self._joining is not None:
                self._joining.cancel()
            self._audience.remove(self)
            self._room.leave(self)
            if self._early is not None:
                members.withdraw(self)
            members.leave(self)

    def _begin(self) -> None:
        self._early = None
        self._audience.add(self)
        greeting = [protocol.awareness(self._audience.awareness.everyone())]
        self._is_writer = self._may(DEEDS[Kind.SYNC, Step.UPDATE])
        if self._is_writer:
            greeting.insert(0, self._ask())
        self.write(Batch(greeting))
        self._tell_access()
        if self._name is not None:
            self._join()
        else:
            loop = asyncio.get_running_loop()
            self._joining = loop.call_later(JOINED_WITHIN_S, self._join)

    def _wait(self) -> None:
        """Ask to be let in, and keep what the client says until then."""
        self._early = []
        self._audience.wait(self)
        try:
            self._room.members.knock(self._visitor.caller, self._name or GUEST)
        except TooManyWait as error:
            self._close(CloseCode.NOT_ADMITTED, str(error))
        self._tell_access()

    def _may(self, deed: Deed) -> bool:
        reads = deed in (Deed.READ, Deed.APPEAR)
        return (reads or self._visitor.may_write) and self._room.members.may(self, deed)

    def dismiss(self, reason: str) -> None:
        """Close at once: the caller may be here no more."""
        self._close(CloseCode.NOT_SIGNED_IN, reason)

    # What it hears

    def tell_saved(self, count: int) -> None:
        self.write(Batch([protocol.saved(count)]))

    def reconsider(self, event: Ruling) -> None:
        members = self._room.members
        if self._early is not None and not members.may(self, Deed.READ):
            if not members.standing(self).may_wait or members.is_removal_of(self, event):
                self._close(CloseCode.NOT_ADMITTED)
        elif self._early is not None:
            early = self._early
            self._begin()
            for message in early:
                self._link.in_turn(partial(self._receive, message))
        elif members.is_out(self, event):
            self.end(Ending.REMOVED)
        else:
            was_writer, self._is_writer = self._is_writer, self._may(DEEDS[Kind.SYNC, Step.UPDATE])
            self._tell_access()
            if self._is_writer and not was_writer:
                self.write(Batch([self._ask()]))

    def _tell_access(self) -> None:
        """Tell a client of ours what it may do, where that is not what it was told last."""
        if not self.is_ours:
            return
        session_id = self._room.session.id
        fields = access_fields(session_id, self._room.members.standing(self))
        if fields != self._told:
            self._told = fields
            at = written(self._room.members.clock())
            self.write(Batch([protocol.event({"timestamp": at, **fields})]))

    def end(self, reason: Ending) -> None:
        match reason:
            case Ending.SHUTDOWN:
                self._close(CloseCode.GOING_AWAY)
            case Ending.REMOVED:
                self._close(CloseCode.REMOVED)
            case Ending.DELETED | Ending.EXPIRED:
                self._close(CloseCode.NO_SESSION, f"The session is {reason.value}")

    def _close(self, code: CloseCode, reason: str = "") -> None:
        self._is_closed = True
        self._link.close(code, reason)

    # What it says

    def _receive(self, message: bytes) -> None:
        if self._is_closed:
            return
        if not self._limit.allow(len(message)):
            self._link.pause(PAUSE_S)
        if self._early is not None:
            self._keep_early(message)
            return
        self._dare(partial(self._obey, message))

    def _dare(self, step: Callable[[], None]) -> None:
        """Do what the client says, or close with what is wrong with it."""
        try:
            step()
        except Malformed as error:
            logger.warning(
                "session %s: a message of %s is refused: %s",
                self._room.session.id,
                self._user_id,
                error,
            )
            self._close(CloseCode.BAD_MESSAGE, str(error))
        except (TextTooLong, TooManyChanges) as error:
            self._close(CloseCode.TOO_LARGE, str(error))
        except SessionNotFound:
            self._close(CloseCode.NO_SESSION)
        except DatabaseUnavailable:
            self._close(CloseCode.NOT_SAVED)
        except WriterClosed:
            self._close(CloseCode.GOING_AWAY)
        except Exception:  # only here can the client be told; the log has it whole
            logger.exception("session %s: a message broke something", self._room.session.id)
            self._close(CloseCode.INTERNAL_ERROR)

    def _keep_early(self, message: bytes) -> None:
        assert self._early is not None
        if len(self._early) >= MOST_EARLY or len(message) > LARGEST_EARLY:
            self._close(CloseCode.NOT_ADMITTED)
        else:
            self._early.append(message)

    def _obey(self, message: bytes) -> None:
        if message.startswith(protocol.UPDATE):
            self._sync(Step.UPDATE, Reader(message, len(protocol.UPDATE)).block())
            return
        reader = Reader(message)
        match reader.number():
            case Kind.SYNC:
                self._sync(reader.number(), reader.block())
            case Kind.AWARENESS:
                self._show(reader.block())
            case Kind.QUERY_AWARENESS:
                self.write(Batch([protocol.awareness(self._audience.awareness.everyone())]))
            case Kind.AUTH:
                pass
            case Kind.STDIN if self.is_ours:
                self._type(reader.text(), reader.block(), is_end=bool(reader.number()))
            case kind:
                raise InvalidMessage(f"there is no message of kind {kind}")

    def _sync(self, step: int, block: bytes) -> None:
        match step:
            case Step.ASK:
                self.write(Batch([protocol.answer(self._room.document.missing(block))]))
            case Step.ANSWER:
                self._answered = min(self._answered + 1, self._asked)
                self._merge(block)
            case Step.UPDATE:
                self._merge(block)
            case _:
                raise InvalidMessage(f"there is no sync step {step}")
        if self._joining is not None and step != Step.ASK:
            self._join()

    def _merge(self, update: bytes) -> None:
        self._received += 1
        if len(update) > self._most_update_bytes:
            most = f"{self._most_update_bytes:,}"
            self._close(CloseCode.TOO_LARGE, f"An update has at most {most} bytes")
            return
        if not self._is_writer:
            if self._is_news(update):
                self._refuse()
            return
        try:
            self._took_s = 0.0
            self._take(self._room.parts(update))
        except UpdateTooEarly:
            self._ask_again()

    def _take(self, parts: deque[bytes]) -> None:
        """Take an update part by part, with everybody else's turns between."""
        while parts:
            if self._room.merge(parts.popleft(), user_id=self._user_id, source=self):
                self._in_vain = 0
            if parts and self._link.defer(partial(self._go_on, parts)):
                return
        if self.is_ours and self._answered >= self._needed_answer:
            self._audience.acknowledge(self, self._received)

    def _is_news(self, update: bytes) -> bool:
        try:
            return self._room.document.read(update).is_new
        except UpdateTooEarly:
            return True

    def _go_on(self, parts: deque[bytes]) -> None:
        if self._is_closed:
            return
        if not self._is_writer:
            self._refuse()
        elif self._took_s > MOST_TAKEN_S:
            self._close(CloseCode.TOO_LARGE, "An update takes too long")
        else:
            began = time.thread_time()
            self._dare(partial(self._take, parts))
            self._took_s += time.thread_time() - began

    def _refuse(self) -> None:
        refusal = self._room.members.standing(self).refusal(DEEDS[Kind.SYNC, Step.UPDATE])
        self._close(CloseCode.READ_ONLY, "" if refusal is None else refusal.meaning)

    def _ask(self) -> bytes:
        self._asked += 1
        return protocol.ask(self._room.document.vector())

    def _ask_again(self) -> None:
        """What this client sent builds on changes that are not here; it may have them. Until its
        answer is here, what it sent is not all taken."""
        if self._answered < self._needed_answer:
            # It has yet to read the question, and its answer will have this too.
            return
        self._in_vain += 1
        if self._in_vain > MOST_ASKED:
            self._close(CloseCode.OUT_OF_STEP)
            return
        self.write(Batch([self._ask()]))
        self._needed_answer = self._asked

    def _show(self, block: bytes) -> None:
        entries = [each for each in protocol.read_entries(block) if self._is_honest(each.state)]
        news = self._audience.awareness.take(self, entries)
        self._audience.tell_awareness(news)
        if not news:
            return
        fields = people.fields_of(self._audience.awareness.state_of(self))
        if (name := people.name_in(fields)) is not None and self._visitor.caller.name is None:
            self._name = name
            self._join()
        cursor = people.cursor_in(fields, self._room.document)
        if cursor is not None:
            self._join()
            self._room.move_cursor(self, self._user_id, cursor)

    def _is_honest(self, state: str) -> bool:
        """Whether a state does not say to be somebody's who is known, and not the client's own."""
        # An escape in JSON may spell the key too.
        if '"id"' not in state and "\\" not in state:
            return True
        claimed = people.id_in(people.fields_of(state))
        if claimed is None or claimed == self._user_id:
            return True
        return self._room.members.user_id(self, claimed, "") == claimed

    def _join(self) -> None:
        """Count the client as a participant, under the name that it has told."""
        if self._joining is not None:
            self._joining.cancel()
            self._joining = None
        participant = self._room.presence.of(self)
        if participant is None or participant.name != (self._name or GUEST):
            self._room.join(self, self._user_id, self._name or GUEST)
            self._audience.fall_silent(self._user_id)

    def _type(self, run_id: str, data: bytes, *, is_end: bool) -> None:
        """Pass on what is typed for a program of this room; too late is no fault."""
        try:
            run = self._runs.get(run_id)
            if run.session_id != self._room.session.id:
                raise RunNotFound(run_id)
            if not self._visitor.may_write:
                self._close(CloseCode.READ_ONLY)
                return
            self._room.members.check(self, DEEDS[Kind.STDIN, None])
            if data:
                run.write(data)
            if is_end:
                run.end_input()
        except AlgoroomError as error:
            fields: StdinRefused = {
                "type": "stdin-refused",
                "runId": run_id,
                "message": str(error),
            }
            self.write(Batch([protocol.event(fields)]))
