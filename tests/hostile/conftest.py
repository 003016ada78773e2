"""Hostile programs meet an engine that starts cold, and one that starts warm."""

import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from algoroom.runs.engine import Engine
from algoroom.runs.languages.catalogue import DECLARATIONS
from tests.hostile.programs import CHOSEN
from tests.runs.conftest import state_file
from tests.runs.host import SLOWER, all_ready, running_engine, traces, until_as_before

__all__ = ["state_file"]

# What an engine is told for each kind of start.
STARTS: dict[str, dict[str, Any]] = {"cold": {"starters_memory_bytes": 0}, "warm": {}}


@pytest.fixture(scope="session")
def declarations(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The languages that are tried."""
    folder = tmp_path_factory.mktemp("languages")
    for language in CHOSEN:
        shutil.copy(DECLARATIONS / f"{language}.toml", folder)
    return folder


@pytest.fixture(scope="session", params=STARTS)
def start(request: pytest.FixtureRequest, declarations: Path) -> dict[str, Any]:
    return {"declarations": declarations, **STARTS[request.param]}


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def engine(state_file: Path, start: dict[str, Any]) -> AsyncIterator[Engine]:
    # What was compiled is kept on purpose, and would look like growth.
    async with running_engine(
        at_once=2,
        waiting=128,
        compile_s=20 * SLOWER,
        state_file=state_file,
        build_cache_bytes=0,
        **start,
    ) as running:
        yield running


@pytest_asyncio.fixture(autouse=True, loop_scope="session")
async def _at_rest(engine: Engine) -> None:
    await all_ready()


@pytest_asyncio.fixture(loop_scope="session")
async def nothing_left(engine: Engine) -> AsyncIterator[None]:
    """No process, control group or descriptor stays that was not there before the test."""
    before = traces()
    yield
    await until_as_before(before)
