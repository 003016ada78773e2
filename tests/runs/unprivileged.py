"""Runs programs as a user without rights and without control groups; prints what came of each.

A program of its own, since a process that gave its rights away cannot take them back. What it
needs is imported while the interpreter's own files can still be read.
"""

import asyncio
import encodings.idna  # noqa: F401 - imported late by the standard library
import json
import os
import sys

from algoroom.runs.engine import Engine
from algoroom.runs.model import Limits, RunRequest
from algoroom.settings import Settings
from tests.runs.host import traces, until_as_before
from tests.runs.programs import PROGRAMS

NOBODY = 65_534
# As whoever starts this one: what root's servers left there everybody may use.
CACHE = Settings().cache_dir / "prepared"
MIB = 1024 * 1024


async def run_all() -> dict[str, list[object]]:
    found: dict[str, list[object]] = {}
    async with Engine(at_once=2, groups=False, cache_folder=CACHE) as engine:
        await engine.ready()
        strength = engine.strength
        found["strength"] = [strength.grouped, strength.enough_for_strangers, strength.drops_root]
        found["languages"] = [item.name for item in engine.languages if item.available]
        before = traces()
        for name, language, source, limits in programs():
            outcome = await engine.outcome(RunRequest(language, source, b"read me", limits))
            told = outcome.stdout.decode(errors="replace")[:40]
            in_time = outcome.wall_ms < (limits.wall_s + 1) * 1000
            found[name] = [outcome.verdict, outcome.exit_code, outcome.signal, told, in_time]
        await until_as_before(before)
    return found


def programs() -> list[tuple[str, str, str, Limits]]:
    small = Limits(cpu_s=0.5, wall_s=6, memory_bytes=128 * MIB, output_bytes=1000, processes=20)
    short = Limits(cpu_s=9, wall_s=0.6, processes=20)
    rows = [(f"{name} echo", name, each.echo, small) for name, each in PROGRAMS.items()]
    python = PROGRAMS["python"]
    rows += [
        ("exit", "python", python.exits_with_3, small),
        ("endless", "python", python.endless, small),
        ("flood", "python", python.floods, small),
        ("hoard", "python", python.hoards, small),
        ("hoard in c++", "cpp", PROGRAMS["cpp"].hoards, small),
        ("sleep", "python", "print('begun', flush=True)\nimport time\ntime.sleep(9)", short),
        (
            "fork bomb",
            "python",
            "import os\nprint('begun', flush=True)\nwhile True:\n  try: os.fork()\n"
            "  except OSError: pass",
            short,
        ),
        ("daemon", "python", "import os, time\nif os.fork() == 0: time.sleep(60)\nprint(1)", small),
        (
            "memory of many",
            "python",
            "import os, time\nfor _ in range(4):\n  if os.fork() == 0:\n"
            "    kept = bytearray(50 << 20)\n    break\ntime.sleep(20)",
            small,
        ),
        (
            "server",
            "python",
            f"try: print(open('/proc/{os.getpid()}/environ').read())\n"
            "except OSError: print('unreachable')",
            small,
        ),
    ]
    return rows


def give_rights_away() -> None:
    os.setgroups([])
    os.setresgid(NOBODY, NOBODY, NOBODY)
    os.setresuid(NOBODY, NOBODY, NOBODY)


if __name__ == "__main__":
    if os.geteuid() == 0:
        give_rights_away()
    sys.stdout.write(json.dumps(asyncio.run(run_all())))
