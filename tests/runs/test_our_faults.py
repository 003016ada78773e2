"""What breaks on our side is tried once more, and never called the program's fault."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from algoroom.errors import SandboxUnavailable
from algoroom.runs.engine import Engine
from algoroom.runs.explanation import raise_if_ours
from algoroom.runs.model import Ended, Outcome, Output, RunRequest, Verdict
from tests.runs.host import all_ready, descendants, running_engine

pytestmark = pytest.mark.asyncio(loop_scope="session")

LATE = "import time\ntime.sleep(1)\nprint('late')"
EARLY = "import time\nprint('early', flush=True)\ntime.sleep(1)"
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


def children() -> set[int]:
    found = set()
    for row in descendants(os.getpid()):
        pid = int(row.split()[0])
        try:
            above = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1]
        except OSError:
            continue
        if int(above) == os.getpid():
            found.add(pid)
    return found


async def breaking(engine: Engine, request: RunRequest, times: int) -> Outcome:
    """Run it, and kill its sandbox, whole, as often as that."""
    await all_ready()
    before = children()
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
            while not (begun := children() - before):
                await asyncio.sleep(0.005)
            for pid in begun:
                os.kill(pid, signal.SIGKILL)
            before |= begun
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
