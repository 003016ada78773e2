"""The pages of the contracts and the tests name the same promises."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

PAGES = Path(__file__).parents[2] / "docs" / "contracts"
TESTS = Path(__file__).parent

PAGES_OF_PROMISES = ("interview-api.md", "algoroom-api.md", "runs-api.md")

ID = re.compile(r"`([AIR]-\d\d)`")
# A promise is a bullet or the first cell of a table's row.
PROMISE = re.compile(r"^(?:- |\| )`([AIR]-\d\d)`", re.MULTILINE)


def promised(page: Path) -> list[str]:
    return PROMISE.findall(page.read_text(encoding="utf-8"))


def named(module: Path) -> set[str]:
    """The ids in the arguments of `pytest.mark.contract` in this file."""
    return {
        argument.value
        for node in ast.walk(ast.parse(module.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "pytest.mark.contract"
        for argument in node.args
        if isinstance(argument, ast.Constant) and isinstance(argument.value, str)
    }


def all_promised() -> set[str]:
    return {row for page in PAGES.glob("*.md") for row in promised(page)}


def all_named() -> set[str]:
    return {row for module in TESTS.glob("test_*.py") for row in named(module)}


def test_every_promise_has_a_test() -> None:
    assert sorted(all_promised() - all_named()) == []


def test_every_test_proves_something_promised() -> None:
    assert sorted(all_named() - all_promised()) == []


@pytest.mark.parametrize("name", PAGES_OF_PROMISES)
def test_the_promises_of_a_page_are_numbered_in_order(name: str) -> None:
    rows = promised(PAGES / name)
    letter = rows[0][0]
    assert rows == [f"{letter}-{number:02}" for number in range(1, len(rows) + 1)]


@pytest.mark.parametrize("name", PAGES_OF_PROMISES)
def test_every_row_and_every_bullet_has_an_id(name: str) -> None:
    bare = [
        line
        for line in (PAGES / name).read_text(encoding="utf-8").splitlines()
        if re.match(r"- |\| (?!Id \|)", line) and not PROMISE.match(line)
    ]
    assert bare == []
