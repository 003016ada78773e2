"""`algoroom audit` on a database that a server may be using."""

import asyncio
import json
from pathlib import Path

import pytest

from algoroom.access import audit
from algoroom.access.acting import acting
from algoroom.access.audited import Audited
from algoroom.access.caller import Caller
from algoroom.clock import utc_now
from algoroom.storage.database import Database
from algoroom.storage.statement import Statement
from algoroom.storage.writer import Writer
from tests.cli.commands import invoked, started

SESSION = "6f0f54a4-0f6a-4c8f-9a3b-0d7b8f0a1c2e"
EVIL = "Eve\x1b]0;owned\x07\r\nforged line\u202e\\"


def row(deed: Audited, by: str, detail: str = "") -> Statement:
    with acting(Caller("192.0.2.1")):
        return audit.record(deed, utc_now(), by=by, session_id=SESSION, detail=detail)


def stored(directory: Path, *statements: Statement) -> None:
    async def store() -> None:
        database = Database(f"sqlite:///{directory}/algoroom.db")
        await database.migrate()
        writer = Writer(database)
        await writer.write(*statements)
        await writer.close()
        await database.close()

    asyncio.run(store())


@pytest.fixture
def audited(tmp_path: Path) -> Path:
    stored(
        tmp_path,
        row(Audited.CREATED, "ann"),
        row(Audited.JOINED, "eve", EVIL),
        row(Audited.LEFT, "eve"),
    )
    return tmp_path


def test_rows_are_lines_from_the_oldest_on(audited: Path) -> None:
    said = invoked(audited, "audit")
    assert [line.split("  ")[1:4] for line in said.out.splitlines()] == [
        ["ann (192.0.2.1)", "created", SESSION],
        ["eve (192.0.2.1)", "joined", SESSION],
        ["eve (192.0.2.1)", "left", SESSION],
    ]


def test_no_name_moves_the_terminal_or_makes_a_line_of_its_own(audited: Path) -> None:
    said = invoked(audited, "audit", "--deed", "joined")
    assert all(char.isprintable() for char in said.out.removesuffix("\n"))
    assert r"Eve\x1b]0;owned\x07\r\nforged line\u202e\\" in said.out


def test_json_has_each_row_as_it_is(audited: Path) -> None:
    said = invoked(audited, "audit", "--json", "--actor", "eve")
    rows = [json.loads(line) for line in said.out.splitlines()]
    assert [(row["deed"], row["detail"], row["session"]) for row in rows] == [
        ("joined", EVIL, SESSION),
        ("left", "", SESSION),
    ]


@pytest.mark.parametrize(
    ("since", "lines"), [("1h", 3), ("2100-01-01", 0), ("2020-01-01T00:00", 3)]
)
def test_rows_from_a_time_on(audited: Path, since: str, lines: int) -> None:
    assert len(invoked(audited, "audit", "--since", since).out.splitlines()) == lines


def test_a_time_that_is_none_is_refused(audited: Path) -> None:
    said = invoked(audited, "audit", "--since", "soon")
    assert said.code == 2
    assert "30m, 12h, 7d" in said.err


def test_follow_goes_on_with_what_comes_once_each(audited: Path) -> None:
    process = started(audited, "audit", "--follow", "--json")
    assert process.stdout is not None
    try:
        deeds = [json.loads(process.stdout.readline())["deed"] for _ in range(3)]
        stored(audited, row(Audited.RAN, "ann"))
        deeds.append(json.loads(process.stdout.readline())["deed"])
    finally:
        process.terminate()
        process.wait()
        process.stdout.close()
        if process.stderr is not None:
            process.stderr.close()
    assert deeds == ["created", "joined", "left", "ran"]


def test_a_database_that_is_not_there_is_said(tmp_path: Path) -> None:
    said = invoked(tmp_path, "audit")
    assert said.code == 1
    assert "no such file yet" in said.err


def test_keys_that_are_made_and_revoked_are_in_it(tmp_path: Path) -> None:
    secret = invoked(tmp_path, "keys", "create", "ci").out.strip()
    [made] = map(json.loads, invoked(tmp_path, "audit", "--json").out.splitlines())
    assert (made["actor"], made["address"], made["deed"], made["detail"]) == (
        "operator",
        "",
        "key-made",
        "ci",
    )
    invoked(tmp_path, "keys", "revoke", made["subject"])
    said = invoked(tmp_path, "audit")
    assert f"operator  revoked  -  {made['subject']}" in said.out
    assert secret not in said.out
