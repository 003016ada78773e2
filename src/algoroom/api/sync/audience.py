"""The sync sockets of one room: each event is encoded once for all of them."""

import asyncio
import time
from collections.abc import Hashable
from functools import partial
from secrets import randbits
from typing import Protocol

from algoroom.access.roles import Deed
from algoroom.api.sync import protocol
from algoroom.api.sync.awareness import Awareness
from algoroom.api.sync.events import fields_of, ruling_of
from algoroom.api.sync.people import state_of
from algoroom.api.sync.protocol import Batch, Entry
from algoroom.rooms.events import (
    CursorMoved,
    Ended,
    Ending,
    Event,
    Joined,
    Knocked,
    Left,
    Ruling,
    RunOutput,
    Updated,
)
from algoroom.rooms.presence import Participant
from algoroom.rooms.room import Room
from algoroom.rooms.turns import Turns
from algoroom.runs.model import Stream

# A turn of the loop may be long; so many messages do not wait for its end.
MOST_DUE = 32
# What it takes to tell everybody something takes a fifth of the time at most: a room in which very
# much happens is told of it together.
RESTS = 4
LEAST_REST_S, MOST_REST_S = 0.001, 0.020
# Clients forget whoever has told nothing for 30 s.
RENEWED_AFTER_S = 15.0
STREAMS = {Stream.STDOUT: 1, Stream.STDERR: 2}


class Listener(Hashable, Protocol):
    """A sync socket."""

    is_ours: bool
    """Whether it understands our own messages too."""

    def write(self, batch: Batch) -> None:
        """Pass messages on."""

    def reconsider(self, event: Ruling) -> None:
        """Find out whether a host's doing concerns this one."""

    def end(self, reason: Ending) -> None:
        """Close."""

    def tell_saved(self, count: int) -> None:
        """Its first `count` document messages are stored."""


class SyncAudience:
    """Everybody who follows a room by its document. Whoever caused an event is told of it too, but
    for one of ours its own update, of which it hears that it is saved.

    What happens in one turn of the event loop is written in one piece, and where telling everybody
    takes long, what happens in moments.
    """

    def __init__(self, room: Room, turns: Turns) -> None:
        self._room = room
        self._turns = turns
        self._listeners: dict[Listener, None] = {}
        self._waiting: dict[Listener, None] = {}
        self.awareness = Awareness()
        self._spoken_for: dict[str, int] = {}
        self._renewal: asyncio.TimerHandle | None = None
        self._due: list[bytes] = []
        self._due_ours: list[bytes] = []
        self._due_from: Hashable | None = None  # whose all of it is, where it is one's
        self._is_flushing = False
        self._rested_at = 0.0
        self._saved: dict[Listener, int] = {}

    def wait(self, listener: Listener) -> None:
        """Tell this one of nothing but what hosts do, until it is let in."""
        self._waiting[listener] = None

    def add(self, listener: Listener) -> None:
        """Tell this one too, from now on."""
        self._waiting.pop(listener, None)
        if not self._listeners:
            # Nobody kept it up while nobody listened.
            self.awareness = Awareness()
            self._spoken_for.clear()
            for participant in self._room.presence.everyone():
                self._speak_for(participant)
        self._listeners[listener] = None

    def remove(self, listener: Listener) -> None:
        """Tell this one no more."""
        self._waiting.pop(listener, None)
        self._listeners.pop(listener, None)
        entries = self.awareness.leave(listener)
        participant = self._room.presence.of(listener)
        if participant is not None and participant.connections != {listener}:
            entries += self._speak_for(participant)
        self.tell_awareness(entries)

    @property
    def reads_text(self) -> bool:
        return False

    def tell(self, event: Event, source: Hashable | None) -> None:
        if type(event) is Updated:  # what happens most
            if self._listeners:
                self._send(protocol.update(event.update), source)
            return
        if not self._listeners and not self._waiting:
            return
        if isinstance(event, Ruling | Knocked):
            self._tell_ruling(event)
            return
        match event:
            case Ended():
                self._flush()
                for listener in [*self._listeners, *self._waiting]:
                    listener.end(event.reason)
                return
            case RunOutput():
                stream = STREAMS[event.stream]
                self._send_ours(protocol.output(event.run_id, stream, event.data))
                return
            case Joined() | CursorMoved() if not self._is_here(source):
                participant = self._room.presence.of(source) if source is not None else None
                if participant is not None:
                    self.tell_awareness(self._speak_for(participant))
            case Left():
                self.fall_silent(event.user_id)
            case _:
                pass
        if (fields := fields_of(event)) is not None:
            self._send_ours(protocol.event(fields))

    def _tell_ruling(self, event: Ruling | Knocked) -> None:
        """Tell everybody what a host did, and hosts what concerns one person."""
        if not isinstance(event, Knocked):
            for listener in [*self._listeners, *self._waiting]:
                listener.reconsider(event)
        fields = ruling_of(event)
        if fields is None:
            return
        told = Batch([protocol.event(fields)])
        for listener in list(self._listeners):
            if listener.is_ours and self._room.members.may(listener, Deed.SEAT):
                listener.write(told)

    def tell_awareness(self, entries: list[Entry]) -> None:
        """Tell everybody where clients are now."""
        if entries and self._listeners:
            self._send(protocol.awareness(entries))

    def fall_silent(self, user_id: str) -> None:
        """Speak no more for somebody who is gone, or speaks for themselves now."""
        if self._spoken_for.pop(user_id, None) is not None:
            self.tell_awareness(self.awareness.leave(user_id))

    def acknowledge(self, listener: Listener, count: int) -> None:
        """Tell a listener when everything up to its document message `count` is stored."""
        self._room.when_saved(partial(self._note_saved, listener, count))

    def _note_saved(self, listener: Listener, count: int) -> None:
        """What one commit stores is told once."""
        if not self._saved:
            asyncio.get_running_loop().call_soon(self._tell_saved)
        self._saved[listener] = count

    def _tell_saved(self) -> None:
        saved, self._saved = self._saved, {}
        for listener, count in saved.items():
            if listener in self._listeners:
                listener.tell_saved(count)

    def _speak_for(self, participant: Participant) -> list[Entry]:
        """The state of somebody whose contract has no awareness."""
        if any(self._is_here(connection) for connection in participant.connections):
            return []
        client = self._spoken_for.setdefault(participant.user_id, randbits(32))
        if self._renewal is None:
            loop = asyncio.get_running_loop()
            self._renewal = loop.call_later(RENEWED_AFTER_S, self._renew)
        state = state_of(participant, self._room.document)
        return [self.awareness.tell(client, state, participant.user_id)]

    def _renew(self) -> None:
        """Say again who is there, as Yjs clients do of themselves."""
        self._renewal = None
        if not self._listeners:
            return
        spoken_for = map(self._room.presence.get, self._spoken_for)
        self.tell_awareness([entry for one in spoken_for if one for entry in self._speak_for(one)])

    def _is_here(self, connection: object) -> bool:
        return connection in self._listeners

    def _send(self, message: bytes, source: Hashable | None = None) -> None:
        self._due.append(message)
        self._send_ours(message, source)

    def _send_ours(self, message: bytes, source: Hashable | None = None) -> None:
        if not self._due_ours:
            self._due_from = source
        elif self._due_from is not source:
            self._due_from = None
        self._due_ours.append(message)
        if len(self._due_ours) >= MOST_DUE:
            self._flush()
        elif not self._is_flushing:
            self._is_flushing = True
            loop = asyncio.get_running_loop()
            rest_s = self._rested_at - time.monotonic()
            if rest_s < LEAST_REST_S:
                loop.call_soon(self._turn_over)
            else:
                loop.call_later(rest_s, self._turn_over)

    def _turn_over(self) -> None:
        self._is_flushing = False
        self._flush()

    def _flush(self) -> None:
        if not self._due_ours:
            return
        began = time.monotonic()
        plain = ours = Batch(self._due)
        if len(self._due) < len(self._due_ours):
            ours = Batch(self._due_ours)
        self._due, self._due_ours = [], []
        source = self._due_from
        for listener in list(self._listeners):
            if not listener.is_ours:
                if plain.messages:
                    listener.write(plain)
            elif listener is not source:
                listener.write(ours)
        self._turns.told()
        now = time.monotonic()
        self._rested_at = now + min(MOST_REST_S, RESTS * (now - began))
