"""One real engine for each worker; the languages' self-tests are made once."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from algoroom.runs.engine import Engine
from algoroom.settings import Settings
from tests.runs.host import all_ready, running_engine

# What compilers find ready there takes a while to make, so it is shared with every server here.
CACHE = Settings().cache_dir / "prepared"


@pytest.fixture(scope="session")
def state_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("engine") / "toolchains.json"


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def engine(state_file: Path) -> AsyncIterator[Engine]:
    async with running_engine(
        at_once=2, waiting=64, state_file=state_file, cache_folder=CACHE
    ) as running:
        yield running


@pytest_asyncio.fixture(autouse=True, loop_scope="session")
async def _at_rest(request: pytest.FixtureRequest) -> None:
    if "engine" in request.fixturenames:
        await all_ready()
