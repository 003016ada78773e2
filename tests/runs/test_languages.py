"""Language files are checked when read, and a language that does not work says why."""

import asyncio
import json
from pathlib import Path

import pytest

from algoroom.errors import LanguageUnavailable, RunsBusy
from algoroom.runs.engine import Engine
from algoroom.runs.languages.catalogue import DECLARATIONS, Catalogue, Status
from algoroom.runs.languages.declaration import DeclarationError, MemoryPart, read_all
from algoroom.runs.model import RunRequest

MIB = 1024 * 1024
PYTHON = (DECLARATIONS / "python.toml").read_text()


def declared(folder: Path, name: str, text: str) -> Path:
    (folder / f"{name}.toml").write_text(text)
    return folder


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ('comment = "#"', "", "comment: Field required"),
        ('comment = "#"', 'comment = "#"\nsurprise = 1', "surprise"),
        ('name = "python"', 'name = "Py thon"', "name"),
        ("'Python (\\S+)'", "'Python ('", "version_pattern"),
        ('name = "python"', "name = ", "Invalid value"),
        ('file = "main.py"', 'file = "../main.py"', "file"),
        ("[run]", "[limits]\nwall_ms = 20\n[run]", "limits.wall_ms"),
        ("[run]", "[limits]\nprocesses = 0\n[run]", "limits.processes"),
    ],
)
def test_a_wrong_file_is_named_with_what_is_wrong(
    tmp_path: Path, old: str, new: str, complaint: str
) -> None:
    assert old in PYTHON
    with pytest.raises(DeclarationError, match=complaint) as found:
        Catalogue(declared(tmp_path, "python", PYTHON.replace(old, new)))
    assert "python.toml" in str(found.value)


def test_a_name_is_declared_once(tmp_path: Path) -> None:
    declared(tmp_path, "one", PYTHON)
    with pytest.raises(DeclarationError, match="declared twice"):
        read_all(declared(tmp_path, "two", PYTHON))


def test_the_languages_are_declared() -> None:
    assert Catalogue().names == (
        "bash", "c", "cpp", "go", "java", "javascript", "lua", "perl", "php", "python", "ruby",
        "rust", "sql", "typescript",
    )  # fmt: skip
    assert {language.comment for language in Catalogue()} == {"//", "#", "--", "<?php //"}


def test_a_heap_follows_from_the_memory_limit() -> None:
    part = MemoryPart(reserve_mib=64, heap_share=0.5, least_heap_mib=16)
    sizes = [part.heap_mib(mib * MIB) for mib in (32, 64, 128, 256)]
    assert sizes == [16, 16, 32, 96]


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ('["python3"]\nversion', '["python9"]\nversion', "python9 is not installed"),
        ('"--version"', '"--nonsense"', "asked for its version"),
        ("oldest = [3, 8]", "oldest = [99]", "too old, 99 or newer"),
        ('stdout = "hello room\\n"', 'stdout = "other"', "self-test ended with ok: hello room"),
        ('"hello", sys', '"hello", nothing', "self-test ended with failed.*NameError"),
    ],
)
async def test_a_language_that_does_not_work_says_why(
    tmp_path: Path, old: str, new: str, reason: str
) -> None:
    assert old in PYTHON
    text = PYTHON.replace(old, new)
    if "python9" in new:
        text = text.replace("{python3}", "{python9}")
    async with Engine(at_once=1, declarations=declared(tmp_path, "python", text)) as engine:
        with pytest.raises(LanguageUnavailable, match=f"(?s){reason}"):
            await engine.outcome(RunRequest("python", ""))
        assert not engine.languages.get("python").available


async def test_a_self_test_that_breaks_takes_no_other_language_along(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    broken = PYTHON.replace("'Python (\\S+)'", "'Python \\S+'")  # the group is missing
    assert broken != PYTHON
    broken = broken.replace('name = "python"', 'name = "broken"', 1)
    declared(tmp_path, "broken", broken.replace('["py", "python3"]', "[]"))
    async with Engine(at_once=2, declarations=declared(tmp_path, "python", PYTHON)) as engine:
        await engine.languages.settled()
        assert "self-test broke: IndexError" in (engine.languages.get("broken").reason or "")
        assert engine.languages.get("python").available
    assert [record.message for record in caplog.records if record.exc_info] == [
        "the self-test of broken broke"
    ]


async def test_who_waits_for_a_self_test_is_counted(tmp_path: Path) -> None:
    text = PYTHON.replace("import sys\nprint", "import sys, time\ntime.sleep(1)\nprint")
    assert text != PYTHON
    folder = declared(tmp_path, "python", text)
    async with Engine(at_once=1, waiting=2, declarations=folder, starters_memory_bytes=0) as engine:
        runs = [
            asyncio.ensure_future(engine.outcome(RunRequest("python", f"print({n})")))
            for n in range(6)
        ]
        done, waiting = await asyncio.wait(runs, timeout=0.5)
        assert engine.languages.get("python").status is Status.TESTING
        assert [type(run.exception()) for run in done] == [RunsBusy] * 3
        assert [(await run).stdout for run in runs if run in waiting] == [b"0\n", b"1\n", b"2\n"]


async def test_a_program_asked_for_during_the_self_test_waits_for_it(tmp_path: Path) -> None:
    folder = declared(tmp_path, "python", PYTHON)
    async with Engine(at_once=1, waiting=0, declarations=folder, starters_memory_bytes=0) as engine:
        assert not engine.languages.get("python").available
        outcome = await engine.outcome(RunRequest("python", "print(1)"))
        assert outcome.stdout == b"1\n"


async def test_only_the_same_toolchain_is_remembered(tmp_path: Path) -> None:
    state = tmp_path / "state.json"
    folder = tmp_path / "languages"
    folder.mkdir()
    async with Engine(
        at_once=1, declarations=declared(folder, "python", PYTHON), state_file=state
    ) as engine:
        await engine.languages.settled()
    (identity,) = json.loads(state.read_text())
    declared(folder, "python", PYTHON.replace('"Python"', '"Python 3"'))
    async with Engine(at_once=1, declarations=folder, state_file=state) as engine:
        await engine.languages.settled()
    assert len(json.loads(state.read_text())) == 2
    assert identity in json.loads(state.read_text())


@pytest.mark.parametrize("text", ["", "[]", "{", '{"x": 1}', '{"x": {"version": 1}}'])
async def test_a_damaged_memory_costs_only_the_tests(tmp_path: Path, text: str) -> None:
    state = tmp_path / "state.json"
    state.write_text(text)
    folder = declared(tmp_path, "python", PYTHON)
    async with Engine(at_once=1, declarations=folder, state_file=state) as engine:
        assert (await engine.outcome(RunRequest("python", "print(1)"))).stdout == b"1\n"
    assert json.loads(state.read_text())
