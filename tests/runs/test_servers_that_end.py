"""A server that dies or stops in the middle of runs: nothing of them lives on, nothing is left."""

import asyncio
import os
import random
import time
from contextlib import AsyncExitStack
from pathlib import Path

import httpx2
import pytest

from tests.contracts.wire import client
from tests.runs.host import descendants
from tests.serving import Server

# Whatever could outlive its parent: it leaves its session, ignores signals, and has children.
STAYS = """
import os, signal, time
for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
    signal.signal(number, signal.SIG_IGN)
for _ in range(3):
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            os.close(1)
        time.sleep(600)
print('begun', flush=True)
time.sleep(600)
"""
# The compiler computes it, for a long time.
COMPILES = """
constexpr long spin() {
    long turns = 0;
    for (long outer = 0; outer < 1000000000; outer++)
        for (long inner = 0; inner < 200000; inner++) turns += inner;
    return turns;
}
constexpr long value = spin();
int main() { return value; }
"""
BODIES = (
    {"language": "python", "code": STAYS},
    # What has a terminal is never begun ahead.
    {"language": "python", "code": STAYS, "terminal": {}},
    {"language": "cpp", "code": COMPILES},
)
COMPILER = "cc1plus"
SETTINGS = {"ALGOROOM_RUNS_AT_ONCE": "3", "ALGOROOM_RUNS_GRACE_SECONDS": "0.2"}
GONE_WITHIN_S = 10.0
ROUNDS = 2


def groups(pid: int) -> list[str]:
    """Whatever control groups the server of this process id made."""
    return [
        f"{place}/{name}"
        for place, names, _ in os.walk("/sys/fs/cgroup")
        for name in names
        if f"/algoroom-{pid}-" in f"{place}/{name}"
    ]


def below(pid: int) -> set[int]:
    return {int(row.split()[0]) for row in descendants(pid)}


def alive(processes: set[int]) -> set[int]:
    """Those that have not ended. Of what has ended the host's first process still has to hear."""
    found = set()
    for pid in processes:
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            continue
        if state not in "ZX":
            found.add(pid)
    return found


async def until_gone(processes: set[int]) -> None:
    """Return when all of them have ended. Raises AssertionError."""
    end = time.monotonic() + GONE_WITHIN_S
    while left := alive(processes):
        assert time.monotonic() < end, left
        await asyncio.sleep(0.02)


async def in_the_middle(server: Server, http: httpx2.AsyncClient) -> set[int]:
    """Begin every kind of run; what runs below the server once all of them do."""
    async with AsyncExitStack() as streams:
        for body in BODIES:
            response = await http.post("/api/runs", json=body)
            assert response.status_code == 202, response.text
            if body["language"] == "python":
                path = f"/api/runs/{response.json()['id']}/events"
                stream = await streams.enter_async_context(http.stream("GET", path))
                async for line in stream.aiter_lines():
                    if "begun" in line:
                        break
    while not any(row.endswith(COMPILER) for row in descendants(server.pid)):
        await asyncio.sleep(0.02)
    return below(server.pid)


async def hello(http: httpx2.AsyncClient) -> None:
    body = {"language": "python", "code": "print('hello')"}
    assert (await http.post("/api/execute", json=body)).json()["stdout"] == "hello\n"


async def without_end(http: httpx2.AsyncClient, body: dict[str, str]) -> None:
    """Run one program after the other until the server is gone."""
    try:
        while True:
            await http.post("/api/execute", json=body)
    except httpx2.TransportError:
        return


@pytest.mark.timeout(240)
async def test_after_kill_9_no_process_lives_on_and_the_next_start_sweeps() -> None:
    chance = random.Random(3)
    bodies = [
        {"language": "python", "code": "print(1)"},
        {"language": "javascript", "code": "console.log(1)"},
        {"language": "c", "code": "int main(void) { }"},
    ]
    async with Server(SETTINGS, warm=True) as server:
        for round_ in range(ROUNDS):
            async with client(server) as http:
                if round_ == 0:
                    started = await in_the_middle(server, http)
                    killed = server.pid
                    await asyncio.to_thread(server.kill)
                else:
                    await hello(http)
                    async with asyncio.TaskGroup() as group:
                        for body in bodies:
                            group.create_task(without_end(http, body))
                        # The instant is what is random here; nothing waits for it.
                        await asyncio.sleep(chance.uniform(0, 0.5))
                        started, killed = below(server.pid), server.pid
                        await asyncio.to_thread(server.kill)
            assert started
            await until_gone(started)
            await asyncio.to_thread(server.start)
            assert groups(killed) == []
        async with client(server) as http:
            await hello(http)


async def test_a_server_that_is_stopped_leaves_no_process_and_no_control_group() -> None:
    async with Server(SETTINGS, warm=True) as server, client(server) as http:
        started, stopped = await in_the_middle(server, http), server.pid
        assert await asyncio.to_thread(server.terminate) == 0
        assert alive(started) == set()
        assert groups(stopped) == []
