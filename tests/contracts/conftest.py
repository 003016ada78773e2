"""The servers under test: one for each database and worker, started when first needed.

A test that asks for `server` talks to SQLite; with the marker `both_databases` it runs again
over PostgreSQL. Sessions are independent, so tests share a server; a test that needs settings
starts a `Server` of its own.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import httpx2
import pytest

from tests.contracts.wire import client
from tests.databases import Cluster
from tests.serving import Server

DATABASES = ("sqlite", "postgresql")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers", "contract(*ids): the rows of docs/contracts this test proves"
    )
    config.addinivalue_line("markers", "both_databases: run over SQLite and over PostgreSQL")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "server" in metafunc.fixturenames:
        both = metafunc.definition.get_closest_marker("both_databases") is not None
        metafunc.parametrize("server", DATABASES if both else DATABASES[:1], indirect=True)


@pytest.fixture(scope="session")
def sqlite_server() -> Iterator[Server]:
    with Server(warm=True) as running:
        yield running


@pytest.fixture(scope="session")
def postgresql_server(postgres: Cluster) -> Iterator[Server]:
    with (
        postgres.database(migrated=False) as url,
        Server({"ALGOROOM_DATABASE_URL": url}, warm=True) as running,
    ):
        yield running


@pytest.fixture
def server(request: pytest.FixtureRequest) -> Server:
    """The worker's shared server over the database of this test."""
    running: Server = request.getfixturevalue(f"{request.param}_server")
    return running


@pytest.fixture
async def http(server: Server) -> AsyncIterator[httpx2.AsyncClient]:
    async with client(server) as connected:
        yield connected
