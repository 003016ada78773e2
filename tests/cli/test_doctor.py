"""`algoroom doctor` and `algoroom languages`: what is here, and what is not."""

import json
from pathlib import Path

from typer.testing import CliRunner

from algoroom import __version__
from algoroom.cli import app
from tests.cli.commands import invoked


def test_doctor_names_guards_toolchains_and_stores(data_dir: Path) -> None:
    said = invoked(data_dir, "doctor", "--json")
    findings = {finding["name"]: finding for finding in json.loads(said.out)}
    for finding in findings.values():
        assert set(finding) == {"name", "ok", "needed", "version", "meaning", "remedy"}
        assert finding["meaning"]
        assert finding["ok"] or finding["remedy"]
    assert findings["database"]["ok"]
    assert findings["database"]["version"].startswith("SQLite")
    assert findings["data directory"]["version"] == str(data_dir)
    kept = "sessions for 24 hours after their last activity; the audit for 90 days"
    assert findings["what is kept"]["version"] == kept
    assert not (data_dir / "algoroom.db").exists()
    missing = [finding for finding in findings.values() if finding["needed"] and not finding["ok"]]
    assert said.code == (1 if missing else 0)


def test_doctor_says_of_a_url_that_cannot_be_read_that_there_is_no_database(
    data_dir: Path,
) -> None:
    url = "postgresql://ada:secret@[db/rooms"
    said = invoked(data_dir, "doctor", "--json", settings={"ALGOROOM_DATABASE_URL": url})
    findings = {finding["name"]: finding for finding in json.loads(said.out)}
    assert not findings["database"]["ok"]
    assert "The PostgreSQL URL cannot be read" in findings["database"]["meaning"]
    assert "secret" not in said.out
    assert said.code == 1


def test_doctor_shows_a_table_and_fails_where_something_needed_is_missing(data_dir: Path) -> None:
    url = "postgresql://ada:secret@127.0.0.1:1/rooms"
    said = invoked(data_dir, "doctor", settings={"ALGOROOM_DATABASE_URL": url})
    assert said.code == 1
    assert "missing" in said.out
    assert "ALGOROOM_DATABASE_URL" in said.out
    assert "secret" not in said.out + said.err


def test_languages_are_listed_with_their_versions(data_dir: Path) -> None:
    said = invoked(data_dir, "languages")
    assert said.code == 0
    for name in ("python", "javascript", "java", "cpp"):
        assert name in said.out


def test_the_version_and_the_commands_are_told() -> None:
    assert CliRunner().invoke(app, ["--version"]).output == f"algoroom {__version__}\n"
    told = CliRunner().invoke(app, ["--help"]).output
    for command in ("serve", "run", "doctor", "languages"):
        assert command in told
