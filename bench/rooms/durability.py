"""How long until an edit is known to outlive a power cut, against one commit for each edit."""

import asyncio
import logging
import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import asyncpg  # type: ignore[import-untyped]  # it ships no types

from bench.figures import Aim, spread
from bench.page import number
from bench.peers import PeerMissing
from bench.rooms import servers as known
from bench.rooms.loads import Load
from bench.rooms.measuring import SERVER_CORE, Measured, Place, measure
from bench.rooms.player import LoadFailed
from bench.rooms.servers import Start
from bench.rooms.tables import Verdict, against, quarters, section, table, verdicts
from bench.rooms.traces import Trace
from tests.databases import PostgresMissing, own_cluster

log = logging.getLogger("bench")
HEAD = (
    "database", "edits a second", "p50 ms until saved", "p99 ms until saved",
    "edit → peer p99 ms", "p50 ms of one commit each", "p99", "commits a second", "rounds",
)  # fmt: skip
WITHIN_MS = 10.0
ROW = b"x" * 40


@dataclass(frozen=True, slots=True)
class Commits:
    """One commit after the other, each of one small row."""

    p50_ms: float
    p99_ms: float
    rate: float


def summed(took_s: list[float]) -> Commits:
    ordered = sorted(took_s)
    return Commits(
        ordered[len(ordered) // 2] * 1000,
        ordered[int(len(ordered) * 0.99)] * 1000,
        len(took_s) / sum(took_s),
    )


def sqlite_commits(path: Path, count: int) -> Commits:
    connection = sqlite3.connect(path, isolation_level=None)
    try:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("CREATE TABLE edits (id INTEGER PRIMARY KEY, body BLOB)")
        took = []
        for _ in range(count):
            began = time.perf_counter()
            connection.execute("INSERT INTO edits (body) VALUES (?)", (ROW,))
            took.append(time.perf_counter() - began)
        return summed(took)
    finally:
        connection.close()


async def postgres_commits(url: str, count: int) -> Commits:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute("SET synchronous_commit TO on")
        await connection.execute("CREATE TABLE edits (id bigserial PRIMARY KEY, body bytea)")
        insert = await connection.prepare("INSERT INTO edits (body) VALUES ($1)")
        took = []
        for _ in range(count):
            began = time.perf_counter()
            await insert.fetch(ROW)
            took.append(time.perf_counter() - began)
        await connection.execute("DROP TABLE edits")
        return summed(took)
    finally:
        await connection.close()


Store = tuple[dict[str, str], Callable[[int], Commits]]


@contextmanager
def sqlite(place: Place) -> Iterator[Store]:
    path = place.folder / "commits.db"

    def commits(count: int) -> Commits:
        for file in place.folder.glob("commits.db*"):
            file.unlink()
        return sqlite_commits(path, count)

    yield {}, commits


@contextmanager
def postgresql(place: Place) -> Iterator[Store]:  # noqa: ARG001
    """A cluster of its own that really writes. Raises PostgresMissing."""
    with (
        own_cluster() as cluster,
        cluster.database(migrated=False) as url,
        cluster.database(migrated=False) as other,
    ):
        yield (
            {"ALGOROOM_DATABASE_URL": url},
            lambda count: asyncio.run(postgres_commits(other, count)),
        )


def rows(servers: Mapping[str, Start], trace: Trace, place: Place, *, quick: bool) -> str:  # noqa: ARG001
    load = Load(2, 2, 20, 0.5) if quick else Load(50, 4, 100, 10)
    rounds, commits = (1, 20) if quick else (3, 1_000)
    lines, judged = [], []
    for name, store in (("SQLite", sqlite), ("PostgreSQL", postgresql)):
        found: list[tuple[Measured, Commits]] = []
        try:
            with store(place) as (settings, commit_each):
                for _ in range(rounds):
                    with known.ours(SERVER_CORE, settings) as server:
                        measured = measure(server, load, trace, place)
                    found.append((measured, commit_each(commits)))
                    log.info("durability, %s: %s", name, found[-1])
        except (PeerMissing, LoadFailed, PostgresMissing) as reason:
            log.warning("durability, %s: %s", name, reason)
        if found:
            lines.append(_line(name, load, found))
            judged.append(_aim(name, load, found))
    return section("Until an edit is saved", table(HEAD, lines), verdicts(judged))


def _line(name: str, load: Load, found: list[tuple[Measured, Commits]]) -> list[str]:
    return [
        name,
        number(load.rooms * load.edits_a_second),
        quarters([measured.saved_p50_ms for measured, _ in found]),
        quarters([measured.saved_p99_ms for measured, _ in found]),
        quarters([measured.p99_ms for measured, _ in found]),
        quarters([commits.p50_ms for _, commits in found]),
        quarters([commits.p99_ms for _, commits in found]),
        number(spread([commits.rate for _, commits in found]).middle),
        str(len(found)),
    ]


def _aim(name: str, load: Load, found: list[tuple[Measured, Commits]]) -> Verdict:
    what = f"saved at {load.rooms * load.edits_a_second:,.0f} edits a second, {name}: p50"
    waits = [measured.saved_p50_ms for measured, _ in found]
    return against(what, waits, "10 ms", [WITHIN_MS] * len(waits), "ms", Aim(1.0))
