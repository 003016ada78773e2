"""What `algoroom doctor` finds about the places where things are kept."""

import os
from dataclasses import replace
from pathlib import Path

from sqlalchemy import literal_column, select

from algoroom.runs.diagnosis import Finding
from algoroom.settings import Settings
from algoroom.storage.database import Database, DatabaseUnavailable

SQLITE = "sqlite:///"
NO_SESSION = "No session can be opened"


async def diagnose_stores(settings: Settings) -> list[Finding]:
    """The data directory and the database, as they are."""
    return [_data_directory(settings.data_dir), await _database(settings)]


def _data_directory(directory: Path) -> Finding:
    nearest = next(path for path in (directory, *directory.parents) if path.exists())
    ok = nearest.is_dir() and os.access(nearest, os.W_OK | os.X_OK)
    return Finding(
        name="data directory",
        ok=ok,
        needed=True,
        version=str(directory),
        meaning="Nothing can be kept on this machine",
        remedy="" if ok else f"Make {nearest} writable, or set ALGOROOM_DATA_DIR to another one",
    )


async def _database(settings: Settings) -> Finding:
    if settings.database_url.startswith(SQLITE):
        if _to_be_made(settings.database_url):
            return _found("SQLite, to be made by the first start")
        kind, version = "SQLite", "sqlite_version()"
    else:
        kind, version = "PostgreSQL", "current_setting('server_version')"
    return await _asked(settings.database_url, kind, version)


async def _asked(url: str, kind: str, version: str) -> Finding:
    database = Database(url)
    try:
        async with database.connect() as connection:
            answer: str = (await connection.execute(select(literal_column(version)))).scalar_one()
    except DatabaseUnavailable as error:
        return replace(
            _found(""),
            ok=False,
            meaning=f"{NO_SESSION} ({error})",
            remedy="Start the database, or set ALGOROOM_DATABASE_URL to another one",
        )
    finally:
        await database.close()
    return _found(f"{kind} {answer}")


def _found(version: str) -> Finding:
    return Finding(
        name="database",
        ok=True,
        needed=True,
        version=version,
        meaning=NO_SESSION,
        remedy="",
    )


def _to_be_made(url: str) -> bool:
    return not Path(url.removeprefix(SQLITE)).exists()
