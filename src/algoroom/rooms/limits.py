"""What a room is held to."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RoomLimits:
    """What a room is held to: the longest text, in UTF-16 units; from how many units on an
    insertion counts as pasted; after how many journal entries its state is stored and they are
    packed; and what is a language."""

    most_units: int
    paste_units: int
    tail_entries: int
    is_language: Callable[[str], bool]
