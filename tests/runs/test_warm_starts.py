"""Starts that wait are used, replaced, and never shared."""

import asyncio
import logging
import os
import signal
from collections import Counter
from contextlib import aclosing
from pathlib import Path

import pytest

from algoroom.runs import readiness
from algoroom.runs.engine import Engine
from algoroom.runs.model import Limits, Output, RunRequest, Verdict
from tests.runs.host import all_ready, descendants, running_engine

pytestmark = pytest.mark.asyncio(loop_scope="session")

# Whoever shares a nursery shares this.
NURSERY = "print(hash('nursery'))"
MIB = 1024 * 1024
SLEEPS = "import time\nprint('begun', flush=True)\ntime.sleep(30)"


async def told(engine: Engine, source: str) -> str:
    outcome = await engine.outcome(RunRequest("python", source))
    assert outcome.verdict is Verdict.OK, outcome
    return outcome.stdout.decode().strip()


async def test_programs_of_one_nursery_find_nothing_of_each_other(state_file: Path) -> None:
    source = (
        "import os, sys, builtins\n"
        "print(os.stat('/proc/self/ns/net').st_ino, os.getpid(), os.listdir('/code'),\n"
        "      os.listdir('/tmp'), os.listdir('/dev/shm'), hasattr(builtins, 'mark'),\n"
        "      len(open('/proc/sysvipc/shm').readlines()))\n"
        "builtins.mark = 1\n"
        "for folder in ('/code', '/tmp', '/dev/shm'): open(folder + '/mark', 'w').close()\n"
        "import ctypes; ctypes.CDLL(None).shmget(7, 4096, 0o1666)"
    )
    async with running_engine(at_once=1, state_file=state_file) as engine:
        seen = [await told(engine, source) for _ in range(12)]
    networks = {row.split()[0] for row in seen}
    assert len(networks) < len(seen)
    assert {row.partition(" ")[2] for row in seen} == {"2 ['main.py'] [] [] False 1"}


async def test_nobody_finds_that_loopback_was_used_before(state_file: Path) -> None:
    source = (
        "print(open('/proc/net/dev').read().split('lo:')[1].split()[:2],\n"
        "      len(open('/proc/net/tcp').readlines()))\n"
        "import socket\nserver = socket.create_server(('127.0.0.1', 0))\n"
        "client = socket.create_connection(server.getsockname())\nclient.sendall(b'x')\n"
        "client.close()"
    )
    async with running_engine(at_once=1, state_file=state_file) as engine:
        seen = {await told(engine, source) for _ in range(8)}
    assert seen == {"['0', '0'] 1"}


async def test_a_program_that_was_stopped_takes_its_nursery_along(state_file: Path) -> None:
    async with running_engine(at_once=1, state_file=state_file) as engine:
        request = RunRequest("python", f"{NURSERY}\nwhile True: pass", limits=Limits(cpu_s=0.2))
        stopped = await engine.outcome(request)
        assert stopped.verdict is Verdict.TIME_LIMIT
        await engine.ready()
        later = {await told(engine, NURSERY) for _ in range(8)}
    assert stopped.stdout.decode().strip() not in later


def nurseries() -> set[int]:
    """Their bubblewraps, which are started by a descriptor, which is their name then."""
    rows = [row.split() for row in descendants(os.getpid())]
    return {int(pid) for pid, name in rows if name.isdigit()}


async def test_a_nursery_that_died_is_replaced(state_file: Path) -> None:
    await all_ready()
    of_others = nurseries()
    async with running_engine(at_once=1, state_file=state_file) as engine:
        its_own = nurseries() - of_others
        assert its_own
        for pid in its_own:
            os.kill(pid, signal.SIGKILL)
        while any(Path(f"/proc/{pid}").exists() for pid in its_own):
            await asyncio.sleep(0.01)
        await engine.ready()
        for number in range(6):
            assert await told(engine, f"print({number})") == str(number)


async def test_a_server_opens_with_starts_that_wait(state_file: Path) -> None:
    async with running_engine(at_once=1, state_file=state_file):
        """Whose languages are known then."""
    already = Counter(row.partition(" ")[2] for row in descendants(os.getpid()))
    async with Engine(at_once=1, state_file=state_file) as engine:
        rows = Counter(row.partition(" ")[2] for row in descendants(os.getpid())) - already
        # Of each the interpreter, the first process of its sandbox, and the program's.
        assert rows["python3"] >= 3 * engine.sandbox.starts
        assert rows["node"] >= 2
        assert not rows["javac"] + rows["java"]


async def test_where_first_starts_take_long_a_server_opens_all_the_same_and_says_so(
    state_file: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(readiness, "FIRST_STARTS_S", 0.0)
    caplog.set_level(logging.INFO, "algoroom.runs.readiness")
    async with Engine(at_once=1, state_file=state_file) as engine:
        languages = "programs in JavaScript, Python"
        begun = f"no start waits for {languages} yet: the first ones take longer"
        assert caplog.messages == [begun]
        await engine.ready()
    assert caplog.messages == [begun, f"starts wait for {languages} now"]


async def test_an_engine_without_starters_starts_everything_cold(state_file: Path) -> None:
    already = set(descendants(os.getpid()))
    async with running_engine(at_once=1, state_file=state_file, starters_memory_bytes=0) as engine:
        assert not set(descendants(os.getpid())) - already
        assert len({await told(engine, NURSERY) for _ in range(3)}) == 3


async def test_small_memory_keeps_few_things_ready(state_file: Path) -> None:
    already = set(descendants(os.getpid()))
    async with running_engine(
        at_once=1, state_file=state_file, starters_memory_bytes=30 * MIB
    ) as engine:
        assert await told(engine, "print(1)") == "1"
        fresh = set(descendants(os.getpid())) - already
        names = {row.partition(" ")[2] for row in fresh}
    assert not names & {"node", "java"}


@pytest.mark.parametrize("language", ["javascript", "java"])
async def test_a_runtime_that_waits_runs_one_program_and_is_replaced(
    engine: Engine, language: str
) -> None:
    source = {
        "javascript": "console.log(process.pid, globalThis.mark); globalThis.mark = 1",
        "java": "public class Main { public static void main(String[] a) throws Exception {\n"
        'System.out.println(ProcessHandle.current().pid() + " " + System.getProperty("mark"));\n'
        'System.setProperty("mark", "1"); } }',
    }[language]
    answers = []
    for _ in range(3):
        await engine.ready()
        outcome = await engine.outcome(RunRequest(language, source))
        assert outcome.verdict is Verdict.OK, outcome
        answers.append(outcome.stdout.decode().strip())
    assert set(answers) == {"2 undefined" if language == "javascript" else "2 null"}


async def test_the_warm_compiler_says_what_the_compiler_says(
    engine: Engine, state_file: Path
) -> None:
    """Errors, warnings and names of files alike, and nothing of one source in the next."""
    await engine.warm_compilers()
    sources = [
        'public class Main { int x = "text"; }',
        "class Main { void f() { undefined(); } }\nclass Other { }",
        "import java.util.*; class Main { List raw = new ArrayList(); "
        "public static void main(String[] a) { System.out.println(new Other()); } } ",
        "class Main {",
        "",
    ]
    async with running_engine(at_once=1, state_file=state_file, starters_memory_bytes=0) as cold:
        for source in sources:
            warm, fresh = await asyncio.gather(
                engine.outcome(RunRequest("java", source)), cold.outcome(RunRequest("java", source))
            )
            assert (warm.verdict, warm.exit_code, warm.compiler_output) == (
                fresh.verdict,
                fresh.exit_code,
                fresh.compiler_output,
            )


async def test_a_compilation_that_is_given_up_leaves_its_compiler_fit(engine: Engine) -> None:
    await engine.warm_compilers()
    methods = "".join(f"int m{n}(int x) {{ return x + {n}; }}\n" for n in range(3000))
    task = asyncio.ensure_future(
        engine.outcome(RunRequest("java", f"public class Main {{ {methods} }}"))
    )
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(task, 0.1)
    main = 'public static void main(String[] a) { System.out.println("fit"); }'
    outcome = await engine.outcome(RunRequest("java", f"public class Main {{ {main} }}"))
    assert outcome.stdout == b"fit\n", outcome


async def test_starts_are_made_again_while_others_run(engine: Engine) -> None:
    async with aclosing(engine.run(RunRequest("python", SLEEPS))) as run:
        while not isinstance(await anext(run), Output):
            pass
        assert [await told(engine, f"print({n})") for n in range(6)] == [str(n) for n in range(6)]


async def test_a_start_that_waits_has_its_memory_for_itself_while_others_run(
    engine: Engine,
) -> None:
    await engine.warm_compilers()
    async with aclosing(engine.run(RunRequest("python", SLEEPS))) as run:
        while not isinstance(await anext(run), Output):
            pass
        # One runs, one belongs to a compiler that stays.
        waiting = engine.sandbox.starts - 2
        while sum(own_memory_bytes(row) > 2 * MIB for row in descendants(os.getpid())) < waiting:
            await asyncio.sleep(0.01)


def own_memory_bytes(row: str) -> int:
    """What a process of ours in Python has changed and shares with none; 0 for others."""
    pid, _, name = row.partition(" ")
    if name != "python3":
        return 0
    try:
        text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    except OSError:
        return 0
    return int(text.partition("Private_Dirty:")[2].split()[0]) * 1024
