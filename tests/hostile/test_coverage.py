"""Nothing that a sandbox has to survive is without a case, and no case is without its reason."""

import ast
import tomllib
from pathlib import Path

HERE = Path(__file__).parent
GROUPS = (
    "processes", "time", "memory", "output", "files", "compile time", "kernel and network",
    "races", "warm starters",
)  # fmt: skip
# Those that hold of every case, or of the cases as data.
GENERAL = {"test_hostile.py", "test_coverage.py", "test_any_limits.py"}


def listed() -> dict[str, dict[str, list[str]]]:
    return tomllib.loads((HERE / "coverage.toml").read_text("utf-8"))


def present() -> set[str]:
    folders = {path.parent.name for path in HERE.glob("*/expected.toml")}
    tests = {
        f"{file.name}::{node.name}"
        for file in HERE.glob("test_*.py")
        if file.name not in GENERAL
        for node in ast.walk(ast.parse(file.read_text("utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.name.startswith("test_")
    }
    return folders | tests


def test_every_group_is_there() -> None:
    assert tuple(listed()) == GROUPS


def test_every_item_has_a_case_and_every_case_an_item() -> None:
    items = {item: cases for group in listed().values() for item, cases in group.items()}
    assert [item for item, cases in items.items() if not cases] == []
    assert {case for cases in items.values() for case in cases} == present()


def test_every_folder_holds_one_program_and_what_it_shows() -> None:
    for folder in (path.parent for path in HERE.glob("*/expected.toml")):
        assert len(list(folder.iterdir())) == 2, folder.name
        assert tomllib.loads((folder / "expected.toml").read_text("utf-8"))["shows"]
