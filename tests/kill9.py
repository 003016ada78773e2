"""Write through both contracts, kill -9 at any instant, start again: what was answered is there.

    python -m tests.kill9 --rounds 1000 [--database sqlite|postgresql] [--seed N]

Each round has several writers at once, each awaiting one answer after the other. What a writer had
been answered with a 2xx when the server died has to be there after the restart; what it had sent
without an answer may be there or not, but never half of it.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field

import httpx2

from tests.contracts.wire import client
from tests.databases import own_cluster
from tests.serving import Server

LINES = 20
NEWEST = 40
LONGEST_WRITING_S = 0.25

# What a request meets when its server dies: refused, reset, or cut off in the middle.
Died = (httpx2.TransportError,)


class LostWriteError(AssertionError):
    """A write that had been answered is not there after the restart."""


def text(number: int) -> str:
    """The code that edit `number` writes; its last line names it."""
    return "".join(f"edit {line}\n" for line in range(max(0, number - LINES), number + 1))


def number_of(code: str) -> int:
    """Which edit wrote this code. Raises `LostWriteError` if it is not whole."""
    lines = code.splitlines()
    number = int(lines[-1].removeprefix("edit ")) if lines else -1
    if code != (text(number) if lines else ""):
        raise LostWriteError(f"the code is of no edit: {code!r}")
    return number


@dataclass(slots=True)
class Written:
    """What has been sent and what has been answered for one session."""

    session: str
    sent: int = -1
    answered: int = -1
    snapshots: dict[int, str] = field(default_factory=dict)


@dataclass(slots=True)
class Ledger:
    """Everything that was answered, and how much of it there is."""

    saved: list[Written] = field(default_factory=list)
    put: list[Written] = field(default_factory=list)
    made: dict[str, str] = field(default_factory=dict)
    deleted: list[str] = field(default_factory=list)
    answers: int = 0


def accepted(response: httpx2.Response, ledger: Ledger) -> httpx2.Response:
    if not response.is_success:
        raise AssertionError(f"a write was refused: {response.status_code} {response.text}")
    ledger.answers += 1
    return response


async def saving(http: httpx2.AsyncClient, ledger: Ledger, written: Written) -> None:
    """Save through the Interview API, one edit after the other."""
    while True:
        written.sent += 1
        number = written.sent
        body = {"code": text(number)}
        response = await http.post(f"/api/sessions/{written.session}/code", json=body)
        accepted(response, ledger)
        written.answered = number
        written.snapshots[number] = response.json()["snapshotId"]


async def putting(http: httpx2.AsyncClient, ledger: Ledger, written: Written) -> None:
    """Put through the Algoroom API, one edit after the other."""
    while True:
        written.sent += 1
        number = written.sent
        response = await http.put(
            f"/sessions/{written.session}/code", json={"code": text(number), "language": "python"}
        )
        accepted(response, ledger)
        written.answered = number


async def making(http: httpx2.AsyncClient, ledger: Ledger) -> None:
    """Make sessions, rename them, and delete every third."""
    count = 0
    while True:
        count += 1
        response = await http.post("/api/sessions", json={"title": "new"})
        session = str(accepted(response, ledger).json()["sessionId"])
        ledger.made[session] = "new"
        if count % 3 == 0:
            # Sent and unanswered, it may be there or not.
            del ledger.made[session]
            accepted(await http.delete(f"/api/sessions/{session}"), ledger)
            ledger.deleted.append(session)
        elif count % 3 == 1:
            del ledger.made[session]
            response = await http.patch(f"/api/sessions/{session}", json={"title": "renamed"})
            accepted(response, ledger)
            ledger.made[session] = "renamed"


async def until_death(writing: Awaitable[None]) -> None:
    """Write until the server is gone."""
    try:
        await writing
    except Died:
        return


async def write_and_kill(server: Server, ledger: Ledger, chance: random.Random) -> None:
    async with client(server) as http:
        ledger.saved = [*ledger.saved[:1], await new(http, ledger)]
        ledger.put = [*ledger.put[:1], await new(http, ledger)]
        async with asyncio.TaskGroup() as group:
            for written in ledger.saved:
                group.create_task(until_death(saving(http, ledger, written)))
            for written in ledger.put:
                group.create_task(until_death(putting(http, ledger, written)))
            for _ in range(2):
                group.create_task(until_death(making(http, ledger)))
            # The instant is what is random here; nothing waits for it.
            await asyncio.sleep(chance.uniform(0, LONGEST_WRITING_S))
            await asyncio.to_thread(server.kill)


async def new(http: httpx2.AsyncClient, ledger: Ledger) -> Written:
    response = accepted(await http.post("/sessions", json={"language": "python"}), ledger)
    return Written(response.json()["id"])


async def check(server: Server, ledger: Ledger) -> None:
    """Raises `LostWriteError` naming the first answered write that is not there."""
    async with client(server) as http:
        for written in (*ledger.saved, *ledger.put):
            await check_code(http, written)
        for written in ledger.saved:
            await check_history(http, written)
        for session, title in ledger.made.items():
            response = await http.get(f"/api/sessions/{session}")
            if response.status_code != 200 or response.json()["title"] != title:
                raise LostWriteError(f"session {session} ({title}): {response.text}")
        for session in ledger.deleted:
            if (await http.get(f"/api/sessions/{session}")).status_code != 404:
                raise LostWriteError(f"session {session} was deleted and is back")
    ledger.made.clear()
    ledger.deleted.clear()


async def check_code(http: httpx2.AsyncClient, written: Written) -> None:
    response = await http.get(f"/sessions/{written.session}")
    if response.status_code != 200:
        raise LostWriteError(f"session {written.session}: {response.text}")
    there = number_of(response.json()["code"])
    if not written.answered <= there <= written.sent:
        raise LostWriteError(
            f"session {written.session}: edit {written.answered} was answered, "
            f"{written.sent} sent, {there} is there"
        )
    written.sent = written.answered = there


async def check_history(http: httpx2.AsyncClient, written: Written) -> None:
    response = await http.get(f"/api/sessions/{written.session}/history?limit=100")
    entries = [
        entry["codeSnapshot"]
        for entry in response.json()["history"]
        if entry["changeType"] == "snapshot"
    ]
    for number, snapshot in list(written.snapshots.items())[-NEWEST:]:
        if entries.count(text(number)) != 1:
            raise LostWriteError(f"save {number} of {written.session} is not in the history once")
        stored = await http.get(f"/api/sessions/{written.session}/snapshots/{snapshot}")
        if stored.status_code != 200 or stored.json()["code"] != text(number):
            raise LostWriteError(f"snapshot {snapshot} of {written.session}: {stored.text}")
    written.snapshots.clear()


async def rounds(
    count: int,
    settings: Mapping[str, str],
    seed: int,
    done: Callable[[int, int], None] = lambda _round, _answers: None,
) -> int:
    """Run this many rounds; the number of answered writes, none of which was lost."""
    chance = random.Random(seed)
    ledger = Ledger()
    server = Server(settings)
    try:
        await asyncio.to_thread(server.start)
        for number in range(1, count + 1):
            await write_and_kill(server, ledger, chance)
            await asyncio.to_thread(server.start)
            await check(server, ledger)
            done(number, ledger.answers)
    except BaseException as error:
        error.add_note(f"seed {seed}; server log:\n{server.log}")
        raise
    finally:
        await asyncio.to_thread(server.close)
    return ledger.answers


@contextmanager
def settings_for(database: str) -> Iterator[dict[str, str]]:
    with ExitStack() as owned:
        if database == "sqlite":
            yield {}
        else:
            cluster = owned.enter_context(own_cluster())
            url = owned.enter_context(cluster.database(migrated=False))
            yield {"ALGOROOM_DATABASE_URL": url}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.kill9", description=__doc__)
    parser.add_argument("--rounds", type=int, default=1000)
    parser.add_argument("--database", choices=["sqlite", "postgresql"], default="sqlite")
    parser.add_argument("--seed", type=int, default=None)
    arguments = parser.parse_args()
    seed = random.SystemRandom().randrange(2**32) if arguments.seed is None else arguments.seed
    started = time.monotonic()

    def report(number: int, answers: int) -> None:
        if number % 10 == 0 or number == arguments.rounds:
            spent = time.monotonic() - started
            print(
                f"{number} rounds, {answers} answered writes, none lost, {spent:.0f} s", flush=True
            )

    with settings_for(arguments.database) as settings:
        asyncio.run(rounds(arguments.rounds, settings, seed, report))


if __name__ == "__main__":
    main()
