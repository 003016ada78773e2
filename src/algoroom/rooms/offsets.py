"""Positions in a text, in the three units that meet here, converted in this one place.

Python counts code points, browsers count UTF-16 code units, and the shared document counts UTF-8
bytes. A position inside a character exists in none but its own unit, and is refused.
"""

from algoroom.errors import InvalidChange
from algoroom.rooms.delta import Delta


def utf16_length(text: str) -> int:
    """The length of a text as a browser counts it."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le")) // 2


class Utf16:
    """Converts between UTF-16 units and code points of one text."""

    def __init__(self, text: str) -> None:
        self._text = text
        self.length = utf16_length(text)
        # Without characters beyond the basic plane both count the same.
        self._encoded = None if self.length == len(text) else text.encode("utf-16-le")

    def to_code_points(self, units: int) -> int:
        """The code point offset of a UTF-16 offset; `InvalidChange` where there is none."""
        if not 0 <= units <= self.length:
            raise InvalidChange(f"Offset {units} is outside the text of length {self.length}")
        if self._encoded is None:
            return units
        try:
            return len(self._encoded[: 2 * units].decode("utf-16-le"))
        except UnicodeDecodeError:
            raise InvalidChange(f"Offset {units} is inside a character") from None

    def from_code_points(self, offset: int) -> int:
        """The UTF-16 offset of a code point offset."""
        return offset if self._encoded is None else utf16_length(self._text[:offset])


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
