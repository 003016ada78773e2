"""How fast programs run: through a real server, against a bare start and against other sandboxes.

    python -m bench.runs [--rows NAME ...] [--rounds N] [--quick] [--page PATH]

Writes the section on runs of docs/performance.md (with --rows, what it would write goes to the
terminal). Every ratio is of two things measured in turn.
"""

import argparse
import itertools
import logging
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench import machine, page, peers, programs
from bench.client import Client, execution
from bench.figures import Aim, Measure, ratios, spread
from bench.page import Row, number
from bench.peers import Peer, PeerMissing
from bench.processor import Account
from tests.serving import Server

log = logging.getLogger("bench")

BURST = 60
QUICK_BURST = 6
CONCURRENCIES = (1, 2, 3, 4, 6, 8, 12)
AS_MANY = Aim(3.0, at_least=True)
BEST_OF_PEERS = Aim(3.5, at_least=True)
NO_CLIFF = Aim(2.0)
LONGEST_SETTLING_S = 180.0
QUIET_S, QUIET_SHARE = 2.0, 0.1


@dataclass(frozen=True, slots=True)
class Bench:
    """What a row needs: a server that runs, a place for files, and how long to measure."""

    server: Server
    client: Client
    account: Account
    starter: Path
    folder: Path
    rounds: int
    quick: bool

    @property
    def burst(self) -> int:
        return QUICK_BURST if self.quick else BURST

    def ours(
        self, language: str, sources: Iterator[str], runs: int = 1, at_once: int = 1
    ) -> Measure:
        """Run the next of `sources`, each of which says hi."""
        requests = [execution(language, next(sources)) for _ in range(runs)]
        return self.client.measure(requests, at_once, programs.SAID)


def in_turn(
    rounds: int, ours: Callable[[], Measure], theirs: Callable[[], Measure]
) -> tuple[list[Measure], list[Measure]]:
    """A warm-up of each, then one of ours, one of theirs, and so on."""
    ours(), theirs()
    pairs = [(ours(), theirs()) for _ in range(rounds)]
    return [mine for mine, _ in pairs], [other for _, other in pairs]


def cpu(ours: list[Measure], theirs: list[Measure]) -> str:
    """Processor milliseconds a run, over all rounds."""
    totals = [
        sum(each.cpu_s for each in many) / sum(each.runs for each in many) * 1000
        for many in (ours, theirs)
    ]
    return " / ".join(number(total) for total in totals)


def one_at_a_time(
    bench: Bench,
    what: str,
    against: str,
    ours: Callable[[], Measure],
    theirs: Callable[[], Measure],
    aim: Aim,
    rounds: int | None = None,
) -> Row:
    count = rounds or bench.rounds
    mine, other = in_turn(count, ours, theirs)
    first, second = [each.wall_ms for each in mine], [each.wall_ms for each in other]
    return Row(
        what,
        against,
        ours=f"{number(spread(first).middle)} ms",
        theirs=f"{number(spread(second).middle)} ms",
        ratio=ratios(first, second),
        cpu=cpu(mine, other),
        rounds=count,
        aim=aim,
    )


def best_concurrency(burst: Callable[[int], Measure], choices: tuple[int, ...]) -> int:
    """How many at once give the most runs a second."""
    return max(choices, key=lambda at_once: max(burst(at_once).rate for _ in range(2)))


def as_many_as_help(bench: Bench, peer: Peer, against: str, aim: Aim) -> Row:
    """Runs a second, each side with the number at once that suits it best."""
    hello = itertools.repeat(programs.PYTHON)
    choices = CONCURRENCIES[:3] if bench.quick else CONCURRENCIES

    def ours(at_once: int) -> Measure:
        return bench.ours("python", hello, bench.burst, at_once)

    def theirs(at_once: int) -> Measure:
        return peer.measure(bench.burst, at_once)

    mine_best, other_best = best_concurrency(ours, choices), best_concurrency(theirs, choices)
    rounds = max(1, bench.rounds // 5)
    mine, other = in_turn(rounds, lambda: ours(mine_best), lambda: theirs(other_best))
    first, second = [each.rate for each in mine], [each.rate for each in other]
    return Row(
        "Python hello, as many at once as help, runs a second",
        against,
        ours=f"{number(spread(first).middle)}/s ({mine_best} at once)",
        theirs=f"{number(spread(second).middle)}/s ({other_best} at once)",
        ratio=ratios(first, second),
        cpu=cpu(mine, other),
        rounds=rounds,
        aim=aim,
    )


def python(bench: Bench) -> list[Row]:
    hello = itertools.repeat(programs.PYTHON)
    with peers.bare(bench.starter, programs.BARE_PYTHON) as peer:
        return [
            one_at_a_time(
                bench,
                "Python hello, one at a time",
                "`python3 -c`, bare",
                lambda: bench.ours("python", hello),
                lambda: peer.measure(1),
                Aim(0.35),
            ),
            one_at_a_time(
                bench,
                f"the same, {bench.burst} back to back",
                "the same",
                lambda: bench.ours("python", hello, bench.burst),
                lambda: peer.measure(bench.burst),
                Aim(0.35),
                rounds=max(1, bench.rounds // 10),
            ),
        ]


def many(bench: Bench) -> list[Row]:
    with peers.bare(bench.starter, programs.BARE_PYTHON) as peer:
        return [as_many_as_help(bench, peer, "`python3 -c`, bare, as many at once", AS_MANY)]


def sandboxes(bench: Bench) -> list[Row]:
    """Each of the other sandboxes around the same program."""
    makers: dict[str, Callable[[], Peer]] = {
        "bubblewrap": lambda: peers.bubblewrap(bench.starter, programs.BARE_PYTHON),
        "nsjail": lambda: peers.nsjail(bench.starter, programs.BARE_PYTHON),
        "dmoj": lambda: peers.dmoj(programs.PYTHON),
    }
    rows = []
    for name, make in makers.items():
        try:
            with make() as peer:
                rows.append(as_many_as_help(bench, peer, name, BEST_OF_PEERS))
        except PeerMissing as reason:
            rows.append(Row("Python hello", f"{name}: {reason}"))
    return rows


def javascript(bench: Bench) -> list[Row]:
    hello = itertools.repeat(programs.JAVASCRIPT)
    with peers.bare(bench.starter, programs.BARE_JAVASCRIPT) as peer:
        return [
            one_at_a_time(
                bench,
                "JavaScript hello, one at a time",
                "`node -e`, bare",
                lambda: bench.ours("javascript", hello),
                lambda: peer.measure(1),
                Aim(0.35),
            )
        ]


def compiled(
    bench: Bench, what: str, language: str, against: str, aims: tuple[Aim, Aim]
) -> list[Row]:
    """A source that is new each time, then one that came before."""
    bare = programs.write_and_compile(language, bench.folder)
    fresh, again = programs.fresh(language), itertools.repeat(next(programs.fresh(language)))
    rounds = max(2, bench.rounds // 5)
    with peers.bare(bench.starter, bare) as peer:
        return [
            one_at_a_time(
                bench,
                f"{what}, {name}",
                against,
                lambda sources=sources: bench.ours(language, sources),  # type: ignore[misc]
                lambda: peer.measure(1),
                aim,
                rounds=rounds,
            )
            for name, sources, aim in (
                ("from source", fresh, aims[0]),
                ("the same source again", again, aims[1]),
            )
        ]


def java(bench: Bench) -> list[Row]:
    return compiled(bench, "Java hello", "java", "`javac` and `java`, bare", (Aim(0.15), Aim(0.15)))


def cpp(bench: Bench) -> list[Row]:
    return compiled(
        bench,
        "C++ with `bits/stdc++.h`",
        "cpp",
        "`g++ -O2` and run, bare",
        (Aim(0.3), Aim(0.02)),
    )


def first(bench: Bench) -> list[Row]:
    """The first run after the server's start, language by language, against its own warm runs."""
    rounds = 1 if bench.quick else max(3, bench.rounds // 10)
    pairs: dict[str, list[tuple[Measure, Measure]]] = {name: [] for name in programs.FIRST}
    for _ in range(rounds):
        for language, measured in pairs.items():
            bench.server.restart()
            with connected(bench.server, bench.account) as client:
                sources = programs.fresh(language)
                opening, *later = (
                    client.measure([execution(language, next(sources))], 1, programs.SAID)
                    for _ in range(4)
                )
                usual = sorted(later, key=lambda each: each.wall_s)[len(later) // 2]
                measured.append((opening, usual))
    rows = []
    for language, measured in pairs.items():
        mine = [opening.wall_ms for opening, _ in measured]
        other = [usual.wall_ms for _, usual in measured]
        rows.append(
            Row(
                f"{language}: first run after start-up",
                "its own warm run",
                ours=f"{number(spread(mine).middle)} ms",
                theirs=f"{number(spread(other).middle)} ms",
                ratio=ratios(mine, other),
                rounds=rounds,
                aim=NO_CLIFF,
            )
        )
    return rows


ROWS: dict[str, Callable[[Bench], list[Row]]] = {
    "python": python,
    "many": many,
    "sandboxes": sandboxes,
    "javascript": javascript,
    "java": java,
    "cpp": cpp,
    # Last: it starts the server anew.
    "first": first,
}


@contextmanager
def connected(server: Server, account: Account) -> Iterator[Client]:
    client = Client(server.port, account)
    try:
        yield client
    finally:
        client.close()


def settle(account: Account) -> None:
    """Wait until a server that has just started has made ready what it keeps ready."""
    deadline = time.monotonic() + LONGEST_SETTLING_S
    while time.monotonic() < deadline:
        used_s = account.used_s()
        time.sleep(QUIET_S)
        if account.used_s() - used_s < QUIET_SHARE * QUIET_S:
            return
    log.warning("the server does not come to rest; the figures include what it does beside")


def measure(names: list[str], rounds: int, *, quick: bool) -> list[Row]:
    """The rows of `names`, measured on a server of their own."""
    with ExitStack() as owned:
        folder = Path(owned.enter_context(tempfile.TemporaryDirectory()))
        starter = peers.starter(folder)
        account = owned.enter_context(Account())
        with account.entered():
            server = owned.enter_context(Server({"ALGOROOM_RATE_LIMITS": "off"}, warm=True))
        owned.callback(server.terminate)  # in peace, so that it leaves nothing in the account
        client = owned.enter_context(connected(server, account))
        for language in programs.FIRST:  # which waits until each is ready
            client.measure([execution(language, next(programs.fresh(language)))], 1, programs.SAID)
        settle(account)
        bench = Bench(server, client, account, starter, folder, rounds, quick)
        rows = []
        for name in names:
            log.info("measuring %s", name)
            rows += ROWS[name](bench)
        return rows


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.runs", description=__doc__)
    parser.add_argument("--rows", nargs="+", choices=list(ROWS), help="only these; not written")
    parser.add_argument("--rounds", type=int, default=100)
    parser.add_argument("--quick", action="store_true", help="a few rounds, to see that it works")
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)
    rounds = 3 if arguments.quick else arguments.rounds
    head = machine.description()
    rows = measure(arguments.rows or list(ROWS), rounds, quick=arguments.quick)
    content = f"{head}Made by `make bench-runs`.\n\n{page.table(rows)}"
    if arguments.rows or arguments.quick:
        sys.stdout.write(content)
    else:
        page.write("runs", content)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
