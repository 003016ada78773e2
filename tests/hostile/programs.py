"""Hostile programs as data: each folder here is a program that means harm, and what must come of it.

`expected.toml` says:

- `shows`: why the program is here
- `verdicts`: those it may end with; one, wherever the program determines it
- `stdout`: all that it printed; or `begins`, where only the beginning is certain
- `exit_code`, `signal`: how it ended
- `compiler_says_not`: what must not be in the compiler's output
- `compile_s`: a shorter limit for the compiler than the usual one
- `[limits]`: those that differ from the usual ones
- `[ungrouped]`: what differs where no control group counts
"""

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from algoroom.runs.languages.catalogue import Catalogue
from algoroom.runs.model import Limits, Outcome, RunRequest
from tests.runs.host import SLOWER

HERE = Path(__file__).parent
LANGUAGES = {Path(each.declaration.file).suffix: each.name for each in Catalogue()}
# Those that are tried, where all of them would take too long.
CHOSEN = os.environ.get("TESTS_LANGUAGES", "").split() or [*LANGUAGES.values()]
USUAL = {"cpu_s": 2.0, "wall_s": 4.0}


@dataclass(frozen=True, slots=True)
class HostileProgram:
    """One folder. `expected` is its file without the part for machines without groups."""

    name: str
    request: RunRequest
    compile_s: float | None
    expected: Mapping[str, Any]
    ungrouped: Mapping[str, Any]

    def judge(self, outcome: Outcome, *, grouped: bool) -> None:
        """Raises AssertionError where the program did not end as it must."""
        expected = self.expected if grouped else {**self.expected, **self.ungrouped}
        told = outcome.stdout.decode(errors="replace")
        assert outcome.verdict in expected["verdicts"], outcome
        if "stdout" in expected:
            assert told == expected["stdout"], outcome
        if "begins" in expected:
            assert told.startswith(expected["begins"]), outcome
        for figure in ("exit_code", "signal"):
            if figure in expected:
                assert getattr(outcome, figure) == expected[figure], outcome
        said = outcome.compiler_output.decode(errors="replace")
        for secret in expected.get("compiler_says_not", ()):
            assert secret not in said, outcome


def load(folder: Path) -> HostileProgram:
    expected = tomllib.loads((folder / "expected.toml").read_text("utf-8"))
    (program,) = (path for path in folder.iterdir() if path.suffix in LANGUAGES)
    figures = {**USUAL, **expected.pop("limits", {})}
    for name in ("cpu_s", "wall_s"):
        figures[name] *= SLOWER
    limits = Limits(**figures)
    return HostileProgram(
        name=folder.name,
        request=RunRequest(LANGUAGES[program.suffix], program.read_text("utf-8"), limits=limits),
        compile_s=expected.pop("compile_s", 0) * SLOWER or None,
        ungrouped=expected.pop("ungrouped", {}),
        expected=expected,
    )


def all_programs() -> list[HostileProgram]:
    found = [load(path.parent) for path in sorted(HERE.glob("*/expected.toml"))]
    return [program for program in found if program.request.language in CHOSEN]
