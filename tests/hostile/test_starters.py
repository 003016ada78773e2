"""A start that was made ahead is as good as any other, whatever the runs before it did.

All cases are run over both kinds of start; these aim at what makes starts ahead.
"""

import asyncio
import contextlib
from typing import Any

import pytest

from algoroom.runs.engine import Engine
from algoroom.runs.model import Limits, Outcome, RunRequest, SourceFile, Verdict
from tests.runs.host import all_ready

pytestmark = [
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.usefixtures("nothing_left"),
]
MIB = 1024 * 1024
# More than there are starts at a time, so that each of them has served before.
TURNS = 5

LOOKS = """
import builtins, signal, sys
import gc, os, threading
for name in ("print", "open", "exec", "__import__", "len"):
    if type(getattr(builtins, name)).__name__ != "builtin_function_or_method": print(name)
print(sorted(name for name in vars(builtins) if "evil" in name))
print(sorted(name for name in sys.modules if "evil" in name), "os" in sys.modules)
handled = [n for n in range(1, 65) if signal.getsignal(n) not in (None, signal.SIG_DFL)]
print([n for n in handled if n not in (signal.SIGINT, signal.SIGPIPE, signal.SIGXFSZ)])
print(gc.isenabled(), sys.gettrace(), sys.getprofile(), threading.active_count())
print(sys.getrecursionlimit(), sys.getswitchinterval(), sys.path[1:2] == ["evil"])
print(sorted(os.environ), os.umask(0o22), os.nice(0), sys.argv)
"""
CHANGES = """
import builtins, ctypes, gc, os, signal, sys, threading
builtins.print = lambda *words: os.write(1, b"evil")
builtins.__import__ = lambda *words, **more: 1 / 0
builtins.evil = 1
sys.modules["evil"] = sys.modules["os"] = sys
for number in range(1, 65):
    try: signal.signal(number, lambda *_: None)
    except (OSError, ValueError): pass
gc.disable(); sys.settrace(lambda *_: None); sys.setprofile(lambda *_: None)
sys.setrecursionlimit(77); sys.setswitchinterval(9); sys.path.insert(0, "evil")
sys.argv[:] = ["evil"]
libc = ctypes.CDLL(None)
libc.mallopt(-8, 1); libc.mallopt(-4, 0)
os.umask(0); os.nice(5)
os.environ["EVIL"] = "1"
for place in ("/proc/1/mem", "/proc/%d/mem" % os.getppid()):
    try: os.open(place, os.O_RDWR); os.write(1, b"opened")
    except OSError: pass
ctypes.memset(id(len) + 16, 0, 8)
os._exit(0)
"""


async def python(engine: Engine, source: str, **more: Any) -> Outcome:
    limits = more.pop("limits", Limits(cpu_s=4, wall_s=8))
    return await engine.outcome(RunRequest("python", source, limits=limits, **more))


async def test_programs_begin_as_they_were_told_to(engine: Engine) -> None:
    """Every start serves one program, the one that was asked for, with its own input."""

    async def one(number: int) -> None:
        source = f"import os\nprint({number}, input(), len(os.listdir('/code')), os.getpid())"
        outcome = await python(engine, source, stdin=b"typed %d\n" % number)
        assert outcome.stdout.split()[:4] == [b"%d" % number, b"typed", b"%d" % number, b"1"]

    await asyncio.gather(*(one(number) for number in range(2 * TURNS)))


async def test_what_a_program_changes_in_its_interpreter_reaches_no_other(engine: Engine) -> None:
    await all_ready()
    clean = await python(engine, LOOKS)
    assert clean.verdict is Verdict.OK, clean
    for _ in range(TURNS):
        changed = await python(engine, CHANGES)
        assert (changed.stdout, changed.signal) in ((b"", None), (b"", 11)), changed
        assert (await python(engine, LOOKS)).stdout == clean.stdout


async def test_nothing_of_an_earlier_run_is_in_memory(engine: Engine) -> None:
    """Neither its source nor its input, in no memory that a later program can read."""
    halves = ("SECRET-OF", "-ANOTHER-RUN")
    token = "".join(halves)
    for _ in range(TURNS):
        await python(engine, f"# {token}\nkept = ['{token}'] * 99", stdin=token.encode() * 99)
    search = (
        f"halves = [half.encode() for half in {halves!r}]\n"
        "import os\n"
        "memory = os.open('/proc/self/mem', os.O_RDONLY)\n"
        "for line in open('/proc/self/maps').readlines():\n"
        "  place, rights = line.split()[:2]\n"
        "  start, end = (int(text, 16) for text in place.split('-'))\n"
        "  if rights[0] != 'r': continue\n"
        "  try: held = os.pread(memory, end - start, start)\n"
        "  except (OSError, OverflowError): continue\n"
        "  at = held.find(halves[0])\n"
        "  while at >= 0:\n"
        "    if held[at + len(halves[0]):].startswith(halves[1]): print('found', line)\n"
        "    at = held.find(halves[0], at + 1)\n"
        "print('searched')"
    )
    for _ in range(TURNS):
        searched = await python(engine, search)
        assert (searched.verdict, searched.stdout) == (Verdict.OK, b"searched\n"), searched


async def test_neither_the_starter_nor_its_descriptors_can_be_reached(engine: Engine) -> None:
    source = (
        "import os, socket\n"
        "print(sorted(name for name in os.listdir('/proc/self/fd'))[:3], os.getppid())\n"
        "print([name for name in os.listdir('/proc') if name.isdigit() and int(name) > 1])\n"
        "for number in range(3, 300):\n"
        "  try: print(number, os.readlink(f'/proc/self/fd/{number}'), os.fstat(number))\n"
        "  except OSError: pass\n"
        "for name in ('mem', 'environ', 'maps', 'fd', 'fdinfo', 'cwd', 'root', 'exe', 'ns/net'):\n"
        "  place = f'/proc/1/{name}'\n"
        "  try: print(place, os.listdir(place) if 'fd' in name else os.stat(place) and\n"
        "    os.readlink(place) if name in ('cwd', 'root', 'exe', 'ns/net') else open(place).read(9))\n"
        "  except (OSError, UnicodeDecodeError): pass\n"
        "print(socket.socket(socket.AF_UNIX).connect_ex('/run/nursery') != 0)"
    )
    for _ in range(TURNS):
        told = (await python(engine, source)).stdout.decode().splitlines()
        assert told[0].endswith("1")
        assert told[0].startswith("['0', '1', '2']"), told
        assert len(told[1].split(",")) == 1, told
        assert told[2:] == ["True"], told


@pytest.mark.parametrize(
    "path",
    [
        "usercustomize.py", "sitecustomize.py", "init.py", "_signal.py", "_socket.py", "encodings.py",
        ".local/lib/python3.11/site-packages/early.pth",
        ".local/lib/python3.11/site-packages/usercustomize.py",
    ],
)  # fmt: skip
async def test_files_that_an_interpreter_would_run_early_run_for_their_own_run_only(
    engine: Engine, path: str
) -> None:
    early = "import os, time; open('/tmp/early', 'w'); os.fork() or time.sleep(60)\n"
    files = (SourceFile(path, early.encode()),)
    for _ in range(2):
        began = await python(engine, "print('begun')", files=files)
        assert began.verdict in (Verdict.OK, Verdict.WALL_LIMIT, Verdict.FAILED), began
        looked = await python(engine, "import os\nprint(os.path.exists('/tmp/early'))")
        assert looked.stdout == b"False\n"


async def test_starters_outlive_programs_that_take_all_there_is(engine: Engine) -> None:
    """Memory, processes, time, output, and signals to everybody, in a row and at once."""
    harm = {
        "kept = []\nwhile True: kept.append(bytearray(1 << 20))": Verdict.MEMORY_LIMIT,
        "import os\nwhile True:\n  try: os.fork()\n  except OSError: pass": Verdict.WALL_LIMIT,
        "while True: print('flood' * 99)": Verdict.OUTPUT_LIMIT,
        "import os\nos.kill(1, 9)\nos.kill(-1, 9)": Verdict.FAILED,
        "import os\nos.kill(os.getpid(), 19)": Verdict.WALL_LIMIT,
    }
    limits = Limits(cpu_s=8, wall_s=0.8, memory_bytes=48 * MIB, output_bytes=9999)
    # Where no group counts, what children share with their parent counts for each of them.
    also = set() if engine.strength.grouped else {Verdict.MEMORY_LIMIT}
    for source, verdict in harm.items():
        outcomes = await asyncio.gather(
            *(python(engine, source, limits=limits) for _ in range(TURNS))
        )
        assert {outcome.verdict for outcome in outcomes} - also <= {verdict}, source
        well = await python(engine, "print('unharmed')")
        assert (well.verdict, well.stdout) == (Verdict.OK, b"unharmed\n")
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(all_ready(), 10)
