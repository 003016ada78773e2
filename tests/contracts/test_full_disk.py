"""A disk that is full is told to everyone, loses nothing that was answered, and may be emptied."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import shutil
from collections.abc import Iterator
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
from tests.serving import Server
from tests.sync.peer import Peer

SIZE = 12 * 2**20
MOST_SAVES = 200
# A mount that only the server sees, and that goes with it.
MOUNT = 'mount -t tmpfs -o size="$1" tmpfs "$2" && shift 2 && exec "$@"'


class SmallDisk:
    """The disk of one server, as others reach it."""

    def __init__(self, server: Server, place: Path) -> None:
        self.path = Path(f"/proc/{server.pid}/root") / place.relative_to("/")
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


@pytest.fixture
def place(tmp_path: Path) -> Path:
    mounted = tmp_path / "small"
    mounted.mkdir()
    return mounted


@pytest.fixture
def crowded(place: Path, tmp_path: Path) -> Iterator[Server]:
    alone = ["unshare", "--mount"]
    if os.geteuid() != 0:
        alone += ["--user", "--map-root-user"]
    prefix = [*alone, "sh", "-c", MOUNT, "sh", str(SIZE), str(place)]
    settings = {"ALGOROOM_DATABASE_URL": f"sqlite:///{place}/algoroom.db"}
    with Server(settings, data_dir=tmp_path, prefix=prefix) as running:
        yield running


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
    crowded: Server, place: Path, tmp_path: Path
) -> None:
    disk = SmallDisk(crowded, place)
    peer = Peer()
    async with client(crowded) as http:
        shared, saved = await events_session(http), await events_session(http)
        async with joined(crowded, shared, "ann") as ann, peer.joined(crowded, shared):
            await peer.write(0, "before ")
            await peer.all_saved()
            await save(http, saved, "kept\n")
            disk.fill()
            answered = await until_refused(http, saved, "kept\n")

            await ann.code_becomes("before ")
            await ann.write("before while-full ")
            assert (await refusal(ann))["code"] == "NOT_SAVED"
            await peer.until(lambda: "while-full" in str(peer.text))
            await peer.write(0, "typed ")
            assert_events_error(
                await http.put(f"/sessions/{shared}/code", json={"code": "typed before put "}),
                503,
                "HTTP_ERROR",
            )
            assert_interview_error(
                await http.post("/api/sessions", json={"title": "x" * 200}), 503, None
            )
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
        copied = tmp_path / "copied"
        await asyncio.to_thread(shutil.copytree, disk.path, copied)
    settings = {"ALGOROOM_DATABASE_URL": f"sqlite:///{copied}/algoroom.db"}
    with Server(settings) as again:
        async with client(again) as http:
            assert await played_back(http, shared) == (text, authors)
            assert (await played_back(http, saved))[0] == "after\n"
