"""The end of a journal that no stored state covers, and how large the document has grown."""

from collections.abc import Callable
from typing import Final

from algoroom.errors import DocumentTooLarge
from algoroom.rooms.limits import RoomLimits

MOST_BYTES: Final = 2**20
# What a document may have more than is allowed before it is measured again, as a part of that.
_LEEWAY: Final = 64


class Tail:
    """The entries after the state that is stored: what a load replays, and what is packed next.

    `start` is the revision of that state.
    """

    def __init__(self, start: int, limits: RoomLimits) -> None:
        self.start = start
        self._limits = limits
        self._most_bytes = MOST_BYTES
        self._bytes = 0
        self._size = 0

    def add(self, size: int) -> None:
        """One more entry, of so many bytes."""
        self._bytes += size
        self._size += size

    def is_long(self, revision: int) -> bool:
        """Whether it is time to store the state, which is that of this revision."""
        return revision - self.start >= self._limits.tail_entries or self._bytes >= self._most_bytes

    def cut(self, revision: int, size: int) -> None:
        """The state of this revision is stored; it has so many bytes."""
        # A large one that is stored for few new bytes would be the most of what is written.
        self._most_bytes = max(MOST_BYTES, size)
        self.start, self._bytes, self._size = revision, 0, size

    def check_size(self, state: Callable[[], bytes], more: int = 0) -> None:
        """Check that there is room for so many bytes more, measured where what came since the last
        time says that there may be none. Raises `DocumentTooLarge`."""
        most = self._limits.most_state_bytes
        if self._size + more > most:
            size = len(state())
            if size + more > most:
                raise DocumentTooLarge(size + more, most)
            self._size = size - most // _LEEWAY
