"""Runs that are followed, talked to, cancelled and tested, over HTTP."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx2
import pytest

from tests.contracts import programs
from tests.contracts.wire import (
    UUID,
    Json,
    assert_interview_error,
    client,
    eventually,
    interview_session,
    joined,
    listening,
    save,
)
from tests.serving import Server

WITHIN_S = 30
ASKS = "name = input('Who? ')\nprint('Hello,', name)"
SLEEPS = "import time\nprint('begun')\ntime.sleep(60)"


async def begin(http: httpx2.AsyncClient, code: str, **fields: Any) -> Json:
    response = await http.post("/api/runs", json={"language": "python", "code": code, **fields})
    assert response.status_code == 202, response.text
    body: Json = response.json()
    return body


async def read(http: httpx2.AsyncClient, run: str) -> Json:
    response = await http.get(f"/api/runs/{run}")
    assert response.status_code == 200, response.text
    body: Json = response.json()
    return body


def data_of(content: Any) -> bytes:
    return content.encode() if isinstance(content, str) else base64.b64decode(content["base64"])


class Events:
    """A stream of server-sent events, read one by one."""

    def __init__(self, response: httpx2.Response) -> None:
        self.response = response
        self._lines = response.aiter_lines()

    async def next(self) -> tuple[int, str, Json] | None:
        """Number, kind and data of the next event; None at the end."""
        fields: dict[str, str] = {}
        async with asyncio.timeout(WITHIN_S):
            async for line in self._lines:
                if line and not line.startswith(":"):
                    name, _, value = line.partition(": ")
                    fields[name] = value
                elif fields:
                    return int(fields["id"]), fields["event"], json.loads(fields["data"])
        return None

    async def rest(self) -> list[tuple[int, str, Json]]:
        found = []
        while (event := await self.next()) is not None:
            found.append(event)
        return found

    async def hear(self, words: bytes) -> None:
        """Read until the program has said this on its standard output."""
        said = b""
        while words not in said:
            event = await self.next()
            assert event is not None, said
            if event[1] == "output" and event[2]["stream"] == "stdout":
                said += data_of(event[2]["data"])


@asynccontextmanager
async def events(http: httpx2.AsyncClient, run: str, **options: Any) -> AsyncIterator[Events]:
    async with http.stream("GET", f"/api/runs/{run}/events", **options) as response:
        assert response.status_code == 200
        assert response.headers["Content-Type"].startswith("text/event-stream")
        yield Events(response)


async def outcome_of(http: httpx2.AsyncClient, run: str) -> Json:
    async with events(http, run) as stream:
        told = await stream.rest()
    assert told[-1][1] == "ended"
    body = await read(http, run)
    assert body["status"] == "ended"
    outcome: Json = body["outcome"]
    ending = {key: value for key, value in outcome.items() if key in told[-1][2]}
    assert ending == told[-1][2]
    return outcome


@pytest.mark.contract("R-01", "R-02", "R-03", "R-04", "R-12", "R-18", "R-19", "R-23")
async def test_a_program_is_talked_to_while_it_runs(http: httpx2.AsyncClient) -> None:
    run = await begin(http, ASKS, interactive=True)
    assert set(run) == {
        "id", "sessionId", "language", "status", "position", "createdAt", "startedAt", "endedAt",
        "limits", "outcome",
    }  # fmt: skip
    assert UUID.fullmatch(run["id"])
    assert run["outcome"] is None
    path = f"/api/runs/{run['id']}"
    async with events(http, run["id"]) as stream:
        await stream.hear(b"Who? ")
        assert (await read(http, run["id"]))["status"] == "running"
        assert (await http.post(f"{path}/stdin", json={"data": "Ann"})).status_code == 204
        assert (await http.post(f"{path}/stdin", json={"end": True})).status_code == 204
        await stream.hear(b"Hello, Ann\n")
        number, kind, ended = (await stream.rest())[-1]
    assert (kind, ended["verdict"], ended["exitCode"]) == ("ended", "ok", 0)
    body = await read(http, run["id"])
    assert (body["status"], body["position"], number > 3) == ("ended", None, True)
    assert body["createdAt"] <= body["startedAt"] <= body["endedAt"]
    outcome = body["outcome"]
    assert set(outcome) == {
        "verdict", "exitCode", "signal", "cpuMs", "wallMs", "peakMemoryBytes", "detail",
        "compilerOutput", "stdoutCut", "stderrCut", "stdout", "stderr", "cases",
    }  # fmt: skip
    assert (outcome["stdout"], outcome["stderr"]) == ("Who? Hello, Ann\n", "")
    assert min(outcome["cpuMs"], outcome["wallMs"], outcome["peakMemoryBytes"]) > 0


@pytest.mark.contract("R-03", "R-23", "R-24")
async def test_who_comes_late_or_again_misses_nothing(http: httpx2.AsyncClient) -> None:
    run = await begin(http, "for n in range(5): print(n)")
    async with events(http, run["id"]) as stream:
        whole = await stream.rest()
    assert [number for number, _, _ in whole] == list(range(1, len(whole) + 1))
    assert {kind for _, kind, _ in whole} <= {"queued", "started", "output", "ended"}
    for known in range(len(whole)):
        async with events(http, run["id"], headers={"Last-Event-ID": str(known)}) as stream:
            assert await stream.rest() == whole[known:]
        async with events(http, run["id"], params={"after": known}) as stream:
            assert await stream.rest() == whole[known:]
    async with events(http, run["id"], headers={"Last-Event-ID": "nonsense"}) as stream:
        assert await stream.rest() == whole
    headers = {"Last-Event-ID": str(len(whole))}
    response = await http.get(f"/api/runs/{run['id']}/events", headers=headers)
    assert (response.status_code, response.content) == (204, b"")


@pytest.mark.contract("R-09", "R-10", "R-11")
async def test_files_arguments_and_bytes_arrive_as_they_were(http: httpx2.AsyncClient) -> None:
    code = (
        "import sys, shapes\nout = sys.stdout.buffer\n"
        "out.write(open('data/in.bin', 'rb').read()); out.write(sys.stdin.buffer.read())\n"
        "print(shapes.square(3), *sys.argv[1:], file=sys.stderr)"
    )
    run = await begin(
        http,
        code,
        files={
            "shapes.py": "def square(n): return n * n",
            "data/in.bin": {"base64": "/wCA"},
        },
        stdin={"base64": "/v8="},
        arguments=["-x", "zwei Wörter"],
    )
    outcome = await outcome_of(http, run["id"])
    assert data_of(outcome["stdout"]) == b"\xff\x00\x80\xfe\xff"
    assert outcome["stdout"] == {"base64": "/wCA/v8="}
    assert outcome["stderr"] == "9 -x zwei Wörter\n"


@pytest.mark.contract("R-05", "R-13")
async def test_a_terminal_is_typed_at_and_resized(http: httpx2.AsyncClient) -> None:
    code = (
        "import os, signal\n"
        "def size(*_): print(*os.get_terminal_size())\n"
        "signal.signal(signal.SIGWINCH, size)\nsize()\n"
        "while True:\n"
        "  try: print('read', input())\n"
        "  except KeyboardInterrupt: print('interrupted')\n"
        "  except EOFError: break\n"
    )
    run = await begin(http, code, terminal={"rows": 30, "columns": 90}, interactive=True)
    path = f"/api/runs/{run['id']}"
    async with events(http, run["id"]) as stream:
        await stream.hear(b"90 30\r\n")
        size = {"rows": 40, "columns": 100}
        assert (await http.put(f"{path}/terminal", json=size)).status_code == 204
        await stream.hear(b"100 40\r\n")
        await http.post(f"{path}/stdin", json={"data": "line\n"})
        await stream.hear(b"read line\r\n")
        await http.post(f"{path}/stdin", json={"data": "\u0003"})
        await stream.hear(b"interrupted\r\n")
        await http.post(f"{path}/stdin", json={"end": True})
        assert (await stream.rest())[-1][2]["exitCode"] == 0


@pytest.mark.contract("R-14")
async def test_a_run_has_the_limits_that_it_asks_for(http: httpx2.AsyncClient) -> None:
    limits = {"cpuMs": 300, "memoryBytes": 300 * 2**20, "outputBytes": 2_000}
    run = await begin(http, "while True: pass", limits=limits)
    assert run["limits"] == {
        **limits, "wallMs": 10_000, "processes": 64, "fileBytes": 16 * 2**20, "openFiles": 256,
    }  # fmt: skip
    outcome = await outcome_of(http, run["id"])
    assert (outcome["verdict"], outcome["signal"]) == ("time_limit", 9)
    run = await begin(http, "class Main { }", language="java")
    assert (run["limits"]["cpuMs"], run["limits"]["processes"]) == (5_000, 128)
    run = await begin(http, "", interactive=True, limits={"wallMs": 300_000})
    assert run["limits"]["wallMs"] == 300_000


@pytest.mark.contract("R-14", "R-30")
@pytest.mark.parametrize(
    ("key", "most"),
    [
        ("cpuMs", 10_000),
        ("wallMs", 30_000),
        ("memoryBytes", 512 * 2**20),
        ("processes", 256),
        ("outputBytes", 2**20),
        ("fileBytes", 64 * 2**20),
        ("openFiles", 1_024),
    ],
)
async def test_a_limit_above_the_operators_ceiling_is_refused_by_name(
    http: httpx2.AsyncClient, key: str, most: int
) -> None:
    session = await interview_session(http, language="python")
    for path in ("/api/runs", f"/api/sessions/{session}/runs"):
        body = {"language": "python", "code": "", "limits": {"cpuMs": 10, key: most + 1}}
        refused = await http.post(path, json=body)
        assert_interview_error(refused, 422, "INVALID_REQUEST")
        said = refused.json()
        (complaint,) = said["detail"]
        assert (complaint["loc"], complaint["input"]) == (["body", "limits", key], most + 1)
        assert complaint["ctx"] == {"le": most}
        assert said["message"] == (
            f"limits.{key}: {most + 1} was asked for, and at most {most} is allowed here"
        )


@pytest.mark.contract("R-14")
async def test_the_operators_ceilings_hold_for_every_run() -> None:
    settings = {
        "ALGOROOM_RUN_CPU_SECONDS": "2", "ALGOROOM_RUN_WALL_SECONDS": "3",
        "ALGOROOM_RUN_MEMORY_BYTES": str(64 * 2**20), "ALGOROOM_RUN_PROCESSES": "20",
        "ALGOROOM_RUN_OUTPUT_BYTES": "2000", "ALGOROOM_RUN_FILE_BYTES": "4096",
        "ALGOROOM_RUN_OPEN_FILES": "50",
    }  # fmt: skip
    async with Server(settings) as server, client(server) as http:
        run = await begin(http, "")
        assert run["limits"] == {
            "cpuMs": 2_000, "wallMs": 3_000, "memoryBytes": 64 * 2**20, "processes": 20,
            "outputBytes": 2_000, "fileBytes": 4_096, "openFiles": 50,
        }  # fmt: skip
        code = "import resource\nprint(resource.getrlimit(resource.RLIMIT_NOFILE)[0])\n"
        body = {"language": "python", "code": code + "kept = bytearray(80 << 20)", "timeout": 10}
        result = (await http.post("/api/execute", json=body)).json()
        assert (result["success"], result["stdout"]) == (False, "50\n")
        assert result["error"] == "Stopped at the memory limit of 64 MB"


@pytest.mark.contract("R-19", "R-22")
@pytest.mark.both_databases
async def test_a_run_tells_which_of_its_output_is_cut(http: httpx2.AsyncClient) -> None:
    session = await interview_session(http, language="python")
    code = "print('o' * {}, end='')"
    limits = {"outputBytes": 1_000}
    for count, verdict, is_cut in ((1_000, "ok", False), (1_001, "output_limit", True)):
        body = code.format(count)
        for where in ({}, {"sessionId": session}):
            run = await begin(http, body, limits=limits, **where)
            outcome = await outcome_of(http, run["id"])
            assert (outcome["verdict"], len(outcome["stdout"])) == (verdict, 1_000)
            assert (outcome["stdoutCut"], outcome["stderrCut"]) == (is_cut, False)


@pytest.mark.contract("R-15", "R-16", "R-17", "R-20")
async def test_a_program_is_tested(http: httpx2.AsyncClient) -> None:
    cases = [
        {"stdin": "2", "expected": "4", "name": "two"},
        {"stdin": "0.1", "expected": "0.01", "comparison": "float"},
        {"stdin": "3", "expected": "9", "comparison": "exact"},
        {"stdin": "secret-in", "expected": "secret-out", "hidden": True},
    ]
    code = "word = input()\nprint(float(word) ** 2 if '.' in word else int(word) ** 2)"
    run = await begin(http, code, cases=cases)
    async with events(http, run["id"]) as stream:
        told = [data for _, kind, data in await stream.rest() if kind == "case"]
    body = await read(http, run["id"])
    outcome = body["outcome"]
    assert outcome["cases"] == told
    assert [case["passed"] for case in told] == [True, True, False, False]
    assert [case["verdict"] for case in told] == ["ok", "ok", "ok", "failed"]
    assert [case["number"] for case in told] == [1, 2, 3, 4]
    assert (told[0]["name"], told[0]["stdout"], told[0]["cut"]) == ("two", "4\n", False)
    assert (told[3]["stdout"], told[3]["stderr"], told[3]["exitCode"]) == (None, None, 1)
    assert "secret" not in json.dumps(body)
    assert (outcome["verdict"], outcome["detail"]) == ("failed", "2 of 4 test cases passed")
    run = await begin(http, code, cases=cases, stopAtFirstFailure=True)
    outcome = await outcome_of(http, run["id"])
    assert [case["passed"] for case in outcome["cases"]] == [True, True, False]


@pytest.mark.contract("R-06", "R-21")
async def test_a_run_is_cancelled_at_any_stage(http: httpx2.AsyncClient, server: Server) -> None:
    run = await begin(http, SLEEPS)
    async with events(http, run["id"]) as stream:
        await stream.hear(b"begun\n")
    for _ in range(2):
        assert (await http.delete(f"/api/runs/{run['id']}")).status_code == 204
        outcome = (await read(http, run["id"]))["outcome"]
        assert (outcome["verdict"], outcome["stdout"]) == ("cancelled", "begun\n")
    compiled = await begin(http, programs.HELLO["java"], language="java")
    async with events(http, compiled["id"]) as stream:
        while (event := await stream.next()) is not None and event[1] != "compiling":
            pass
        assert (await http.delete(f"/api/runs/{compiled['id']}")).status_code == 204
        assert (await stream.rest())[-1][2]["verdict"] == "cancelled"


@pytest.mark.contract("R-01", "R-18", "R-21", "R-30")
async def test_a_queue_has_places_and_an_end() -> None:
    settings = {"ALGOROOM_RUNS_AT_ONCE": "1", "ALGOROOM_RUNS_WAITING": "2"}
    async with Server(settings) as server, client(server) as http:
        await http.get("/api/languages")
        first = await begin(http, SLEEPS)
        waiting = [await begin(http, "print(1)") for _ in range(2)]
        assert [(run["status"], run["position"]) for run in waiting] == [
            ("queued", 1), ("queued", 2),
        ]  # fmt: skip
        body = {"language": "python", "code": ""}
        refused = await http.post("/api/runs", json=body)
        assert_interview_error(refused, 503, "EXECUTION_SERVICE_ERROR")
        assert int(refused.headers["Retry-After"]) >= 1
        assert (await http.delete(f"/api/runs/{waiting[0]['id']}")).status_code == 204
        outcome = (await read(http, waiting[0]["id"]))["outcome"]
        assert (outcome["verdict"], outcome["stdout"]) == ("cancelled", "")
        await http.delete(f"/api/runs/{first['id']}")
        assert (await outcome_of(http, waiting[1]["id"]))["stdout"] == "1\n"


@pytest.mark.contract("R-07", "R-08", "R-26", "R-27")
@pytest.mark.both_databases
async def test_a_sessions_runs_are_seen_in_its_room_and_kept(
    http: httpx2.AsyncClient, server: Server
) -> None:
    session = await interview_session(http, language="python")
    await save(http, session, ASKS)
    path = f"/api/sessions/{session}/runs"
    async with joined(server, session, "ann", "Ann") as ann, listening(server, session) as ear:
        run = (await http.post(path, json={"interactive": True, "userId": "ann"})).json()
        assert (run["sessionId"], run["language"]) == (session, "python")
        started = await ann.until("run-started")
        assert started["data"] == {"runId": run["id"], "language": "python"}
        page = (await http.get(path)).json()
        assert [(one["id"], one["status"]) for one in page["runs"]] == [(run["id"], "running")]
        await http.post(f"/api/runs/{run['id']}/stdin", json={"data": "Ann\n"})
        said = ""
        while "Hello, Ann\n" not in said:
            said += (await ann.until("run-output"))["data"]["text"]
        finished = await ann.until("run-finished")
        assert (finished["data"]["runId"], finished["data"]["verdict"]) == (run["id"], "ok")
        result = (await ear.until("execution_result"))["executionResult"]
        assert (result["success"], result["output"]) == (True, "Who? Hello, Ann\n")
    others = []
    for n in range(3):
        response = await http.post(path, json={"code": f"print({n})"})
        others.append(response.json()["id"])
        await outcome_of(http, others[-1])
    first = (await http.get(path, params={"limit": 2})).json()
    assert [one["id"] for one in first["runs"]] == [others[2], others[1]]
    assert first["next"] == others[1]
    second = (await http.get(path, params={"before": first["next"]})).json()
    assert [one["id"] for one in second["runs"]] == [others[0], run["id"]]
    assert second["next"] is None
    assert set(second["runs"][0]) == {
        "id", "userId", "userName", "language", "status", "startedAt", "endedAt", "verdict",
        "exitCode", "signal", "cpuMs", "wallMs", "peakMemoryBytes",
    }  # fmt: skip
    assert second["runs"][0]["verdict"] == "ok"
    assert [one["userId"] for one in second["runs"]] == ["anonymous", "ann"]
    # She has left meanwhile; who never came has no name.
    assert [one["userName"] for one in second["runs"]] == [None, "Ann"]
    assert (await http.get(path, params={"before": "unknown"})).json()["runs"] == []


@pytest.mark.contract("R-22", "R-28")
async def test_a_run_is_kept_for_a_while_and_a_sessions_run_with_its_session() -> None:
    async with Server({"ALGOROOM_RUNS_KEPT": "0"}) as server, client(server) as http:
        session = await interview_session(http, language="python")
        gone = await begin(http, "print(1)")
        cases = [{"expected": "2"}, {"expected": "3", "hidden": True}]
        stays = await begin(http, "print(2)", sessionId=session, cases=cases)

        async def is_stored() -> bool:
            return bool((await http.get(f"/api/sessions/{session}/runs")).json()["runs"])

        async def is_over() -> bool:
            response = await http.get(f"/api/runs/{stays['id']}")
            return bool(response.json().get("status") == "ended")

        await eventually(is_stored, WITHIN_S)
        await eventually(is_over, WITHIN_S)
        kept = (await read(http, stays["id"]))["outcome"]["cases"]
        assert [(case["passed"], case["stdout"]) for case in kept] == [
            (True, "2\n"), (False, None),
        ]  # fmt: skip
        response = await http.get(f"/api/runs/{gone['id']}")
        assert_interview_error(response, 404, "RUN_NOT_FOUND")
        response = await http.get(f"/api/runs/{stays['id']}/events")
        assert_interview_error(response, 404, "RUN_NOT_FOUND")
        await http.delete(f"/api/sessions/{session}")
        response = await http.get(f"/api/runs/{stays['id']}")
        assert response.status_code == 404


@pytest.mark.contract("R-28")
async def test_unknown_runs_and_sessions_are_404(http: httpx2.AsyncClient) -> None:
    for run in ("nope", "00000000-0000-4000-8000-000000000000", "%00", "x" * 1_000):
        path = f"/api/runs/{run}"
        for response in (
            await http.get(path),
            await http.get(f"{path}/events"),
            await http.delete(path),
            await http.post(f"{path}/stdin", json={}),
            await http.put(f"{path}/terminal", json={}),
        ):
            body = assert_interview_error(response, 404, "RUN_NOT_FOUND")
            assert body["detail"] == "Run not found"
    body = {"language": "python", "code": ""}
    for response in (
        await http.post("/api/runs", json={**body, "sessionId": "nope"}),
        await http.post("/api/sessions/nope/runs", json=body),
        await http.post("/api/sessions/nope/runs"),
        await http.get("/api/sessions/nope/runs"),
    ):
        assert_interview_error(response, 404, "SESSION_NOT_FOUND")
    session = await interview_session(http, language="python")
    run_ = await begin(http, "print(1)", sessionId=session)
    await outcome_of(http, run_["id"])
    await http.delete(f"/api/sessions/{session}")
    response = await http.get(f"/api/runs/{run_['id']}")
    assert_interview_error(response, 404, "RUN_NOT_FOUND")


@pytest.mark.contract("R-29")
async def test_what_a_run_cannot_take_is_409(http: httpx2.AsyncClient) -> None:
    run = await begin(http, SLEEPS)
    path = f"/api/runs/{run['id']}"
    response = await http.post(f"{path}/stdin", json={"data": "x"})
    assert_interview_error(response, 409, "STDIN_CLOSED")
    response = await http.put(f"{path}/terminal", json={"rows": 1, "columns": 1})
    assert_interview_error(response, 409, "NO_TERMINAL")
    await http.delete(path)
    for response in (
        await http.post(f"{path}/stdin", json={"data": "x"}),
        await http.post(f"{path}/stdin", json={"end": True}),
        await http.put(f"{path}/terminal", json={"rows": 1, "columns": 1}),
    ):
        assert_interview_error(response, 409, "RUN_ENDED")
    run = await begin(http, SLEEPS, interactive=True)
    path = f"/api/runs/{run['id']}"
    while (response := await http.post(f"{path}/stdin", json={"data": "x" * 60_000})).is_success:
        pass
    assert_interview_error(response, 409, "STDIN_FULL")
    assert response.headers["Retry-After"] == "1"
    await http.delete(path)


@pytest.mark.contract("R-30")
@pytest.mark.parametrize(
    ("fields", "place"),
    [
        ({"files": {"../x": ""}}, "files"),
        ({"files": {"/etc/passwd": ""}}, "files"),
        ({"files": {"main.py": ""}}, "files"),
        ({"files": {"a": "", "a/b": ""}}, "files"),
        ({"files": {"a": {"base64": "%"}}}, "files"),
        ({"files": {str(n): "" for n in range(65)}}, "files"),
        ({"stdin": 5}, "stdin"),
        ({"stdin": "a\0b"}, "stdin"),
        ({"arguments": "x"}, "arguments"),
        ({"arguments": ["a\0b"]}, "arguments"),
        ({"arguments": ["x" * 70_000]}, "arguments"),
        ({"terminal": {"rows": 0}}, "terminal"),
        ({"terminal": {"columns": 1_001}}, "terminal"),
        ({"limits": {"cpuMs": 0}}, "limits"),
        ({"limits": {"cpuMs": "1"}}, "limits"),
        ({"cases": [{}]}, "cases"),
        ({"cases": [{"expected": "", "comparison": "nearly"}]}, "cases"),
        ({"cases": [{"expected": "", "tolerance": -1}]}, "cases"),
        ({"cases": [{"expected": ""}] * 101}, "cases"),
        ({"cases": [{"expected": ""}], "terminal": {}}, "cases"),
        ({"cases": [{"expected": ""}], "stdin": "x"}, "stdin"),
        ({"interactive": "yes"}, "interactive"),
        ({"language": "cobol"}, "language"),
        ({"code": None}, "code"),
    ],
)
async def test_what_cannot_be_run_is_422_and_names_the_field(
    http: httpx2.AsyncClient, fields: Json, place: str
) -> None:
    body = {"language": "python", "code": "", **fields}
    error = assert_interview_error(await http.post("/api/runs", json=body), 422, "INVALID_REQUEST")
    assert place in error["detail"][0]["loc"]


@pytest.mark.contract("R-25")
async def test_a_reader_that_leaves_changes_nothing_for_the_others(
    http: httpx2.AsyncClient,
) -> None:
    run = await begin(http, ASKS, interactive=True)
    async with events(http, run["id"]) as staying:
        await staying.hear(b"Who? ")
        for _ in range(20):
            async with events(http, run["id"]) as leaving:
                await leaving.hear(b"Who? ")
        await http.post(f"/api/runs/{run['id']}/stdin", json={"data": "all\n"})
        await staying.hear(b"Hello, all\n")
        assert (await staying.rest())[-1][1] == "ended"


@pytest.mark.contract("R-21", "R-23")
async def test_a_server_that_stops_ends_its_runs_and_their_streams() -> None:
    async with Server({"ALGOROOM_RUNS_GRACE_SECONDS": "0"}) as server, client(server) as http:
        run = await begin(http, ASKS, interactive=True)
        async with events(http, run["id"]) as stream:
            await stream.hear(b"Who? ")
            stopped = asyncio.ensure_future(asyncio.to_thread(server.terminate))
            kind, ended = (await stream.rest())[-1][1:]
            assert (kind, ended["verdict"]) == ("ended", "cancelled")
        assert await stopped == 0
