"""Whatever the limits are, a program ends by the one that it passes, and leaves nothing.

HOSTILE_EXAMPLES says how many programs are made up for each kind of start.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from algoroom.runs.engine import Engine
from algoroom.runs.model import Limits, Outcome, RunRequest, Verdict
from tests.runs.host import SLOWER, all_ready, traces, until_as_before

pytestmark = pytest.mark.asyncio(loop_scope="session")
MIB = 1024 * 1024
EXAMPLES = int(os.environ.get("HOSTILE_EXAMPLES", "12"))
AMPLE = {"cpu_s": 4.0 * SLOWER, "wall_s": 6.0 * SLOWER, "memory_bytes": 128 * MIB}
# Limits that are nearer to each other may both be the first.
NEAR_S = 0.25


@dataclass(frozen=True)
class Made:
    """A made-up program, its limits, and whether an outcome is the right one."""

    source: str
    limits: Limits
    right: Callable[[Outcome], bool]


def ends(*verdicts: Verdict) -> Callable[[Outcome], bool]:
    return lambda outcome: outcome.verdict in verdicts


@st.composite
def made(draw: st.DrawFn) -> Made:
    family = draw(st.sampled_from(FAMILIES))
    return family(draw)


def limits(draw: st.DrawFn, **chosen: Any) -> Limits:
    """Those that are not `chosen` are ample, and differ from time to time."""
    figures = {
        **AMPLE,
        "processes": draw(st.integers(8, 64)),
        "open_files": draw(st.integers(32, 512)),
        "output_bytes": draw(st.integers(10_000, MIB)),
        "file_bytes": draw(st.integers(MIB, 16 * MIB)),
        **chosen,
    }
    return Limits(**figures)


def spins(draw: st.DrawFn) -> Made:
    cpu_s, wall_s = draw(st.floats(0.05, 0.8)), draw(st.floats(0.1, 0.8))
    # The processor may be busy with others, so only a wall limit that is near is certain.
    possible = {Verdict.WALL_LIMIT}
    if cpu_s < wall_s + NEAR_S:
        possible.add(Verdict.TIME_LIMIT)
    if 4 * cpu_s < wall_s:
        possible.discard(Verdict.WALL_LIMIT)
    chosen = limits(draw, cpu_s=cpu_s, wall_s=wall_s)
    return Made("while True: pass", chosen, ends(*possible))


def sleeps(draw: st.DrawFn) -> Made:
    chosen = limits(draw, wall_s=draw(st.floats(0.05, 0.8)))
    return Made("import time\ntime.sleep(60)", chosen, ends(Verdict.WALL_LIMIT))


def hoards(draw: st.DrawFn) -> Made:
    piece = draw(st.sampled_from([1 << 12, 1 << 16, 1 << 20, 1 << 23]))
    chosen = limits(draw, memory_bytes=draw(st.integers(16, 96)) * MIB)
    source = f"kept = []\nwhile True: kept.append(bytearray(b'x' * {piece}))"
    return Made(source, chosen, ends(Verdict.MEMORY_LIMIT))


def prints(draw: st.DrawFn) -> Made:
    most = draw(st.integers(1, 5000))
    size = draw(st.one_of(st.integers(0, 2 * most), st.integers(-1, 1).map(lambda by: most + by)))
    stream = draw(st.sampled_from([1, 2]))
    verdict = Verdict.OK if size <= most else Verdict.OUTPUT_LIMIT
    kept = min(size, most)
    source = f"import os\nos.write({stream}, b'x' * {size})"
    return Made(
        source,
        limits(draw, output_bytes=most),
        lambda outcome: outcome.verdict is verdict
        and len(outcome.stdout) + len(outcome.stderr) == kept,
    )


def exits(draw: st.DrawFn) -> Made:
    code = draw(st.integers(0, 255))
    return Made(
        f"import os\nos._exit({code})",
        limits(draw),
        lambda outcome: outcome.exit_code == code
        and outcome.verdict is (Verdict.FAILED if code else Verdict.OK),
    )


def dies(draw: st.DrawFn) -> Made:
    number = draw(st.sampled_from([1, 3, 4, 6, 8, 9, 11, 13, 14, 15, 31]))
    source = (
        "import os, signal\n"
        f"if {number} not in (9,): signal.signal({number}, signal.SIG_DFL)\n"
        f"os.kill(os.getpid(), {number})\nsignal.pause()"
    )
    return Made(
        source,
        limits(draw),
        lambda outcome: (outcome.verdict, outcome.signal) == (Verdict.SIGNALLED, number),
    )


def forks(draw: st.DrawFn) -> Made:
    most = draw(st.integers(2, 30))
    source = (
        "import os, time\nmade = 0\n"
        "try:\n  while made < 40:\n    if os.fork() == 0: time.sleep(60)\n    made += 1\n"
        "except OSError: pass\nprint(made)"
    )
    expected = str(most - 1).encode() + b"\n"
    return Made(
        source,
        limits(draw, processes=most),
        lambda outcome: (outcome.verdict, outcome.stdout) == (Verdict.OK, expected),
    )


def writes(draw: st.DrawFn) -> Made:
    most = draw(st.integers(1, 200_000))
    size = draw(st.one_of(st.integers(0, 2 * most), st.integers(-1, 1).map(lambda by: most + by)))
    source = f"import os\nfile = os.open('f', os.O_CREAT | os.O_RDWR)\nos.truncate(file, {size})"
    verdict = Verdict.OK if size <= most else Verdict.FAILED
    return Made(source, limits(draw, file_bytes=most), ends(verdict))


def opens(draw: st.DrawFn) -> Made:
    most = draw(st.integers(16, 200))
    source = (
        "import os\nmade = 3\n"
        "try:\n  while made < 300: os.open('/dev/null', 0); made += 1\n"
        "except OSError: print(made)"
    )
    expected = str(most).encode() + b"\n"
    return Made(
        source,
        limits(draw, open_files=most),
        lambda outcome: (outcome.verdict, outcome.stdout) == (Verdict.OK, expected),
    )


FAMILIES = [spins, sleeps, hoards, prints, exits, dies, forks, writes, opens]


@given(program=made())
@settings(
    max_examples=EXAMPLES,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
async def test_a_program_ends_by_the_limit_that_it_passes(engine: Engine, program: Made) -> None:
    await all_ready()
    before = traces()
    outcome = await engine.outcome(RunRequest("python", program.source, limits=program.limits))
    assert program.right(outcome), outcome
    assert outcome.wall_ms < (program.limits.wall_s + SLOWER) * 1000
    assert len(outcome.stdout) + len(outcome.stderr) <= program.limits.output_bytes
    await until_as_before(before)
