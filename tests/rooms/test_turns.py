"""Turns of the loop are fewer where much happens, and nothing waits where little does."""

import asyncio

from algoroom.rooms.turns import LEAST_S, MANY, WITHIN_S, Turns


class Watch:
    """A clock that is moved on, also by who sleeps."""

    def __init__(self) -> None:
        self.now = 0.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


async def turn(turns: Turns, watch: Watch, tellings: int, takes_s: float) -> None:
    """A turn in which rooms are told, and the one after it."""
    for _ in range(tellings):
        watch.now += takes_s / tellings
        turns.told()
    await asyncio.sleep(0)


async def test_no_turn_waits_where_little_happens() -> None:
    watch = Watch()
    turns = Turns(watch, watch.sleep)
    for _ in range(10 * MANY):
        await turn(turns, watch, 1, 2 * WITHIN_S / MANY)
    assert not watch.slept


async def test_short_turns_last_for_a_moment_where_very_much_happens() -> None:
    watch = Watch()
    turns = Turns(watch, watch.sleep)
    for _ in range(2 * MANY):
        await turn(turns, watch, 4, LEAST_S / 4)
    began = len(watch.slept)
    assert began
    for _ in range(10):
        await turn(turns, watch, 4, LEAST_S / 4)
    assert len(watch.slept) == began + 10
    assert all(abs(slept - LEAST_S * 3 / 4) < LEAST_S / 100 for slept in watch.slept[began:])


async def test_a_turn_that_is_long_anyway_is_not_made_longer() -> None:
    watch = Watch()
    turns = Turns(watch, watch.sleep)
    for _ in range(50):
        await turn(turns, watch, MANY, 2 * LEAST_S)
    assert not watch.slept


async def test_what_happened_long_ago_makes_nobody_wait() -> None:
    watch = Watch()
    turns = Turns(watch, watch.sleep)
    for _ in range(2 * MANY):
        await turn(turns, watch, 4, LEAST_S / 4)
    assert watch.slept
    watch.now += 10
    watch.slept.clear()
    await turn(turns, watch, 1, LEAST_S / 4)
    assert not watch.slept
