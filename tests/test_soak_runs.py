"""A short soak: what the long one, `make soak-runs`, does ten thousand times."""

from tests.soak_runs import MOST_GROWTH_BYTES, Soak, soak

RUNS = 150
SEED = 3


async def test_programs_in_a_row_end_as_they_must_and_leave_nothing() -> None:
    seen = await soak(RUNS, at_once=2, seed=SEED)

    assert seen.failures == []
    assert seen.runs == RUNS
    assert 0 < seen.hostile < RUNS
    first, last = seen.quarters()
    assert last - first < MOST_GROWTH_BYTES


def test_the_quarters_of_a_soak_are_its_first_and_its_last() -> None:
    assert Soak(sizes=[1, 2, 9, 9, 9, 9, 5, 6]).quarters() == (1, 5)
    assert Soak(sizes=[7]).quarters() == (7, 7)
