"""Compare every program of the corpora over a cold and a warm start.

    python -m tests.starts [language ...] [--match TEXT] [--rounds N]

Ends with exit code 1 where any two can be told apart, and says which and how.
"""

import argparse
import asyncio
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from algoroom.runs.engine import Engine
from tests.starts import cpython
from tests.starts.comparison import TELLTALE, compared
from tests.starts.corpus import Program, programs

LANGUAGES = ("python", "javascript", "java")


async def compare(chosen: list[Program]) -> int:
    """How many of `chosen` can be told apart; each is printed."""
    with TemporaryDirectory() as folder:
        state = Path(folder) / "languages.json"
        async with Engine(at_once=1, state_file=state) as warm:
            await warm.ready()
            async with Engine(at_once=1, state_file=state, starters_memory_bytes=0) as cold:
                await cold.ready()
                return await told_apart(cold, warm, chosen)


async def told_apart(cold: Engine, warm: Engine, chosen: list[Program]) -> int:
    count = 0
    for program in chosen:
        _, lines = await compared(cold, warm, program)
        if lines and str(program) in TELLTALE:
            print(f"--- {program}: as known", flush=True)
        elif lines:
            count += 1
            print(f"--- {program}", *lines, "", sep="\n", flush=True)
    return count


def everything(language: str) -> list[Program]:
    """All programs of `language`, for Python with CPython's own test files."""
    own = [cpython.program(name) for name in cpython.THOROUGH] if language == "python" else []
    return programs(language) + own


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.starts", description=__doc__)
    parser.add_argument("languages", nargs="*", default=LANGUAGES)
    parser.add_argument("--match", default="", help="only programs whose name holds this")
    parser.add_argument("--rounds", type=int, default=1)
    arguments = parser.parse_args()
    chosen = [
        program
        for language in arguments.languages
        for program in everything(language)
        if arguments.match in str(program)
    ] * arguments.rounds
    began = time.monotonic()
    count = asyncio.run(compare(chosen))
    print(f"{len(chosen)} programs, {count} told apart, {time.monotonic() - began:.0f} s")
    return 1 if count or not chosen else 0


if __name__ == "__main__":
    raise SystemExit(main())
