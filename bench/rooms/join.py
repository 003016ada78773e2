"""Joining a room that has a long history: how long until the whole text is there."""

import logging
import time
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from statistics import median

from bench.figures import Aim
from bench.page import number
from bench.peers import PeerMissing
from bench.rooms import servers as known
from bench.rooms.filling import fill, written
from bench.rooms.measuring import LOAD_CORE, SERVER_CORE, Place, text_of
from bench.rooms.plan import Address, Plan
from bench.rooms.player import LoadFailed, Player
from bench.rooms.process import processor_s
from bench.rooms.servers import OURS, Rooms, Start
from bench.rooms.tables import Verdict, against, best, quarters, section, table, verdicts
from bench.rooms.traces import Trace

log = logging.getLogger("bench")
HEAD = ("server", "joins", "ms until the text is there (quarters)", "processor ms a join", "bytes")
HALF = Aim(0.5)
COLD = f"{OURS}, room not in memory"
IDLE_S = 0.2
UNTIL_UNLOADED_S = 1.0


@dataclass
class Joins:
    """Rounds of joins to one server, each as milliseconds."""

    wall_ms: list[float] = field(default_factory=list)
    cpu_ms: list[float] = field(default_factory=list)
    received: int = 0


def join(server: Rooms, address: Address, times: int, expected: str, place: Place) -> Joins:
    """One after the other; each has to get the text. Raises LoadFailed."""
    plan = Plan(at_once=1)
    for _ in range(times):
        plan.connect(address, recorded=True)
    before_s = processor_s(server.pid)
    with Player(place.player, plan, server.port, place.folder, LOAD_CORE) as player:
        used_s = processor_s(server.pid) - before_s
        player.play()
        result = player.result()
    for connection in {0, times - 1}:
        if expected not in text_of(result.updates(connection)):
            raise LoadFailed("who joins does not get the text")
    return Joins(
        [median(one.took_us for one in result.joined) / 1000],
        [used_s / times * 1000],
        result.joined[0].received_bytes,
    )


def join_cold(server: Rooms, address: Address, times: int, expected: str, place: Place) -> Joins:
    """As `join`, each time when the room has left memory."""
    found = Joins()
    for _ in range(times):
        time.sleep(UNTIL_UNLOADED_S)
        _add(found, join(server, address, 1, expected, place))
    return Joins([median(found.wall_ms)], [sum(found.cpu_ms) / times], found.received)


def _add(to: Joins, more: Joins) -> None:
    to.wall_ms += more.wall_ms
    to.cpu_ms += more.cpu_ms
    to.received = more.received


def rows(servers: Mapping[str, Start], trace: Trace, place: Place, *, quick: bool) -> str:
    """All servers run beside each other, idle but for the one that is joined."""
    rounds, times = (1, 3) if quick else (5, 20)
    edits, text = written(trace, 200 if quick else None)
    measured: dict[str, Joins] = {}
    with ExitStack() as owned:
        ready: dict[str, tuple[Rooms, Address]] = {}
        for name, start in {**servers, COLD: _forgetful}.items():
            try:
                server = owned.enter_context(start(SERVER_CORE))
                address = server.room("history")
                if name != COLD:
                    owned.enter_context(_somebody_in(server, address, place))
                fill(server, address, edits, place)
            except (PeerMissing, LoadFailed) as reason:
                log.warning("join, %s: %s", name, reason)
            else:
                ready[name] = server, address
                measured[name] = Joins()
        for _ in range(rounds):
            for name, (server, address) in ready.items():
                each = join_cold if name == COLD else join
                count = min(times, 3) if name == COLD else times
                _add(measured[name], each(server, address, count, text, place))
                log.info("join, %s: %.1f ms", name, measured[name].wall_ms[-1])
    lines = [
        [name, str(times), quarters(joins.wall_ms), quarters(joins.cpu_ms), str(joins.received)]
        for name, joins in measured.items()
    ]
    title = f"Joining a room with a history of {len(edits):,} edits, {number(len(text))} characters"
    return section(title, table(HEAD, lines), verdicts(_aims(measured)))


def _somebody_in(server: Rooms, address: Address, place: Place) -> Player:
    plan = Plan()
    plan.connect(address)
    return Player(place.player, plan, server.port, place.folder, LOAD_CORE)


def _forgetful(core: int | None) -> "known.Started":
    """Ours, whose rooms leave memory at once."""
    return known.ours(core, {"ALGOROOM_ROOM_IDLE_SECONDS": str(IDLE_S)})


def _aims(measured: dict[str, Joins]) -> list[Verdict]:
    peers = {name: one for name, one in measured.items() if name not in (OURS, COLD)}
    if OURS not in measured or not peers:
        return []
    walls = {name: joins.wall_ms for name, joins in peers.items()}
    costs = {name: joins.cpu_ms for name, joins in peers.items()}
    quickest, cheapest = best(walls), best(costs)
    ours = measured[OURS]
    return [
        against("join: time", ours.wall_ms, quickest, walls[quickest], "ms", HALF),
        against("join: processor time", ours.cpu_ms, cheapest, costs[cheapest], "ms", HALF),
    ]
