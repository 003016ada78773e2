"""Positions in a text, in the three units that meet here, converted in this one place.

Python counts code points, browsers count UTF-16 code units, and the shared document counts UTF-8
bytes. A position inside a character exists in none but its own unit, and is refused.
"""

import re
from bisect import bisect_left

from algoroom.errors import InvalidChange
from algoroom.rooms.delta import Delta

_WIDE = re.compile("[\U00010000-\U0010ffff]")


def utf16_length(text: str) -> int:
    """The length of a text as a browser counts it."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le")) // 2


def growth(delta: Delta, before: str) -> int:
    """By how many UTF-16 units a change makes a text longer."""
    more = position = 0
    for step in delta:
        if isinstance(step, str):
            more += utf16_length(step)
        else:
            start, position = position, position + abs(step)
            if step < 0:
                more -= utf16_length(before[start:position])
    return more


def second_halves(text: str) -> list[int]:
    """The UTF-16 offsets of the second units of characters that have two."""
    return [found.start() + before + 1 for before, found in enumerate(_WIDE.finditer(text))]


class Utf16:
    """Converts between UTF-16 units and code points of one text."""

    def __init__(self, text: str) -> None:
        # The characters that take two units, by the offset of each in code points and in units.
        self._wide = [] if text.isascii() else [found.start() for found in _WIDE.finditer(text)]
        self._starts = [offset + before for before, offset in enumerate(self._wide)]
        self.length = len(text) + len(self._wide)

    def to_code_points(self, units: int) -> int:
        """The code point offset of a UTF-16 offset; `InvalidChange` where there is none."""
        if not 0 <= units <= self.length:
            raise InvalidChange(f"Offset {units} is outside the text of length {self.length}")
        before = bisect_left(self._starts, units)
        if before and self._starts[before - 1] + 1 == units:
            raise InvalidChange(f"Offset {units} is inside a character")
        return units - before

    def nearest_code_point(self, units: int) -> int:
        """The code point offset of a UTF-16 offset, or the nearest below it where there is none."""
        units = min(max(units, 0), self.length)
        return units - bisect_left(self._starts, units)

    def from_code_points(self, offset: int) -> int:
        """The UTF-16 offset of a code point offset."""
        return offset + bisect_left(self._wide, offset)


def delta_from_utf8(steps: list[dict[str, object]], text: str) -> Delta:
    """The delta of a pycrdt text event, whose counts are UTF-8 bytes of the text before it."""
    encoded = None if text.isascii() else text.encode()
    position = 0
    delta: list[int | str] = []

    def code_points(length: int) -> int:
        nonlocal position
        start, position = position, position + length
        return length if encoded is None else len(encoded[start:position].decode())

    for step in steps:
        match step:
            case {"insert": str(inserted)}:
                delta.append(inserted)
            case {"delete": int(length)}:
                delta.append(-code_points(length))
            case {"retain": int(length)}:
                delta.append(code_points(length))
            case _:
                raise TypeError(f"not a step of a text event: {step!r}")
    return tuple(delta)
