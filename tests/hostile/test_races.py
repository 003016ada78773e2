"""Runs that are cut short at any moment, many at once, and a server that dies under them."""

import asyncio
import subprocess
import sys
import textwrap
import time
from contextlib import aclosing
from pathlib import Path
from typing import Any

import pytest

from algoroom.runs.engine import Engine
from algoroom.runs.model import Limits, RunRequest, Verdict
from tests.hostile.programs import HERE, load
from tests.runs.host import descendants, groups_of, resident_bytes

pytestmark = [
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.usefixtures("nothing_left"),
]
MIB = 1024 * 1024
UNHARMED = RunRequest("python", "print('unharmed')")


@pytest.mark.parametrize("name", ["fork-bomb", "daemon", "pause", "flood-on-both", "spin-in-threads"])
async def test_a_run_can_be_cut_short_at_every_stage(engine: Engine, name: str) -> None:
    """Whoever waits for it gives up after each of its events, and at moments in between."""
    request = load(HERE / name).request
    for events in range(1, 4):
        async with aclosing(engine.run(request)) as run:
            for _ in range(events):
                if await anext(run, None) is None:
                    break
    for turn in range(12):
        waiting = asyncio.ensure_future(engine.outcome(request))
        await asyncio.wait([waiting], timeout=turn * 0.01)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
    outcome = await engine.outcome(UNHARMED)
    assert (outcome.verdict, outcome.stdout) == (Verdict.OK, b"unharmed\n")


async def test_a_hundred_at_once_with_a_pool_of_two_end_each_as_alone(engine: Engine) -> None:
    size_bytes = resident_bytes()
    limits = Limits(cpu_s=0.2, wall_s=3, memory_bytes=48 * MIB, output_bytes=10_000, processes=8)
    kinds = {
        "print(6 * 7)": Verdict.OK,
        "raise SystemExit(3)": Verdict.FAILED,
        "import os\nos.abort()": Verdict.SIGNALLED,
        "while True: pass": Verdict.TIME_LIMIT,
        "kept = []\nwhile True: kept.append(bytearray(1 << 20))": Verdict.MEMORY_LIMIT,
        "while True: print('flood' * 99)": Verdict.OUTPUT_LIMIT,
        "import os, time\nos.fork() or os.setsid() or time.sleep(60)": Verdict.OK,
        "open('/tmp/x', 'w').write('x')\nprint(6 * 7)": Verdict.OK,
        "import signal, os\nos.kill(os.getpid(), 9)": Verdict.SIGNALLED,
    }
    asked = list(kinds) * 12
    outcomes = await asyncio.gather(
        *(engine.outcome(RunRequest("python", source, limits=limits)) for source in asked[:100])
    )
    for source, outcome in zip(asked, outcomes, strict=False):
        assert outcome.verdict is kinds[source], (source, outcome)
    assert resident_bytes() - size_bytes < 32 * MIB


async def test_what_was_compiled_is_never_busy(engine: Engine) -> None:
    """A file that somebody else still has open for writing could not be executed."""
    outcomes = await asyncio.gather(
        *(
            engine.outcome(
                RunRequest("cpp", f'#include <cstdio>\nint main() {{ printf("%d", {number}); }}')
            )
            for number in range(12)
        )
    )
    assert [outcome.stdout for outcome in outcomes] == [b"%d" % number for number in range(12)]


async def test_what_a_dead_server_ran_is_gone_when_it_is_back(
    engine: Engine, state_file: Path, start: dict[str, Any]
) -> None:
    program = textwrap.dedent(f"""
        import asyncio
        from pathlib import Path, PosixPath
        from algoroom.runs.engine import Engine
        from algoroom.runs.model import Limits, Output, RunRequest
        from tests.hostile.programs import HERE, load

        begun = 0

        async def run(engine, name):
            global begun
            request = RunRequest("python", load(HERE / name).request.source)
            async for event in engine.run(request):
                if isinstance(event, Output) and event.data.startswith(b"begun"):
                    begun += 1
                    if begun == 3:
                        print("begun", flush=True)

        async def main():
            path = Path({str(state_file)!r})
            async with Engine(at_once=3, state_file=path, **{start!r}) as engine:
                await asyncio.gather(
                    *(run(engine, name) for name in ("fork-bomb", "sleep", "stops-itself"))
                )

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
    assert len(started) > 3
    # Namespaces full of processes take the kernel a while on a busy machine.
    end = time.monotonic() + 15
    while any(Path(f"/proc/{pid}").exists() for pid in started):
        assert time.monotonic() < end
        await asyncio.sleep(0.02)
    async with Engine(at_once=1, state_file=state_file, **start):
        assert not groups_of(server.pid)


async def test_a_source_of_a_hundred_megabytes_is_no_harm(engine: Engine) -> None:
    """It is the program's memory, or the compiler's; the server keeps nothing of it."""
    line = "int a = 1; // " + "x" * 85 + "\n"
    size_bytes = resident_bytes()
    outcome = await engine.outcome(RunRequest("cpp", line * MIB, limits=Limits(wall_s=2)))
    assert outcome.verdict is Verdict.COMPILE_ERROR
    outcome = await engine.outcome(
        RunRequest("python", "#" + "x" * (100 * MIB), limits=Limits(memory_bytes=64 * MIB))
    )
    assert outcome.verdict in (Verdict.FAILED, Verdict.MEMORY_LIMIT)
    assert resident_bytes() - size_bytes < 32 * MIB
