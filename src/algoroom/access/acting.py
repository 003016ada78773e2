"""Who acts: the caller of the request or the socket that the present task serves.

What a task starts is that caller's too, so what is written down about deeds needs no caller passed
through all that does them.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from algoroom.access.caller import Caller

_CALLER: ContextVar[Caller | None] = ContextVar("acting", default=None)


@contextmanager
def acting(caller: Caller) -> Iterator[None]:
    """While this lasts, what is done here is done by this caller."""
    before = _CALLER.set(caller)
    try:
        yield
    finally:
        _CALLER.reset(before)


def who_acts() -> Caller | None:
    """The caller for whom this is done; None: nobody asked, the server does it by itself."""
    return _CALLER.get()
