"""`algoroom export` and `algoroom erase`."""

import asyncio
import json
import stat
from datetime import timedelta
from pathlib import Path

import pytest

from algoroom.access.acting import acting
from algoroom.access.caller import Caller, Kind
from algoroom.access.model import Access
from algoroom.clock import utc_now
from algoroom.rooms.limits import RoomLimits
from algoroom.rooms.registry import Rooms
from algoroom.sessions.model import Origin
from algoroom.storage.database import Database
from algoroom.storage.writer import Writer
from tests.cli.commands import algoroom, invoked

LIMITS = RoomLimits(most_units=1_000, paste_units=200, tail_entries=64, is_language=str.islower)


@pytest.fixture
def lived_in(tmp_path: Path) -> Path:
    """The data directory of a server where Ann made a session."""

    async def live() -> None:
        database = Database(f"sqlite:///{tmp_path}/algoroom.db")
        await database.migrate()
        writer = Writer(database)
        rooms = Rooms(database, writer, utc_now, limits=LIMITS, idle_s=0, sweep_s=60)
        with acting(Caller("192.0.2.1", Kind.USER, id="user:ann")):
            await rooms.create(
                Origin.INTERVIEW, "python", None, timedelta(hours=1), "x", Access("user:ann")
            )
        await writer.close()
        await database.close()

    asyncio.run(live())
    return tmp_path


def test_an_export_is_a_file_of_its_own_and_in_the_audit(lived_in: Path, tmp_path: Path) -> None:
    file = tmp_path / "ann.jsonl"
    said = invoked(lived_in, "export", "user:ann", "--output", file)
    assert said.code == 0
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    kinds = {json.loads(line)["kind"] for line in file.read_text("utf-8").splitlines()}
    assert kinds == {"sessions", "audit", "texts"}
    assert "exported  -  user:ann" in invoked(lived_in, "audit").out
    again = invoked(lived_in, "export", "user:ann", "--output", file)
    assert again.code == 1
    assert "file exists" in again.err


def test_an_export_without_a_file_is_printed(lived_in: Path) -> None:
    said = invoked(lived_in, "export", "user:ann")
    assert {json.loads(line)["kind"] for line in said.out.splitlines()} >= {"sessions", "texts"}


@pytest.mark.parametrize("command", ["export", "erase"])
def test_nobody_in_particular_is_said(lived_in: Path, command: str) -> None:
    said = invoked(lived_in, command, "user:eve\x1b[31m")
    assert said.code == 1
    assert r"nothing is kept of user:eve\x1b[31m" in said.err


def test_a_dry_run_counts_and_changes_nothing(lived_in: Path) -> None:
    said = invoked(lived_in, "erase", "user:ann", "--dry-run", "--with-sessions")
    assert said.code == 0
    assert "       1  sessions that are theirs\n" in said.out
    assert "Their sessions are removed." in said.out
    assert invoked(lived_in, "export", "user:ann").code == 0


def test_nothing_is_erased_where_nobody_can_be_asked(lived_in: Path) -> None:
    said = invoked(lived_in, "erase", "user:ann")
    assert said.code == 1
    assert "--yes" in said.err
    assert invoked(lived_in, "export", "user:ann").code == 0


def test_an_erased_person_is_somebody_else_from_then_on(lived_in: Path) -> None:
    said = algoroom(lived_in, "erase", "user:ann", "--yes")
    assert said.code == 0, said.err
    pseudonym = said.out.split("They are ")[1].split(" from now on.")[0]
    rows = invoked(lived_in, "audit").out
    assert f"{pseudonym}  created" in rows
    assert f"operator  erased  -  {pseudonym}" in rows
    assert "user:ann" not in rows
    assert invoked(lived_in, "export", "user:ann").code == 1


def test_nobody_is_erased_while_somebody_else_uses_the_database(lived_in: Path) -> None:
    async def meanwhile() -> None:
        database = Database(f"sqlite:///{lived_in}/algoroom.db")
        await database.migrate()
        said = await asyncio.to_thread(algoroom, lived_in, "erase", "user:ann", "--yes")
        assert said.code == 1
        assert "stop that first" in said.err
        await database.close()

    asyncio.run(meanwhile())
    assert invoked(lived_in, "export", "user:ann").code == 0
