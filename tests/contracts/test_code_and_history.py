"""Saving code, reading it back, and what the history tells of it."""

from __future__ import annotations

from typing import Any

import httpx2
import pytest

from tests.contracts.wire import (
    ENDS_IN_Z,
    assert_interview_error,
    code_of,
    history_of,
    interview_session,
    joined,
    moment,
    put,
    save,
    strict_json,
)
from tests.serving import Server

pytestmark = pytest.mark.both_databases

ENTRY_KEYS = {"timestamp", "userId", "changeType", "description", "codeSnapshot"}


@pytest.mark.contract("I-08")
async def test_the_code_is_read_with_its_language(http: httpx2.AsyncClient) -> None:
    session = await interview_session(http, language="python")
    response = await http.get(f"/api/sessions/{session}/code")
    assert response.status_code == 200
    body = strict_json(response)
    assert set(body) == {"sessionId", "code", "language", "lastModified"}
    assert body["sessionId"] == session
    assert body["language"] == "python"


@pytest.mark.contract("I-09")
@pytest.mark.parametrize(
    "code",
    ["", "x", "a\r\nb\rc\n", "é😀e\u0301\u200d\u2028\ufeff", "\x01\x7f\ufffe", "x" * 100_000],
    ids=range(6),
)
async def test_any_text_is_saved_as_it_is(http: httpx2.AsyncClient, code: str) -> None:
    session = await interview_session(http)
    response = await http.post(f"/api/sessions/{session}/code", json={"code": code})
    assert response.status_code == 200
    body = strict_json(response)
    assert set(body) == {"sessionId", "snapshotId", "savedAt"}
    assert body["sessionId"] == session
    assert isinstance(body["snapshotId"], str)
    assert ENDS_IN_Z.fullmatch(body["savedAt"])
    assert await code_of(http, session) == code


@pytest.mark.contract("I-31", "I-09")
async def test_a_save_with_a_language_sets_it(http: httpx2.AsyncClient) -> None:
    session = await interview_session(http)
    await save(http, session, "print(1)", language="python")
    assert (await http.get(f"/api/sessions/{session}")).json()["language"] == "python"
    await save(http, session, "print(2)")
    assert (await http.get(f"/api/sessions/{session}/code")).json()["language"] == "python"


@pytest.mark.contract("I-32")
async def test_last_modified_moves_with_the_code_alone(http: httpx2.AsyncClient) -> None:
    session = await interview_session(http)

    async def last_modified() -> str:
        answer = await http.get(f"/api/sessions/{session}/code")
        return str(answer.json()["lastModified"])

    first = await last_modified()
    await http.patch(f"/api/sessions/{session}", json={"title": "T", "language": "python"})
    assert await last_modified() == first
    saved = await save(http, session, "changed")
    second = await last_modified()
    assert moment(second) > moment(first)
    assert second == saved["savedAt"]
    await put(http, session, "changed again")
    assert moment(await last_modified()) > moment(second)


@pytest.mark.contract("I-32")
async def test_typing_moves_last_modified(server: Server, http: httpx2.AsyncClient) -> None:
    session = await interview_session(http)
    before = (await http.get(f"/api/sessions/{session}/code")).json()["lastModified"]
    async with joined(server, session, "ann") as ann:
        await ann.write("typed")
        await ann.settle()
    after = (await http.get(f"/api/sessions/{session}/code")).json()
    assert after["code"] == "typed"
    assert moment(after["lastModified"]) > moment(before)


@pytest.mark.contract("I-12", "I-29")
async def test_the_history_of_a_new_session_is_empty(http: httpx2.AsyncClient) -> None:
    session = await interview_session(http)
    response = await http.get(f"/api/sessions/{session}/history")
    assert response.status_code == 200
    assert strict_json(response) == {"sessionId": session, "history": []}


@pytest.mark.contract("I-29", "I-30")
async def test_a_save_is_one_snapshot_also_with_a_language(http: httpx2.AsyncClient) -> None:
    session = await interview_session(http)
    await save(http, session, "one")
    await save(http, session, "two", language="python")
    entries = await history_of(http, session)
    assert [entry["changeType"] for entry in entries] == ["snapshot", "snapshot"]
    assert [entry["codeSnapshot"] for entry in entries] == ["one", "two"]
    for entry in entries:
        assert set(entry) == ENTRY_KEYS
        assert entry["userId"] == "anonymous"
        assert ENDS_IN_Z.fullmatch(entry["timestamp"])
        assert isinstance(entry["description"], str)
        assert entry["description"]


@pytest.mark.contract("I-12", "I-29")
async def test_the_history_gives_the_newest_entries_oldest_first(http: httpx2.AsyncClient) -> None:
    session = await interview_session(http)
    for number in range(103):
        await save(http, session, f"text {number}")
    default = await history_of(http, session)
    assert [entry["codeSnapshot"] for entry in default] == [f"text {n}" for n in range(53, 103)]
    three = await history_of(http, session, limit=3)
    assert [entry["codeSnapshot"] for entry in three] == ["text 100", "text 101", "text 102"]
    assert len(await history_of(http, session, limit=1)) == 1
    assert len(await history_of(http, session, limit=100)) == 100
    assert [moment(e["timestamp"]) for e in three] == sorted(moment(e["timestamp"]) for e in three)


@pytest.mark.contract("I-12", "I-36")
@pytest.mark.parametrize("limit", ["0", "101", "-1", "x", "1.5", "", "1e400", "9" * 5_000, "%00"])
async def test_a_limit_out_of_range_is_refused(http: httpx2.AsyncClient, limit: str) -> None:
    session = await interview_session(http)
    response = await http.get(f"/api/sessions/{session}/history?limit={limit}")
    assert_interview_error(response, 422, "INVALID_REQUEST")


@pytest.mark.contract("I-13")
async def test_a_snapshot_is_read_back(http: httpx2.AsyncClient) -> None:
    session = await interview_session(http)
    first = await save(http, session, "one", language="python")
    second = await save(http, session, "two")
    assert first["snapshotId"] != second["snapshotId"]
    for saved, code in ((first, "one"), (second, "two")):
        response = await http.get(f"/api/sessions/{session}/snapshots/{saved['snapshotId']}")
        assert response.status_code == 200
        assert strict_json(response)["code"] == code
    other = await interview_session(http)
    assert_interview_error(
        await http.get(f"/api/sessions/{other}/snapshots/{first['snapshotId']}"), 404, None
    )
    assert_interview_error(await http.get(f"/api/sessions/{session}/snapshots/none"), 404, None)


@pytest.mark.contract("I-29")
async def test_a_language_change_is_an_entry_of_its_own(http: httpx2.AsyncClient) -> None:
    session = await interview_session(http)
    await http.patch(f"/api/sessions/{session}", json={"language": "python", "title": "T"})
    entries = await history_of(http, session)
    assert [entry["changeType"] for entry in entries] == ["language-change"]
    assert entries[0]["userId"] == "anonymous"
    assert set(entries[0]) == ENTRY_KEYS


@pytest.mark.contract("I-29", "I-55")
async def test_a_language_change_on_a_socket_is_in_the_history(
    server: Server, http: httpx2.AsyncClient
) -> None:
    session = await interview_session(http)
    async with joined(server, session, "ann") as ann:
        await ann.send("language-change", {"language": "cpp"})
        await ann.settle()
        entries = await history_of(http, session)
    assert [(entry["changeType"], entry["userId"]) for entry in entries] == [
        ("language-change", "ann")
    ]


@pytest.mark.contract("I-34")
async def test_what_changes_nothing_is_not_in_the_history(
    server: Server, http: httpx2.AsyncClient
) -> None:
    session = await interview_session(http)
    code = await code_of(http, session)
    async with joined(server, session, "ann") as ann:
        await http.patch(f"/api/sessions/{session}", json={"language": "javascript"})
        await put(http, session, code)
        await ann.send("language-change", {"language": "javascript"})
        await ann.write(code)
        await ann.settle()
    assert await history_of(http, session) == []


@pytest.mark.contract("I-74", "I-29")
async def test_a_burst_of_typing_is_one_edit(server: Server, http: httpx2.AsyncClient) -> None:
    session = await interview_session(http)
    async with joined(server, session, "ann") as ann, joined(server, session, "bob") as bob:
        await ann.expect("user-joined")
        text = ""
        for letter in "hello":
            text += letter
            await ann.write(text)
        await bob.code_becomes(text)
        assert authors(await history_of(http, session)) == [("edit", "ann")]
        for letter in ", you":
            text += letter
            await bob.write(text)
        await ann.code_becomes(text)
        assert authors(await history_of(http, session)) == [("edit", "ann"), ("edit", "bob")]
        await ann.write(text + "!")
        await bob.code_becomes(text + "!")
    entries = await history_of(http, session)
    assert authors(entries) == [("edit", "ann"), ("edit", "bob"), ("edit", "ann")]
    for entry in entries:
        assert set(entry) == ENTRY_KEYS
        assert entry["codeSnapshot"] is None or isinstance(entry["codeSnapshot"], str)


@pytest.mark.contract("I-74")
async def test_a_put_is_in_the_history(http: httpx2.AsyncClient) -> None:
    session = await interview_session(http)
    await put(http, session, "by the other contract")
    entries = await history_of(http, session)
    assert [(entry["changeType"], entry["userId"]) for entry in entries] == [("edit", "anonymous")]


def authors(entries: list[dict[str, Any]]) -> list[tuple[str, str]]:
    return [(entry["changeType"], entry["userId"]) for entry in entries]
