"""What is kept of single changes of a document, to judge those that are to stand beside them."""

import math
from bisect import bisect_right
from collections.abc import Iterable

Id = tuple[int, int]
"""One change: its client and its clock there. Each UTF-16 unit of text is one."""

Span = tuple[int, int, int]
"""Changes of one client: its id, the clock of the first, and the clock behind the last."""


class Marks:
    """What has to be known of single changes to judge those beside them.

    `halves`: the second units of characters that have two. `in_record`: whether a change is of the
    shared map; all others are of the text.
    """

    def __init__(self) -> None:
        self.halves: set[Id] = set()
        self._values: dict[int, list[tuple[int, int]]] = {}

    def in_record(self, change: Id) -> bool:
        spans = self._values.get(change[0])
        if spans is None:
            return False
        at = bisect_right(spans, (change[1], math.inf)) - 1
        return at >= 0 and change[1] < spans[at][1]

    def values_of(self, client: int) -> list[tuple[int, int]]:
        """The changes of a client that are of the shared map, as spans of clocks."""
        return list(self._values.get(client, ()))

    def add(self, halves: Iterable[Id], values: Iterable[Span]) -> None:
        """Note more; the values of one client come in the order of their clocks."""
        self.halves.update(halves)
        for client, start, end in values:
            self._values.setdefault(client, []).append((start, end))
