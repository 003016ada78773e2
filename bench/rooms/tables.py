"""Tables on rooms: a line for each server, and a line for each aim."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bench.figures import Aim, Spread, ratios, spread
from bench.page import number

AIMS_HEAD = (
    "what", "ours", "against", "theirs", "ratio (median, quarters)", "rounds", "aim", "met",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether something is as it should be; `ratio` is None where it could not be measured."""

    what: str
    ours: str
    against: str
    theirs: str
    ratio: Spread | None = None
    rounds: int = 0
    aim: Aim | None = None

    def cells(self) -> tuple[str, ...]:
        ratio = met = "–"
        if self.ratio is not None:
            ratio = spread_text(self.ratio)
            if self.aim is not None:
                met = "yes" if self.aim.met(self.ratio.middle) else "no"
        return (
            self.what, self.ours, self.against, self.theirs, ratio,
            str(self.rounds or "–"), str(self.aim or "–"), met,
        )  # fmt: skip


def against(
    what: str, ours: Sequence[float], name: str, theirs: Sequence[float], unit: str, aim: Aim | None
) -> Verdict:
    """Ours by theirs, measured in turn."""
    return Verdict(
        what,
        f"{number(spread(ours).middle)} {unit}",
        name,
        f"{number(spread(theirs).middle)} {unit}",
        ratios(ours, theirs),
        len(ours),
        aim,
    )


def best(figures: Mapping[str, Sequence[float]]) -> str:
    """Who has the lowest median."""
    return min(figures, key=lambda name: spread(figures[name]).middle)


def spread_text(value: Spread) -> str:
    return f"{number(value.middle)} ({number(value.low)}–{number(value.high)})"


def quarters(values: Sequence[float]) -> str:
    return spread_text(spread(values))


def table(head: Sequence[str], lines: Sequence[Sequence[str]]) -> str:
    rows = [head, ["---"] * len(head), *lines]
    return "".join("| " + " | ".join(row) + " |\n" for row in rows)


def section(title: str, *tables: str) -> str:
    return f"### {title}\n\n" + "\n".join(tables) + "\n"


def verdicts(all_of_them: Sequence[Verdict]) -> str:
    return table(AIMS_HEAD, [verdict.cells() for verdict in all_of_them])
