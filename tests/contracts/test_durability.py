"""What was answered with a 2xx is there after kill -9, over both databases."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.databases import Cluster
from tests.kill9 import rounds


@pytest.mark.timeout(120)
async def test_no_answered_write_is_lost_by_kill_9_over_sqlite() -> None:
    assert await rounds(14, {}, seed=20) >= 14


@pytest.fixture
def empty_postgresql(postgres: Cluster) -> Iterator[str]:
    with postgres.database(migrated=False) as url:
        yield url


@pytest.mark.timeout(120)
async def test_no_answered_write_is_lost_by_kill_9_over_postgresql(empty_postgresql: str) -> None:
    assert await rounds(6, {"ALGOROOM_DATABASE_URL": empty_postgresql}, seed=21) >= 6
