"""Requests made up from the OpenAPI document: a real server answers as it declares."""

import pytest

from tests.serving import Server
from tests.soak_api import ABOUT_RUNS, ABOUT_THE_REST, ROOM, made_up


@pytest.mark.parametrize(
    "options",
    [(*ABOUT_THE_REST, "--max-examples=5"), (*ABOUT_RUNS, "--max-examples=1")],
    ids=["everything else", "running programs"],
)
@pytest.mark.timeout(180)
def test_schemathesis_finds_nothing(options: tuple[str, ...]) -> None:
    with Server(ROOM) as server:
        found = made_up(server, *options, within_s=170)
    assert found.returncode == 0, found.stdout + found.stderr
