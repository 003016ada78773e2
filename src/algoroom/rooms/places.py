"""Offsets in a text as the lines and columns that people see."""

from algoroom.rooms.offsets import Utf16, utf16_length
from algoroom.rooms.presence import Position


def offset_at(text: str, position: Position) -> int:
    """The offset of a position in code points; beyond a line's end, or the last line, the end."""
    start = 0
    for _ in range(position.line - 1):
        end = text.find("\n", start)
        if end < 0:
            return len(text)
        start = end + 1
    end = text.find("\n", start)
    line = text[start:] if end < 0 else text[start:end]
    return start + Utf16(line).nearest_code_point(position.column)


def position_at(text: str, offset: int) -> Position:
    """The position of an offset in code points."""
    start = text.rfind("\n", 0, offset) + 1
    return Position(text.count("\n", 0, start) + 1, utf16_length(text[start:offset]))
