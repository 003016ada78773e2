"""What a person may type can also never come."""

import pytest

from algoroom.runs.console import Console
from algoroom.runs.engine import Engine
from algoroom.runs.model import Ended, Limits, RunRequest, Terminal, Verdict

pytestmark = [
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.usefixtures("nothing_left"),
]


@pytest.mark.parametrize("terminal", [None, Terminal(80, 24)], ids=["pipe", "terminal"])
async def test_input_that_never_comes_ends_with_the_wall_limit(
    engine: Engine, terminal: Terminal | None
) -> None:
    source = "print('begun', flush=True)\nprint(input())"
    request = RunRequest("python", source, limits=Limits(wall_s=0.6), terminal=terminal)
    async for event in engine.run(request, Console()):
        if isinstance(event, Ended):
            assert event.outcome.verdict is Verdict.WALL_LIMIT
            assert event.outcome.stdout.startswith(b"begun")
