"""The queue: bounded, fair between parties, and nobody in it is forgotten."""

import asyncio
from collections import Counter
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from algoroom.errors import PartyBusy, RunsBusy, SandboxUnavailable
from algoroom.runs import admission as module
from algoroom.runs.admission import TURNS_BEFORE_A_TEST, Admission, OfEachParty


async def soon() -> None:
    """Let everything that can go on go on."""
    for _ in range(5):
        await asyncio.sleep(0)


class Runs:
    """Runs of nothing, each ended by hand."""

    def __init__(self, admission: Admission) -> None:
        self.admission = admission
        self.begun: list[str] = []
        self.positions: dict[str, list[int]] = {}
        self.ends: dict[str, asyncio.Event] = {}
        self.tasks: dict[str, asyncio.Task[None]] = {}

    async def ask(self, party: str, name: str = "") -> None:
        """Raises what refuses it."""
        name = name or f"{party}{len(self.tasks)}"
        self.tasks[name] = asyncio.create_task(self._run(party, name))
        await soon()
        if self.tasks[name].done():
            self.tasks[name].result()

    async def end(self, name: str) -> None:
        self.ends[name].set()
        await self.tasks[name]
        await soon()

    @property
    def running(self) -> list[str]:
        return [name for name in self.begun if not self.tasks[name].done()]

    async def end_all(self) -> list[str]:
        """End one after the other, the first first; the order in which they began."""
        while self.running:
            await self.end(self.running[0])
        return self.begun

    async def _run(self, party: str, name: str) -> None:
        told = self.positions.setdefault(name, [])
        self.ends[name] = asyncio.Event()
        with self.admission.admitted(party) as admitted:
            async with self.admission.place(admitted, told.append):
                self.begun.append(name)
                await self.ends[name].wait()


def queue(
    at_once: int = 1, waiting: int = 64, *, each: int | None = None, each_waiting: int | None = None
) -> Runs:
    return Runs(Admission(at_once, waiting, OfEachParty(each, each_waiting)))


async def test_parties_take_turns_and_each_keeps_its_order() -> None:
    runs = queue()
    for name in ("a1", "a2", "a3", "a4", "b1", "b2", "c1"):
        await runs.ask(name[0], name)
    assert await runs.end_all() == ["a1", "b1", "c1", "a2", "b2", "a3", "a4"]


async def test_a_party_beyond_its_bound_is_sent_away_and_others_are_not() -> None:
    runs = queue(waiting=4, each_waiting=2)
    for _ in range(3):
        await runs.ask("a")
    with pytest.raises(PartyBusy) as own:
        await runs.ask("a")
    await runs.ask("b")
    await runs.ask("c")
    with pytest.raises(RunsBusy) as all_:
        await runs.ask("d")
    assert own.value.retry_after_s >= 1
    assert all_.value.retry_after_s >= 1
    await runs.end("a0")
    await runs.ask("d")
    assert Counter(name[0] for name in await runs.end_all()) == {"a": 3, "b": 1, "c": 1, "d": 1}


async def test_a_party_has_no_more_places_than_it_may() -> None:
    runs = queue(at_once=3, each=2)
    for name in ("a1", "a2", "a3", "a4", "b1"):
        await runs.ask(name[0], name)
    assert runs.running == ["a1", "a2", "b1"]
    await runs.end("b1")
    assert runs.running == ["a1", "a2"]
    await runs.end("a1")
    assert runs.running == ["a2", "a3"]
    await runs.end_all()


async def test_who_waits_is_told_the_position_and_its_changes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "TELLING_PAUSE_S", 0)
    runs = queue()
    for name in ("a1", "a2", "a3", "b1"):
        await runs.ask(name[0], name)
    assert runs.positions == {"a1": [], "a2": [1, 2], "a3": [2, 3], "b1": [2, 1]}
    runs.tasks["a2"].cancel()
    await soon()
    assert runs.positions["a3"] == [2, 3, 2]
    await runs.end("a1")
    assert runs.running == ["b1"]
    assert runs.positions["a3"] == [2, 3, 2, 1]
    await runs.end_all()


async def test_who_need_not_wait_is_told_nothing() -> None:
    runs = queue(at_once=2)
    await runs.ask("a", "a1")
    await runs.ask("a", "a2")
    assert runs.positions == {"a1": [], "a2": []}
    await runs.end_all()


async def test_a_run_cancelled_as_its_turn_comes_passes_it_on() -> None:
    runs = queue()
    for name in ("a1", "a2", "b1"):
        await runs.ask(name[0], name)
    runs.ends["a1"].set()
    await runs.tasks["a1"]  # a2 has got the place and does not know yet
    runs.tasks["a2"].cancel()
    await soon()
    assert runs.running == ["b1"]
    await runs.end_all()


async def test_closing_sends_away_who_waits_and_who_comes() -> None:
    runs = queue()
    for name in ("a1", "a2", "b1"):
        await runs.ask(name[0], name)
    runs.admission.close("it stops")
    await soon()
    for name in ("a2", "b1"):
        with pytest.raises(SandboxUnavailable, match="it stops"):
            runs.tasks[name].result()
    with pytest.raises(SandboxUnavailable, match="it stops"):
        await runs.ask("a", "a3")
    assert runs.running == ["a1"]
    await runs.end("a1")


async def test_a_self_test_waits_for_others_but_not_for_ever() -> None:
    runs = queue()
    order: list[str] = []

    async def test() -> None:
        async with runs.admission.spare_place():
            order.extend(runs.begun)

    await runs.ask("a", "first")
    tested = asyncio.create_task(test())
    for _ in range(TURNS_BEFORE_A_TEST + 5):
        await runs.ask("a")
    await runs.end_all()
    await tested
    assert len(order) == 1 + TURNS_BEFORE_A_TEST

    await runs.ask("a", "last")
    await runs.end("last")
    await test()


Step = st.one_of(
    st.tuples(st.just("ask"), st.sampled_from("abcd")),
    st.tuples(st.just("end"), st.integers(0, 9)),
    st.tuples(st.just("cancel"), st.integers(0, 30)),
    st.tuples(st.just("end and cancel"), st.integers(0, 30)),
)


@given(
    steps=st.lists(Step, max_size=60),
    at_once=st.integers(1, 3),
    waiting=st.integers(0, 6),
    each=st.integers(1, 3),
    each_waiting=st.integers(0, 3),
)
def test_bounds_hold_places_are_used_and_turns_are_fair(
    steps: list[tuple[str, str | int]], at_once: int, waiting: int, each: int, each_waiting: int
) -> None:
    async def play() -> None:
        runs = queue(at_once, waiting, each=each, each_waiting=each_waiting)
        turns: Counter[tuple[str, str]] = Counter()
        parties: dict[str, str] = {}
        for number, (what, which) in enumerate(steps):
            begun_before, running_before = len(runs.begun), set(runs.running)
            waiting_before = set(waiters(runs))
            if isinstance(which, str):
                parties[f"{which}{number}"] = which
                with suppress(PartyBusy, RunsBusy):
                    await runs.ask(which, f"{which}{number}")
            elif what == "end" and runs.running:
                await runs.end(runs.running[which % len(runs.running)])
            elif what == "cancel" and runs.tasks:
                list(runs.tasks.values())[which % len(runs.tasks)].cancel()
                await soon()
            elif what == "end and cancel" and runs.running:
                first = runs.running[0]
                runs.ends[first].set()
                await runs.tasks[first]
                list(runs.tasks.values())[which % len(runs.tasks)].cancel()
                await soon()
            running = Counter(parties[name] for name in runs.running)
            waits = Counter(parties[name] for name in waiters(runs))
            assert running.total() <= at_once
            assert waits.total() <= waiting
            assert all(count <= each for count in running.values())
            assert all(count <= each_waiting for count in waits.values())
            if running.total() < at_once:  # nobody waits who could run
                assert all(running[party] == each for party in waits)
            begun = [parties[name] for name in runs.begun[begun_before:]]
            # Between two things that happen to a party that waits, no other has two turns.
            now = set(runs.running) | set(waiters(runs))
            touched = {parties[name] for name in now ^ (running_before | waiting_before)}
            for other in "abcd":
                if other in touched or other in begun or not waits[other] or running[other] >= each:
                    for party in "abcd":
                        turns[other, party] = 0
                else:
                    for party in begun:
                        turns[other, party] += 1
                        assert turns[other, party] <= 1
        await runs.end_all()
        assert not waiters(runs)

    asyncio.run(play())


def waiters(runs: Runs) -> list[str]:
    return [name for name, task in runs.tasks.items() if not task.done() and name not in runs.begun]
