"""Who listens to a room, contract by contract."""

from collections.abc import Callable, Hashable
from typing import TypeVar

from algoroom.rooms.events import Audience, Event

A = TypeVar("A", bound=Audience)


class Audiences:
    """The listeners of one room."""

    def __init__(self) -> None:
        self._by_kind: dict[type[Audience], Audience] = {}

    @property
    def read_text(self) -> bool:
        """Whether anybody has to be told what becomes of the text."""
        for audience in self._by_kind.values():  # noqa: SIM110 - asked at each edit
            if audience.reads_text:
                return True
        return False

    def of(self, kind: type[A], make: Callable[[], A]) -> A:
        """The listeners of one contract, made at the first call."""
        found = self._by_kind.get(kind)
        if not isinstance(found, kind):
            found = self._by_kind[kind] = make()
        return found

    def tell(self, event: Event, source: Hashable | None) -> None:
        """Tell an event to everyone."""
        for audience in list(self._by_kind.values()):
            audience.tell(event, source)
