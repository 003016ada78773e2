"""What an application has done before it takes requests."""

import gc
from pathlib import Path

import pytest
from pydantic import TypeAdapter

from algoroom.main import create_app
from algoroom.settings import Settings
from tests.api.asking import URL, client

pytestmark = pytest.mark.asyncio(loop_scope="session")


def adapters() -> int:
    """How many descriptions of what a route takes or gives there are."""
    gc.collect()
    return sum(type(one) is TypeAdapter for one in gc.get_objects())


async def test_who_comes_first_does_not_wait_for_the_routes_to_be_made_up(tmp_path: Path) -> None:
    known = Settings(data_dir=tmp_path, public_url=URL, runs_at_once=1, starters_memory_bytes=0)
    app = create_app(known)
    async with app.router.lifespan_context(app):
        made_up = adapters()
        async with client(app) as asker:
            assert (await asker.get("/health")).json() == {"status": "healthy"}
            await asker.get("/no/such/page")
        assert adapters() == made_up
