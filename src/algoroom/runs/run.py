"""A run as those see it who follow it: from its request to its outcome, and for a while after."""

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import uuid4

from algoroom.clock import Clock
from algoroom.errors import InputClosed, NoTerminal, RunOver
from algoroom.runs.console import Console
from algoroom.runs.model import (
    CaseEnded,
    Compiled,
    Compiling,
    Ended,
    Outcome,
    Output,
    Queued,
    RunEvent,
    RunRequest,
    Started,
    Terminal,
    Verdict,
)

# What an event costs beyond what a program wrote.
EVENT_BYTES = 256


class Status(StrEnum):
    """How far a run is."""

    QUEUED = "queued"
    COMPILING = "compiling"
    RUNNING = "running"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Told:
    """An event of a run; `number` counts from 1, without gaps."""

    number: int
    event: RunEvent


class Run:
    """One run, under way or over. Its events are all kept, so that whoever comes late misses
    nothing; the limits of the run bound them.

    Where it is interactive its input stays open after the request's stdin. `session_id` is the
    session in whose room it is shown, where there is one. `id` is a UUID that nobody can guess.
    """

    def __init__(
        self,
        request: RunRequest,
        clock: Clock,
        *,
        session_id: str | None = None,
        author: str = "",
        is_interactive: bool = False,
    ) -> None:
        self.id = str(uuid4())
        self.language = request.language
        self.limits = request.limits
        self.session_id = session_id
        self.author = author
        self.client = request.client
        self.created_at = clock()
        self.started_at: datetime | None = None
        self.ended_at: datetime | None = None
        self.status = Status.QUEUED
        self.position: int | None = None
        """The place in the queue, from 1 on, while it waits there."""
        self.error: Exception | None = None
        """What kept the run from having an outcome of its own."""
        self.console = Console()
        self._has_terminal = request.terminal is not None
        self._clock = clock
        self._outcome: Outcome | None = None
        self._told: list[Told] = []
        self._news = asyncio.Event()
        self._over = asyncio.Event()
        self._bytes = 0
        if not is_interactive:
            self.console.end()

    @property
    def outcome(self) -> Outcome | None:
        """How it ended; None while it has not."""
        return self._outcome

    @property
    def kept_bytes(self) -> int:
        """About how much memory it takes, once it is over."""
        return self._bytes

    @property
    def last(self) -> int:
        """The number of the last event so far."""
        return len(self._told)

    # For those who follow it

    async def follow(self, after: int = 0) -> AsyncGenerator[Told, None]:
        """Every event behind number `after`, those to come too, up to `Ended`."""
        while True:
            news = self._news
            while after < len(self._told):
                after += 1
                yield self._told[after - 1]
            if self._outcome is not None:
                return
            await news.wait()

    async def over(self) -> Outcome:
        """Wait for the end. Raises what kept the run from having an outcome of its own."""
        await self._over.wait()
        if self.error is not None:
            raise self.error
        assert self._outcome is not None
        return self._outcome

    def write(self, data: bytes) -> None:
        """Type something. Raises RunOver, InputClosed and InputFull."""
        self._check_under_way()
        self.console.write(data)

    def end_input(self) -> None:
        """End the input. Raises RunOver, and InputClosed where that was before."""
        self._check_under_way()
        if self.console.is_ended:
            raise InputClosed
        self.console.end()

    def resize(self, terminal: Terminal) -> None:
        """Give its terminal another size. Raises RunOver, and NoTerminal where it has none."""
        self._check_under_way()
        if not self._has_terminal:
            raise NoTerminal
        self.console.resize(terminal)

    def cancel(self) -> None:
        """End it, at whatever stage it is; nothing where it is over."""
        self.console.cancel()

    def _check_under_way(self) -> None:
        if self._outcome is not None:
            raise RunOver(self.id)

    # For the one that performs it

    def note(self, event: RunEvent) -> None:
        """Add what happened, and tell those who wait for it."""
        self._told.append(Told(len(self._told) + 1, event))
        self._bytes += EVENT_BYTES
        match event:
            case Queued(position):
                self.position = position
            case Started() | Compiled():
                self.status, self.position = Status.RUNNING, None
                self.started_at = self.started_at or self._clock()
            case Compiling():
                self.status = Status.COMPILING
            case Output(_, data):
                self._bytes += len(data)
            case CaseEnded(case):
                self._bytes += EVENT_BYTES + len(case.stdout) + len(case.stderr)
            case Ended(outcome):
                self.status, self.position = Status.ENDED, None
                self.ended_at = self._clock()
                self._outcome = outcome
                self._bytes += sum(
                    map(len, (outcome.stdout, outcome.stderr, outcome.compiler_output))
                )
        news, self._news = self._news, asyncio.Event()
        news.set()
        if self._outcome is not None:
            self._over.set()

    def fail(self, error: Exception) -> None:
        """It is over, and something other than the program is why."""
        self.error = error
        if self._outcome is None:
            self.note(Ended(Outcome(Verdict.INTERNAL_ERROR, detail=str(error))))
