"""What a run took is what its program used: no more than a start's share beyond, and no less.

The programs measure themselves where a loaded machine would make them wait.
"""

import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from algoroom.runs.engine import Engine
from algoroom.runs.model import Outcome, RunRequest, Verdict
from tests.runs.host import running_engine

pytestmark = pytest.mark.asyncio(loop_scope="session")
MIB = 1024 * 1024
STARTS: dict[str, dict[str, Any]] = {"warm": {}, "cold": {"starters_memory_bytes": 0}}

BURNS = {
    "python": """
import os, time
def burn(seconds):
    end = time.process_time() + seconds
    while time.process_time() < end: pass
for _ in range(2):
    if os.fork() == 0:
        burn(0.1)
        os._exit(0)
burn(0.1)
os.wait(), os.wait()
""",
    "javascript": """
const begun = process.cpuUsage();
let used = 0;
while (used < 300_000) {
  const now = process.cpuUsage(begun);
  used = now.user + now.system;
}
""",
}
HOLDS = {
    "python": """
import os, time
kept = b'x' * (30 << 20)
if os.fork() == 0:
    kept = b'y' * (20 << 20)
    time.sleep(0.3)
    os._exit(0)
os.wait()
del kept
""",
    "javascript": """
let kept = Buffer.alloc(50 << 20, 1);
setTimeout(() => { kept = null; }, 300);
""",
}
SLEEPS = {
    "python": """
import time
time.sleep(0.2)
""",
    "javascript": "setTimeout(() => {}, 200);",
}
# What a start may take of each, beside the program: generous, as machines differ.
START_CPU_MS = {"python": 150, "javascript": 300}
START_MEMORY_BYTES = {"python": 20 * MIB, "javascript": 60 * MIB}


@pytest_asyncio.fixture(scope="module", loop_scope="session", params=STARTS)
async def starting(
    request: pytest.FixtureRequest, state_file: Path, engine: Engine
) -> AsyncIterator[Engine]:
    async with running_engine(at_once=1, state_file=state_file, **STARTS[request.param]) as found:
        yield found


async def well(engine: Engine, language: str, source: str) -> Outcome:
    outcome = await engine.outcome(RunRequest(language, source))
    assert outcome.verdict is Verdict.OK, outcome
    return outcome


@pytest.mark.parametrize("language", BURNS)
async def test_processor_time_is_that_of_all_processes(starting: Engine, language: str) -> None:
    outcome = await well(starting, language, BURNS[language])
    assert 300 <= outcome.cpu_ms <= 300 + START_CPU_MS[language]


@pytest.mark.parametrize("language", HOLDS)
async def test_memory_is_the_most_at_one_time(starting: Engine, language: str) -> None:
    outcome = await well(starting, language, HOLDS[language])
    held = outcome.peak_memory_bytes
    # The kernel counts in batches, up to a quarter of a mebibyte for each processor.
    assert 49 * MIB <= held <= 50 * MIB + START_MEMORY_BYTES[language]
    # Nothing of it is counted again for whoever comes next.
    assert (await well(starting, language, "")).peak_memory_bytes <= START_MEMORY_BYTES[language]


@pytest.mark.parametrize("language", SLEEPS)
async def test_time_on_the_clock_is_the_programs_and_costs_no_processor(
    starting: Engine, language: str
) -> None:
    began = time.monotonic()
    outcome = await well(starting, language, SLEEPS[language])
    whole_ms = (time.monotonic() - began) * 1000
    assert 200 <= outcome.wall_ms <= whole_ms
    assert outcome.cpu_ms <= START_CPU_MS[language]


async def test_compiling_is_in_no_figure_of_the_program(starting: Engine) -> None:
    source = "#include <stdio.h>\nint main(void) { return 0; }"
    began = time.monotonic()
    outcome = await well(starting, "c", source)
    whole_ms = (time.monotonic() - began) * 1000
    assert outcome.cpu_ms < 100
    assert outcome.wall_ms < whole_ms / 2
    assert outcome.peak_memory_bytes < 20 * MIB
