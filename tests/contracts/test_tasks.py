"""The task of a session: who sees what of it, its starter code, runs over its test cases."""

from __future__ import annotations

import json
from typing import Any

import httpx2
import pytest

from tests.access.rooms import Headers, Hosted, hosted
from tests.contracts.wire import Json, assert_interview_error, code_of, save
from tests.serving import Server
from tests.sync.peer import Peer

pytestmark = pytest.mark.both_databases

SECRET = "zebra-quartz"
SHOWN = {"name": "small", "stdin": "2\n", "expected": "4\n"}
HIDDEN = {"name": SECRET, "stdin": f"{SECRET}\n", "expected": f"{SECRET}{SECRET}\n", "hidden": True}
TWICE = "text = input()\nprint(2 * int(text) if text.isdigit() else 2 * text)"


@pytest.fixture
async def room(http: httpx2.AsyncClient) -> Hosted:
    return await hosted(http, language="python")


async def put_task(room: Hosted, headers: Headers | None = None, **task: Any) -> Json:
    answer = await room.http.put(f"{room.path}/task", json=task, headers=headers or room.host)
    assert answer.status_code == 200, answer.text
    body: Json = answer.json()
    return body


async def task_of(room: Hosted, headers: Headers | None = None) -> Json:
    answer = await room.http.get(f"{room.path}/task", headers=headers)
    assert answer.status_code == 200, answer.text
    body: Json = answer.json()
    return body


async def test_a_session_has_an_empty_task_until_a_host_writes_one(room: Hosted) -> None:
    before = await task_of(room)
    assert (before["revision"], before["text"], before["cases"]) == (0, "", [])
    assert (before["changedAt"], before["userId"]) == (None, None)
    answer = await room.http.put(f"{room.path}/task", json={"text": "mine"})
    assert_interview_error(answer, 403, "NOT_ALLOWED")
    written = await put_task(room, text="# Twice", cases=[SHOWN])
    assert (written["revision"], written["text"], written["shared"]) == (1, "# Twice", True)
    seen = await task_of(room)
    assert seen == written
    [case] = seen["cases"]
    expected = {"number": 1, "comparison": "trimmed", "tolerance": 1e-6, "hidden": False, **SHOWN}
    assert case == expected


async def test_what_is_for_hosts_alone_is_told_to_nobody_else(room: Hosted) -> None:
    await put_task(room, text=SECRET, shared=False, cases=[SHOWN, HIDDEN])
    hosts = await task_of(room, room.host)
    assert (hosts["text"], len(hosts["cases"]), hosts["caseCount"]) == (SECRET, 2, 2)
    others = await task_of(room)
    assert (others["text"], others["cases"], others["caseCount"]) == ("", [], 0)
    await put_task(room, text="for all", cases=[HIDDEN, SHOWN])
    others = await task_of(room)
    assert [case["number"] for case in others["cases"]] == [2]
    assert (others["text"], others["caseCount"]) == ("for all", 2)
    assert SECRET not in json.dumps(others)


async def test_a_change_that_was_made_of_an_older_task_is_refused(room: Hosted) -> None:
    await put_task(room, text="one", revision=0)
    body = {"text": "two", "revision": 0}
    answer = await room.http.put(f"{room.path}/task", json=body, headers=room.host)
    assert_interview_error(answer, 409, "TASK_CHANGED")
    assert (await task_of(room))["text"] == "one"
    assert (await put_task(room, text="two", revision=1))["revision"] == 2
    assert (await put_task(room, text="whatever was there"))["revision"] == 3


async def test_starter_code_goes_into_a_room_that_nobody_has_written_in(room: Hosted) -> None:
    assert "Write your" in await code_of(room.http, room.id)
    starters = {"python": "def twice(n): ...\n", "ruby": "def twice(n)\nend\n"}
    await put_task(room, starters=starters)
    assert await code_of(room.http, room.id) == starters["python"]
    await put_task(room, starters={"python": "def thrice(n): ...\n"})
    assert await code_of(room.http, room.id) == "def thrice(n): ...\n"
    await save(room.http, room.id, "mine")
    await put_task(room, starters=starters)
    assert await code_of(room.http, room.id) == "mine"


async def test_everybody_is_told_that_the_task_is_another_and_not_what_it_is(
    server: Server, room: Hosted
) -> None:
    peer = Peer()
    async with peer.joined(server, room.id):
        await put_task(room, text=SECRET, shared=False, userId="ann")
        await peer.until(lambda: any(each["type"] == "task-changed" for each in peer.events))
        [told] = [each for each in peer.events if each["type"] == "task-changed"]
        assert told.keys() == {"type", "timestamp", "userId", "revision"}
        assert (told["userId"], told["revision"]) == ("ann", 1)


async def finished(room: Hosted, **asked: Any) -> Json:
    answer = await room.http.post(f"{room.path}/runs", json=asked)
    assert answer.status_code == 202, answer.text
    path = f"/api/runs/{answer.json()['id']}"
    async with room.http.stream("GET", f"{path}/events") as events:
        told = (await events.aread()).decode()
    run: Json = (await room.http.get(path)).json()
    assert SECRET not in told
    assert SECRET not in json.dumps(run)
    return run


async def test_a_run_over_the_tests_tells_of_hidden_ones_how_they_went_and_no_more(
    server: Server, room: Hosted
) -> None:
    await put_task(room, cases=[SHOWN, HIDDEN, {**SHOWN, "expected": "5\n"}])
    await save(room.http, room.id, TWICE)
    peer = Peer()
    async with peer.joined(server, room.id):
        run = await finished(room, taskCases=True)
        cases = run["outcome"]["cases"]
        assert [case["passed"] for case in cases] == [True, True, False]
        assert [case["stdout"] for case in cases] == ["4\n", None, "4\n"]
        await peer.until(lambda: peer.events[-1]["type"] == "run-finished")
        started, *judged, _ = [each for each in peer.events if each["type"].startswith("run-")]
        assert (started["type"], started["cases"]) == ("run-started", 3)
        assert [each["type"] for each in judged] == ["run-case"] * 3
        assert [(each["number"], each["passed"]) for each in judged] == [
            (1, True),
            (2, True),
            (3, False),
        ]
        assert [each["stdout"] for each in judged] == ["4\n", None, "4\n"]
        assert SECRET not in json.dumps(peer.events)
    answer = await room.http.get(f"{room.path}/playback")
    assert SECRET not in answer.text


async def test_the_cases_of_a_task_for_hosts_alone_are_theirs_to_run(room: Hosted) -> None:
    await put_task(room, shared=False, cases=[SHOWN])
    refused = await room.http.post(f"{room.path}/runs", json={"taskCases": True})
    assert_interview_error(refused, 422, "INVALID_REQUEST")
    body = {"taskCases": True, "code": TWICE}
    run = (await room.http.post(f"{room.path}/runs", json=body, headers=room.host)).json()
    async with room.http.stream("GET", f"/api/runs/{run['id']}/events") as events:
        told = (await events.aread()).decode()
    assert '"passed":true' in told
    assert "small" not in told
    assert '"stdout":null' in told


async def test_cases_of_a_task_and_of_a_request_do_not_go_together(room: Hosted) -> None:
    await put_task(room, cases=[SHOWN])
    together: list[Json] = [{"cases": [SHOWN]}, {"stdin": "1"}, {"terminal": {}}]
    for more in together:
        answer = await room.http.post(f"{room.path}/runs", json={"taskCases": True, **more})
        assert_interview_error(answer, 422, "INVALID_REQUEST")


async def test_a_fork_has_of_the_task_what_whoever_made_it_saw(room: Hosted) -> None:
    task: Json = {"text": "# Twice", "starters": {"python": "1"}, "cases": [HIDDEN, SHOWN]}
    await put_task(room, **task)
    for headers, count in (({}, 1), (room.host, 2)):
        made = await room.http.post(f"{room.path}/fork", headers=headers)
        fork = Hosted(room.http, made.json()["id"], made.headers["x-host-token"])
        taken = await task_of(fork, fork.host)
        assert (taken["text"], taken["starters"]) == ("# Twice", {"python": "1"})
        assert len(taken["cases"]) == count
        assert (SECRET in json.dumps(taken)) is (count == 2)
    bare = await hosted(room.http)
    made = await bare.http.post(f"{bare.path}/fork")
    fork = Hosted(room.http, made.json()["id"], made.headers["x-host-token"])
    assert (await task_of(fork, fork.host))["revision"] == 0


async def test_bytes_that_are_no_text_come_back_as_they_were(room: Hosted) -> None:
    case = {"stdin": {"base64": "/w=="}, "expected": {"base64": "/w=="}, "comparison": "exact"}
    await put_task(room, cases=[case])
    [kept] = (await task_of(room))["cases"]
    assert (kept["stdin"], kept["expected"]) == (case["stdin"], case["expected"])


@pytest.mark.parametrize(
    "body",
    [
        {"text": "x" * 100_001},
        {"starters": {"klingon": "x"}},
        {"cases": [SHOWN] * 101},
        {"cases": [{"stdin": "1"}]},
        {"shared": "yes"},
        {"revision": -1},
    ],
)
async def test_what_is_no_task_is_refused(room: Hosted, body: Json) -> None:
    answer = await room.http.put(f"{room.path}/task", json=body, headers=room.host)
    assert_interview_error(answer, 422, "INVALID_REQUEST")
