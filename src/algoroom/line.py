"""What waits its turn."""

from collections import deque
from collections.abc import Iterable, Iterator
from typing import Generic, TypeVar

T = TypeVar("T")


class Line(Generic[T]):
    """Things in their order, in a deque that is there only while there are any: an empty one takes
    0.6 KiB, and nearly all the lines of rooms and connections are empty nearly always."""

    __slots__ = ("_waiting",)

    def __init__(self, waiting: Iterable[T] = ()) -> None:
        self._waiting = deque(waiting) or None

    def append(self, one: T) -> None:
        if self._waiting is None:
            self._waiting = deque()
        self._waiting.append(one)

    def appendleft(self, one: T) -> None:
        """Have one wait before all others."""
        if self._waiting is None:
            self._waiting = deque()
        self._waiting.appendleft(one)

    def popleft(self) -> T:
        """Raises `IndexError` where nothing waits."""
        if self._waiting is None:
            raise IndexError("nothing waits")
        one = self._waiting.popleft()
        if not self._waiting:
            self._waiting = None
        return one

    def __getitem__(self, at: int) -> T:
        if self._waiting is None:
            raise IndexError("nothing waits")
        return self._waiting[at]

    def __iter__(self) -> Iterator[T]:
        return iter(self._waiting or ())

    def __len__(self) -> int:
        return 0 if self._waiting is None else len(self._waiting)
