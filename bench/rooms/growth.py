"""What a delivery or a join costs when there is ten times as much of something."""

import logging
from collections.abc import Mapping
from dataclasses import replace

from bench.figures import Aim
from bench.peers import PeerMissing
from bench.rooms import servers as known
from bench.rooms.filling import Edits, fill, written
from bench.rooms.join import IDLE_S, join, join_cold
from bench.rooms.loads import Load
from bench.rooms.measuring import SERVER_CORE, Place, measure
from bench.rooms.player import LoadFailed
from bench.rooms.process import processor_s
from bench.rooms.servers import Rooms, Start
from bench.rooms.tables import Verdict, against, section, verdicts
from bench.rooms.traces import Trace

log = logging.getLogger("bench")
LINEAR = Aim(1.1)
TEN = 10
Figures = dict[str, list[float]]


def rows(servers: Mapping[str, Start], trace: Trace, place: Place, *, quick: bool) -> str:  # noqa: ARG001
    """Ours by itself: what one of many costs, by what one of few costs."""
    seconds, rounds, length = (0.5, 1, 100) if quick else (5.0, 3, 20_000)
    rooms = Load(2 if quick else 10, 4, 10, seconds)
    clients = Load(1, 2 if quick else 10, 20, seconds)
    histories = {factor: written(trace, length * factor) for factor in (1, TEN)}
    few: Figures = {}
    many: Figures = {}
    try:
        for _ in range(rounds):
            for figures, factor in ((few, 1), (many, TEN)):
                with known.ours(SERVER_CORE) as server:
                    wide = replace(rooms, rooms=rooms.rooms * factor)
                    long = replace(clients, clients=clients.clients * factor)
                    _note(figures, "rooms", measure(server, wide, trace, place).cpu_us)
                    _note(figures, "connections", measure(server, long, trace, place).cpu_us)
                with known.ours(SERVER_CORE, _FORGETFUL) as server:
                    _history(figures, server, *histories[factor], rooms, trace, place)
            log.info("growth: %s, then %s", few, many)
    except (PeerMissing, LoadFailed) as reason:
        log.warning("growth: %s", reason)
    return section("Ten times as much", verdicts(_compared(few, many, rooms, clients, length)))


_FORGETFUL = {"ALGOROOM_ROOM_IDLE_SECONDS": str(IDLE_S)}


def _history(
    figures: Figures,
    server: Rooms,
    edits: Edits,
    text: str,
    load: Load,
    trace: Trace,
    place: Place,
) -> None:
    address = server.room("history")
    before_s = processor_s(server.pid)
    fill(server, address, edits, place)
    _note(figures, "filling", (processor_s(server.pid) - before_s) / len(edits) * 1e6)
    warm = join(server, address, 5, text, place)
    _note(figures, "joining", warm.wall_ms[0] / len(edits) * 1000)
    cold = join_cold(server, address, 3, text, place)
    _note(figures, "loading", cold.wall_ms[0] / len(edits) * 1000)
    beside = measure(server, load, trace, place)
    _note(figures, "journal", beside.cpu_us)
    _note(figures, "saved", beside.saved_p50_ms)


def _note(figures: Figures, what: str, value: float) -> None:
    figures.setdefault(what, []).append(value)


def _compared(
    few: Figures, many: Figures, rooms: Load, clients: Load, length: int
) -> list[Verdict]:
    journal = f"journal of {length * TEN:,} edits by {length:,}"
    names = {
        "rooms": (f"{rooms.rooms * TEN} rooms by {rooms.rooms}: a delivery", "µs"),
        "connections": (
            f"{clients.clients * TEN} connections in a room by {clients.clients}: a delivery",
            "µs",
        ),
        "journal": (f"{journal}: a delivery in other rooms", "µs"),
        "saved": (f"{journal}: until an edit in other rooms is saved", "ms"),
        "filling": (f"{journal}: taking one edit", "µs"),
        "loading": (f"{journal}: loading the room and joining, for each edit", "µs"),
        "joining": (f"{journal}: joining the room, for each edit", "µs"),
    }
    return [
        against(f"{what}", many[name], "a tenth of it", few[name], unit, LINEAR)
        for name, (what, unit) in names.items()
        if name in many and len(many[name]) == len(few[name])
    ]
