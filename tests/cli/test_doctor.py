"""`algoroom doctor` and `algoroom languages`: what is here, and what is not."""

import json
from pathlib import Path

from tests.cli.commands import algoroom


def test_doctor_names_guards_toolchains_and_stores(tmp_path: Path) -> None:
    said = algoroom(tmp_path, "doctor", "--json")
    findings = {finding["name"]: finding for finding in json.loads(said.out)}
    for finding in findings.values():
        assert set(finding) == {"name", "ok", "needed", "version", "meaning", "remedy"}
        assert finding["meaning"]
        assert finding["ok"] or finding["remedy"]
    assert findings["database"]["ok"]
    assert findings["database"]["version"].startswith("SQLite")
    assert findings["data directory"]["version"] == str(tmp_path)
    missing = [finding for finding in findings.values() if finding["needed"] and not finding["ok"]]
    assert said.code == (1 if missing else 0)


def test_doctor_shows_a_table_and_fails_where_something_needed_is_missing(tmp_path: Path) -> None:
    url = "postgresql://ada:secret@127.0.0.1:1/rooms"
    said = algoroom(tmp_path, "doctor", settings={"ALGOROOM_DATABASE_URL": url})
    assert said.code == 1
    assert "missing" in said.out
    assert "ALGOROOM_DATABASE_URL" in said.out
    assert "secret" not in said.out + said.err


def test_doctor_makes_nothing(tmp_path: Path) -> None:
    algoroom(tmp_path / "data", "doctor")
    assert not (tmp_path / "data" / "algoroom.db").exists()


def test_languages_are_listed_with_their_versions(tmp_path: Path) -> None:
    said = algoroom(tmp_path, "languages")
    assert said.code == 0
    for name in ("python", "javascript", "java", "cpp"):
        assert name in said.out


def test_the_version_and_the_commands_are_told(tmp_path: Path) -> None:
    assert algoroom(tmp_path, "--version").out == "algoroom 0.1.0\n"
    for command in ("serve", "run", "doctor", "languages"):
        assert command in algoroom(tmp_path, "--help").out
