"""What `algoroom doctor` finds about the places where things are kept."""

import os
from dataclasses import replace
from pathlib import Path

from sqlalchemy import String, literal_column, select

from algoroom.runs.diagnosis import Finding
from algoroom.settings import Settings
from algoroom.storage.database import Database, DatabaseUnavailable

VERSIONS = {"SQLite": "sqlite_version()", "PostgreSQL": "current_setting('server_version')"}
NO_SESSION = "No session can be opened"


async def diagnose_stores(settings: Settings) -> list[Finding]:
    """The data directory and the database, as they are, and how long things stay there."""
    return [
        _data_directory(settings.data_dir),
        await _database(settings.database_url),
        _retention(settings),
    ]


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


def _retention(settings: Settings) -> Finding:
    bound = ""
    if settings.session_max_days:
        bound = f", {settings.session_max_days:g} days at most"
    audit = f"for {settings.audit_days:g} days" if settings.audit_days else "for ever"
    return Finding(
        name="what is kept",
        ok=True,
        needed=True,
        version=f"sessions for {settings.session_hours:g} hours after their last activity{bound}; "
        f"the audit {audit}",
        meaning="Things stay until somebody deletes them",
        remedy="",
    )


async def _database(url: str) -> Finding:
    try:
        database = Database(url)
    except DatabaseUnavailable as error:
        return _unusable(error)
    try:
        if database.path is not None and not database.path.exists():
            return _found(f"{database.kind}, to be made by the first start")
        return _found(f"{database.kind} {await _version(database)}")
    except DatabaseUnavailable as error:
        return _unusable(error)
    finally:
        await database.close()


async def _version(database: Database) -> str:
    async with database.connect() as connection:
        version = literal_column(VERSIONS[database.kind], String)
        return (await connection.execute(select(version))).scalar_one()


def _unusable(error: DatabaseUnavailable) -> Finding:
    return replace(
        _found(""),
        ok=False,
        meaning=f"{NO_SESSION} ({error})",
        remedy="Start the database, or set ALGOROOM_DATABASE_URL to another one",
    )


def _found(version: str) -> Finding:
    return Finding(
        name="database",
        ok=True,
        needed=True,
        version=version,
        meaning=NO_SESSION,
        remedy="",
    )
