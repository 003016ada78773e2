"""The engine's queue, its events, and what is left when a run is given up."""

import asyncio
import os
import subprocess
import sys
import textwrap
import time
from contextlib import aclosing
from pathlib import Path

import pytest

from algoroom.errors import LanguageUnavailable, RunsBusy, SandboxUnavailable
from algoroom.runs.console import Console
from algoroom.runs.engine import Engine
from algoroom.runs.limits import HIGHEST
from algoroom.runs.model import (
    Ended,
    Limits,
    Output,
    Queued,
    RunRequest,
    Started,
    Stream,
    Verdict,
)
from algoroom.runs.sandbox import residence
from tests.runs.host import descendants, groups_of, traces, until_as_before

pytestmark = pytest.mark.asyncio(loop_scope="session")
SLEEPS = "import time\nprint('begun', flush=True)\ntime.sleep(60)"


async def test_a_run_tells_its_start_its_output_and_its_end(engine: Engine) -> None:
    source = "import sys\nfor n in range(100): print(n); print(-n, file=sys.stderr)"
    events = [event async for event in engine.run(RunRequest("python", source))]
    assert isinstance(events[0], Started)
    assert isinstance(events[-1], Ended)
    outputs = [event for event in events[1:-1] if isinstance(event, Output)]
    assert len(outputs) == len(events) - 2
    for stream, sign in ((Stream.STDOUT, 1), (Stream.STDERR, -1)):
        joined = b"".join(event.data for event in outputs if event.stream is stream)
        assert joined == b"".join(b"%d\n" % (sign * n) for n in range(100))
    assert events[-1].outcome.stdout.endswith(b"99\n")


async def test_output_comes_while_the_program_runs(engine: Engine) -> None:
    async with aclosing(engine.run(RunRequest("python", SLEEPS))) as run:
        assert isinstance(await anext(run), Started)
        event = await asyncio.wait_for(anext(run), 10)
        assert isinstance(event, Output)
        assert b"begun\n".startswith(event.data)


async def test_twenty_runs_at_once_do_not_mix(engine: Engine) -> None:
    before = traces()
    requests = [RunRequest("python", f"print({n} * {n})") for n in range(20)]
    outcomes = await asyncio.gather(*map(engine.outcome, requests))
    assert [int(outcome.stdout) for outcome in outcomes] == [n * n for n in range(20)]
    await until_as_before(before)


async def test_waiting_does_not_count_as_running(engine: Engine) -> None:
    source = "import time\ntime.sleep(0.3)"
    outcomes = await asyncio.gather(
        *(engine.outcome(RunRequest("python", source)) for _ in range(6))
    )
    assert all(300 <= outcome.wall_ms < 900 for outcome in outcomes)


async def test_who_comes_to_a_full_queue_is_sent_away(state_file: Path, engine: Engine) -> None:
    async with Engine(at_once=1, waiting=1, state_file=state_file) as small:
        await small.languages.settled()
        async with aclosing(small.run(RunRequest("python", SLEEPS))) as first:
            await anext(first)
            others = [
                asyncio.ensure_future(small.outcome(RunRequest("python", f"print({n})")))
                for n in range(2)
            ]
            (refused,), (second,) = await asyncio.wait(
                others, return_when=asyncio.FIRST_COMPLETED, timeout=5
            )
            with pytest.raises(RunsBusy) as refusal:
                refused.result()
            assert refusal.value.retry_after_s >= 1
        assert (await second).verdict is Verdict.OK


@pytest.mark.parametrize("language", ["cobol", "", "Python", "../python"])
async def test_an_unknown_language_is_refused(engine: Engine, language: str) -> None:
    with pytest.raises(LanguageUnavailable):
        await engine.outcome(RunRequest(language, ""))


async def test_an_alias_is_the_language(engine: Engine) -> None:
    assert engine.languages.get("py").name == "python"
    assert (await engine.outcome(RunRequest("js", "console.log(1)"))).stdout == b"1\n"


async def test_a_run_given_up_leaves_nothing(engine: Engine) -> None:
    before = traces()
    async with aclosing(engine.run(RunRequest("python", SLEEPS))) as run:
        async for event in run:
            if isinstance(event, Output):
                break
    await until_as_before(before)


@pytest.mark.parametrize("language", ["python", "java"])
@pytest.mark.parametrize("delay_s", [0, 0.01, 0.03, 0.06, 0.15])
async def test_a_run_cancelled_at_any_stage_leaves_nothing(
    engine: Engine, language: str, delay_s: float
) -> None:
    before = traces()
    sleeps = {
        "python": SLEEPS,
        "java": "class Main { public static void main(String[] a) throws Exception "
        "{ Thread.sleep(60_000); } }",
    }
    source = sleeps[language]
    task = asyncio.ensure_future(engine.outcome(RunRequest(language, source)))
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(task, delay_s)
    assert task.cancelled()
    await until_as_before(before)


async def test_closing_ends_what_runs(state_file: Path, engine: Engine) -> None:
    before = traces()
    other = Engine(at_once=1, state_file=state_file)
    await other.start()
    await other.languages.settled()
    async with aclosing(other.run(RunRequest("python", SLEEPS))) as run:
        while not isinstance(await anext(run), Output):
            pass
        await other.close()
        ended = [event async for event in run][-1]
    assert isinstance(ended, Ended)
    assert ended.outcome.verdict is Verdict.CANCELLED
    with pytest.raises(SandboxUnavailable):
        await other.outcome(RunRequest("python", ""))
    await until_as_before(before)


async def test_an_engine_that_closes_takes_no_more_runs(state_file: Path, engine: Engine) -> None:
    other = Engine(at_once=2, state_file=state_file)
    await other.start()
    await other.languages.settled()
    async with aclosing(other.run(RunRequest("python", SLEEPS))) as run:
        while not isinstance(await anext(run), Output):
            pass
        closing = asyncio.ensure_future(other.close())
        await asyncio.sleep(0)  # it begins, and waits for the run
        with pytest.raises(SandboxUnavailable, match="closed"):
            await other.outcome(RunRequest("python", SLEEPS))
        await closing


async def test_what_runs_has_a_grace_time_and_what_waits_has_none(
    state_file: Path, engine: Engine
) -> None:
    source = "print('begun', flush=True)\nprint(input())"
    console = Console()
    async with Engine(at_once=1, typed_at_once=1, state_file=state_file) as other:
        await other.languages.settled()
        async with aclosing(other.run(RunRequest("python", source), console)) as run:
            while not isinstance(await anext(run), Output):
                pass
            async with aclosing(other.run(RunRequest("python", SLEEPS), Console())) as waits:
                assert await anext(waits) == Queued(1)
                draining = asyncio.ensure_future(other.drain(60))
                with pytest.raises(SandboxUnavailable, match="stopping"):
                    await anext(waits)
            with pytest.raises(SandboxUnavailable, match="stopping"):
                await other.outcome(RunRequest("python", SLEEPS))
            console.write(b"in time\n")
            ended = [event async for event in run][-1]
        await draining
    assert isinstance(ended, Ended)
    assert ended.outcome.stdout == b"begun\nin time\n"


async def test_grace_ends_where_somebody_is_in_a_hurry(state_file: Path, engine: Engine) -> None:
    before = traces()
    async with Engine(at_once=1, state_file=state_file) as other:
        await other.languages.settled()
        async with aclosing(other.run(RunRequest("python", SLEEPS))) as run:
            while not isinstance(await anext(run), Output):
                pass
            draining = asyncio.ensure_future(other.drain(60))
            other.hurry()
            ended = [event async for event in run][-1]
        await draining
    assert isinstance(ended, Ended)
    assert ended.outcome.verdict is Verdict.CANCELLED
    await until_as_before(before)


async def test_what_began_ends_with_an_outcome_whatever_breaks(engine: Engine) -> None:
    before = traces()
    request = RunRequest("python", SLEEPS, limits=Limits(wall_s=float("nan")))
    events = [event async for event in engine.run(request)]
    assert isinstance(events[0], Started)
    assert isinstance(events[-1], Ended)
    assert events[-1].outcome.verdict is Verdict.INTERNAL_ERROR
    assert "ValueError" in (events[-1].outcome.detail or "")
    await until_as_before(before)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives ids to programs")
async def test_what_cannot_be_ended_ends_the_run_as_our_fault_and_keeps_its_id(
    state_file: Path, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert engine.sandbox.grouped
    monkeypatch.setattr(residence, "REMOVAL_S", 0.1)
    stuck: list[Path] = []
    users: list[int] = []
    async with Engine(at_once=1, state_file=state_file, starters_memory_bytes=0) as other:
        await other.languages.settled()
        request = RunRequest("python", SLEEPS, limits=Limits(wall_s=1))
        for round_ in (1, 2):
            processes, groups = set(descendants(os.getpid())), set(groups_of(os.getpid()))
            async with aclosing(other.run(request)) as run:
                async for event in run:
                    if isinstance(event, Output) and len(users) < round_:
                        (started, *_) = set(descendants(os.getpid())) - processes
                        users.append(Path(f"/proc/{started.split()[0]}").stat().st_uid)
                        if not stuck:  # a group with a group in it can be removed by nobody
                            stuck = [Path(name) for name in set(groups_of(os.getpid())) - groups]
                            for folder in stuck:
                                (folder / "held").mkdir()
                    elif isinstance(event, Ended) and round_ == 1:
                        assert event.outcome.verdict is Verdict.INTERNAL_ERROR
                        assert "does not die" in (event.outcome.detail or "")
                    elif isinstance(event, Ended):
                        assert event.outcome.verdict is Verdict.WALL_LIMIT
        for folder in stuck:
            (folder / "held").rmdir()
            folder.rmdir()
    assert stuck
    first, second = users
    assert first != second


async def test_what_a_killed_server_started_is_gone(state_file: Path, engine: Engine) -> None:
    program = textwrap.dedent(f"""
        import asyncio
        from pathlib import Path
        from algoroom.runs.engine import Engine
        from algoroom.runs.model import Output, RunRequest

        async def main():
            async with Engine(at_once=1, state_file=Path({str(state_file)!r})) as engine:
                async for event in engine.run(RunRequest("python", {SLEEPS!r})):
                    if isinstance(event, Output) and event.data.endswith(b"\\n"):
                        print("begun", flush=True)

        asyncio.run(main())
    """)
    server = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE)
    assert server.stdout is not None
    with server.stdout as told:
        assert await asyncio.to_thread(told.readline) == b"begun\n"
    try:
        started = [int(line.split()[0]) for line in descendants(server.pid)]
    finally:
        server.kill()
        server.wait()
    assert started
    end = time.monotonic() + 3
    while any(Path(f"/proc/{pid}").exists() for pid in started):
        assert time.monotonic() < end
        await asyncio.sleep(0.02)
    async with Engine(at_once=1, state_file=state_file):
        pass  # a server that starts sweeps what is left
    assert not groups_of(server.pid)


async def test_a_nursery_that_cannot_be_ended_is_replaced_under_another_id(
    state_file: Path, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(residence, "REMOVAL_S", 0.1)
    async with Engine(at_once=1, state_file=state_file) as other:
        await other.ready()
        groups = set(groups_of(os.getpid()))
        async with aclosing(other.run(RunRequest("python", SLEEPS))) as run:
            while not isinstance(await anext(run), Output):
                pass
            folders = [Path(name) / "held" for name in groups if Path(name).exists()]
            for folder in folders:
                folder.mkdir()
        await other.ready()
        assert (await other.outcome(RunRequest("python", "print(1)"))).stdout == b"1\n"
        for folder in folders:
            folder.rmdir()


async def test_a_restart_remembers_the_self_tests(state_file: Path, engine: Engine) -> None:
    await engine.ready()
    found_out = state_file.stat().st_mtime_ns
    async with Engine(at_once=1, state_file=state_file) as again:
        await again.languages.settled()
        assert {language.name for language in again.languages if language.available} == {
            language.name for language in engine.languages if language.available
        }
        assert [language.version for language in again.languages] == [
            language.version for language in engine.languages
        ]
    assert state_file.stat().st_mtime_ns == found_out  # what is found out anew is written


@pytest.mark.parametrize(
    "limits",
    [Limits(cpu_s=1e9, wall_s=1e9, memory_bytes=1 << 50, file_bytes=1 << 50), HIGHEST],
    ids=["absurd", "highest"],
)
async def test_a_limit_of_absurd_size_is_no_harm(engine: Engine, limits: Limits) -> None:
    outcome = await engine.outcome(RunRequest("python", "print(1)", limits=limits))
    assert (outcome.verdict, outcome.stdout) == (Verdict.OK, b"1\n")
