"""What one client may ask for, by a clock that the test holds."""

import pytest

from algoroom.access.caller import Caller, Kind
from algoroom.api.limits import RateLimitExceeded, RateLimits
from tests.api.asking import settings


class HeldClock:
    """Stands still until it is told otherwise."""

    def __init__(self) -> None:
        self.now_s = 1_000.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def clock() -> HeldClock:
    return HeldClock()


def limits(clock: HeldClock, *, enabled: bool = True) -> RateLimits:
    wanted = settings(
        requests_per_minute=3,
        runs_per_minute=2,
        sockets_per_client=2,
        new_rooms_per_hour=2,
        requests_per_minute_signed_in=5,
        frames_per_10_seconds=3,
        rate_limits=enabled,
    )
    return RateLimits(wanted, clock)


async def test_requests_are_counted_within_the_last_minute(clock: HeldClock) -> None:
    counted = limits(clock)
    seen = []
    for _ in range(4):
        allowance = await counted.request(Caller("192.0.2.1"))
        seen.append((allowance.allowed, allowance.remaining, allowance.resets_in_s))
        clock.now_s += 10
    assert seen == [(True, 2, 60), (True, 1, 50), (True, 0, 40), (False, 0, 30)]
    clock.now_s = 1_059.9
    assert not (await counted.request(Caller("192.0.2.1"))).allowed
    clock.now_s = 1_060
    assert (await counted.request(Caller("192.0.2.1"))).allowed
    assert not (await counted.request(Caller("192.0.2.1"))).allowed


async def test_clients_do_not_share_their_limits(clock: HeldClock) -> None:
    counted = limits(clock)
    for _ in range(4):
        await counted.request(Caller("192.0.2.1"))
    assert (await counted.request(Caller("192.0.2.2"))).allowed


async def test_an_ipv6_network_is_one_client(clock: HeldClock) -> None:
    counted = limits(clock)
    for last in range(3):
        assert (await counted.request(Caller(f"2001:db8::{last}"))).allowed
    assert not (await counted.request(Caller("2001:db8::ffff"))).allowed
    assert (await counted.request(Caller("2001:db8:0:1::"))).allowed
    assert (await counted.request(Caller("::ffff:192.0.2.1"))).remaining == 2
    assert (await counted.request(Caller("192.0.2.1"))).remaining == 1


async def test_a_run_too_many_says_when_to_come_back(clock: HeldClock) -> None:
    counted = limits(clock)
    await counted.run(Caller("192.0.2.1"))
    clock.now_s += 20.5
    await counted.run(Caller("192.0.2.1"))
    with pytest.raises(RateLimitExceeded) as refusal:
        await counted.run(Caller("192.0.2.1"))
    assert refusal.value.retry_after_s == 40
    clock.now_s += 40
    await counted.run(Caller("192.0.2.1"))


async def test_new_rooms_are_counted_within_an_hour(clock: HeldClock) -> None:
    counted = limits(clock)
    for _ in range(2):
        await counted.room(Caller("192.0.2.1"))
    with pytest.raises(RateLimitExceeded, match="new rooms"):
        await counted.room(Caller("192.0.2.1"))
    clock.now_s += 3_599
    with pytest.raises(RateLimitExceeded) as refusal:
        await counted.room(Caller("192.0.2.1"))
    assert refusal.value.retry_after_s == 1
    clock.now_s += 1
    await counted.room(Caller("192.0.2.1"))


async def test_who_is_signed_in_counts_apart_from_the_address(clock: HeldClock) -> None:
    counted = limits(clock)
    ann = Caller("192.0.2.1", kind=Kind.USER, id="user:ann")
    key = Caller("192.0.2.1", kind=Kind.KEY, id="key:1")
    for _ in range(3):
        assert (await counted.request(Caller("192.0.2.1"))).allowed
    assert not (await counted.request(Caller("192.0.2.1"))).allowed
    for caller in (ann, key):
        assert [(await counted.request(caller)).remaining for _ in range(5)] == [4, 3, 2, 1, 0]
        assert not (await counted.request(caller)).allowed
    elsewhere = Caller("198.51.100.1", kind=Kind.USER, id="user:ann")
    assert not (await counted.request(elsewhere)).allowed
    for _ in range(2):
        await counted.run(ann)
    await counted.run(key)
    with pytest.raises(RateLimitExceeded):
        await counted.run(elsewhere)


async def test_a_closed_socket_makes_place_for_another(clock: HeldClock) -> None:
    counted = limits(clock)
    with counted.socket(Caller("192.0.2.1")):
        with counted.socket(Caller("192.0.2.1")):
            with pytest.raises(RateLimitExceeded), counted.socket(Caller("192.0.2.1")):
                pass
            with counted.socket(Caller("192.0.2.2")):
                pass
        with counted.socket(Caller("192.0.2.1")):
            pass
    assert len(counted) == 0


async def test_a_socket_counts_for_who_it_says_it_is_later(clock: HeldClock) -> None:
    counted = limits(clock)
    address, ann = Caller("192.0.2.1"), Caller("192.0.2.1", kind=Kind.USER, id="user:ann")
    with counted.socket(address) as first, counted.socket(address) as second:
        first.belong_to(ann)
        second.belong_to(ann)
        second.belong_to(ann)
        with counted.socket(address) as third:
            with pytest.raises(RateLimitExceeded):
                third.belong_to(ann)
            with counted.socket(address), pytest.raises(RateLimitExceeded):
                counted.socket(address).__enter__()
    assert len(counted) == 0


async def test_frames_are_counted_for_each_socket(clock: HeldClock) -> None:
    counted = limits(clock)
    one, other = counted.frames(), counted.frames()
    assert [one.allow() for _ in range(4)] == [True, True, True, False]
    assert other.allow()
    clock.now_s += 10
    assert one.allow()


async def test_a_large_frame_counts_for_several(clock: HeldClock) -> None:
    one = limits(clock).frames()
    assert [one.allow(size) for size in (16_383, 16_384, 0)] == [True, True, False]
    clock.now_s += 10
    assert one.allow(2**20)
    assert not one.allow()


async def test_nothing_is_refused_where_limits_are_off(clock: HeldClock) -> None:
    counted = limits(clock, enabled=False)
    frames = counted.frames()
    for _ in range(10):
        assert (await counted.request(Caller("192.0.2.1"))).allowed
        await counted.run(Caller("192.0.2.1"))
        assert frames.allow()
    with (
        counted.socket(Caller("x")),
        counted.socket(Caller("x")),
        counted.socket(Caller("x")),
    ):
        pass


async def test_clients_that_stay_away_are_forgotten(clock: HeldClock) -> None:
    counted = limits(clock)
    for number in range(5_000):
        await counted.request(Caller(f"10.0.{number // 250}.{number % 250}"))
    assert len(counted) == 5_000
    clock.now_s += 61
    await counted.request(Caller("192.0.2.1"))
    assert len(counted) == 1
