"""How much one client may ask for: requests, runs, new rooms, sockets, and frames on each socket.

A client is a user or a key where somebody is signed in, else an address.
"""

import ipaddress
import math
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import Final
from weakref import WeakValueDictionary

from limits import RateLimitItem, RateLimitItemPerHour, RateLimitItemPerMinute
from limits.aio.strategies import MovingWindowRateLimiter
from starlette.types import Scope

from algoroom.access.caller import Caller
from algoroom.api.shares import Share
from algoroom.api.windows import Seconds, Window, Windows
from algoroom.errors import AlgoroomError
from algoroom.settings import Settings

# Nobody knows when a socket will be closed; this is a guess at when to look again.
_SOCKET_RETRY_S: Final = 10
_FRAMES_WITHIN_S: Final = 10
_MESSAGES_WITHIN_S: Final = 1
# A frame counts once for each of these begun: to read a large one takes longer.
_BYTES_OF_A_FRAME: Final = 16_384
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
    """Counts the frames of one socket, at most `most` within a time; None allows all.

    A socket belongs to one node, so this never leaves its memory.
    """

    __slots__ = ("_clock", "_most", "_window", "_within_s")

    def __init__(self, most: int | None, within_s: float, clock: Seconds) -> None:
        self._most = most
        self._within_s = within_s
        self._clock = clock
        self._window = Window()

    def allow(self, size: int = 0) -> bool:
        """Count one frame of so many bytes or characters; whether it may be read."""
        if self._most is None:
            return True
        cost = 1 + size // _BYTES_OF_A_FRAME
        return self._window.take(self._clock(), self._most, self._within_s, min(cost, self._most))


class SocketPlace:
    """A socket's place among those of its client."""

    def __init__(self, taken: Counter[str], most: int | None) -> None:
        self._taken = taken
        self._most = most
        self._key: str | None = None

    def belong_to(self, caller: Caller) -> None:
        """Count for this caller from now on, who may have said only now who it is. Raises
        `RateLimitExceeded`."""
        key = client_key(caller)
        if key == self._key:
            return
        if self._most is not None and self._taken[key] >= self._most:
            raise RateLimitExceeded("sockets", _SOCKET_RETRY_S)
        self.leave()
        self._taken[key] += 1
        self._key = key

    def leave(self) -> None:
        """Count for nobody."""
        if self._key is None:
            return
        self._taken[self._key] -= 1
        if not self._taken[self._key]:
            del self._taken[self._key]
        self._key = None


class RateLimits:
    """The limits of one node. `clock` is in seconds and never goes back."""

    def __init__(self, settings: Settings, clock: Seconds = time.monotonic) -> None:
        self._settings = settings
        self._enabled = settings.rate_limits
        self._clock = clock
        self._windows = Windows(clock)
        self._limiter = MovingWindowRateLimiter(self._windows)
        self._requests = RateLimitItemPerMinute(settings.requests_per_minute, namespace="requests")
        self._requests_signed_in = RateLimitItemPerMinute(
            settings.requests_per_minute_signed_in, namespace="requests"
        )
        self._runs = RateLimitItemPerMinute(settings.runs_per_minute, namespace="runs")
        self._rooms = RateLimitItemPerHour(settings.new_rooms_per_hour, namespace="rooms")
        self._sockets: Counter[str] = Counter()
        self._shares: WeakValueDictionary[str, Share] = WeakValueDictionary()

    async def request(self, caller: Caller) -> Allowance:
        """Count one request."""
        item = self._requests_signed_in if caller.is_signed_in else self._requests
        if not self._enabled:
            return Allowance(item.amount, item.amount - 1, 0, allowed=True)
        key = client_key(caller)
        allowed = await self._limiter.hit(item, key)
        resets_at, remaining = await self._limiter.get_window_stats(item, key)
        return Allowance(item.amount, remaining, self._until(resets_at), allowed)

    async def run(self, caller: Caller) -> None:
        """Count one run. Raises `RateLimitExceeded`."""
        await self._take(self._runs, "runs", caller)

    async def room(self, caller: Caller) -> None:
        """Count one new room. Raises `RateLimitExceeded`."""
        await self._take(self._rooms, "new rooms", caller)

    @contextmanager
    def socket(self, caller: Caller) -> Iterator[SocketPlace]:
        """One socket, while the context lasts. Raises `RateLimitExceeded`."""
        most = self._settings.sockets_per_client if self._enabled else None
        place = SocketPlace(self._sockets, most)
        place.belong_to(caller)
        try:
            yield place
        finally:
            place.leave()

    def frames(self) -> FrameAllowance:
        """A counter for the frames of one socket."""
        return self._allowance(self._settings.frames_per_10_seconds, _FRAMES_WITHIN_S)

    def updates(self) -> FrameAllowance:
        """A counter for the messages of one sync socket."""
        return self._allowance(self._settings.messages_per_second, _MESSAGES_WITHIN_S)

    def share(self, caller: Caller) -> Share:
        """What is counted of the time that the messages of all its sockets take."""
        return self._shares.setdefault(client_key(caller), Share()) if self._enabled else Share()

    def __len__(self) -> int:
        """How many clients' counts are kept in memory."""
        return len(self._windows) + len(self._sockets)

    def _allowance(self, most: int, within_s: float) -> FrameAllowance:
        return FrameAllowance(most if self._enabled else None, within_s, self._clock)

    async def _take(self, item: RateLimitItem, what: str, caller: Caller) -> None:
        key = client_key(caller)
        if not self._enabled or await self._limiter.hit(item, key):
            return
        resets_at, _ = await self._limiter.get_window_stats(item, key)
        raise RateLimitExceeded(what, max(1, self._until(resets_at)))

    def _until(self, moment: float) -> int:
        return max(0, math.ceil(moment - self._clock()))


def address_of(scope: Scope) -> str:
    """The address of the client at the other end of the connection."""
    client: tuple[str, int] | None = scope.get("client")
    return client[0] if client else "unknown"


def client_key(caller: Caller) -> str:
    """The client that a caller counts as: the user or the key, else who has the address."""
    return caller.id if caller.is_signed_in else who(caller.address)


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
