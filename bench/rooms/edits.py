"""Edits on their way to the others: three shapes of load, and one who writes for very many."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass

from bench.figures import Aim
from bench.peers import PeerMissing
from bench.rooms.loads import Load
from bench.rooms.measuring import SERVER_CORE, Measured, Place, measure
from bench.rooms.player import LoadFailed
from bench.rooms.servers import OURS, Start
from bench.rooms.tables import Verdict, against, best, quarters, section, table, verdicts
from bench.rooms.traces import Trace

log = logging.getLogger("bench")
HEAD = (
    "rooms × clients @ edits a second in a room", "server", "processor µs a delivery (quarters)",
    "p50 ms", "p99 ms", "cursors p99 ms", "delivered", "rounds",
)  # fmt: skip
CHEAPER, SOONER = Aim(0.6), Aim(1.0)
IN_TIME_MS = 100.0


@dataclass(frozen=True, slots=True)
class Shapes:
    """Loads that all servers get, and how often."""

    edits: tuple[Load, ...]
    observed: Load
    rounds: int


FULL = Shapes(
    edits=(Load(1, 50, 100, 10), Load(50, 4, 100, 5), Load(1, 50, 500, 10)),
    observed=Load(1, 1_501, 10, 10, writers=1, cursors=True),
    rounds=3,
)
QUICK = Shapes(
    edits=(Load(1, 4, 20, 0.5), Load(3, 2, 20, 0.5)),
    observed=Load(1, 12, 10, 0.5, writers=1, cursors=True),
    rounds=1,
)


def in_turn(
    servers: Mapping[str, Start], load: Load, rounds: int, trace: Trace, place: Place
) -> dict[str, list[Measured]]:
    """Each server once, then each again, and so on; a new process each time.

    A server that cannot be had, or does not bear the load, has fewer figures than rounds.
    """
    measured: dict[str, list[Measured]] = {name: [] for name in servers}
    for _ in range(rounds):
        for name, start in servers.items():
            try:
                with start(SERVER_CORE) as server:
                    measured[name].append(measure(server, load, trace, place))
                    log.info("%s, %s: %s", load, name, measured[name][-1])
            except (PeerMissing, LoadFailed) as reason:
                log.warning("%s, %s: %s", load, name, reason)
    return measured


def lines(load: Load, measured: dict[str, list[Measured]]) -> list[list[str]]:
    """The lines of a table, one for each server."""
    found = []
    for name, all_of_it in measured.items():
        if not all_of_it:
            found.append([str(load), name, *["–"] * 6])
            continue
        delivered = sum(one.delivered for one in all_of_it) / sum(one.expected for one in all_of_it)
        found.append(
            [
                str(load),
                name,
                quarters([one.cpu_us for one in all_of_it]),
                quarters([one.p50_ms for one in all_of_it]),
                quarters([one.p99_ms for one in all_of_it]),
                quarters([one.cursors_p99_ms for one in all_of_it]) if load.cursors else "–",
                "all" if delivered == 1 else f"{delivered:.2%}",
                str(len(all_of_it)),
            ]
        )
    return found


def aims(load: Load, measured: dict[str, list[Measured]]) -> list[Verdict]:
    """Ours against the best of the others in processor time, and the best in the slowest hundredth.

    Only those that delivered everything, in every round, are compared.
    """
    rounds = max(map(len, measured.values()))
    sound = {
        name: all_of_it
        for name, all_of_it in measured.items()
        if len(all_of_it) == rounds and all(one.is_complete for one in all_of_it)
    }
    ours = sound.pop(OURS, None)
    if ours is None or not sound:
        return []
    costs = {name: [one.cpu_us for one in all_of_it] for name, all_of_it in sound.items()}
    waits = {name: [one.p99_ms for one in all_of_it] for name, all_of_it in sound.items()}
    cheapest, soonest = best(costs), best(waits)
    return [
        against(
            f"{load}: processor time of a delivery",
            [one.cpu_us for one in ours], cheapest, costs[cheapest], "µs", CHEAPER,
        ),
        against(
            f"{load}: p99 from edit to peer",
            [one.p99_ms for one in ours], soonest, waits[soonest], "ms", SOONER,
        ),
    ]  # fmt: skip


def observed_aim(measured: dict[str, list[Measured]], load: Load) -> list[Verdict]:
    """Nobody of those who watch waits long, measured by a fixed time."""
    ours = measured.get(OURS, [])
    if not ours or not all(one.is_complete for one in ours):
        return []
    limits = [IN_TIME_MS] * len(ours)
    what = f"1 → {load.clients - 1:,}: p99 from edit to peer"
    return [against(what, [one.p99_ms for one in ours], "100 ms", limits, "ms", Aim(1.0))]


def rows(servers: Mapping[str, Start], trace: Trace, place: Place, *, quick: bool) -> str:
    shapes = QUICK if quick else FULL
    table_lines, judged = [], []
    for load in shapes.edits:
        measured = in_turn(servers, load, shapes.rounds, trace, place)
        table_lines += lines(load, measured)
        judged += aims(load, measured)
    measured = in_turn(servers, shapes.observed, max(1, shapes.rounds // 2), trace, place)
    table_lines += lines(shapes.observed, measured)
    judged += observed_aim(measured, shapes.observed)
    judged += [one for one in aims(shapes.observed, measured) if "processor" in one.what]
    return section("From an edit to the others", table(HEAD, table_lines), verdicts(judged))
