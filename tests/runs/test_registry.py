"""Runs by their ids: followed from the start or from anywhere, kept for a while, then gone."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path

import pytest
import pytest_asyncio

from algoroom.clock import utc_now
from algoroom.errors import (
    ClientBusy,
    InputClosed,
    LanguageUnavailable,
    NoTerminal,
    RunNotFound,
    RunOver,
    SandboxUnavailable,
)
from algoroom.runs.engine import Engine
from algoroom.runs.model import (
    Compiled,
    Compiling,
    Ended,
    Output,
    RunEvent,
    RunRequest,
    Started,
    Terminal,
    Verdict,
)
from algoroom.runs.registry import Events, Runs
from algoroom.runs.run import Run, Status

pytestmark = pytest.mark.asyncio(loop_scope="session")

HELLO = RunRequest("python", "print('hello')")
ECHO = RunRequest("python", "import sys\nfor line in sys.stdin: print(line, end='')")
SLEEPS = RunRequest("python", "import time\nprint('begun')\ntime.sleep(60)")


class Time:
    now = 0.0


def registry(
    engine: Engine,
    *,
    kept: int = 10,
    kept_bytes: int = 2**20,
    of_client: int = 100,
    time: type[Time] = Time,
) -> Runs:
    return Runs(
        engine,
        utc_now,
        most_kept=kept,
        most_kept_bytes=kept_bytes,
        kept_s=60,
        most_of_client=of_client,
        monotonic=lambda: time.now,
    )


@pytest_asyncio.fixture(loop_scope="session")
async def runs(engine: Engine) -> AsyncIterator[Runs]:
    made = registry(engine)
    yield made
    await made.close()


async def followed(run: Run, after: int = 0) -> list[tuple[int, RunEvent]]:
    async with asyncio.timeout(20):
        return [(told.number, told.event) async for told in run.follow(after)]


async def until_output(run: Run) -> None:
    async with asyncio.timeout(20), aclosing(run.follow()) as events:
        async for told in events:
            if isinstance(told.event, Output):
                return


async def test_a_run_is_followed_from_the_start_or_from_anywhere_as_often_as_wanted(
    runs: Runs,
) -> None:
    run = await runs.start(HELLO)
    assert runs.get(run.id) is run
    early = asyncio.ensure_future(followed(run))
    outcome = await run.over()
    assert outcome.stdout == b"hello\n"
    events = await followed(run)
    assert await early == events
    assert [number for number, _ in events] == list(range(1, len(events) + 1))
    assert isinstance(events[0][1], Started)
    assert events[-1][1] == Ended(outcome)
    for after in range(len(events) + 1):
        assert await followed(run, after) == events[after:]
    assert run.status is Status.ENDED
    assert run.started_at is not None
    assert run.ended_at is not None
    assert run.created_at <= run.started_at <= run.ended_at


async def test_it_goes_on_when_nobody_follows_it_any_more(runs: Runs) -> None:
    run = await runs.start(ECHO, is_interactive=True)
    for line in (b"one\n", b"two\n"):
        run.write(line)
        async with aclosing(run.follow()) as events:
            async for told in events:
                if isinstance(told.event, Output) and told.event.data.endswith(line):
                    break
    run.end_input()
    assert (await run.over()).stdout == b"one\ntwo\n"


async def test_its_status_tells_how_far_it_is(runs: Runs) -> None:
    first, second = await runs.start(SLEEPS), await runs.start(SLEEPS)
    await until_output(first)
    await until_output(second)
    source = "int main() { return 0; }"
    third = await runs.start(RunRequest("cpp", source))
    fourth = await runs.start(HELLO)
    assert (third.status, third.position) == (Status.QUEUED, 1)
    assert (fourth.status, fourth.position) == (Status.QUEUED, 2)
    assert (first.status, first.position) == (Status.RUNNING, None)
    first.cancel()
    async with aclosing(third.follow()) as events:
        told = [(type(one.event), third.status) async for one in events]
    assert [kind for kind, _ in told][-4:] == [Started, Compiling, Compiled, Ended]
    second.cancel()
    await fourth.over()
    assert (await first.over()).verdict is Verdict.CANCELLED


async def test_what_cannot_begin_is_refused_and_not_kept(runs: Runs, engine: Engine) -> None:
    with pytest.raises(LanguageUnavailable):
        await runs.start(RunRequest("cobol", ""))
    closed = Engine(at_once=1)
    with pytest.raises(SandboxUnavailable):
        await registry(closed).start(HELLO)


async def test_input_has_an_end_and_so_has_a_run(runs: Runs) -> None:
    run = await runs.start(ECHO)
    with pytest.raises(InputClosed):
        run.write(b"x")
    with pytest.raises(InputClosed):
        run.end_input()
    with pytest.raises(NoTerminal):
        run.resize(Terminal())
    await run.over()
    with pytest.raises(RunOver):
        run.write(b"")
    with pytest.raises(RunOver):
        run.end_input()
    with pytest.raises(RunOver):
        run.resize(Terminal())
    run.cancel()
    assert (await run.over()).verdict is Verdict.OK


async def test_who_stops_waiting_for_a_run_ends_it(runs: Runs) -> None:
    begun = asyncio.Event()
    seen: list[Run] = []

    async def watched(run: Run, events: Events) -> Events:
        seen.append(run)
        async with aclosing(events):
            async for event in events:
                if isinstance(event, Output):
                    begun.set()
                yield event

    task = asyncio.ensure_future(runs.perform(SLEEPS, through=watched))
    await asyncio.wait_for(begun.wait(), 20)
    task.cancel()
    outcome = await asyncio.wait_for(seen[0].over(), 20)
    assert outcome.verdict is Verdict.CANCELLED
    assert outcome.stdout.startswith(b"begun")


async def test_what_breaks_beside_the_program_is_told(
    runs: Runs, caplog: pytest.LogCaptureFixture
) -> None:
    async def breaks(run: Run, events: Events) -> Events:
        async with aclosing(events):
            async for event in events:
                yield event
                if isinstance(event, Output):
                    raise ZeroDivisionError("broken here")

    run = await runs.start(SLEEPS, through=breaks)
    with pytest.raises(ZeroDivisionError):
        await run.over()
    assert run.outcome is not None
    assert run.outcome.verdict is Verdict.INTERNAL_ERROR
    assert f"run {run.id} broke" in caplog.text


async def test_a_run_is_kept_for_its_time(engine: Engine) -> None:
    class Later(Time):
        pass

    runs = registry(engine, time=Later)
    run = await runs.start(HELLO)
    await run.over()
    Later.now = 59.9
    assert runs.get(run.id) is run
    Later.now = 60.0
    with pytest.raises(RunNotFound):
        runs.get(run.id)


async def test_the_oldest_are_let_go_where_there_are_too_many(engine: Engine) -> None:
    for runs in (registry(engine, kept=2), registry(engine, kept_bytes=2_300)):
        started = []
        for _ in range(3):
            run = await runs.start(HELLO)
            await run.over()
            started.append(run)
        with pytest.raises(RunNotFound):
            runs.get(started[0].id)
        assert runs.get(started[2].id) is started[2]


async def test_only_a_whole_id_finds_a_run(runs: Runs) -> None:
    run = await runs.start(HELLO)
    for other in ("", run.id[:-1], run.id.upper() + "x", "\0", "x" * 10_000):
        with pytest.raises(RunNotFound):
            runs.get(other)


async def test_a_client_has_so_many_at_once_in_all_rooms_together(engine: Engine) -> None:
    runs = registry(engine, of_client=2)
    sleeps = replace(SLEEPS, client="ann")
    of_ann = [await runs.start(replace(sleeps, party=party)) for party in "ab"]
    with pytest.raises(ClientBusy):
        await runs.start(replace(sleeps, party="c"))
    assert (await runs.perform(replace(HELLO, client="bob"))).verdict is Verdict.OK
    for run in of_ann:
        run.cancel()
        await run.over()
    for _ in range(5):
        assert (await runs.perform(replace(HELLO, client="ann"))).verdict is Verdict.OK
    await runs.close()


async def test_closing_ends_what_is_under_way(engine: Engine) -> None:
    runs = registry(engine)
    run = await runs.start(SLEEPS, session_id="a")
    await until_output(run)
    assert runs.under_way("a") == [run]
    assert runs.under_way("b") == []
    await runs.close()
    assert (await run.over()).verdict is Verdict.CANCELLED
    assert runs.under_way("a") == []


async def test_programs_that_wait_for_a_person_take_no_place_from_others(
    state_file: Path, engine: Engine
) -> None:
    async with Engine(at_once=1, typed_at_once=2, waiting=1, state_file=state_file) as small:
        await small.languages.settled()
        runs = registry(small)
        thinking = [
            await runs.start(replace(ECHO, party=party), is_interactive=True) for party in "ab"
        ]
        assert [run.status for run in thinking] == [Status.RUNNING] * 2
        assert (await runs.perform(HELLO)).stdout == b"hello\n"
        third = await runs.start(replace(ECHO, party="c"), is_interactive=True)
        assert (third.status, third.position) == (Status.QUEUED, 1)
        thinking[0].end_input()
        await thinking[0].over()
        third.end_input()
        assert (await third.over()).verdict is Verdict.OK
        thinking[1].cancel()
        await runs.close()


async def test_the_runs_of_a_session_are_forgotten_and_those_under_way_end(runs: Runs) -> None:
    session_id = "7c9e6679-7425-40de-944b-e07fc1f90ae7"
    over = await runs.start(HELLO, session_id=session_id)
    await over.over()
    under_way = await runs.start(SLEEPS, session_id=session_id)
    await until_output(under_way)
    other = await runs.start(HELLO)
    runs.forget(session_id)
    assert (await under_way.over()).verdict is Verdict.CANCELLED
    for run in (over, under_way):
        with pytest.raises(RunNotFound):
            runs.get(run.id)
    assert runs.get(other.id) is other
