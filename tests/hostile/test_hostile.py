"""Each folder here is a program that means harm, and what must come of it.

`expected.toml`: `shows` says why the program is here; `verdicts` are those it may end with;
`stdout` is in what it printed; `limits` differ from the usual ones, and
`compile_s` from the compiler's. Of every program it must hold
that the answer comes in time, that a run beside it is unharmed, and that nothing is left.
"""

import asyncio
import tomllib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from algoroom.runs.engine import Engine
from algoroom.runs.model import Limits, RunRequest, Verdict
from tests.runs.host import traces, until_as_before

pytestmark = pytest.mark.asyncio(loop_scope="session")
LANGUAGES = {".py": "python", ".js": "javascript", ".java": "java", ".cpp": "cpp"}
FOLDERS = sorted(path.parent for path in Path(__file__).parent.glob("*/expected.toml"))
LATEST_S = 1.0


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
async def test_a_hostile_program_harms_nobody(engine: Engine, state_file: Path, folder: Path) -> None:
    expected = tomllib.loads((folder / "expected.toml").read_text())
    (program,) = (path for path in folder.iterdir() if path.suffix in LANGUAGES)
    limits = Limits(**{"cpu_s": 2.0, "wall_s": 4.0, **expected.get("limits", {})})
    request = RunRequest(LANGUAGES[program.suffix], program.read_text(), limits=limits)
    before = traces()

    async with quick_to_stop_compiling(engine, expected.get("compile_s"), state_file) as chosen:
        outcome, beside = await asyncio.gather(
            chosen.outcome(request), chosen.outcome(RunRequest("python", "print('unharmed')"))
        )

    assert outcome.verdict in expected["verdicts"], outcome
    assert expected.get("stdout", "") in outcome.stdout.decode(errors="replace")
    assert outcome.wall_ms < (limits.wall_s + LATEST_S) * 1000
    assert (beside.verdict, beside.stdout) == (Verdict.OK, b"unharmed\n")
    await until_as_before(before)


@asynccontextmanager
async def quick_to_stop_compiling(
    engine: Engine, compile_s: float | None, state_file: Path
) -> AsyncIterator[Engine]:
    if compile_s is None:
        yield engine
    else:
        async with Engine(at_once=2, compile_s=compile_s, state_file=state_file) as other:
            yield other
