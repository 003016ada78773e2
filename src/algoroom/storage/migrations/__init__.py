"""How the tables came to be, revision by revision (Alembic)."""

import asyncio
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from sqlalchemy import Connection, inspect, text

if TYPE_CHECKING:
    from alembic.config import Config

NEWEST: Final = "0010"
"""The revision of this version's tables."""

# Alembic keeps the migration under way in its own module, and asyncio switches between two.
_UNDER_WAY: Final = threading.Lock()
_POLL_S: Final = 0.01


@asynccontextmanager
async def alone_in_process() -> AsyncIterator[None]:
    """Held around a migration: one at a time in this process, whichever loop or database."""
    while not _UNDER_WAY.acquire(blocking=False):  # noqa: ASYNC110 - other loops hold it too
        await asyncio.sleep(_POLL_S)
    try:
        yield
    finally:
        _UNDER_WAY.release()


class NotThisVersion(Exception):
    """The tables are of a revision that this version does not know."""


def upgrade(connection: Connection) -> None:
    """Bring the tables to the newest revision inside the connection's transaction.

    Raises `NotThisVersion`.
    """
    if _revision(connection) == NEWEST:
        return
    # Only here: it takes a good part of a server's start, and is hardly ever needed.
    from alembic import command
    from alembic.util import CommandError

    try:
        command.upgrade(_config(connection), "head")
    except CommandError as error:
        raise NotThisVersion(str(error)) from error


def downgrade(connection: Connection, revision: str) -> None:
    """Take the tables back to `revision` (`base`: none) inside the connection's transaction."""
    from alembic import command

    command.downgrade(_config(connection), revision)


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return found


def _config(connection: Connection) -> "Config":
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config
