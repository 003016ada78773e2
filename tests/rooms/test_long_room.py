"""A room that is used for long stays small on disk, and loads from little."""

import pytest

from tests.long_room import LIMITS, measure


@pytest.mark.timeout(120)
async def test_a_long_journal_is_packed_well_and_read_back_whole(database_url: str) -> None:
    figures = await measure(database_url, updates=5_000)
    # It holds times and authors besides, and still takes less than twice the updates in one go.
    assert figures.ratio < 2
    assert figures.blocks >= 2
    assert figures.rows < LIMITS.tail_entries
