"""How much one client may ask for: requests, runs, sockets, and frames on each socket."""

import ipaddress
import math
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import lru_cache
from itertools import count
from typing import Final

from limits import RateLimitItem, RateLimitItemPerMinute, RateLimitItemPerSecond
from limits.strategies import MovingWindowRateLimiter
from starlette.types import Scope

from algoroom.api.windows import Seconds, Windows
from algoroom.errors import AlgoroomError
from algoroom.settings import Settings

# Nobody knows when a socket will be closed; this is a guess at when to look again.
_SOCKET_RETRY_S: Final = 10
_FRAMES_WITHIN_S: Final = 10
# An IPv6 client commonly has a whole network of this length to itself.
_IPV6_PREFIX: Final = 64


class RateLimitExceeded(AlgoroomError):
    """A client asks for more than it may. `what` is in the plural."""

    def __init__(self, what: str, retry_after_s: int) -> None:
        super().__init__(f"Too many {what}; try again in {retry_after_s} s")
        self.retry_after_s = retry_after_s


@dataclass(frozen=True, slots=True)
class Allowance:
    """What a client has left of its requests. `resets_in_s`: until it has at least one more."""

    limit: int
    remaining: int
    resets_in_s: int
    allowed: bool


class FrameAllowance:
    """Counts the frames of one socket; where there is nothing to count in, every one passes."""

    __slots__ = ("_item", "_key", "_windows", "_within_s")

    def __init__(self, windows: Windows | None, item: RateLimitItem, name: str) -> None:
        self._windows = windows
        self._item = item
        # Made once: frames are many, and the limiter would make it anew for each.
        self._key = item.key_for(name)
        self._within_s = item.get_expiry()

    def allow(self) -> bool:
        """Count one frame; whether it may be read."""
        windows = self._windows
        return windows is None or windows.acquire_entry(
            self._key, self._item.amount, self._within_s
        )


class RateLimits:
    """The limits of one node, for clients by their addresses.

    `clock` is in seconds and never goes back.
    """

    def __init__(
        self,
        *,
        requests_per_minute: int,
        runs_per_minute: int,
        sockets_per_client: int,
        frames_per_10_seconds: int,
        messages_per_second: int,
        enabled: bool = True,
        clock: Seconds = time.monotonic,
    ) -> None:
        self._enabled = enabled
        self._clock = clock
        self._windows = Windows(clock)
        self._limiter = MovingWindowRateLimiter(self._windows)
        self._requests = RateLimitItemPerMinute(requests_per_minute, namespace="requests")
        self._runs = RateLimitItemPerMinute(runs_per_minute, namespace="runs")
        self._frames = RateLimitItemPerSecond(
            frames_per_10_seconds, _FRAMES_WITHIN_S, namespace="frames"
        )
        self._updates = RateLimitItemPerSecond(messages_per_second, namespace="messages")
        self._sockets_per_client = sockets_per_client
        self._sockets: Counter[str] = Counter()
        self._frame_counters = count()

    @classmethod
    def of(cls, settings: Settings, clock: Seconds = time.monotonic) -> "RateLimits":
        """The limits that the settings ask for."""
        return cls(
            requests_per_minute=settings.requests_per_minute,
            runs_per_minute=settings.runs_per_minute,
            sockets_per_client=settings.sockets_per_client,
            frames_per_10_seconds=settings.frames_per_10_seconds,
            messages_per_second=settings.messages_per_second,
            enabled=settings.rate_limits,
            clock=clock,
        )

    async def request(self, client: str) -> Allowance:
        """Count one request of a client. `client` is its address."""
        limit = self._requests.amount
        if not self._enabled:
            return Allowance(limit, limit - 1, 0, allowed=True)
        key = who(client)
        allowed = self._limiter.hit(self._requests, key)
        resets_at, remaining = self._limiter.get_window_stats(self._requests, key)
        return Allowance(limit, remaining, self._until(resets_at), allowed)

    async def run(self, client: str) -> None:
        """Count one run of a client. Raises `RateLimitExceeded`."""
        key = who(client)
        if not self._enabled or self._limiter.hit(self._runs, key):
            return
        resets_at, _ = self._limiter.get_window_stats(self._runs, key)
        raise RateLimitExceeded("runs", max(1, self._until(resets_at)))

    @asynccontextmanager
    async def socket(self, client: str) -> AsyncIterator[None]:
        """One socket of a client, while the context lasts. Raises `RateLimitExceeded`."""
        key = who(client)
        if self._enabled and self._sockets[key] >= self._sockets_per_client:
            raise RateLimitExceeded("sockets", _SOCKET_RETRY_S)
        self._sockets[key] += 1
        try:
            yield
        finally:
            self._sockets[key] -= 1
            if not self._sockets[key]:
                del self._sockets[key]

    def frames(self) -> FrameAllowance:
        """A counter for the frames of one socket."""
        windows = self._windows if self._enabled else None
        return FrameAllowance(windows, self._frames, str(next(self._frame_counters)))

    def updates(self) -> FrameAllowance:
        """A counter for the messages of one sync socket."""
        windows = self._windows if self._enabled else None
        return FrameAllowance(windows, self._updates, str(next(self._frame_counters)))

    def __len__(self) -> int:
        """How many counts are kept in memory."""
        return len(self._windows) + len(self._sockets)

    def _until(self, moment: float) -> int:
        return max(0, math.ceil(moment - self._clock()))


def address_of(scope: Scope) -> str:
    """The address of the client at the other end of the connection."""
    client: tuple[str, int] | None = scope.get("client")
    return client[0] if client else "unknown"


@lru_cache(maxsize=4_096)
def who(address: str) -> str:
    """The client behind an address: itself, or its network where one client has many addresses."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv4Address):
        return address
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    return str(ipaddress.ip_network((parsed.packed, _IPV6_PREFIX), strict=False).network_address)
