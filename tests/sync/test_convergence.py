"""Whatever clients of every kind do in whatever order, and whenever the server dies: all end equal,
nothing that was kept is lost, and nothing is there twice."""

import pytest

from tests.sync.convergence import run


@pytest.mark.timeout(300)
def test_all_clients_of_a_room_end_with_one_text_in_which_nothing_is_lost_or_doubled() -> None:
    rooms, restarts = run(2, rooms=10)
    assert rooms == 20
    assert restarts >= 4
