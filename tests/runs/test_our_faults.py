"""What breaks on our side is tried once more, and never called the program's fault."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import pytest
import pytest_asyncio

from algoroom.errors import SandboxUnavailable
from algoroom.runs.engine import Engine
from algoroom.runs.explanation import raise_if_ours
from algoroom.runs.model import Ended, Outcome, Output, RunRequest, Verdict
from algoroom.runs.sandbox import mounts
from tests.runs.host import all_ready, running_engine

pytestmark = pytest.mark.asyncio(loop_scope="session")

LATE = "import time\ntime.sleep(1)\nprint('late')"
EARLY = "import os, time\nos.write(1, b'early\\n')\ntime.sleep(30)"
COMPILED = """#include <stdio.h>
int main(void) { puts("late"); }
// %s
"""
WITHIN_S = 60.0


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def cold(state_file: Path, engine: Engine) -> AsyncIterator[Engine]:
    """Its sandboxes begin with their runs, so what is new is the run's."""
    options = {"at_once": 1, "state_file": state_file, "starters_memory_bytes": 0}
    async with running_engine(**options) as found:
        yield found


def children(pid: int) -> list[int]:
    """Of all its threads; none where it has just ended."""
    found: list[int] = []
    with suppress(OSError):
        for thread in Path(f"/proc/{pid}/task").iterdir():
            found += map(int, (thread / "children").read_text().split())
    return found


def arguments(pid: int) -> list[str]:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text().split("\0")
    except OSError:
        return []


def sandboxes() -> set[int]:
    """The first process in each sandbox that was made for one run. What is kept ready for later
    runs is none, and what bubblewrap is just making is none yet."""
    found = (first for pid in children(os.getpid()) for first in children(pid))
    return {first for first in found if _is_first(arguments(first))}


def _is_first(argv: list[str]) -> bool:
    return mounts.INIT in argv and argv[0] != "bwrap"


async def breaking(engine: Engine, request: RunRequest, times: int) -> Outcome:
    """Run it, and kill its sandbox, whole, as often as that."""
    await all_ready()
    killed: set[int] = set()
    printed = asyncio.Event()

    async def outcome() -> Outcome:
        async for event in engine.run(request):
            if isinstance(event, Output) and event.data.startswith(b"early"):
                printed.set()
            elif isinstance(event, Ended):
                return event.outcome
        raise AssertionError("a run ends with Ended")

    running = asyncio.ensure_future(outcome())
    async with asyncio.timeout(WITHIN_S):
        if request.source == EARLY:
            await printed.wait()
        for _ in range(times):
            while not (begun := sandboxes() - killed):
                await asyncio.sleep(0.005)
            for first in begun:  # which takes all of its sandbox with it
                os.kill(first, signal.SIGKILL)
            killed |= begun
        return await running


@pytest.mark.parametrize("language", ["python", "c"])
async def test_a_sandbox_that_breaks_once_is_made_again(cold: Engine, language: str) -> None:
    source = LATE if language == "python" else COMPILED % "once"
    outcome = await breaking(cold, RunRequest(language, source), 1)
    assert (outcome.verdict, outcome.stdout) == (Verdict.OK, b"late\n")


@pytest.mark.parametrize("language", ["python", "c"])
async def test_one_that_breaks_twice_is_our_fault(cold: Engine, language: str) -> None:
    request = RunRequest(language, LATE if language == "python" else COMPILED % "twice")
    outcome = await breaking(cold, request, 2)
    assert outcome.verdict is Verdict.INTERNAL_ERROR
    assert (outcome.exit_code, outcome.signal) == (None, None)
    assert outcome.detail
    with pytest.raises(SandboxUnavailable):
        raise_if_ours(outcome)
    # Nothing of it stays: neither a build that failed nor a sandbox.
    outcome = await cold.outcome(request)
    assert (outcome.verdict, outcome.stdout) == (Verdict.OK, b"late\n")


async def test_nothing_is_done_twice_once_somebody_saw_it(cold: Engine) -> None:
    outcome = await breaking(cold, RunRequest("python", EARLY), 1)
    assert (outcome.verdict, outcome.stdout) == (Verdict.INTERNAL_ERROR, b"early\n")
    assert (outcome.exit_code, outcome.signal) == (None, None)
