"""The usual engine, which starts programs as warm as it can, and one that knows no starters."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio

from algoroom.runs.engine import Engine
from tests.runs.conftest import engine, state_file
from tests.runs.host import running_engine

__all__ = ["cold", "engine", "state_file"]


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def cold(engine: Engine, state_file: Path) -> AsyncIterator[Engine]:
    async with running_engine(at_once=2, state_file=state_file, starters_memory_bytes=0) as running:
        yield running
