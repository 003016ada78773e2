"""A disk that is full is told to everyone, loses nothing that was answered, and may be emptied."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pytest
from pycrdt import Doc, Text

from tests.contracts.wire import (
    PATIENCE_S,
    Json,
    Socket,
    assert_events_error,
    assert_interview_error,
    client,
    code_of,
    events_session,
    eventually,
    joined,
    save,
)
from tests.databases import own_cluster
from tests.serving import Server
from tests.sync.peer import Peer

SIZE = 12 * 2**20
# A database of PostgreSQL has some eight megabytes from the start.
POSTGRES_SIZE = 24 * 2**20
MOST_SAVES = 200
# A mount that only the process sees, and that goes with it.
MOUNT = 'mount -t tmpfs -o size="$1" tmpfs "$2" && shift 2 && exec "$@"'


class SmallDisk:
    """The disk of one process, as others reach it."""

    def __init__(self, pid: int, place: Path) -> None:
        self.path = Path(f"/proc/{pid}/root") / place.relative_to("/")
        self._ballast = self.path / "ballast"

    def fill(self) -> None:
        """Leave no byte."""
        with self._ballast.open("ab", buffering=0) as file:
            for size in (2**16, 1):
                try:
                    while True:
                        file.write(b"x" * size)
                except OSError:
                    continue

    def make_room(self) -> None:
        self._ballast.unlink()


@dataclass
class Crowded:
    """A server whose database is on a small disk, and how to have its data once it is gone."""

    server: Server
    disk: SmallDisk
    keep: Callable[[], str]
    has_gaps: bool
    """Whether small writes find room in what the database has of a full disk."""


def alone(size: str, place: Path) -> list[str]:
    """The beginning of a command whose process has a disk of its own."""
    separate = ["unshare", "--mount"]
    if os.geteuid() != 0:
        separate += ["--user", "--map-root-user"]
    return [*separate, "sh", "-c", MOUNT, "sh", size, str(place)]


@pytest.fixture(params=["sqlite", "postgresql"])
def crowded(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Crowded]:
    with ExitStack() as owned:
        on_it = crowded_sqlite if request.param == "sqlite" else crowded_postgresql
        yield on_it(owned, tmp_path)


def crowded_sqlite(owned: ExitStack, tmp_path: Path) -> Crowded:
    place = tmp_path / "small"
    place.mkdir()
    settings = {"ALGOROOM_DATABASE_URL": f"sqlite:///{place}/algoroom.db"}
    server = Server(settings, data_dir=tmp_path, prefix=alone(str(SIZE), place))
    disk = SmallDisk(owned.enter_context(server).pid, place)

    def copy() -> str:
        shutil.copytree(disk.path, tmp_path / "copied")
        return f"sqlite:///{tmp_path}/copied/algoroom.db"

    return Crowded(server, disk, copy, has_gaps=False)


def crowded_postgresql(owned: ExitStack, tmp_path: Path) -> Crowded:
    """The tables are on the small disk, the log before them is not: PostgreSQL gives up where it
    cannot write that."""
    place = Path(owned.enter_context(tempfile.TemporaryDirectory(prefix="algoroom-small-")))
    place.chmod(0o755)
    prefix = alone(f"{POSTGRES_SIZE},mode=777", place)
    if os.geteuid() != 0:
        # Root of a namespace is root to PostgreSQL too, which refuses to be that.
        prefix += ["unshare", "--user", "--map-user=1000", "--map-group=1000"]
    cluster = owned.enter_context(own_cluster(fsync=False, prefix=prefix))
    assert cluster.pid is not None
    disk = SmallDisk(cluster.pid, place)
    (disk.path / "tables").mkdir()
    owner = Path(cluster.directory).stat()
    os.chown(disk.path / "tables", owner.st_uid, owner.st_gid)
    asyncio.run(cluster.execute(f"CREATE TABLESPACE small LOCATION '{place}/tables'"))
    url = owned.enter_context(cluster.database(migrated=True, tablespace="small"))
    server = owned.enter_context(Server({"ALGOROOM_DATABASE_URL": url}, data_dir=tmp_path))
    return Crowded(server, disk, lambda: url, has_gaps=True)


async def until_refused(http: httpx2.AsyncClient, session: str, answered: str) -> str:
    """Write until the disk is full; the last text that was answered with success, if there was
    another than `answered`."""
    for number in range(MOST_SAVES):
        code = f"{number}\n" + os.urandom(20_000).hex()
        response = await http.post(f"/api/sessions/{session}/code", json={"code": code})
        if response.status_code != 200:
            assert_interview_error(response, 503, "STORAGE_UNAVAILABLE")
            assert response.headers["Retry-After"] == "1"
            return answered
        answered = code
    raise AssertionError("the disk was never full")


async def refusal(opened: Socket) -> Json:
    frame = await opened.until("error")
    data: Json = frame["data"]
    return data


async def played_back(http: httpx2.AsyncClient, session: str) -> tuple[str, list[str]]:
    """The text that playback leads to, and the authors in their order."""
    response = await http.get(f"/api/sessions/{session}/playback", params={"limit": 1_000_000})
    *lines, last = map(json.loads, response.text.splitlines())
    assert last["type"] == "next", last
    updates = [line for line in lines if line["type"] == "update"]
    assert [line["seq"] for line in updates] == list(range(1, len(updates) + 1))
    doc: Doc[Any] = Doc()
    for line in updates:
        doc.apply_update(base64.b64decode(line["update"]))
    return str(doc.get("code", type=Text)), [line["userId"] for line in updates]


@pytest.mark.timeout(180)
async def test_a_full_disk_is_told_loses_nothing_and_is_forgotten_once_there_is_room(
    crowded: Crowded,
) -> None:
    server, disk = crowded.server, crowded.disk
    much = os.urandom(10_000).hex()
    peer = Peer()
    async with client(server) as http:
        shared, saved = await events_session(http), await events_session(http)
        async with joined(server, shared, "ann") as ann, peer.joined(server, shared):
            await peer.write(0, "before ")
            await peer.all_saved()
            await save(http, saved, "kept\n")
            disk.fill()
            answered = await until_refused(http, saved, "kept\n")

            await ann.code_becomes("before ")
            await ann.write(f"before {much} ")
            assert (await refusal(ann))["code"] == "NOT_SAVED"
            await peer.until(lambda: much in str(peer.text))
            await peer.write(0, "typed ")
            assert_events_error(
                await http.put(f"/sessions/{shared}/code", json={"code": "typed before put "}),
                503,
                "HTTP_ERROR",
            )
            if not crowded.has_gaps:
                created = await http.post("/api/sessions", json={"title": "x" * 200})
                assert_interview_error(created, 503, None)
            assert peer.saved < peer.sent
            # Reading goes on.
            assert await code_of(http, shared) == "typed before put "

            disk.make_room()
            await peer.all_saved()

            async def is_taken() -> bool:
                body = {"code": "after\n"}
                response = await http.post(f"/api/sessions/{saved}/code", json=body)
                return response.status_code == 200

            await eventually(is_taken, PATIENCE_S)
            await peer.write(0, "after ")
            await peer.all_saved()
        text, authors = await played_back(http, shared)
        assert text == await code_of(http, shared) == "after typed before put "
        assert "ann" in authors
        history = (await http.get(f"/api/sessions/{saved}/history?limit=100")).json()["history"]
        assert answered in [entry["codeSnapshot"] for entry in history]
        kept = await asyncio.to_thread(crowded.keep)
    await asyncio.to_thread(server.kill)
    async with Server({"ALGOROOM_DATABASE_URL": kept}) as again, client(again) as http:
        assert await played_back(http, shared) == (text, authors)
        assert (await played_back(http, saved))[0] == "after\n"
