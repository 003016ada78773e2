"""How long a session lives: on with what is done in it, and not beyond what the server allows."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from algoroom.sessions.model import Session

# How far an expiry moves before it is worth a write.
TOUCH_EVERY: Final = timedelta(seconds=60)


def expiry(
    now: datetime, lifetime: timedelta, created_at: datetime, longest: timedelta | None
) -> datetime:
    """When a session expires in which nothing is done from now on; `longest` is the whole life of
    any, where it is bounded."""
    expires_at = now + lifetime
    return expires_at if longest is None else min(expires_at, created_at + longest)


def prolonged(session: Session, now: datetime, longest: timedelta | None) -> Session:
    """The session after something was done in it, where that moves its expiry by enough."""
    expires_at = expiry(now, session.lifetime, session.created_at, longest)
    if expires_at - session.expires_at < min(TOUCH_EVERY, session.lifetime / 100):
        return session
    return replace(session, expires_at=expires_at)


def is_over(
    session: Session, now: datetime, longest: timedelta | None, *, is_occupied: bool = False
) -> bool:
    """Whether its time is up. While somebody is in it only the longest life ends it."""
    if longest is not None and session.created_at + longest <= now:
        return True
    return session.expires_at <= now and not is_occupied
