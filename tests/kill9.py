"""Write through every API, kill -9 at any instant, start again: what was answered is there.

    python -m tests.kill9 --rounds 1000 [--database sqlite|postgresql] [--seed N]

Each round has several writers at once, each awaiting one answer after the other. What a writer had
been answered with a 2xx when the server died has to be there after the restart; what it had sent
without an answer may be there or not, but never half of it. `saved` answers a client of the sync
socket, and any later answer of REST one of the Interview API's socket. Journals are packed and
states stored every few edits, and rooms unloaded at once, so that many a kill comes amid that.
What playback tells goes on after each start where it was, without a gap, and leads to the text.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import json
import random
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field

import httpx2
from pycrdt import Doc, Text
from websockets.exceptions import ConnectionClosed, InvalidMessage

from tests.contracts.wire import client, joined
from tests.databases import own_cluster
from tests.serving import Server
from tests.sync.peer import Peer

# Few entries to a block, rooms that leave at once: packing, storing states and loading for ever.
BUSY = {
    "ALGOROOM_JOURNAL_TAIL_ENTRIES": "16",
    "ALGOROOM_ROOM_IDLE_SECONDS": "0",
    "ALGOROOM_SWEEP_SECONDS": "0.05",
}
LINES = 20
NEWEST = 40
LONGEST_WRITING_S = 0.6

# What a request meets when its server dies: refused, reset, or cut off in the middle.
Died = (httpx2.TransportError, ConnectionClosed, InvalidMessage, OSError, TimeoutError)


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
class Played:
    """How far playback has been followed, and the document that it led to."""

    cursor: str = ""
    seq: int = 0
    doc: Doc[Text] = field(default_factory=Doc)


@dataclass(slots=True)
class Written:
    """What has been sent and what has been answered for one session."""

    session: str
    sent: int = -1
    answered: int = -1
    snapshots: dict[int, str] = field(default_factory=dict)
    played: Played = field(default_factory=Played)


@dataclass(slots=True)
class Typed:
    """A room of Yjs clients: for each of them its words, by the number of the message that was
    sent with one, and how many messages are saved."""

    session: str
    peers: list[Peer] = field(default_factory=list)
    words: list[dict[int, str]] = field(default_factory=list)


@dataclass(slots=True)
class Ledger:
    """Everything that was answered, and how much of it there is."""

    saved: list[Written] = field(default_factory=list)
    put: list[Written] = field(default_factory=list)
    framed: list[Written] = field(default_factory=list)
    typed: list[Typed] = field(default_factory=list)
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


async def framing(
    server: Server, http: httpx2.AsyncClient, ledger: Ledger, written: Written
) -> None:
    """Write by frames of the Interview API; what REST answers after one covers it."""
    async with joined(server, written.session, "framer") as opened:
        while True:
            for _ in range(3):
                written.sent += 1
                await opened.write(text(written.sent))
            number = written.sent
            await opened.send("ping")
            await opened.until("pong")
            response = await http.patch(
                f"/api/sessions/{written.session}", json={"title": f"edit {number}"}
            )
            accepted(response, ledger)
            written.answered = number


async def typing(server: Server, ledger: Ledger, typed: Typed, name: str) -> None:
    """Type words into the shared document; `saved` answers for them."""
    peer, words = Peer(), dict[int, str]()
    typed.peers.append(peer)
    typed.words.append(words)
    async with peer.joined(server, typed.session):
        while True:
            word = f"{name}{len(words)} "
            words[peer.sent + 1] = word
            await peer.write(0, word)
            ledger.answers += 1
            if len(words) % 3 == 0:
                await peer.all_saved()


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
        ledger.framed = [*ledger.framed[:1], await new(http, ledger)]
        ledger.typed = [Typed((await new(http, ledger)).session)]
        async with asyncio.TaskGroup() as group:
            for written in ledger.saved:
                group.create_task(until_death(saving(http, ledger, written)))
            for written in ledger.put:
                group.create_task(until_death(putting(http, ledger, written)))
            for written in ledger.framed:
                group.create_task(until_death(framing(server, http, ledger, written)))
            for typed in ledger.typed:
                for name in ("a", "b"):
                    group.create_task(until_death(typing(server, ledger, typed, name)))
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
        for written in (*ledger.saved, *ledger.put, *ledger.framed):
            await check_code(http, written)
            await check_playback(http, written)
        for typed in ledger.typed:
            await check_words(http, typed)
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


async def check_words(http: httpx2.AsyncClient, typed: Typed) -> None:
    response = await http.get(f"/sessions/{typed.session}")
    found = response.json()["code"].split()
    sent = {word.strip() for words in typed.words for word in words.values()}
    if len(found) != len(set(found)) or not set(found) <= sent:
        raise LostWriteError(f"session {typed.session}: {found} is not what was typed, once each")
    for peer, words in zip(typed.peers, typed.words, strict=True):
        lost = {word for number, word in words.items() if number <= peer.saved} - {
            f"{word} " for word in found
        }
        if lost:
            raise LostWriteError(f"session {typed.session}: {lost} was saved, {found} is there")


async def check_playback(http: httpx2.AsyncClient, written: Written) -> None:
    """Go on from where it was before the server died."""
    played = written.played
    address = f"/api/sessions/{written.session}/playback"
    response = await http.get(address, params={"after": played.cursor, "limit": 1_000_000})
    *lines, last = [json.loads(line) for line in response.text.splitlines()]
    if last["type"] != "next":
        raise LostWriteError(f"playback of {written.session} ends with {last}")
    for line in lines:
        if line["type"] == "update":
            if line["seq"] != played.seq + 1:
                raise LostWriteError(f"update {line['seq']} comes after {played.seq}")
            played.seq += 1
            played.doc.apply_update(base64.b64decode(line["update"]))
    played.cursor = last["cursor"]
    there = await http.get(f"/sessions/{written.session}")
    if str(played.doc.get("code", type=Text)) != there.json()["code"]:
        raise LostWriteError(f"playback of {written.session} does not lead to its text")


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
    server = Server({**BUSY, **settings})
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
