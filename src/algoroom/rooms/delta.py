"""Changes to a text as values, and how two that started from the same text are put in order.

A `Delta` walks over a text from its start: a positive number keeps that many characters, a negative
one removes as many, a string is inserted. What is left at the end is kept. All counts are in code
points, the units of Python's own strings; `algoroom.rooms.offsets` converts to and from others.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

Delta = tuple[int | str, ...]

UNCHANGED: Delta = ()


@dataclass(frozen=True, slots=True)
class Splice:
    """`text[start:end]` gives way to `insert`. Splices of one change all refer to the same text."""

    start: int
    end: int
    insert: str


def from_splices(splices: Iterable[Splice]) -> Delta:
    """The delta of splices that are sorted by start and do not overlap."""
    walk = _Builder()
    position = 0
    for splice in splices:
        walk.keep(splice.start - position)
        walk.insert(splice.insert)
        walk.remove(splice.end - splice.start)
        position = splice.end
    return walk.delta()


def to_splices(delta: Delta) -> list[Splice]:
    """The splices of a delta, by ascending start; neighbouring removals and insertions are one."""
    splices: list[Splice] = []
    position = 0
    joins = False
    for step in delta:
        if isinstance(step, int) and step > 0:
            position += step
            joins = False
            continue
        last = splices.pop() if joins else Splice(position, position, "")
        if isinstance(step, str):
            splices.append(Splice(last.start, last.end, last.insert + step))
        else:
            position -= step
            splices.append(Splice(last.start, position, last.insert))
        joins = True
    return splices


def apply(delta: Delta, text: str) -> str:
    """The text after the change."""
    parts: list[str] = []
    position = 0
    for step in delta:
        if isinstance(step, str):
            parts.append(step)
        elif step > 0:
            parts.append(text[position : position + step])
            position += step
        else:
            position -= step
    parts.append(text[position:])
    return "".join(parts)


def transform(later: Delta, earlier: Delta) -> tuple[Delta, Delta]:
    """Rewrite two changes of one text so that each follows the other, to the same end.

    Returns `(later_after_earlier, earlier_after_later)`: applying `earlier` and then the first
    gives the same text as applying `later` and then the second. What either inserted stays; where
    both insert at one place, `earlier` comes first. (The transformation property TP1 of operational
    transformation; one server orders all changes, so more is not needed.)
    """
    follows, precedes = _Builder(), _Builder()
    a, b = _Steps(later), _Steps(earlier)
    while a.here is not None or b.here is not None:
        if isinstance(b.here, str):
            follows.keep(len(b.here))
            precedes.insert(b.here)
            b.advance()
        elif isinstance(a.here, str):
            follows.insert(a.here)
            precedes.keep(len(a.here))
            a.advance()
        elif a.here is None:
            _pass_on(b, precedes)
        elif b.here is None:
            _pass_on(a, follows)
        else:
            length = min(abs(a.here), abs(b.here))
            removes_a, removes_b = a.here < 0, b.here < 0
            if removes_a and not removes_b:
                follows.remove(length)
            elif removes_b and not removes_a:
                precedes.remove(length)
            elif not removes_a:
                follows.keep(length)
                precedes.keep(length)
            a.take(length)
            b.take(length)
    return follows.delta(), precedes.delta()


def rebase(delta: Delta, path: Iterable[Delta]) -> tuple[Delta, list[Delta]]:
    """Move a change past a path of others that started from the same text.

    Returns the change as it applies after the path, and the path as it applies after the change.
    """
    moved: list[Delta] = []
    for step in path:
        delta, after = transform(delta, step)
        moved.append(after)
    return delta, moved


def _pass_on(steps: "_Steps", into: "_Builder") -> None:
    for step in steps.rest():
        into.add(step)


class _Steps:
    """A delta read step by step, where a count may be taken in parts."""

    def __init__(self, delta: Delta) -> None:
        self._steps = iter(delta)
        self.here: int | str | None = next(self._steps, None)

    def advance(self) -> None:
        self.here = next(self._steps, None)

    def take(self, length: int) -> None:
        assert isinstance(self.here, int)
        left = self.here - length if self.here > 0 else self.here + length
        if left:
            self.here = left
        else:
            self.advance()

    def rest(self) -> Iterator[int | str]:
        while self.here is not None:
            yield self.here
            self.advance()


class _Builder:
    """Collects steps into the shortest delta that means the same."""

    def __init__(self) -> None:
        self._steps: list[int | str] = []

    def add(self, step: int | str) -> None:
        if isinstance(step, str):
            self.insert(step)
        elif step > 0:
            self.keep(step)
        else:
            self.remove(-step)

    def keep(self, length: int) -> None:
        if length == 0:
            return
        last = self._steps[-1] if self._steps else None
        if isinstance(last, int) and last > 0:
            self._steps[-1] = last + length
        else:
            self._steps.append(length)

    def remove(self, length: int) -> None:
        if length == 0:
            return
        last = self._steps[-1] if self._steps else None
        if isinstance(last, int) and last < 0:
            self._steps[-1] = last - length
        else:
            self._steps.append(-length)

    def insert(self, text: str) -> None:
        if not text:
            return
        # An insertion stands before the removal beside it, so that equal changes are equal values.
        last = self._steps[-1] if self._steps else None
        behind = self._steps.pop() if isinstance(last, int) and last < 0 else None
        if self._steps and isinstance(before := self._steps[-1], str):
            self._steps[-1] = before + text
        else:
            self._steps.append(text)
        if behind is not None:
            self._steps.append(behind)

    def delta(self) -> Delta:
        while self._steps and isinstance(self._steps[-1], int) and self._steps[-1] > 0:
            self._steps.pop()
        return tuple(self._steps)
