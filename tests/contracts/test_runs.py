"""Programs of the four languages, run for real, in the results of both contracts."""

from __future__ import annotations

import asyncio
import re

import httpx2
import pytest

from tests.contracts import programs
from tests.contracts.wire import (
    Json,
    client,
    code_of,
    events_session,
    interview_session,
    joined,
    listening,
    put,
    run,
    save,
    strict_json,
)
from tests.serving import Server

INTERVIEW_KEYS = {"success", "stdout", "stderr", "exitCode", "executionTime", "error"}
EVENTS_KEYS = {"success", "output", "error", "executionTime"}

every_language = pytest.mark.parametrize("language", programs.LANGUAGES)


async def executed(http: httpx2.AsyncClient, code: str, language: str) -> Json:
    """The ExecutionResult of the Algoroom API for this program."""
    session = await interview_session(http, language=language)
    await save(http, session, code)
    response = await http.post(f"/sessions/{session}/execute")
    assert response.status_code == 200, response.text
    result: Json = strict_json(response)
    assert set(result) == EVENTS_KEYS
    assert isinstance(result["executionTime"], int)
    assert result["executionTime"] >= 0
    assert isinstance(result["success"], bool)
    assert isinstance(result["output"], str)
    assert (result["error"] is None) == result["success"]
    return result


def assert_interview_result(result: Json) -> None:
    assert set(result) == INTERVIEW_KEYS
    assert isinstance(result["success"], bool)
    assert isinstance(result["stdout"], str)
    assert isinstance(result["stderr"], str)
    assert isinstance(result["exitCode"], int)
    assert isinstance(result["executionTime"], int | float)
    assert result["executionTime"] >= 0
    assert (result["error"] is None) == result["success"]


@pytest.mark.contract("I-10", "I-21", "I-01", "A-06", "A-12", "A-13", "A-42")
@every_language
async def test_hello(http: httpx2.AsyncClient, language: str) -> None:
    result = await run(http, programs.HELLO[language], language)
    assert_interview_result(result)
    assert (result["success"], result["stdout"], result["exitCode"]) == (True, "hello\n", 0)
    assert result["stderr"] == ""
    other = await executed(http, programs.HELLO[language], language)
    assert (other["success"], other["output"], other["error"]) == (True, "hello\n", None)


@pytest.mark.contract("I-10")
@every_language
async def test_stdin_is_what_the_request_holds(http: httpx2.AsyncClient, language: str) -> None:
    text = "first line\nzweite Zeile é 😀\nno end"
    result = await run(http, programs.ECHO[language], language, stdin=text)
    assert_interview_result(result)
    assert (result["success"], result["stdout"]) == (True, text)
    result = await run(http, programs.ECHO[language], language)
    assert (result["success"], result["stdout"]) == (True, "")


@pytest.mark.contract("I-22", "I-23", "I-24", "A-12", "A-13")
@every_language
async def test_exit_code_three(http: httpx2.AsyncClient, language: str) -> None:
    result = await run(http, programs.EXIT_3[language], language)
    assert_interview_result(result)
    assert (result["success"], result["exitCode"], result["stdout"]) == (False, 3, "before\n")
    assert result["error"] == "Exit code 3"
    other = await executed(http, programs.EXIT_3[language], language)
    assert (other["success"], other["output"], other["error"]) == (
        False, "before\n", "Exit code 3",
    )  # fmt: skip


@pytest.mark.contract("I-22", "I-23", "I-24", "A-12", "A-13")
@every_language
async def test_an_uncaught_error(http: httpx2.AsyncClient, language: str) -> None:
    result = await run(http, programs.UNCAUGHT[language], language)
    assert_interview_result(result)
    assert result["success"] is False
    assert result["exitCode"] == programs.UNCAUGHT_EXIT_CODE[language]
    assert result["stdout"] == "before\n"
    assert "wrong sum" in result["stderr"]
    assert "wrong sum" in result["error"]
    other = await executed(http, programs.UNCAUGHT[language], language)
    assert (other["success"], other["output"]) == (False, "before\n")
    assert "wrong sum" in other["error"]


@pytest.mark.contract("I-22", "I-23", "I-24", "A-13")
@every_language
async def test_a_compile_error(http: httpx2.AsyncClient, language: str) -> None:
    result = await run(http, programs.BROKEN[language], language)
    assert_interview_result(result)
    assert (result["success"], result["stdout"], result["exitCode"]) == (False, "", 1)
    assert programs.BROKEN_SAYS[language] in result["error"]
    other = await executed(http, programs.BROKEN[language], language)
    assert (other["success"], other["output"]) == (False, "")
    assert programs.BROKEN_SAYS[language] in other["error"]


@pytest.mark.contract("I-10", "I-22", "I-23", "I-24", "I-25", "I-27")
@every_language
async def test_an_endless_loop_is_stopped(http: httpx2.AsyncClient, language: str) -> None:
    result = await run(http, programs.ENDLESS[language], language, timeout=1)
    assert_interview_result(result)
    assert (result["success"], result["exitCode"]) == (False, 137)
    assert result["stdout"] == "before\n"
    assert "Stopped after 1 s" in result["error"]
    assert 500 < result["executionTime"] < 3_000


@pytest.mark.contract("A-14", "A-22", "A-25")
async def test_the_algoroom_api_stops_an_endless_loop_after_five_seconds(
    http: httpx2.AsyncClient,
) -> None:
    result = await executed(http, programs.ENDLESS["python"], "python")
    assert (result["success"], result["output"]) == (False, "before\n")
    assert result["error"] == "Execution timeout after 5000ms"
    assert 4_000 < result["executionTime"] < 8_000


@pytest.mark.contract("I-22", "I-23", "I-24", "A-12", "A-13")
@every_language
async def test_an_output_flood_is_cut(http: httpx2.AsyncClient, language: str) -> None:
    result = await run(http, programs.FLOOD[language], language, timeout=10)
    assert_interview_result(result)
    assert (result["success"], result["exitCode"]) == (False, 137)
    assert result["stdout"].startswith("flood" * 1000)
    assert len(result["stdout"]) <= 1_048_576
    assert "output" in result["error"].lower()
    other = await executed(http, programs.FLOOD[language], language)
    assert other["success"] is False
    assert other["output"].startswith("flood" * 1000)
    assert len(other["output"]) <= 1_048_576
    assert "output" in other["error"].lower()


@pytest.mark.contract("I-24")
async def test_a_signal_is_told_by_the_exit_code(http: httpx2.AsyncClient) -> None:
    code = "import os, signal\nprint('x', flush=True)\nos.kill(os.getpid(), signal.SIGSEGV)\n"
    result = await run(http, code, "python")
    assert_interview_result(result)
    assert (result["exitCode"], result["stdout"], result["success"]) == (128 + 11, "x\n", False)


@pytest.mark.contract("I-23")
async def test_a_long_traceback_keeps_its_end(http: httpx2.AsyncClient) -> None:
    code = (
        "import sys\nfor n in range(4000): print('noise', n, file=sys.stderr)\nraise OSError('x')"
    )
    result = await run(http, code, "python")
    assert result["error"].rstrip().endswith("OSError: x")
    assert len(result["error"].encode()) <= 8_192
    assert len(result["error"].encode()) > 7_000


@pytest.mark.contract("I-23")
async def test_stderr_alone_is_no_error(http: httpx2.AsyncClient) -> None:
    result = await run(http, "import sys\nprint('note', file=sys.stderr)", "python")
    assert_interview_result(result)
    assert (result["success"], result["stderr"], result["stdout"]) == (True, "note\n", "")


@pytest.mark.contract("I-21", "I-40")
async def test_output_that_is_no_text_still_makes_an_answer(http: httpx2.AsyncClient) -> None:
    code = "import sys\nsys.stdout.buffer.write(b'a\\xff\\x00\\xed\\xa0\\x80b\\xe2\\x82')"
    response = await http.post("/api/execute", json={"code": code, "language": "python"})
    assert response.status_code == 200
    result = strict_json(response)
    assert result["stdout"].startswith("a")
    assert "b" in result["stdout"]
    other = await executed(http, code, "python")
    assert other["output"] == result["stdout"]


@pytest.mark.contract("I-25")
async def test_the_time_of_a_run_leaves_out_the_compiler(http: httpx2.AsyncClient) -> None:
    result = await run(http, "#include <iostream>\n#include <regex>\nint main() {}\n", "cpp")
    assert result["success"] is True
    slept = await run(http, "import time\ntime.sleep(0.3)\n", "python")
    assert slept["executionTime"] >= 300
    assert result["executionTime"] < 300


@pytest.mark.contract("I-27", "A-22")
async def test_memory_has_an_end(http: httpx2.AsyncClient) -> None:
    code = "kept = bytearray(b'x') * (%d << 20)\nprint(len(kept) >> 20)\n"
    for megabytes, fits in ((64, True), (400, False)):
        result = await run(http, code % megabytes, "python")
        assert_interview_result(result)
        assert result["success"] is fits, (megabytes, result)
    for megabytes, fits in ((32, True), (200, False)):
        other = await executed(http, code % megabytes, "python")
        assert other["success"] is fits, (megabytes, other)


@pytest.mark.contract("I-27", "A-22")
async def test_there_is_no_network_and_no_server_in_sight(
    server: Server, http: httpx2.AsyncClient
) -> None:
    code = f"""
import os, socket
try:
    socket.create_connection(("127.0.0.1", {server.port}), timeout=2)
    print("connected")
except OSError:
    print("alone")
print(os.path.exists({str(server.data_dir)!r}), os.path.exists({str(server.log_path)!r}))
print("ALGOROOM_DATA_DIR" in os.environ)
"""
    result = await run(http, code, "python")
    assert result["stdout"] == "alone\nFalse False\nFalse\n"
    assert (await executed(http, code, "python"))["output"] == result["stdout"]


@pytest.mark.contract("I-27")
async def test_the_system_cannot_be_written(http: httpx2.AsyncClient) -> None:
    code = """
for path in ("/etc/x", "/usr/bin/x", "/bin/x", "/x"):
    try:
        with open(path, "w"):
            print("wrote", path)
    except OSError:
        pass
"""
    result = await run(http, code, "python")
    assert (result["success"], result["stdout"]) == (True, "")


@pytest.mark.contract("A-15")
@pytest.mark.parametrize("language", ["javascript", "python"])
async def test_no_code_succeeds_and_prints_nothing(http: httpx2.AsyncClient, language: str) -> None:
    session = await events_session(http, language=language)
    response = await http.post(f"/sessions/{session}/execute")
    assert response.status_code == 200
    result = strict_json(response)
    assert set(result) == EVENTS_KEYS
    assert (result["success"], result["output"], result["error"]) == (True, "", None)


@pytest.mark.contract("I-60", "I-61", "I-62", "I-26")
@pytest.mark.both_databases
async def test_a_run_for_a_room_is_shown_there(server: Server, http: httpx2.AsyncClient) -> None:
    session = await interview_session(http)
    async with joined(server, session, "ann") as ann, listening(server, session) as listener:
        await ann.expect("user-joined")
        code = "import sys\nprint('out', flush=True)\nprint('err', file=sys.stderr)\nsys.exit(3)\n"
        result = await run(http, code, "python", sessionId=session)
        started = await ann.expect("run-started")
        assert set(started["data"]) == {"runId", "language"}
        assert started["data"]["language"] == "python"
        assert started["userId"] == "anonymous"
        printed = {"stdout": "", "stderr": ""}
        while (frame := await ann.next())["type"] == "run-output":
            assert set(frame["data"]) == {"runId", "stream", "text"}
            assert frame["data"]["runId"] == started["data"]["runId"]
            printed[frame["data"]["stream"]] += frame["data"]["text"]
        assert printed == {"stdout": "out\n", "stderr": "err\n"}
        assert frame["type"] == "run-finished"
        assert set(frame["data"]) == {"runId", "verdict", "result"}
        assert frame["data"]["runId"] == started["data"]["runId"]
        assert frame["data"]["verdict"] == "failed"
        assert frame["data"]["result"] == result
        shown = await listener.expect("execution_result")
        assert shown["executionResult"]["output"] == "out\n"
        assert shown["executionResult"]["success"] is False
    assert await code_of(http, session) != code


@pytest.mark.contract("I-61")
async def test_output_appears_while_the_program_runs(
    server: Server, http: httpx2.AsyncClient
) -> None:
    session = await interview_session(http)
    async with joined(server, session, "ann") as ann:
        async with asyncio.TaskGroup() as group:
            running = group.create_task(
                run(http, programs.ENDLESS["python"], "python", sessionId=session, timeout=2)
            )
            printed = ""
            while printed != "before\n":
                printed += (await ann.until("run-output"))["data"]["text"]
            assert not running.done()
        finished = await ann.expect("run-finished")
        assert finished["data"]["verdict"] in ("time_limit", "wall_limit")
        assert finished["data"]["result"] == running.result()


@pytest.mark.contract("I-26")
async def test_a_run_without_a_room_is_private(server: Server, http: httpx2.AsyncClient) -> None:
    session = await interview_session(http)
    async with joined(server, session, "ann") as ann, listening(server, session) as listener:
        await ann.expect("user-joined")
        await run(http, programs.HELLO["python"], "python")
        await put(http, session, "afterwards")
        await ann.expect("code-update")
        await listener.expect("code_update")


@pytest.mark.contract("A-06", "A-33", "A-35", "I-60", "I-62", "A-42")
@pytest.mark.both_databases
async def test_an_execution_is_shown_to_the_room_in_both_contracts(
    server: Server, http: httpx2.AsyncClient
) -> None:
    session = await events_session(http, language="python")
    await put(http, session, "print('shared')")
    async with listening(server, session) as first, listening(server, session) as second:
        await first.expect("participant_joined")
        async with joined(server, session, "ann") as ann:
            response = await http.post(f"/sessions/{session}/execute")
            for listener in (first, second):
                frame = await listener.until("execution_result")
                assert frame["executionResult"] == response.json()
                assert frame["sessionId"] == session
                absent = ("code", "language", "participants")
                assert [frame[name] for name in absent] == [None] * 3
            assert (await ann.expect("run-started"))["data"]["language"] == "python"
            finished = await ann.until("run-finished")
            assert finished["data"]["verdict"] == "ok"
            assert finished["data"]["result"]["stdout"] == "shared\n"


@pytest.mark.contract("A-07", "A-33", "A-35")
@pytest.mark.parametrize(
    ("reported", "shown"),
    [
        (
            {"success": True, "output": "42\n", "executionTime": 12},
            {"success": True, "output": "42\n", "error": None, "executionTime": 12},
        ),
        (
            {"success": False, "error": "boom", "executionTime": 0},
            {"success": False, "output": "", "error": "boom", "executionTime": 0},
        ),
        (
            {"success": True, "output": "é😀", "error": None, "executionTime": 3},
            {"success": True, "output": "é😀", "error": None, "executionTime": 3},
        ),
    ],
)
async def test_a_reported_result_is_shown_to_the_room(
    server: Server, http: httpx2.AsyncClient, reported: Json, shown: Json
) -> None:
    session = await events_session(http)
    async with listening(server, session) as first, listening(server, session) as second:
        await first.expect("participant_joined")
        response = await http.post(f"/sessions/{session}/execution-result", json=reported)
        assert response.status_code == 204
        assert response.content == b""
        for listener in (first, second):
            frame = await listener.expect("execution_result")
            assert frame["executionResult"] == shown


@pytest.mark.contract("I-10")
async def test_runs_at_once_do_not_mix(server: Server) -> None:
    async with client(server) as http:
        results = await asyncio.gather(
            *(run(http, f"print({number})", "python", timeout=10) for number in range(12))
        )
    assert [result["stdout"] for result in results] == [f"{number}\n" for number in range(12)]


@pytest.mark.contract("I-23")
async def test_the_traceback_shows_the_line(http: httpx2.AsyncClient) -> None:
    result = await run(http, "x = 1\n\nassert x == 2, 'no'\n", "python")
    assert re.search(r"line 3\b", result["error"])
    assert "AssertionError: no" in result["error"]
