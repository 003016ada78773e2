"""Every limit ends what passes it, in time, and keeps what was printed before."""

import time
from pathlib import Path

import pytest

from algoroom.runs.engine import Engine
from algoroom.runs.model import Limits, Outcome, RunRequest, Verdict
from tests.runs.host import traces, until_as_before

pytestmark = pytest.mark.asyncio(loop_scope="session")
MIB = 1024 * 1024


async def python(engine: Engine, source: str, stdin: bytes = b"", **limits: float) -> Outcome:
    chosen = Limits(**limits)  # type: ignore[arg-type]
    return await engine.outcome(RunRequest("python", source, stdin, chosen))


async def test_of_both_limits_of_time_the_processors_tells_more(engine: Engine) -> None:
    """Both are passed before anybody looks. On a busy machine it may not have begun by then."""
    verdicts = [
        (await python(engine, "while True: pass", wall_s=0.008, cpu_s=1e-6)).verdict
        for _ in range(5)
    ]
    assert Verdict.TIME_LIMIT in verdicts or not engine.strength.grouped


@pytest.mark.parametrize(
    "source",
    [
        "import time\ntime.sleep(60)",
        "import signal\nsignal.pause()",
        "import select\nselect.select([], [], [])",
        "import os, signal\nos.kill(os.getpid(), signal.SIGSTOP)",
        "import os, signal, time\nos.kill(os.getppid(), signal.SIGSTOP)\n"
        "os.kill(os.getppid(), signal.SIGKILL)\ntime.sleep(60)",
        "import signal, time\nfor n in range(1, 65):\n  try: signal.signal(n, signal.SIG_IGN)\n"
        "  except (OSError, ValueError): pass\nwhile True: time.sleep(1)",
        "import os, time\nos.setsid() if os.fork() == 0 else None\ntime.sleep(60)",
        "import os\nwhile True:\n  try: os.fork()\n  except OSError: pass",
    ],
    ids=["sleep", "pause", "select", "stop", "stop-parent", "ignore-all", "session", "fork-bomb"],
)
async def test_the_wall_limit_ends_everything(engine: Engine, source: str) -> None:
    before = traces()
    outcome = await python(engine, "print('begun', flush=True)\n" + source, wall_s=0.6, cpu_s=9)
    assert (outcome.verdict, outcome.stdout[:6]) == (Verdict.WALL_LIMIT, b"begun\n")
    assert 600 <= outcome.wall_ms < 1_600
    await until_as_before(before)


async def test_processor_time_of_children_counts(engine: Engine) -> None:
    source = "import os\nos.fork(); os.fork()\nwhile True: pass"
    outcome = await python(engine, source, cpu_s=0.6, wall_s=9)
    assert outcome.verdict is Verdict.TIME_LIMIT


async def test_memory_of_all_processes_counts_together(engine: Engine) -> None:
    source = (
        "import os, time\n"
        "for _ in range(4):\n"
        "  if os.fork() == 0:\n    kept = bytearray(30 << 20)\n    break\n"
        "time.sleep(20)"
    )
    outcome = await python(engine, source, memory_bytes=64 * MIB, wall_s=8)
    assert outcome.verdict is Verdict.MEMORY_LIMIT


@pytest.mark.parametrize("place", ["/dev/shm", "/tmp", "/code"])
async def test_files_in_memory_are_bounded(engine: Engine, place: str) -> None:
    source = (
        "import sys\n"
        f"for n in range(1000):\n  with open('{place}/f%d' % n, 'wb') as f: f.write(bytes(1 << 20))"
    )
    outcome = await python(engine, source, memory_bytes=64 * MIB, wall_s=8)
    assert outcome.verdict in (Verdict.MEMORY_LIMIT, Verdict.FAILED)
    assert outcome.peak_memory_bytes <= 65 * MIB


async def test_buffers_of_sockets_are_bounded(engine: Engine) -> None:
    """Version 1 of control groups counts them apart from the rest."""
    source = (
        "import socket\n"
        "kept, server = [], socket.create_server(('127.0.0.1', 0), backlog=200)\n"
        "for _ in range(100):\n"
        "  near = socket.create_connection(server.getsockname())\n"
        "  near.setblocking(False)\n"
        "  kept += [near, server.accept()[0]]\n"
        "  try:\n    while True: near.send(bytes(1 << 16))\n"
        "  except OSError: pass\n"
        "used = [l.split()[-1] for l in open('/proc/net/sockstat') if l.startswith('TCP')]\n"
        "print(int(used[0]) * 4096 >> 20)"
    )
    outcome = await python(engine, source, memory_bytes=64 * MIB, wall_s=8)
    if outcome.verdict is Verdict.OK:
        assert int(outcome.stdout) <= 64
    else:
        assert outcome.verdict is Verdict.MEMORY_LIMIT


async def test_a_file_is_bounded(engine: Engine) -> None:
    source = "open('f', 'wb').truncate(1 << 40)"
    outcome = await python(engine, source, file_bytes=MIB)
    assert (outcome.verdict, outcome.exit_code) == (Verdict.FAILED, 1)
    assert b"File too large" in outcome.stderr


async def test_open_files_are_bounded(engine: Engine) -> None:
    source = "kept = [open('/dev/null') for _ in range(100)]"
    outcome = await python(engine, source, open_files=50)
    assert b"Too many open files" in outcome.stderr


async def test_processes_are_bounded_and_the_outcome_says_so(engine: Engine) -> None:
    source = (
        "import os, time\ncount = 0\n"
        "try:\n  while True:\n    if os.fork() == 0: time.sleep(9)\n    count += 1\n"
        "except OSError: print(count)"
    )
    outcome = await python(engine, source, processes=10)
    assert (outcome.verdict, outcome.stdout) == (Verdict.OK, b"9\n")
    if engine.strength.grouped:
        assert outcome.detail == "It asked for more than 10 processes at once"


async def test_a_daemon_that_keeps_the_output_does_not_keep_the_run(engine: Engine) -> None:
    source = (
        "import os, time\n"
        "for _ in range(20):\n"
        "  if os.fork() == 0:\n    os.setsid()\n    time.sleep(60)\n    os._exit(0)\n"
        "print('done')"
    )
    before = traces()
    began = time.monotonic()
    outcome = await python(engine, source, wall_s=9)
    assert (outcome.verdict, outcome.stdout) == (Verdict.OK, b"done\n")
    assert time.monotonic() - began < 5
    await until_as_before(before)


async def test_output_of_exactly_the_limit_is_within_it(engine: Engine) -> None:
    both = "import sys\nsys.stdout.write('a' * 600)\nsys.stderr.write('b' * {})"
    outcome = await python(engine, both.format(400), output_bytes=1000)
    assert (outcome.verdict, len(outcome.stdout), len(outcome.stderr)) == (Verdict.OK, 600, 400)
    outcome = await python(engine, both.format(401), output_bytes=1000)
    assert outcome.verdict is Verdict.OUTPUT_LIMIT
    assert len(outcome.stdout) + len(outcome.stderr) == 1000
    assert outcome.stdout_cut or outcome.stderr_cut


@pytest.mark.parametrize("cut", ["stdout", "stderr"])
async def test_the_outcome_tells_which_stream_is_cut(engine: Engine, cut: str) -> None:
    source = f"import sys\nsys.{cut}.write('x' * {{}})"
    for count, is_cut in ((1000, False), (1001, True), (300_000, True)):
        outcome = await python(engine, source.format(count), output_bytes=1000)
        assert outcome.verdict is (Verdict.OUTPUT_LIMIT if is_cut else Verdict.OK)
        assert (outcome.stdout_cut, outcome.stderr_cut) == (
            is_cut and cut == "stdout",
            is_cut and cut == "stderr",
        )


async def test_a_line_of_a_mebibyte_comes_whole(engine: Engine) -> None:
    outcome = await python(engine, "print('x' * ((1 << 20) - 1))", output_bytes=MIB)
    assert (outcome.verdict, len(outcome.stdout)) == (Verdict.OK, MIB)


async def test_slow_output_before_the_limit_is_kept(engine: Engine) -> None:
    source = "import time\nfor n in range(99):\n  print(n)\n  time.sleep(0.1)"
    outcome = await python(engine, source, wall_s=0.75)
    assert outcome.verdict is Verdict.WALL_LIMIT
    assert outcome.stdout.startswith(b"0\n1\n2\n")


async def test_input_that_nobody_reads_is_no_harm(engine: Engine) -> None:
    outcome = await python(engine, "print('done')", stdin=b"x" * 300_000)
    assert (outcome.verdict, outcome.stdout) == (Verdict.OK, b"done\n")


async def test_input_larger_than_a_pipe_comes_whole(engine: Engine) -> None:
    outcome = await python(engine, "import sys\nprint(len(sys.stdin.read()))", stdin=b"x" * 900_000)
    assert outcome.stdout == b"900000\n"


async def test_a_signal_and_an_exit_code_of_the_same_number_are_told_apart(engine: Engine) -> None:
    outcome = await python(engine, "import os\nos.kill(os.getpid(), 11)")
    assert (outcome.verdict, outcome.exit_code, outcome.signal) == (Verdict.SIGNALLED, None, 11)
    outcome = await python(engine, "raise SystemExit(139)")
    assert (outcome.verdict, outcome.exit_code, outcome.signal) == (Verdict.FAILED, 139, None)


async def test_a_kill_by_its_own_hand_is_no_limit(engine: Engine) -> None:
    outcome = await python(engine, "import os\nos.kill(os.getpid(), 9)")
    assert (outcome.verdict, outcome.signal) == (Verdict.SIGNALLED, 9)


async def test_a_compiler_is_stopped_too(state_file: Path, engine: Engine) -> None:
    source = '#include "/dev/zero"\nint main() { }'
    async with Engine(
        at_once=1, state_file=state_file, compile_s=1.5, compile_memory_bytes=256 * MIB
    ) as quick:
        outcome = await quick.outcome(RunRequest("cpp", source))
    assert outcome.verdict is Verdict.COMPILE_ERROR
    assert outcome.detail is not None
    assert outcome.detail.startswith("The compiler was stopped")
