"""The end of a journal that no stored state covers."""

from typing import Final

MOST_BYTES: Final = 2**20


class Tail:
    """The entries after the state that is stored: what a load replays, and what is packed next.

    `start` is the revision of that state.
    """

    def __init__(self, start: int, most_entries: int) -> None:
        self.start = start
        self._most_entries = most_entries
        self._bytes = 0

    def add(self, size: int) -> None:
        """One more entry, of so many bytes."""
        self._bytes += size

    def is_long(self, revision: int) -> bool:
        """Whether it is time to store the state, which is that of this revision."""
        return revision - self.start >= self._most_entries or self._bytes >= MOST_BYTES

    def cut(self, revision: int) -> None:
        """The state of this revision is stored."""
        self.start, self._bytes = revision, 0
