"""How commands use the database."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, NoReturn, TypeVar

import typer

from algoroom.cli.settings import settings_or_exit

if TYPE_CHECKING:
    from algoroom.storage.database import Database
    from algoroom.storage.statement import Statement

FAILED = 1
T = TypeVar("T")


def with_database(work: "Callable[[Database], Awaitable[T]]") -> T:
    """Do `work` with the database of the settings, its tables brought up to date."""
    from algoroom.storage.database import Database, DatabaseUnavailable

    settings = settings_or_exit()

    async def run() -> T:
        database = Database(settings.database_url)
        try:
            await database.migrate()
            return await work(database)
        finally:
            await database.close()

    try:
        return asyncio.run(run())
    except DatabaseUnavailable as error:
        fail(str(error))


async def write(database: "Database", *statements: "Statement") -> None:
    """Store one unit."""
    from algoroom.storage.writer import Writer

    writer = Writer(database)
    await writer.write(*statements)
    await writer.close()


def fail(reason: str) -> NoReturn:
    """End the command with one line that says why."""
    typer.echo(f"algoroom: {reason}", err=True)
    raise typer.Exit(FAILED)
