"""What must hold of every hostile program, whatever it does.

It ends as its folder says, the answer comes within the wall limit and one second, what it printed
before is kept, nothing is left on the host, the server has not grown, and a run beside it is
unharmed.
"""

import asyncio
import os
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from algoroom.runs.engine import Engine
from algoroom.runs.model import Ended, Limits, Outcome, Output, RunRequest, Verdict
from tests.hostile.programs import HostileProgram, all_programs
from tests.runs.host import SLOWER, resident_bytes, traces, until_as_before

pytestmark = pytest.mark.asyncio(loop_scope="session")
LATEST_S = 1.0 * SLOWER
GROWTH_BYTES = 32 * 1024 * 1024
HARMLESS = RunRequest("python", "print('unharmed')", limits=Limits(wall_s=10 * SLOWER))


async def test_the_guards_are_those_of_the_server(engine: Engine) -> None:
    """`tests.modes` says what kind of server this is."""
    grouped = {"root": True, "delegated": True, "plain": False, None: engine.strength.grouped}
    assert engine.strength.grouped == grouped[os.environ.get("TESTS_MODE")]
    assert engine.strength.drops_root == (os.geteuid() == 0)
    assert engine.strength.filtered


@pytest.mark.parametrize("program", all_programs(), ids=lambda program: program.name)
async def test_a_hostile_program_harms_nobody(
    engine: Engine, state_file: Path, start: dict[str, Any], program: HostileProgram
) -> None:
    before, size_bytes = traces(), resident_bytes()
    async with quick_to_stop_compiling(engine, program, state_file, start) as chosen:
        (outcome, from_output_s), beside = await asyncio.gather(
            watched(chosen, program.request), chosen.outcome(HARMLESS)
        )
        grouped = chosen.strength.grouped
    program.judge(outcome, grouped=grouped)
    latest_s = program.request.limits.wall_s + LATEST_S
    assert outcome.wall_ms < latest_s * 1000
    assert from_output_s < latest_s
    assert (beside.verdict, beside.stdout) == (Verdict.OK, b"unharmed\n")
    await until_as_before(before)
    assert resident_bytes() - size_bytes < GROWTH_BYTES


async def watched(engine: Engine, request: RunRequest) -> tuple[Outcome, float]:
    """The outcome, and how long it took from the first output on, which the start precedes."""
    first_s: float | None = None
    async for event in engine.run(request):
        if isinstance(event, Output) and first_s is None:
            first_s = time.monotonic()
        elif isinstance(event, Ended):
            return event.outcome, 0.0 if first_s is None else time.monotonic() - first_s
    raise AssertionError("a run ends with Ended")


@asynccontextmanager
async def quick_to_stop_compiling(
    engine: Engine, program: HostileProgram, state_file: Path, start: dict[str, Any]
) -> AsyncIterator[Engine]:
    if program.compile_s is None:
        yield engine
    else:
        async with Engine(
            at_once=2, compile_s=program.compile_s, state_file=state_file, **start
        ) as other:
            yield other
