"""What one room's sync sockets are told."""

import asyncio

import pytest

from algoroom.api.sync import audience, protocol
from algoroom.api.sync.audience import SyncAudience
from algoroom.api.sync.protocol import Batch, Entry
from algoroom.rooms.events import Ending, Ruling
from algoroom.rooms.room import Room
from algoroom.rooms.turns import Turns
from tests.rooms.conftest import room, rooms, session, writer

__all__ = ["room", "rooms", "session", "writer"]


class Listening:
    """A sync socket that keeps what it is told of where people are."""

    is_ours = False

    def __init__(self) -> None:
        self.told: asyncio.Queue[list[Entry]] = asyncio.Queue()

    def write(self, batch: Batch) -> None:
        for message in batch.messages:
            self.told.put_nowait(protocol.read_entries(protocol.Reader(message[1:]).block()))

    def reconsider(self, event: Ruling) -> None: ...

    def end(self, reason: Ending) -> None: ...

    def tell_saved(self, count: int) -> None: ...


async def test_who_has_no_awareness_of_their_own_is_said_again_before_clients_forget_them(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audience, "RENEWED_AFTER_S", 0.01)
    everybody, listener = SyncAudience(room, Turns()), Listening()
    room.join("a connection of another contract", "ada", "Ada")
    everybody.add(listener)
    told = [(await asyncio.wait_for(listener.told.get(), 10))[0] for _ in range(3)]
    everybody.remove(listener)
    assert [entry.clock for entry in told] == [2, 3, 4]
    assert {entry.client for entry in told} == {everybody.awareness.everyone()[0].client}
    assert all('"Ada"' in entry.state for entry in told)
