"""The runs of this node that are under way, and those that have ended lately."""

import asyncio
import logging
import time
from collections import Counter
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing

from algoroom.clock import Clock
from algoroom.errors import AlgoroomError, ClientBusy, RunNotFound
from algoroom.runs.engine import Engine
from algoroom.runs.model import (
    Ended,
    Outcome,
    RunEvent,
    RunRequest,
    Verdict,
    party_of_session,
)
from algoroom.runs.run import Run

# Programs are short; when one of a client's ends nobody knows.
RETRY_AFTER_S = 1

log = logging.getLogger(__name__)

Events = AsyncGenerator[RunEvent, None]
Through = Callable[[Run, Events], Events]
"""Passes a run's events on, one by one, and may do something with each."""


class Runs:
    """Starts runs and finds them by their ids.

    What has no `through` of its own goes through `alone`, where there is one.
    Of those that have ended the last `most_kept` are kept for `kept_s` seconds, as long as
    together they take no more than `most_kept_bytes`. Those under way are bounded by the engine,
    which refuses what is too much, and those of one client by `most_of_client`.
    """

    def __init__(
        self,
        engine: Engine,
        clock: Clock,
        *,
        most_kept: int,
        most_kept_bytes: int,
        kept_s: float,
        most_of_client: int,
        alone: Through | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._engine = engine
        self._clock = clock
        self._most_kept = most_kept
        self._most_kept_bytes = most_kept_bytes
        self._kept_s = kept_s
        self._alone = alone
        self._most_of_client = most_of_client
        self._monotonic = monotonic
        self._tasks: set[asyncio.Task[None]] = set()
        self._under_way: dict[str, Run] = {}
        self._of_clients: Counter[str] = Counter()
        self._ended: dict[str, tuple[Run, float]] = {}
        """In the order in which they ended, with the time until which they are kept."""
        self._ended_bytes = 0

    async def start(
        self,
        request: RunRequest,
        *,
        session_id: str | None = None,
        author: str = "",
        is_interactive: bool = False,
        through: Through | None = None,
    ) -> Run:
        """Begin a run; it goes on by itself. Returns once it runs or is in the queue.

        Raises what `Engine.run` and `through` raise at their beginning, and ClientBusy.
        """
        if self._of_clients[request.client] >= self._most_of_client:
            raise ClientBusy(RETRY_AFTER_S)
        run = Run(
            request,
            self._clock,
            session_id=session_id,
            author=author,
            is_interactive=is_interactive,
        )
        task = asyncio.create_task(self._perform(run, request, through), name=f"run {run.id}")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        self._under_way[run.id] = run
        self._of_clients[request.client] += 1
        try:
            async with aclosing(run.follow()) as events:
                await anext(events)
        except asyncio.CancelledError:
            run.cancel()
            raise
        if run.error is not None and run.last == 1:
            self._forget(run.id)
            raise run.error
        return run

    async def perform(
        self,
        request: RunRequest,
        *,
        session_id: str | None = None,
        author: str = "",
        through: Through | None = None,
    ) -> Outcome:
        """Start a run and wait for its end; who stops waiting cancels it. Raises as `start` does,
        and what broke later."""
        run = await self.start(request, session_id=session_id, author=author, through=through)
        try:
            return await run.over()
        except asyncio.CancelledError:
            run.cancel()
            raise

    def get(self, run_id: str) -> Run:
        """The run of this id; any text may be asked for. Raises RunNotFound."""
        self._let_go()
        if (run := self._under_way.get(run_id)) is not None:
            return run
        if (kept := self._ended.get(run_id)) is not None:
            return kept[0]
        raise RunNotFound(run_id)

    def under_way(self, session_id: str) -> list[Run]:
        """The runs of a session that have not ended, the newest first."""
        found = [run for run in self._under_way.values() if run.session_id == session_id]
        return sorted(found, key=lambda run: run.created_at, reverse=True)

    def forget(self, session_id: str) -> None:
        """End and keep no run of a session that is removed, nor what was compiled for it."""
        for run in self.under_way(session_id):
            del self._under_way[run.id]
            run.cancel()
        for run_id, (run, _) in list(self._ended.items()):
            if run.session_id == session_id:
                self._forget(run_id)
        self._engine.forget(party_of_session(session_id))

    async def close(self) -> None:
        """End what is left, and wait for it. The engine is closed, or will be after this."""
        for run in self._under_way.values():
            run.cancel()
        await asyncio.gather(*self._tasks)

    async def _perform(self, run: Run, request: RunRequest, through: Through | None) -> None:
        events: Events = self._engine.run(request, run.console)
        through = through or self._alone
        if through is not None:
            events = through(run, events)
        try:
            async with aclosing(events):
                async for event in events:
                    run.note(event)
                    if isinstance(event, Ended):
                        self._keep(run)
        except AlgoroomError as error:
            run.fail(error)
        except asyncio.CancelledError:
            if run.outcome is None:
                run.note(Ended(Outcome(Verdict.CANCELLED)))
            raise
        except Exception as error:  # it is logged, and told to whoever waits for the run
            log.exception("run %s broke", run.id)
            run.fail(error)
        finally:
            self._keep(run)

    def _let_off(self, client: str) -> None:
        self._of_clients[client] -= 1
        if not self._of_clients[client]:
            del self._of_clients[client]

    def _keep(self, run: Run) -> None:
        if self._under_way.pop(run.id, None) is None:
            return
        self._let_off(run.client)
        self._ended[run.id] = run, self._monotonic() + self._kept_s
        self._ended_bytes += run.kept_bytes
        self._let_go()

    def _let_go(self) -> None:
        now = self._monotonic()
        while self._ended:
            run_id, (_, until) = next(iter(self._ended.items()))
            is_too_much = (
                len(self._ended) > self._most_kept or self._ended_bytes > self._most_kept_bytes
            )
            if now < until and not is_too_much:
                return
            self._forget(run_id)

    def _forget(self, run_id: str) -> None:
        kept = self._ended.pop(run_id, None)
        if kept is not None:
            self._ended_bytes -= kept[0].kept_bytes
