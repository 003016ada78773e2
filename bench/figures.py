"""Arithmetic of the benchmarks: medians, spreads, and ratios of what was measured in turn."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median, quantiles


@dataclass(frozen=True, slots=True)
class Measure:
    """`runs` programs took `wall_s` on the clock together, and `cpu_s` of processor time."""

    runs: int
    wall_s: float
    cpu_s: float

    @property
    def wall_ms(self) -> float:
        """Time on the clock for each run, in milliseconds."""
        return self.wall_s / self.runs * 1000

    @property
    def cpu_ms(self) -> float:
        """Processor time of each run, in milliseconds."""
        return self.cpu_s / self.runs * 1000

    @property
    def rate(self) -> float:
        """Runs a second."""
        return self.runs / self.wall_s


@dataclass(frozen=True, slots=True)
class Spread:
    """The middle of some values, and the quarters of them below `low` and above `high`."""

    middle: float
    low: float
    high: float


def spread(values: Sequence[float]) -> Spread:
    """Of one value or more."""
    if len(values) == 1:
        return Spread(values[0], values[0], values[0])
    low, _, high = quantiles(values, n=4, method="inclusive")
    return Spread(median(values), low, high)


def ratios(ours: Sequence[float], theirs: Sequence[float]) -> Spread:
    """Ours by theirs, each pair measured one right after the other."""
    return spread(
        [mine / other if other else math.inf for mine, other in zip(ours, theirs, strict=True)]
    )


@dataclass(frozen=True, slots=True)
class Aim:
    """What a ratio should be: at most (or at least) `bound`."""

    bound: float
    at_least: bool = False

    def met(self, ratio: float) -> bool:
        return ratio >= self.bound if self.at_least else ratio <= self.bound

    def __str__(self) -> str:
        return f"at {'least' if self.at_least else 'most'} {self.bound:g}"
