"""Who may run now, who waits, and who is sent away.

Those who run belong to parties: a room is one, a client without a room is one. A place that
becomes free goes to the party whose turn it is, so that whoever asks for much waits for itself.
"""

import asyncio
import time
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field

from algoroom.errors import PartyBusy, RunsBusy, SandboxUnavailable

FIRST_GUESS_S = 1.0
WEIGHT = 0.2
LONGEST_RETRY_S = 60
# Places in the queue are told no more often than a person could read them.
TELLING_PAUSE_S = 0.25
# Of so many turns one is a self-test's where one waits: runs may be waiting for its result.
TURNS_BEFORE_A_TEST = 8

TellPosition = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class OfEachParty:
    """How much one party may have of the places and of the queue; None stands for all."""

    at_once: int | None = None
    waiting: int | None = None


NO_BOUND = OfEachParty()


@dataclass(slots=True, eq=False)
class _Waiter:
    turn: asyncio.Future[None]
    tell: TellPosition | None
    told: int = 0


@dataclass(slots=True, eq=False)
class Party:
    """One of those between whom the queue is fair. `admitted` of its runs run or wait."""

    name: str
    admitted: int = 0
    running: int = 0
    waiters: OrderedDict[_Waiter, None] = field(default_factory=OrderedDict)


class Admission:
    """At most `at_once` run, at most `waiting` more wait for it; `each` bounds those of one party.

    Parties that wait take turns; one that has all the places it may have comes last. Within a
    party the order is that of coming. Self-tests come when nobody else waits, and now and then.

    Taking a place and leaving it cost the same however many wait.
    """

    def __init__(self, at_once: int, waiting: int, each: OfEachParty) -> None:
        self._at_once = at_once
        self._at_once_each = at_once if each.at_once is None else min(at_once, each.at_once)
        self._waiting = waiting
        self._waiting_each = waiting if each.waiting is None else each.waiting
        self._parties: dict[str, Party] = {}
        self._turns: OrderedDict[Party, None] = OrderedDict()
        """The parties that wait and may have a place, the next one first."""
        self._held: OrderedDict[Party, None] = OrderedDict()
        """Those that wait for one of their own to end."""
        self._tests = Party("")
        self._turns_since_test = 0
        self._admitted = 0
        self._running = 0
        self._usual_s = FIRST_GUESS_S
        self._telling: asyncio.TimerHandle | None = None
        self._closed: str | None = None

    @contextmanager
    def admitted(self, name: str) -> Iterator[Party]:
        """Be counted for the party of this name, for whatever is waited and with a place.

        Raises RunsBusy, PartyBusy where it is the party's own runs that are too many, and
        SandboxUnavailable once closed.
        """
        self._check_open()
        party = self._parties.get(name) or Party(name)
        # A self-test is no reason to send anybody away.
        free = self._at_once - self._running + self._tests.running
        free_to_it = min(free, self._at_once_each - party.running)
        if self._without_place - (free if free_to_it else 0) >= self._waiting:
            raise RunsBusy(self._retry_after_s(self._without_place + 1))
        if party.admitted - party.running - free_to_it >= self._waiting_each:
            raise PartyBusy(self._retry_after_s(self._turns_before(party)))
        self._parties[name] = party
        self._admitted += 1
        party.admitted += 1
        try:
            yield party
        finally:
            self._admitted -= 1
            party.admitted -= 1
            if not party.admitted:
                del self._parties[name]

    @asynccontextmanager
    async def place(self, party: Party, tell: TellPosition) -> AsyncIterator[None]:
        """Wait for a place and hold it.

        `tell` gets the position while there is one, 1 for who is next: at once, then when it
        changes. Raises SandboxUnavailable where the queue is closed meanwhile.
        """
        self._check_open()
        if self._running < self._at_once and party.running < self._at_once_each:
            self._running += 1
            party.running += 1
        else:
            await self._turn(party, tell)
        began = time.monotonic()
        try:
            yield
        finally:
            self._usual_s += WEIGHT * (time.monotonic() - began - self._usual_s)
            self._leave(party)

    @asynccontextmanager
    async def spare_place(self) -> AsyncIterator[None]:
        """Wait for a place for a self-test and hold it."""
        if self._running < self._at_once:
            self._running += 1
            self._tests.running += 1
        else:
            await self._turn(self._tests, None)
        try:
            yield
        finally:
            self._leave(self._tests)

    def close(self, reason: str) -> None:
        """Send away all who wait and all who come: SandboxUnavailable with this reason.

        Self-tests are not: who began them ends them.
        """
        self._closed = reason
        for party in [*self._turns, *self._held]:
            for waiter in party.waiters:
                if not waiter.turn.done():
                    waiter.turn.set_exception(SandboxUnavailable(reason))
            party.waiters.clear()
        self._turns.clear()
        self._held.clear()
        if self._telling is not None:
            self._telling.cancel()

    def expected_position(self, party: Party) -> int:
        """About where one more of the party's would stand if it waited now."""
        return min(self._without_place, self._turns_before(party)) or 1

    @property
    def _without_place(self) -> int:
        return self._admitted - (self._running - self._tests.running)

    def _check_open(self) -> None:
        if self._closed is not None:
            raise SandboxUnavailable(self._closed)

    async def _turn(self, party: Party, tell: TellPosition | None) -> None:
        waiter = _Waiter(asyncio.get_running_loop().create_future(), tell)
        party.waiters[waiter] = None
        if party is not self._tests:
            self._line_up(party)
        if tell is not None:
            waiter.told = self.expected_position(party)
            tell(waiter.told)
            self._tell_later()
        try:
            await waiter.turn
        except asyncio.CancelledError:
            if waiter.turn.cancelled():
                self._forget(party, waiter)
            elif waiter.turn.exception() is None:  # cancelled with a place already given to it
                self._leave(party)
            raise

    def _line_up(self, party: Party) -> None:
        """Put a party that waits where it belongs, at the end where it is new there."""
        held = party.running >= self._at_once_each
        here, there = (self._held, self._turns) if held else (self._turns, self._held)
        there.pop(party, None)
        if party not in here:
            here[party] = None

    def _forget(self, party: Party, waiter: _Waiter) -> None:
        party.waiters.pop(waiter, None)
        if not party.waiters:
            self._turns.pop(party, None)
            self._held.pop(party, None)
        self._tell_later()

    def _leave(self, party: Party) -> None:
        self._running -= 1
        party.running -= 1
        if party in self._held:
            self._line_up(party)
        while self._running < self._at_once and self._give_a_place():
            pass

    def _give_a_place(self) -> bool:
        """Let one more run; False where nobody waits who may."""
        tests_turn = self._turns_since_test >= TURNS_BEFORE_A_TEST or not self._turns
        if self._tests.waiters and tests_turn:
            self._turns_since_test = 0
            waiter, _ = self._tests.waiters.popitem(last=False)
            if not waiter.turn.done():
                self._running += 1
                self._tests.running += 1
                waiter.turn.set_result(None)
            return True
        if not self._turns:
            return False
        party, _ = self._turns.popitem(last=False)
        waiter, _ = party.waiters.popitem(last=False)
        if not waiter.turn.done():  # else its run is being cancelled
            self._running += 1
            party.running += 1
            self._turns_since_test += bool(self._tests.waiters)
            waiter.turn.set_result(None)
        if party.waiters:
            self._line_up(party)
        self._tell_later()
        return True

    def _tell_later(self) -> None:
        if self._telling is None and (self._turns or self._held):
            loop = asyncio.get_running_loop()
            self._telling = loop.call_later(TELLING_PAUSE_S, self._tell_positions)

    def _tell_positions(self) -> None:
        """Tell every position that changed, in one pass over all who wait."""
        self._telling = None
        position = 0
        round_ = [iter(party.waiters) for party in [*self._turns, *self._held]]
        while round_:
            rest = []
            for waiters in round_:
                waiter = next(waiters, None)
                if waiter is None:
                    continue
                rest.append(waiters)
                position += 1
                if waiter.told != position and waiter.tell is not None:
                    waiter.told = position
                    waiter.tell(position)
            round_ = rest

    def _turns_before(self, party: Party) -> int:
        """How many turns it takes until one more of the party's has had its own."""
        parties = len(self._turns) + len(self._held)
        return max(1, len(party.waiters)) * max(1, parties)

    def _retry_after_s(self, turns: int) -> int:
        """About when so many turns are over, from how long runs took of late."""
        return max(1, min(LONGEST_RETRY_S, round(turns / self._at_once * self._usual_s)))
