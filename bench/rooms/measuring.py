"""Plays a load against a server: how much of the processor it took, and how long edits took."""

import tempfile
from dataclasses import dataclass
from pathlib import Path

from bench.rooms import loads
from bench.rooms.editor import Editor
from bench.rooms.loads import Load
from bench.rooms.plan import Address, Plan
from bench.rooms.player import LoadFailed, Player, Result, quantile
from bench.rooms.process import processor_s
from bench.rooms.servers import Rooms
from bench.rooms.traces import Trace

SERVER_CORE, LOAD_CORE = 0, 1


@dataclass(frozen=True, slots=True)
class Place:
    """Where to measure: the compiled player, and a folder for its files."""

    player: Path
    folder: Path


@dataclass(frozen=True, slots=True)
class Measured:
    """One load on one server."""

    edits: int
    expected: int
    delivered: int
    processor_s: float
    p50_ms: float
    p99_ms: float
    saved_p50_ms: float
    saved_p99_ms: float
    cursors_p99_ms: float
    late_ms: float

    @property
    def cpu_us(self) -> float:
        """Microseconds of the server's processor time for each delivered edit."""
        return self.processor_s / max(1, self.delivered) * 1e6

    @property
    def is_complete(self) -> bool:
        return self.delivered == self.expected


def measure(server: Rooms, load: Load, trace: Trace, place: Place) -> Measured:
    """Play a load in new rooms. Raises LoadFailed, also where texts differ in the end."""
    addresses = [server.room(f"room-{number}") for number in range(load.rooms)]
    written = loads.write(load, addresses, trace)
    with Player(place.player, written.plan, server.port, place.folder, LOAD_CORE) as player:
        before_s = processor_s(server.pid)
        player.play()
        used_s = processor_s(server.pid) - before_s
        texts = joined_texts(server, addresses, place)
        result = player.result()
    if result.is_complete:
        for expected, connection, sent, text in zip(
            written.texts, written.recorded, written.sent, texts, strict=True
        ):
            if expected not in text or text != text_of([*result.updates(connection), *sent]):
                raise LoadFailed("the texts differ in the end")
    return _measured(result, written.plan, used_s)


def joined_texts(server: Rooms, addresses: list[Address], place: Place) -> list[str]:
    """What somebody who comes now gets to read in each room."""
    plan = Plan()
    for address in addresses:
        plan.connect(address, recorded=True)
    with Player(place.player, plan, server.port, place.folder, LOAD_CORE) as player:
        player.play()
        result = player.result()
    return [text_of(result.updates(number)) for number in range(len(addresses))]


def text_of(updates: list[bytes]) -> str:
    reader = Editor(1)
    for update in updates:
        reader.receive(update)
    return reader.content


def _measured(result: Result, plan: Plan, used_s: float) -> Measured:
    return Measured(
        edits=plan.edits,
        expected=result.expected,
        delivered=result.delivered,
        processor_s=used_s,
        p50_ms=quantile(result.edit_us, 0.5) / 1000,
        p99_ms=quantile(result.edit_us, 0.99) / 1000,
        saved_p50_ms=quantile(result.saved_us, 0.5) / 1000,
        saved_p99_ms=quantile(result.saved_us, 0.99) / 1000,
        cursors_p99_ms=quantile(result.awareness_us, 0.99) / 1000,
        late_ms=result.late_us / 1000,
    )


def temporary() -> "tempfile.TemporaryDirectory[str]":
    return tempfile.TemporaryDirectory(prefix="algoroom-bench-")
