"""`algoroom serve`: one screen when it starts, one line when it cannot, quiet when it stops."""

import asyncio
import json
import re
import signal
import socket
import subprocess
import urllib.request
from pathlib import Path

import pytest

from algoroom.assembly import too_weak
from algoroom.runs.engine import Engine
from algoroom.settings import Settings
from tests.cli.commands import WITHIN_S, algoroom, started


def screen_of(process: subprocess.Popen[bytes]) -> str:
    """The start screen, which ends with how to stop."""
    assert process.stdout
    lines = []
    for line in iter(process.stdout.readline, b""):
        lines.append(line.decode())
        if "Ctrl-C" in lines[-1]:
            return "".join(lines)
    assert process.stderr
    raise AssertionError(f"no start screen: {lines} {process.stderr.read().decode()}")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_start_screen_says_what_there_is_and_a_signal_ends_it_well(
    data_dir: Path, tmp_path: Path, number: signal.Signals
) -> None:
    settings = {
        "ALGOROOM_DATABASE_URL": f"sqlite:///{tmp_path / 'rooms.db'}",
        "ALGOROOM_STARTERS_MEMORY_BYTES": "0",
    }
    process = started(data_dir, "serve", "--port", "0", settings=settings)
    with process:
        try:
            screen = screen_of(process)
            address = re.search(r"http://127\.0\.0\.1:(\d+)", screen)
            assert address, screen
            with urllib.request.urlopen(f"{address[0]}/health", timeout=10) as answer:
                assert answer.status == 200
            with socket.create_connection(("127.0.0.1", int(address[1])), timeout=10) as client:
                client.sendall(b"GET / HTTP/1.1\r\nHost: rooms\r\nX-Long: " + b"x" * 70_000)
                assert client.recv(100).startswith(b"HTTP/1.1 431 ")
            process.send_signal(number)
            _, err = process.communicate(timeout=WITHIN_S)
        finally:
            process.kill()
    assert process.returncode == 0
    assert err == b""
    assert f"{address[0]}/docs" in screen
    for word in ("SQLite", str(data_dir), "Python", "JavaScript", "Java", "C++"):
        assert word in screen
    assert len(screen.splitlines()) <= 24


def test_a_taken_port_is_told_in_one_line(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as holder:
        port = holder.getsockname()[1]
        said = algoroom(tmp_path, "serve", "--port", str(port))
    assert said.code == 1
    assert said.err.count("\n") == 1
    assert f"cannot listen on 127.0.0.1 port {port}: address already in use" in said.err


def test_a_wrong_setting_stops_the_start_with_one_line(tmp_path: Path) -> None:
    said = algoroom(tmp_path, "serve", settings={"ALGOROOM_RUNS_PER_MINUTE": "lots"})
    assert said.code == 2
    assert said.err == "algoroom: ALGOROOM_RUNS_PER_MINUTE=lots: must be a whole number\n"


def test_options_win_over_the_environment(tmp_path: Path) -> None:
    said = algoroom(tmp_path, "serve", "--port", "70000", settings={"PORT": "8000"})
    assert said.code == 2
    assert said.err == "algoroom: PORT=70000: must be less than or equal to 65535\n"


def test_a_database_that_is_not_there_is_told_in_one_line(tmp_path: Path) -> None:
    url = "postgresql://ada:secret@127.0.0.1:1/rooms"
    said = algoroom(tmp_path, "serve", "--port", "0", settings={"ALGOROOM_DATABASE_URL": url})
    assert said.code == 1
    assert said.err.count("\n") == 1
    assert "Cannot use the database" in said.err
    assert "secret" not in said.err


def test_a_server_that_others_reach_does_not_start_where_programs_are_held_weakly(
    data_dir: Path,
) -> None:
    settings = Settings(host="0.0.0.0", data_dir=data_dir)
    allowed = settings.model_copy(update={"weak_sandbox": "allow"})
    here = settings.model_copy(update={"host": "127.0.0.1"})

    async def refusals() -> list[str | None]:
        async with Engine(at_once=1, groups=False) as engine:
            return [too_weak(which, engine) for which in (settings, allowed, here)]

    refusal, *others = asyncio.run(refusals())
    assert refusal
    assert refusal.startswith("others can reach 0.0.0.0, and programs are held weakly: ")
    assert others == [None, None]


def listens(host: str, port: int) -> bool:
    try:
        socket.create_connection((host, port), timeout=10).close()
    except ConnectionError:
        return False
    return True


def test_a_second_signal_gives_running_programs_no_more_grace(data_dir: Path) -> None:
    program = {"language": "python", "code": "print('begun')\nimport time\ntime.sleep(60)"}
    process = started(
        data_dir, "serve", "--port", "0", settings={"ALGOROOM_RUNS_GRACE_SECONDS": "600"}
    )
    with process:
        try:
            address = re.search(r"http://(127\.0\.0\.1):(\d+)", screen_of(process))
            assert address
            request = urllib.request.Request(
                f"{address[0]}/api/runs",
                json.dumps(program).encode(),
                {"Content-Type": "application/json"},
            )
            with urllib.request.urlopen(request, timeout=WITHIN_S) as answer:
                run = json.loads(answer.read())
            events = f"{address[0]}/api/runs/{run['id']}/events"
            with urllib.request.urlopen(events, timeout=WITHIN_S) as stream:
                while b"begun" not in stream.readline():
                    pass
                process.send_signal(signal.SIGTERM)
                while listens(address[1], int(address[2])):
                    pass  # so that the first signal is seen before the second comes
                process.send_signal(signal.SIGTERM)
                assert b"cancelled" in stream.read()
            process.communicate(timeout=WITHIN_S)
        finally:
            process.kill()
    assert process.returncode == 0
