"""A whole session as one file."""

from __future__ import annotations

import io
import json
import random
import zipfile
from collections.abc import AsyncGenerator
from datetime import UTC, datetime
from urllib.parse import unquote

import httpx2
import pytest

from algoroom.api.rooms.archive import Archive
from tests.access.rooms import Headers, Hosted, hosted
from tests.contracts.test_past import everything, replayed
from tests.contracts.wire import Json, assert_interview_error, save

SECRET = "zebra-quartz"
HIDDEN: Json = {"stdin": SECRET, "expected": SECRET, "hidden": True}
PROGRAM = "import sys\nprint('Grüße', input())\nsys.stdout.buffer.write(b'\\xff')\n"

both_databases = pytest.mark.both_databases


async def exported(room: Hosted, headers: Headers | None = None) -> dict[str, bytes]:
    answer = await room.http.get(f"{room.path}/export", headers=headers)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/zip"
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


async def ran(room: Hosted, **asked: object) -> str:
    answer = await room.http.post(f"{room.path}/runs", json=asked, headers=room.host)
    assert answer.status_code == 202, answer.text
    run = str(answer.json()["id"])
    async with room.http.stream("GET", f"/api/runs/{run}/events") as events:
        await events.aread()
    return run


@both_databases
async def test_an_export_has_all_that_a_session_is(http: httpx2.AsyncClient) -> None:
    room = await hosted(http, language="python", title="Zwei / Summen")
    await save(http, room.id, PROGRAM)
    for name in ("first try", "../.."):
        answer = await http.post(f"{room.path}/versions", json={"name": name})
        assert answer.status_code == 201
        await save(http, room.id, f"{PROGRAM}\n# after {name}")
    await ran(room, stdin="Ann\n", files={"lib/shapes.py": "x = 1"}, arguments=["a"], userId="ann")
    files = await exported(room)
    assert {"README.txt", "session.json", "playback.jsonl"} <= files.keys()
    assert files["code/main.py"].decode() == f"{PROGRAM}\n# after ../.."
    session = json.loads(files["session.json"])
    assert (session["sessionId"], session["title"]) == (room.id, "Zwei / Summen")
    assert "task.md" not in files
    listed = json.loads(files["versions/versions.json"])
    assert [(each["file"], each["name"]) for each in listed] == [
        ("versions/001-first-try.py", "first try"),
        ("versions/002.py", "../.."),
    ]
    assert files["versions/001-first-try.py"].decode() == PROGRAM
    assert files["versions/002.py"].decode() == f"{PROGRAM}\n# after first try"
    [folder] = {name.split("/")[1] for name in files if name.startswith("runs/")}
    of_run = {name: files[f"runs/{folder}/{name}"] for name in ("stdout.txt", "stdin.txt")}
    assert of_run["stdout.txt"].endswith(b"\xff")
    assert "Grüße Ann\n".encode() in of_run["stdout.txt"]
    assert of_run["stdin.txt"] == b"Ann\n"
    assert files[f"runs/{folder}/program/lib/shapes.py"] == b"x = 1"
    assert files[f"runs/{folder}/program/main.py"] == files["code/main.py"]
    run = json.loads(files[f"runs/{folder}/run.json"])
    assert (run["userId"], run["outcome"]["verdict"], run["arguments"]) == ("ann", "ok", ["a"])
    lines = [json.loads(line) for line in files["playback.jsonl"].splitlines()]
    assert replayed(lines)[0] == files["code/main.py"].decode()
    assert lines == await everything(http, room.id)


@both_databases
async def test_an_export_has_of_the_task_what_whoever_asks_may_see(
    http: httpx2.AsyncClient,
) -> None:
    room = await hosted(http, language="python")
    task = {"text": "# Echo", "cases": [HIDDEN, {"expected": ""}]}
    await http.put(f"{room.path}/task", json=task, headers=room.host)
    await ran(room, taskCases=True, code="print(input())")
    hosts, others = await exported(room, room.host), await exported(room)
    assert len(json.loads(hosts["task.json"])["cases"]) == 2
    assert len(json.loads(others["task.json"])["cases"]) == 1
    assert others["task.md"] == b"# Echo"
    assert not any(SECRET.encode() in data for data in others.values())
    await http.put(f"{room.path}/task", json={**task, "shared": False}, headers=room.host)
    assert (await exported(room))["task.md"] == b""
    assert (await exported(room, room.host))["task.md"] == b"# Echo"


async def test_an_export_is_called_as_the_session(http: httpx2.AsyncClient) -> None:
    for title, name in (("Grüße / 2", "Grüße-2"), ("..", "session"), (None, "session")):
        room = await hosted(http, title=title)
        answer = await http.get(f"{room.path}/export")
        told = answer.headers["content-disposition"]
        assert unquote(told) == f"attachment; filename*=UTF-8''{name}.zip"


async def test_who_has_not_been_let_in_gets_no_export(http: httpx2.AsyncClient) -> None:
    room = await hosted(http)
    await room.rule(strangers="ask")
    assert_interview_error(await http.get(f"{room.path}/export"), 403, "NOT_ADMITTED")
    assert await exported(room, await room.guest("viewer"))


async def test_an_archive_gives_away_what_it_has_at_once() -> None:
    noise = random.Random(1)

    async def parts() -> AsyncGenerator[bytes, None]:
        for _ in range(16):
            yield noise.randbytes(1_000_000)

    archive, largest, size = Archive(), 0, 0
    async for piece in archive.add("noise", datetime(2026, 1, 1, tzinfo=UTC), parts()):
        largest, size = max(largest, len(piece)), size + len(piece)
    assert size > 16_000_000
    assert largest < 400_000
    assert archive.end()
