"""How the tables came to be, revision by revision (Alembic)."""

import asyncio
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection

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


def upgrade(connection: Connection, revision: str = "head") -> None:
    """Bring the tables to `revision` inside the connection's transaction."""
    command.upgrade(_config(connection), revision)


def downgrade(connection: Connection, revision: str) -> None:
    """Take the tables back to `revision` (`base`: none) inside the connection's transaction."""
    command.downgrade(_config(connection), revision)


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config
