"""Runs beside each other and after each other: none sees, reaches or takes from another."""

import asyncio
from contextlib import aclosing

import pytest

from algoroom.runs.engine import Engine
from algoroom.runs.model import Limits, Outcome, Output, RunRequest, Verdict

pytestmark = [
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.usefixtures("nothing_left"),
]
MIB = 1024 * 1024

# Leaves of everything that could be found by somebody else, then waits to be found.
LEAVES = """
import ctypes, os, socket, time
libc = ctypes.CDLL(None, use_errno=True)
for place in ("/tmp", "/code", "/dev/shm"):
    with open(f"{place}/left", "w") as file: file.write("left by another run")
    os.chmod(f"{place}/left", 0o666)
abstract = socket.socket(socket.AF_UNIX); abstract.bind("\\0left"); abstract.listen()
named = socket.socket(socket.AF_UNIX); named.bind("/tmp/socket"); named.listen()
port = socket.create_server(("127.0.0.1", 4321))
libc.shmget(4321, 4096, 0o1666); libc.semget(4321, 1, 0o1666); libc.msgget(4321, 0o1666)
os.environ["LEFT"] = "1"
print("left", flush=True)
time.sleep(%s)
"""
LOOKS = """
import ctypes, os, socket
libc = ctypes.CDLL(None, use_errno=True)
for place in ("/tmp", "/code", "/dev/shm"):
    if os.path.exists(f"{place}/left"): print("file", place)
for family, place in ((1, "\\0left"), (1, "/tmp/socket"), (2, ("127.0.0.1", 4321))):
    try: socket.socket(family).connect(place); print("socket", place)
    except OSError: pass
for name, arguments in (("shmget", (4321, 0, 0)), ("semget", (4321, 0, 0)), ("msgget", (4321, 0))):
    if getattr(libc, name)(*arguments) != -1: print(name)
if "LEFT" in os.environ: print("environment")
for place in ("/proc/net/unix", "/proc/net/tcp", "/proc/net/udp"):
    lines = open(place).read().splitlines()
    if len(lines) > 1: print(place, lines)
for pid in filter(str.isdigit, os.listdir("/proc")):
    if int(pid) not in (1, os.getpid()): print("process", pid)
for pid in range(2, 400):
    if pid != os.getpid():
        try: os.kill(pid, 9); print("killed", pid)
        except OSError: pass
print("looked")
"""


async def test_a_run_finds_nothing_of_the_one_beside_it(engine: Engine) -> None:
    looked: Outcome | None = None
    async with aclosing(engine.run(RunRequest("python", LEAVES % 60))) as run:
        async for event in run:
            if isinstance(event, Output) and event.data.startswith(b"left"):
                looked = await engine.outcome(RunRequest("python", LOOKS))
                break
    assert looked is not None
    assert (looked.verdict, looked.stdout) == (Verdict.OK, b"looked\n")


async def test_a_run_finds_nothing_of_the_one_before_it(engine: Engine) -> None:
    for _ in range(2):
        left = await engine.outcome(RunRequest("python", LEAVES % 0))
        assert left.verdict is Verdict.OK
        looked = await engine.outcome(RunRequest("python", LOOKS))
        assert (looked.verdict, looked.stdout) == (Verdict.OK, b"looked\n")


async def test_two_runs_never_share_one_limit(engine: Engine) -> None:
    """Together they use more memory, time and output than one of them may."""
    source = (
        "import time\nkept = bytearray(40 << 20)\n"
        "while time.process_time() < 0.4: pass\nprint('x' * 600)"
    )
    limits = Limits(memory_bytes=64 * MIB, cpu_s=0.7, wall_s=8, output_bytes=1000, processes=1)
    outcomes = await asyncio.gather(
        *(engine.outcome(RunRequest("python", source, limits=limits)) for _ in range(2))
    )
    assert [outcome.verdict for outcome in outcomes] == [Verdict.OK] * 2
