"""What counts as pasted."""

from algoroom.rooms.delta import Delta
from algoroom.rooms.offsets import utf16_length


def pasted_units(delta: Delta, least: int) -> int:
    """The UTF-16 units of the longest text that a change inserts in one piece; 0 below `least`."""
    longest = max((utf16_length(step) for step in delta if isinstance(step, str)), default=0)
    return longest if longest >= least else 0
