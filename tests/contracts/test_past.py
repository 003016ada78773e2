"""A session as it was: playback, moments, forks, restoring, versions, authors."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
import pytest
from pycrdt import Doc, Map, Text

from tests.contracts.wire import (
    Json,
    assert_interview_error,
    code_of,
    events_session,
    history_of,
    interview_session,
    joined,
    put,
    run,
    save,
)
from tests.serving import Server

pytestmark = pytest.mark.both_databases

BYTES = "application/octet-stream"
ERRORS = {409: "NO_SUCH_MOMENT", 422: "INVALID_REQUEST"}


async def page(http: httpx2.AsyncClient, session: str, **query: Any) -> list[Json]:
    response = await http.get(f"/api/sessions/{session}/playback", params=query)
    assert response.status_code == 200, response.text
    assert response.headers["Content-Type"].startswith("application/x-ndjson")
    return [json.loads(line) for line in response.text.splitlines()]


async def everything(http: httpx2.AsyncClient, session: str, limit: int = 1_000) -> list[Json]:
    found: list[Json] = []
    cursor = ""
    while True:
        *lines, last = await page(http, session, after=cursor, limit=limit)
        found += lines
        assert last["type"] == "next"
        assert len(lines) <= limit
        cursor = last["cursor"]
        if not last["more"]:
            return found


async def moment(http: httpx2.AsyncClient, session: str, **query: Any) -> Json:
    response = await http.get(f"/api/sessions/{session}/at", params=query)
    assert response.status_code == 200, response.text
    body: Json = response.json()
    return body


async def post(http: httpx2.AsyncClient, path: str, status: int, body: Any = None) -> Json:
    response = await http.post(path, json=body)
    assert response.status_code == status, response.text
    answered: Json = response.json()
    return answered


def replayed(lines: list[Json]) -> tuple[str, Json]:
    """The text and the record that the updates of a playback lead to."""
    doc: Doc[Any] = Doc()
    for line in lines:
        if line["type"] == "update":
            doc.apply_update(base64.b64decode(line["update"]))
    return str(doc.get("code", type=Text)), doc.get("session", type=Map).to_py() or {}


async def test_playback_tells_everything_in_order(server: Server, http: httpx2.AsyncClient) -> None:
    session = await interview_session(http, language="python")
    async with joined(server, session, "ann", "Ann") as ann:
        await ann.write("print('hi')\n")
        await ann.settle()
    await run(http, "print('hi')", "python", sessionId=session)
    await http.patch(f"/api/sessions/{session}", json={"language": "java", "title": "Two sums"})
    saved = await save(http, session, "// é😀\n")
    named = await post(http, f"/api/sessions/{session}/versions", 201, {"name": "v1"})
    lines = await everything(http, session)
    notes = [line for line in lines if line["type"] != "update"]
    assert [line["type"] for line in notes][:4] == ["joined", "left", "run-started", "run-finished"]
    assert sorted(line["type"] for line in notes[4:]) == [
        "language",
        "snapshot",
        "title",
        "version",
    ]
    by_type = {line["type"]: line for line in notes}
    assert by_type["joined"]["name"] == "Ann"
    assert by_type["language"] | {"language": "java", "before": "python"} == by_type["language"]
    assert by_type["title"]["title"] == "Two sums"
    assert by_type["snapshot"]["snapshotId"] == saved["snapshotId"]
    assert (by_type["version"]["versionId"], by_type["version"]["name"]) == (named["id"], "v1")
    finished = by_type["run-finished"]
    assert (finished["verdict"], finished["stdoutBytes"], finished["exitCode"]) == ("ok", 3, 0)
    stored = await http.get(finished["run"])
    assert stored.json()["outcome"]["stdout"] == "hi\n"
    updates = [line for line in lines if line["type"] == "update"]
    assert [line["seq"] for line in updates] == list(range(1, len(updates) + 1))
    assert replayed(lines) == ("// é😀\n", {"language": "java", "title": "Two sums"})
    assert all(line["at"].endswith("Z") for line in lines)


@pytest.mark.parametrize("limit", [1, 3])
async def test_pages_lose_and_double_nothing_while_the_room_goes_on(
    server: Server, http: httpx2.AsyncClient, limit: int
) -> None:
    session = await events_session(http)
    paged: list[Json] = []
    cursor = ""
    for number in range(8):
        await put(http, session, f"text {number}\n")
        if number % 3 == 0:
            async with joined(server, session, f"user-{number}"):
                pass
        *lines, last = await page(http, session, after=cursor, limit=limit)
        paged += lines
        cursor = last["cursor"]
    while True:
        *lines, last = await page(http, session, after=cursor, limit=limit)
        paged += lines
        cursor = last["cursor"]
        if not last["more"]:
            break
    assert sorted(paged, key=str) == sorted(await everything(http, session), key=str)
    seqs = [line["seq"] for line in paged if line["type"] == "update"]
    assert seqs == list(range(1, len(seqs) + 1))
    assert replayed(paged)[0] == "text 7\n"


async def test_the_bytes_say_what_the_lines_say(http: httpx2.AsyncClient) -> None:
    session = await interview_session(http)
    await save(http, session, "é" * 300)
    lines = await page(http, session)
    response = await http.get(f"/api/sessions/{session}/playback", headers={"Accept": BYTES})
    assert response.headers["Content-Type"] == BYTES
    assert read_records(response.content) == lines


def read_records(data: bytes) -> list[Json]:
    """As docs/rooms.md tells it."""
    at = 0

    def number() -> int:
        nonlocal at
        value = shift = 0
        while True:
            byte = data[at]
            at += 1
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value

    records: list[Json] = []
    while at < len(data):
        length = number()
        end = at + length
        kind = data[at]
        at += 1
        if kind == 1:
            seq = number()
            time = int.from_bytes(data[at : at + 8], "little", signed=True)
            at += 8
            size = number()
            author = data[at : at + size].decode()
            at += size
            pasted = number()
            moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=time)
            records.append(
                {
                    "type": "update",
                    "seq": seq,
                    "at": moment.isoformat(timespec="microseconds").replace("+00:00", "Z"),
                    "userId": author,
                    "pasted": pasted,
                    "update": base64.b64encode(data[at:end]).decode(),
                }
            )
        else:
            records.append(json.loads(data[at:end]))
        at = end
    return records


async def test_a_text_can_be_had_as_it_was_at_any_moment(http: httpx2.AsyncClient) -> None:
    session = await events_session(http)
    made = await moment(http, session)
    assert (made["code"], made["seq"], made["language"]) == ("", 1, "javascript")
    texts = [f"# {number}\né😀" for number in range(5)]
    for text in texts:
        await put(http, session, text, language="python")
    updates = [line for line in await everything(http, session) if line["type"] == "update"]
    for update, text in zip(updates[1:], texts, strict=True):
        by_seq = await moment(http, session, seq=update["seq"])
        by_time = await moment(http, session, time=update["at"])
        assert by_seq == by_time
        assert (by_seq["code"], by_seq["language"]) == (text, "python")
        assert (by_seq["seq"], by_seq["at"]) == (update["seq"], update["at"])
    assert (await moment(http, session, seq=0))["code"] == ""
    assert (await moment(http, session, time="2999-01-01T00:00:00Z"))["code"] == texts[-1]


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ({"seq": 1_000}, 409),
        ({"time": "2001-01-01T00:00:00Z"}, 409),
        ({"time": "2999-01-01T00:00:00Z", "seq": 1}, 409),
        ({"seq": "1.0"}, 422),
        ({"seq": "1_0"}, 422),
        ({"seq": " 1"}, 422),
        ({"seq": "9" * 30}, 422),
        ({"seq": -1}, 422),
        ({"seq": "x"}, 422),
        ({"time": "2026-01-01T00:00:00"}, 422),
        ({"time": "2026-13-01T00:00:00Z"}, 422),
        ({"time": "yesterday"}, 422),
    ],
)
async def test_a_moment_that_was_not_is_refused(
    http: httpx2.AsyncClient, query: Json, status: int
) -> None:
    session = await interview_session(http)
    for route in ("at", "authors"):
        response = await http.get(f"/api/sessions/{session}/{route}", params=query)
        assert_interview_error(response, status, ERRORS[status])


@pytest.mark.parametrize(
    ("cursor", "status"), [("!", 422), ("x", 409), ("OTk5LjA", 409), ("MS4y", 409), ("é", 422)]
)
async def test_a_cursor_of_nothing_is_refused(
    http: httpx2.AsyncClient, cursor: str, status: int
) -> None:
    session = await interview_session(http)
    response = await http.get(f"/api/sessions/{session}/playback", params={"after": cursor})
    assert_interview_error(response, status, ERRORS[status])


async def test_an_unknown_session_is_404_everywhere(http: httpx2.AsyncClient) -> None:
    for session in ("nothing", "00000000-0000-4000-8000-000000000000"):
        base = f"/api/sessions/{session}"
        for path in ("at", "authors", "playback", "versions", "versions/x"):
            assert_interview_error(await http.get(f"{base}/{path}"), 404, "SESSION_NOT_FOUND")
        for path, body in (("fork", {}), ("restore", {"seq": 0}), ("versions", {"name": "x"})):
            response = await http.post(f"{base}/{path}", json=body)
            assert_interview_error(response, 404, "SESSION_NOT_FOUND")
        assert_interview_error(await http.delete(f"{base}/versions/x"), 404, "SESSION_NOT_FOUND")


async def test_a_fork_begins_with_what_was_and_is_a_session_of_its_own(
    http: httpx2.AsyncClient,
) -> None:
    session = await interview_session(http, language="python", title="Two sums")
    await save(http, session, "one")
    then = (await moment(http, session))["seq"]
    await save(http, session, "two")
    now = await post(http, f"/api/sessions/{session}/fork", 201)
    past = await post(http, f"/api/sessions/{session}/fork", 201, {"seq": then, "title": "Again"})
    assert (now["title"], past["title"]) == ("Two sums", "Again")
    assert past["forkedFrom"]["sessionId"] == session
    assert past["forkedFrom"]["seq"] == then
    assert past["links"]["session"].endswith(f"/api/sessions/{past['id']}")
    assert past["links"]["room"].endswith(f"/interview/{past['id']}")
    assert await code_of(http, now["id"]) == "two"
    assert await code_of(http, past["id"]) == "one"
    await save(http, past["id"], "three")
    assert await code_of(http, session) == "two"
    response = await http.get(f"/api/sessions/{past['id']}")
    assert response.json()["language"] == "python"


async def test_a_fork_of_the_other_contract_is_of_that_contract(http: httpx2.AsyncClient) -> None:
    session = await events_session(http, language="python")
    forked = await post(http, f"/api/sessions/{session}/fork", 201)
    response = await http.get(forked["links"]["session"])
    assert response.json()["id"] == forked["id"]


async def test_restoring_is_an_edit_that_everyone_sees(
    server: Server, http: httpx2.AsyncClient
) -> None:
    session = await interview_session(http)
    await save(http, session, "first\n" * 100)
    then = (await moment(http, session))["at"]
    await save(http, session, "second\n")
    async with joined(server, session, "bob") as bob:
        body = {"time": then, "userId": "ann"}
        restored = await post(http, f"/api/sessions/{session}/restore", 200, body)
        frame = await bob.code_becomes("first\n" * 100)
    assert frame["userId"] == "ann"
    newest = (await history_of(http, session))[-1]
    assert newest["userId"] == "ann"
    assert newest["description"].startswith("Restored as of 20")
    lines = await everything(http, session)
    update = next(line for line in lines if line.get("seq") == restored["seq"])
    assert (update["userId"], update["pasted"]) == ("ann", 0)
    assert next(line for line in lines if line["type"] == "restored")["from"] == restored["seq"] - 2
    assert (await moment(http, session, seq=restored["seq"] - 1))["code"] == "second\n"


@pytest.mark.parametrize(
    "body", [{}, {"seq": None}, {"seq": 1, "time": "2999-01-01T00:00:00Z"}, {"seq": "1"}]
)
async def test_restoring_needs_one_moment(http: httpx2.AsyncClient, body: Json) -> None:
    session = await interview_session(http)
    response = await http.post(f"/api/sessions/{session}/restore", json=body)
    assert_interview_error(response, 422, "INVALID_REQUEST")


async def test_versions_are_named_read_restored_and_forgotten(http: httpx2.AsyncClient) -> None:
    session = await interview_session(http, language="python")
    base = f"/api/sessions/{session}/versions"
    await save(http, session, "one")
    first = await post(http, base, 201, {"name": "First é", "userId": "ann"})
    await save(http, session, "two")
    second = await post(http, base, 201, {"name": "Second"})
    assert (first["userId"], second["userId"]) == ("ann", "server")
    listed = (await http.get(base)).json()
    assert listed == {"sessionId": session, "versions": [first, second]}
    read = (await http.get(f"{base}/{first['id']}")).json()
    assert read == {**first, "code": "one", "language": "python"}
    await post(http, f"/api/sessions/{session}/restore", 200, {"version": first["id"]})
    assert await code_of(http, session) == "one"
    assert (await http.delete(f"{base}/{first['id']}")).status_code == 204
    for method in ("GET", "DELETE"):
        gone = await http.request(method, f"{base}/{first['id']}")
        assert_interview_error(gone, 404, "VERSION_NOT_FOUND")
    unknown = await http.post(f"/api/sessions/{session}/restore", json={"version": first["id"]})
    assert_interview_error(unknown, 409, "NO_SUCH_MOMENT")
    other = await interview_session(http)
    foreign = await http.get(f"/api/sessions/{other}/versions/{second['id']}")
    assert_interview_error(foreign, 404, "VERSION_NOT_FOUND")


@pytest.mark.parametrize("name", ["", "x" * 101, None, 5, "\0"])
async def test_a_version_needs_a_name_within_limits(http: httpx2.AsyncClient, name: Any) -> None:
    session = await interview_session(http)
    response = await http.post(f"/api/sessions/{session}/versions", json={"name": name})
    assert_interview_error(response, 422, "INVALID_REQUEST")


async def test_each_part_of_a_text_has_its_author(server: Server, http: httpx2.AsyncClient) -> None:
    session = await events_session(http)
    async with joined(server, session, "ann") as ann:
        await ann.write("one 😀 two")
        await ann.settle()
        async with joined(server, session, "bob") as bob:
            await bob.write("one 😀 and two")
            await bob.settle()
    response = await http.get(f"/api/sessions/{session}/authors")
    assert response.status_code == 200, response.text
    body = response.json()
    assert body["spans"] == [
        {"start": 0, "end": 7, "userId": "ann"},
        {"start": 7, "end": 11, "userId": "bob"},
        {"start": 11, "end": 14, "userId": "ann"},
    ]
    assert body["shares"] == [{"userId": "ann", "units": 10}, {"userId": "bob", "units": 4}]
    earlier = await http.get(f"/api/sessions/{session}/authors", params={"seq": body["seq"] - 1})
    assert earlier.json()["spans"] == [{"start": 0, "end": 10, "userId": "ann"}]


async def test_what_is_pasted_is_told_and_the_first_text_never_is(
    server: Server, http: httpx2.AsyncClient
) -> None:
    session = await events_session(http)
    async with joined(server, session, "ann") as ann:
        await ann.write("x" * 300)
        await ann.settle()
        await ann.write("x" * 300 + "é" * 1_234)
        await ann.settle()
        await ann.write("x" * 300 + "é" * 1_234 + "typed")
        await ann.settle()
    updates = [line for line in await everything(http, session) if line["type"] == "update"]
    assert [line["pasted"] for line in updates] == [0, 0, 1_234, 0]
    described = [entry["description"] for entry in await history_of(http, session)]
    assert described == ["Code edited", "Pasted 1,234 characters"]
