"""Servers of this worker: with the usual settings, and one of each mode that takes tokens."""

from collections.abc import AsyncIterator, Iterator

import httpx2
import pytest

from tests.access.identities import SECRET
from tests.contracts.wire import client
from tests.serving import Server

SIGNED = {"ALGOROOM_JWT_SECRET": SECRET, "ALGOROOM_RUNS_AT_ONCE": "1"}


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    with Server() as running:
        yield running


@pytest.fixture
async def http(server: Server) -> AsyncIterator[httpx2.AsyncClient]:
    async with client(server) as connected:
        yield connected


@pytest.fixture(scope="session")
def open_server() -> Iterator[Server]:
    with Server(SIGNED) as running:
        yield running


@pytest.fixture(scope="session")
def closed_server() -> Iterator[Server]:
    with Server({**SIGNED, "ALGOROOM_AUTH": "required"}) as running:
        yield running


@pytest.fixture(params=["open", "required"])
def any_server(request: pytest.FixtureRequest) -> Server:
    name = "open_server" if request.param == "open" else "closed_server"
    server: Server = request.getfixturevalue(name)
    return server
