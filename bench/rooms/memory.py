"""What an idle connection, an idle room, and a room that everybody left take of memory."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass

from bench.figures import Aim
from bench.peers import PeerMissing
from bench.rooms import servers as known
from bench.rooms.editor import Editor
from bench.rooms.measuring import LOAD_CORE, SERVER_CORE, Place
from bench.rooms.plan import Address, Plan
from bench.rooms.player import LoadFailed, Player
from bench.rooms.process import memory_bytes, rest
from bench.rooms.servers import OURS, Rooms, Start
from bench.rooms.tables import Verdict, against, best, quarters, section, table, verdicts
from bench.rooms.traces import Trace

log = logging.getLogger("bench")
HEAD = (
    "server", "KiB a connection in one room", "KiB a room with one connection",
    "KiB a room that all left", "of each", "rounds",
)  # fmt: skip
BELOW = Aim(1.0)
TEXT_LENGTH = 1_000
IDLE_S = 1.0
REST_S = 2.0


@dataclass(frozen=True, slots=True)
class Sizes:
    """KiB for each."""

    connection: float
    room: float
    left: float


def measure(start: Start, count: int, place: Place) -> Sizes:
    """Each in a server of its own: what the first ones left would be used again by the next.

    Raises LoadFailed.
    """
    kib = count * 1024
    with start(SERVER_CORE) as server, _connected(server, [server.room("first")], place):
        rest(server.pid, REST_S)
        empty = memory_bytes(server.pid)
        with _connected(server, [server.room("crowd")] * count, place):
            rest(server.pid, REST_S)
            connection = (memory_bytes(server.pid) - empty) / kib
    with start(SERVER_CORE) as server:
        with _connected(server, [server.room("first")], place):
            rest(server.pid, REST_S)
        empty = memory_bytes(server.pid)
        with _connected(server, [server.room(f"one-{number}") for number in range(count)], place):
            rest(server.pid, REST_S)
            room = (memory_bytes(server.pid) - empty) / kib
        rest(server.pid, REST_S)
        left = memory_bytes(server.pid)
        # As many once more: what is kept for the next ones to use again is not lost.
        with _connected(server, [server.room(f"two-{number}") for number in range(count)], place):
            rest(server.pid, REST_S)
        rest(server.pid, REST_S)
        return Sizes(connection, room, (memory_bytes(server.pid) - left) / kib)


def _connected(server: Rooms, addresses: list[Address], place: Place) -> Player:
    """A client for each address, the first of each room having written something."""
    writer = Editor(1)
    text = writer.change([(0, 0, "x" * TEXT_LENGTH)])
    assert text is not None
    plan = Plan()
    for number, address in enumerate(addresses):
        writes = [text] if number == 0 or address != addresses[number - 1] else []
        plan.connect(address, writes=writes)
    return Player(place.player, plan, server.port, place.folder, LOAD_CORE)


def rows(servers: Mapping[str, Start], trace: Trace, place: Place, *, quick: bool) -> str:  # noqa: ARG001
    rounds, count = (1, 10) if quick else (3, 500)
    starts: dict[str, Start] = {**servers, OURS: _quickly_unloading}
    measured: dict[str, list[Sizes]] = {name: [] for name in starts}
    for _ in range(rounds):
        for name, start in starts.items():
            try:
                measured[name].append(measure(start, count, place))
                log.info("memory, %s: %s", name, measured[name][-1])
            except (PeerMissing, LoadFailed) as reason:
                log.warning("memory, %s: %s", name, reason)
    lines = [
        [
            name,
            quarters([one.connection for one in sizes]),
            quarters([one.room for one in sizes]),
            quarters([one.left for one in sizes]),
            str(count),
            str(len(sizes)),
        ]
        for name, sizes in measured.items()
        if sizes
    ]
    return section("Memory", table(HEAD, lines), verdicts(_aims(measured)))


def _quickly_unloading(core: int | None) -> "known.Started":
    return known.ours(core, {"ALGOROOM_ROOM_IDLE_SECONDS": str(IDLE_S)})


def _aims(measured: dict[str, list[Sizes]]) -> list[Verdict]:
    rounds = max(map(len, measured.values()))
    sound = {name: sizes for name, sizes in measured.items() if sizes and len(sizes) == rounds}
    ours = sound.pop(OURS, None)
    if ours is None or not sound:
        return []
    connections = {name: [one.connection for one in sizes] for name, sizes in sound.items()}
    rooms = {name: [one.room for one in sizes] for name, sizes in sound.items()}
    least, smallest = best(connections), best(rooms)
    of_ours = [one.connection for one in ours], [one.room for one in ours]
    return [
        against("idle connection", of_ours[0], least, connections[least], "KiB", BELOW),
        against("idle room", of_ours[1], smallest, rooms[smallest], "KiB", BELOW),
    ]
