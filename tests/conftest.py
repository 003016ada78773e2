"""Fixtures for every test: databases, real ones of both kinds."""

import signal
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from hypothesis import settings
from sqlalchemy import Connection

from algoroom.storage.database import Database
from algoroom.storage.tables import audit, audit_opened, sessions
from tests.databases import Cluster, PostgresMissing, shared_cluster

# How long an example takes on a busy machine says nothing of what is tested.
settings.register_profile("untimed", settings(), deadline=None)
settings.load_profile("untimed")


def pytest_configure() -> None:
    """A shell makes what it starts in the background ignore Ctrl-C, and programs inherit that."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def postgres(
    tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Iterator[Cluster]:
    """The PostgreSQL cluster of this test session."""
    directory = tmp_path_factory.getbasetemp()
    if hasattr(request.config, "workerinput"):  # one of several processes
        directory = directory.parent
    try:
        with shared_cluster(directory) as cluster:
            yield cluster
    except PostgresMissing as error:
        pytest.fail(str(error), pytrace=False)


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a database without any table, once of each kind."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'algoroom.db'}"
    else:
        cluster: Cluster = request.getfixturevalue("postgres")
        with cluster.database(migrated=False) as url:
            yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a database of its own for the test, once of each kind; it may not be migrated."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'algoroom.db'}"
    else:
        cluster: Cluster = request.getfixturevalue("postgres")
        with cluster.database(migrated=True) as url:
            yield url


@pytest.fixture(scope="session")
def reused_postgres_url(postgres: Cluster) -> Iterator[str]:
    """The URL of one migrated database for many tests, which are quicker to clean up after."""
    with postgres.database(migrated=True) as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def shared_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a database for `database` to clean up after the test."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'algoroom.db'}"
    url: str = request.getfixturevalue("reused_postgres_url")
    return url


def _empty(connection: Connection) -> None:
    connection.execute(sessions.delete())
    for statement in (audit_opened.insert().values(id=1), audit.delete(), audit_opened.delete()):
        connection.execute(statement)


@pytest.fixture
async def database(shared_database_url: str) -> AsyncIterator[Database]:
    """A migrated database without a row in it, once of each kind; its tables may not change."""
    opened = Database(shared_database_url)
    await opened.migrate()
    yield opened
    await opened.alter(_empty)
    await opened.close()
