"""Programs as data: many small ones in a few files, `<language>/<theme>.txt`.

A line `=== name` begins a program and names what it shows; everything to the next such line is its
source. A line `=== stdin "…"` right below gives its standard input, as a JSON string. Everything
that a program prints must follow from it alone: two runs of it print the same.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from algoroom.runs.model import Limits

USUAL = Limits(cpu_s=20, wall_s=40)
MARK = "=== "
STDIN = '=== stdin "'


@dataclass(frozen=True, slots=True)
class Program:
    """One program of the corpus; `name` says what it shows, `theme` which file it is from."""

    language: str
    theme: str
    name: str
    source: str = ""
    stdin: str = ""
    limits: Limits = USUAL

    def __str__(self) -> str:
        return f"{self.language}: {self.theme}: {self.name}"


def programs(language: str) -> list[Program]:
    """All programs of `language`, by theme, in the order of their files."""
    folder = Path(__file__).with_name(language)
    return [
        program
        for path in sorted(folder.glob("*.txt"))
        for program in _read(language, path.stem, path.read_text(encoding="utf-8"))
    ]


def _read(language: str, theme: str, text: str) -> Iterator[Program]:
    program: Program | None = None
    source: list[str] = []
    for line in text.splitlines(keepends=True):
        if line.startswith(STDIN):
            assert program is not None
            assert not source, f"{program}: its standard input comes first"
            program = replace(program, stdin=json.loads(line.removeprefix(STDIN[:-1])))
        elif line.startswith(MARK):
            if program is not None:
                yield replace(program, source="".join(source).removesuffix("\n"))
            program, source = Program(language, theme, line.removeprefix(MARK).strip()), []
        else:
            source.append(line)
    if program is not None:
        yield replace(program, source="".join(source))
