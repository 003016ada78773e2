"""A server for this worker, shared by tests that need no settings of their own."""

from collections.abc import AsyncIterator, Iterator

import httpx2
import pytest

from tests.contracts.wire import client
from tests.serving import Server


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    with Server() as running:
        yield running


@pytest.fixture
async def http(server: Server) -> AsyncIterator[httpx2.AsyncClient]:
    async with client(server) as connected:
        yield connected
