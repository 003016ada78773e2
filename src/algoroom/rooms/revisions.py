"""The recent changes of a room, so that a change of an older text still finds its place."""

from algoroom.rooms.delta import Delta

# Enough for whoever types with seconds of delay; a difference sets right who is further behind.
MOST_REVISIONS = 1_024
MOST_CHARACTERS = 2**20


class Revisions:
    """The number of the room's present text, and the last changes that led to it, within bounds."""

    def __init__(self, number: int) -> None:
        self.number = number
        self._kept: list[Delta] = []
        self._characters = 0

    def add(self, delta: Delta | None) -> int:
        """Note a change; returns the number of the text that it led to. None is a change that
        nobody has read: no path leads past it."""
        self.number += 1
        if delta is None:
            if self._kept:
                self._kept.clear()
                self._characters = 0
            return self.number
        self._kept.append(delta)
        self._characters += _size(delta)
        while len(self._kept) > MOST_REVISIONS or self._characters > MOST_CHARACTERS:
            self._characters -= _size(self._kept.pop(0))
        return self.number

    def path_from(self, number: int) -> list[Delta] | None:
        """The deltas from a revision to the present one, or None if they are no longer kept."""
        behind = self.number - number
        if not 0 <= behind <= len(self._kept):
            return None
        return [self._kept[index] for index in range(-behind, 0)]


def _size(delta: Delta) -> int:
    return sum(len(step) for step in delta if isinstance(step, str)) + len(delta)
