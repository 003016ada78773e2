"""Tables of docs/performance.md: each benchmark writes the section between its own markers."""

import math
import re
from dataclasses import dataclass
from pathlib import Path

from bench.figures import Aim, Spread

PAGE = Path(__file__).parents[1] / "docs" / "performance.md"
HEAD = (
    "| what | against | ours | theirs | ratio (median, quarters) "
    "| processor ms a run, ours / theirs | rounds | aim | met |\n"
    "|---|---|---|---|---|---|---|---|---|\n"
)


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a table; the figures are None where it says in `against` why there are none."""

    what: str
    against: str
    ours: str = "–"
    theirs: str = "–"
    ratio: Spread | None = None
    cpu: str = "–"
    rounds: int = 0
    aim: Aim | None = None

    def __str__(self) -> str:
        ratio = met = "–"
        if self.ratio is not None:
            ratio = (
                f"{number(self.ratio.middle)} ({number(self.ratio.low)}–{number(self.ratio.high)})"
            )
            if self.aim is not None:
                met = "yes" if self.aim.met(self.ratio.middle) else "no"
        cells = (
            self.what, self.against, self.ours, self.theirs, ratio, self.cpu,
            str(self.rounds or "–"), str(self.aim or "–"), met,
        )  # fmt: skip
        return "| " + " | ".join(cells) + " |\n"


def number(value: float) -> str:
    """Three figures that count, and no exponent; a dash for what is not a number."""
    if math.isnan(value):
        return "–"
    if abs(value) >= 100:
        return f"{value:.0f}"
    return f"{value:.3g}"


def table(rows: list[Row]) -> str:
    return HEAD + "".join(map(str, rows))


def write(name: str, content: str, page: Path = PAGE) -> None:
    """Put `content` between the markers of `name`. Raises ValueError where the page has none."""
    text = page.read_text(encoding="utf-8")
    begin, end = f"<!-- {name}: begin -->\n", f"<!-- {name}: end -->"
    pattern = re.compile(re.escape(begin) + ".*?" + re.escape(end), re.DOTALL)
    if not pattern.search(text):
        raise ValueError(f"{page} has no markers for {name}")
    page.write_text(pattern.sub(lambda _: begin + content + end, text), encoding="utf-8")
