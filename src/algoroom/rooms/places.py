"""Offsets in a text as the lines and columns that people see."""

from algoroom.rooms.offsets import Utf16, utf16_length
from algoroom.rooms.presence import Position


def offset_at(text: str, position: Position) -> int:
    """The offset of a position in code points; beyond a line's end, or the last line, the end."""
    start = _start_of(text, position.line)
    end = text.find("\n", start)
    line = text[start:] if end < 0 else text[start:end]
    return start + Utf16(line).nearest_code_point(position.column)


def position_at(text: str, offset: int) -> Position:
    """The position of an offset in code points."""
    start = text.rfind("\n", 0, offset) + 1
    return Position(text.count("\n", 0, start) + 1, utf16_length(text[start:offset]))


def _start_of(text: str, line: int) -> int:
    """Where a line begins: by halves, as to count takes a hundredth of going from line to line."""
    breaks = line - 1
    if breaks <= 0:
        return 0
    if breaks > text.count("\n"):
        return len(text)
    # It begins after `low`, where `breaks` are left to pass, and at `high` at the latest.
    low, high = 0, len(text)
    while high - low > 1:
        middle = (low + high) // 2
        before = text.count("\n", low, middle)
        if before >= breaks:
            high = middle
        else:
            low, breaks = middle, breaks - before
    return high
