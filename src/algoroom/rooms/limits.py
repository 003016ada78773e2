"""What a room is held to."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from algoroom.access.policy import USUAL_RULES, Rules
from algoroom.errors import TextTooLong


@dataclass(frozen=True, slots=True)
class RoomLimits:
    """What a room is held to: the longest text, in UTF-16 units; how large the document may be,
    with all that has to be known of what was removed; from how many units on an
    insertion counts as pasted; after how many journal entries its state is stored and they are
    packed; what is a language; what strangers may where the session says nothing; how long a
    session lives at most, however much is done in it; and how many connections may be open."""

    most_units: int
    paste_units: int
    tail_entries: int
    is_language: Callable[[str], bool]
    rules: Rules = USUAL_RULES
    longest_life: timedelta | None = None
    most_connections: int | None = None
    most_state_bytes: int = 16 * 2**20

    def check_length(self, units: int) -> None:
        """Raise `TextTooLong` where a text is."""
        if units > self.most_units:
            raise TextTooLong(units, self.most_units)
