"""The servers under test: one for each database and worker, started when first needed.

A test that asks for `server` talks to SQLite; with the marker `both_databases` it runs again
over PostgreSQL. Sessions are independent, so tests share a server; a test that needs settings
starts a `Server` of its own.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack

import httpx2
import pytest

from tests.contracts.wire import client
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
def server_for() -> Iterator[Callable[[str], Server]]:
    """The worker's shared server over this kind of database."""
    running: dict[str, Server] = {}
    with ExitStack() as owned:

        def start(database: str) -> Server:
            if database not in running:
                settings = {}
                if database == "postgresql":
                    from tests.databases import postgresql_database

                    settings["ALGOROOM_DATABASE_URL"] = owned.enter_context(postgresql_database())
                running[database] = owned.enter_context(Server(settings))
            return running[database]

        yield start


@pytest.fixture
def server(request: pytest.FixtureRequest, server_for: Callable[[str], Server]) -> Server:
    return server_for(request.param)


@pytest.fixture
async def http(server: Server) -> AsyncIterator[httpx2.AsyncClient]:
    async with client(server) as connected:
        yield connected
