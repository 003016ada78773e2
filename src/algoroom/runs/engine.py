"""The engine: takes requests, compiles, runs, and tells what happens while it happens."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable, Iterable
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from algoroom.errors import LanguageUnavailable, SandboxUnavailable
from algoroom.runs.admission import NO_BOUND, Admission, OfEachParty
from algoroom.runs.builds import Builds
from algoroom.runs.checks import check
from algoroom.runs.compilation import Compilation
from algoroom.runs.console import Console, Used
from algoroom.runs.languages.catalogue import DECLARATIONS, Catalogue, Language, Status
from algoroom.runs.languages.memory import Remembered
from algoroom.runs.languages.preparation import Preparations
from algoroom.runs.languages.recipe import naming, recipe
from algoroom.runs.languages.trial import locate, settle
from algoroom.runs.model import (
    CaseEnded,
    CaseOutcome,
    Ended,
    Limits,
    Outcome,
    Output,
    Queued,
    RunEvent,
    RunRequest,
    Started,
    Stream,
    Verdict,
)
from algoroom.runs.pacing import PacedEvents
from algoroom.runs.performance import Performance
from algoroom.runs.readiness import Readiness
from algoroom.runs.sandbox.command import Command, Result
from algoroom.runs.sandbox.mounts import View
from algoroom.runs.sandbox.process import to_the_end
from algoroom.runs.sandbox.sandbox import Sandbox, Strength
from algoroom.runs.warming import Warming, nursery_program

log = logging.getLogger(__name__)

MIB = 1024 * 1024
COMPILE_OUTPUT_BYTES = 256 * 1024
COMPILE_FILE_BYTES = 64 * MIB
COMPILE_OPEN_FILES = 1024
COMPILE_PROCESSES = 64
TRIAL_COMPILE_S = 60.0

Emit = Callable[[RunEvent], None]


class Engine:
    """Runs programs, `at_once` of them beside each other and `waiting` more in a queue.

    `each` bounds those of one party. Programs that wait for a person to type have places of their
    own, `typed_at_once`, of which one party may have half: they would keep computing ones from
    theirs for as long as the person thinks.

    `compile_s` and `compile_memory_bytes` bound the compiler as a request's limits bound its
    program; of what was compiled `build_cache_bytes` are kept. `cache_folder` is for what
    compilers find ready; without one nothing is. `state_file` remembers passed self-tests.
    `hidden` are directories that no program may see even where they lie below the system's.
    `groups=False` does without control groups.

    An async context manager; else `start` comes first and `close` last. Where no sandbox can be
    made, it starts all the same and every run raises SandboxUnavailable.
    """

    def __init__(  # noqa: PLR0913 - each is a setting, given by name
        self,
        *,
        at_once: int,
        waiting: int = 64,
        each: OfEachParty = NO_BOUND,
        typed_at_once: int = 8,
        compile_s: float = 20.0,
        compile_memory_bytes: int = 1024 * MIB,
        build_cache_bytes: int = 64 * MIB,
        cache_folder: Path | None = None,
        state_file: Path | None = None,
        hidden: Iterable[Path] = (),
        groups: bool = True,
        starters_memory_bytes: int = 300 * MIB,
        declarations: Path = DECLARATIONS,
    ) -> None:
        """Raises DeclarationError."""
        self.languages = Catalogue(declarations)
        self._at_once = at_once
        self._admission = Admission(at_once, waiting, each)
        half = OfEachParty(max(1, typed_at_once // 2), each.waiting)
        self._typed_admission = Admission(typed_at_once, waiting, half)
        self._hurried = asyncio.Event()
        self._compile_limits = Limits(
            cpu_s=compile_s,
            wall_s=compile_s,
            memory_bytes=compile_memory_bytes,
            processes=COMPILE_PROCESSES,
            output_bytes=COMPILE_OUTPUT_BYTES,
            file_bytes=COMPILE_FILE_BYTES,
            open_files=COMPILE_OPEN_FILES,
        )
        self._builds = Builds(build_cache_bytes, at_once)
        self._cache_folder = cache_folder
        self._state_file = state_file
        self._hidden = tuple(path.resolve() for path in hidden)
        self._groups = groups
        self._starters_memory_bytes = starters_memory_bytes
        self._sandbox: Sandbox | None = None
        self._warming: Warming | None = None
        self._unavailable = "the engine is not started"
        self._closing = False
        self._trials: asyncio.Task[None] | None = None
        self._running: set[asyncio.Task[Outcome]] = set()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    @property
    def sandbox(self) -> Sandbox:
        """What programs run in. Raises SandboxUnavailable."""
        if self._sandbox is None:
            raise SandboxUnavailable(self._unavailable)
        return self._sandbox

    @property
    def strength(self) -> Strength:
        """What guards programs here. Raises SandboxUnavailable."""
        return self.sandbox.strength

    async def start(self) -> None:
        """Make sure that sandboxes come up, and that starts wait in them for the first programs.

        What is not there in time is made in the background, as the log says then; compilers that
        stay always are, and what takes a compiler.
        """
        preparations = await asyncio.to_thread(Preparations, self._cache_folder)
        try:
            sandbox = await asyncio.to_thread(self._made_sandbox, preparations)
        except SandboxUnavailable as error:
            self._give_up(error.reason)
            return
        if (fault := await sandbox.prove()) is not None:
            await sandbox.close()
            self._give_up(fault)
            return
        self._sandbox = sandbox
        if self._starters_memory_bytes > 0:
            sandbox.warm()
            self._warming = Warming(
                sandbox, self.languages, self._starters_memory_bytes, self._at_once
            )
        readiness = self._readiness(sandbox, preparations)
        warm = self._warming is not None
        self._trials = asyncio.create_task(readiness.make(self.languages, warm=warm))
        await readiness.opened.wait()

    async def ready(self) -> None:
        """Return when every language is settled and starts wait for the next runs."""
        if self._trials is not None and self._sandbox is not None:
            await asyncio.wait([self._trials])
            await self._sandbox.warmed()

    async def warm_compilers(self) -> None:
        """Return when the compilers that stay are quick."""
        await self.ready()
        if self._warming is not None:
            await self._warming.warmed()

    async def drain(self, grace_s: float = 0.0) -> None:
        """Take no more runs, send away those that wait, and end those that run after a grace time.

        What waits and what comes raises SandboxUnavailable.
        """
        self._closing = True
        self._unavailable = "the server is stopping; the engine is closed"
        for admission in (self._admission, self._typed_admission):
            admission.close(self._unavailable)
        if self._trials is not None:
            self._trials.cancel()
        hurried = asyncio.create_task(self._hurried.wait())
        ended: asyncio.Future[Any] = asyncio.gather(*self._running, return_exceptions=True)
        either: list[asyncio.Future[Any]] = [hurried, ended]
        await asyncio.wait(either, timeout=grace_s, return_when=asyncio.FIRST_COMPLETED)
        tasks: list[asyncio.Task[Any]] = [hurried, *self._running]
        for task in tasks:
            task.cancel()
        if self._trials is not None:
            tasks.append(self._trials)
        await asyncio.gather(*tasks, return_exceptions=True)

    def hurry(self) -> None:
        """Give what runs no more grace."""
        self._hurried.set()

    async def close(self) -> None:
        """`drain`, then leave nothing behind."""
        await self.drain()
        if self._warming is not None:
            await self._warming.close()
        if self._sandbox is not None:
            await self._sandbox.close()
            self._sandbox = None

    async def run(
        self, request: RunRequest, console: Console | None = None
    ) -> AsyncGenerator[RunEvent, None]:
        """Run a program: `Queued` while it waits, `Started`, any number of `Output`, `Ended`.

        A compiler comes in between with `Compiling` and, where it did well, `Compiled`. Each of
        the request's test cases is told by `CaseEnded`, which stands in for its output.

        What is typed at the `console` comes after the request's stdin, until its end. Where it
        cancels, the run ends with `Ended`, also one that has not `Started`; then with all that
        was printed. Closing the generator or cancelling whoever waits for it ends the run and all
        its processes first. Raises InvalidRun, LanguageUnavailable, PartyBusy,
        RunsBusy and SandboxUnavailable before `Started`; what is `Started` ends with `Ended`.
        """
        events = PacedEvents()
        told = _Told()
        task = asyncio.create_task(self._admitted(request, events.put, console))
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        task.add_done_callback(lambda _: events.end())
        if console is not None:
            console.on_cancel(task.cancel)
        try:
            async for event in events:
                told.note(event)
                yield event
            yield Ended(_unless_cancelled(task, told, console))
        finally:
            await to_the_end(_gone(task))

    async def outcome(self, request: RunRequest) -> Outcome:
        """Run a program and wait for its end. Raises as `run` does."""
        async with aclosing(self.run(request)) as events:
            async for event in events:
                if isinstance(event, Ended):
                    return event.outcome
        raise AssertionError("a run ends with Ended")

    def _made_sandbox(self, preparations: Preparations) -> Sandbox:
        """Raises SandboxUnavailable."""
        for language in self.languages:
            locate(language, self._hidden)
        found = [language.toolchain for language in self.languages if language.toolchain]
        view = View(hidden=self._hidden, prepared=preparations.folder).with_trees(
            tree for toolchain in found for tree in toolchain.trees
        )
        warm = self._starters_memory_bytes > 0
        usual = nursery_program(self.languages) if warm else None
        return Sandbox(self._at_once, view, groups=self._groups, usual=usual)

    def _give_up(self, reason: str) -> None:
        self._unavailable = reason
        for language in self.languages:
            language.fail_with(f"no program can be run here: {reason}")

    def _readiness(self, sandbox: Sandbox, preparations: Preparations) -> Readiness:
        remembered = Remembered(self._state_file)
        # A machine that is busy starting must not lose a language to it.
        trial = replace(self._compile_limits, cpu_s=TRIAL_COMPILE_S, wall_s=TRIAL_COMPILE_S)

        async def ask(command: Command) -> Result:
            async with self._admission.spare_place():
                return await sandbox.run(command, _unheard)

        async def run(language: Language, request: RunRequest) -> Outcome:
            async with self._admission.spare_place():
                return await self._perform(language, request, _unseen, trial)

        async def make_ready(language: Language) -> None:
            await settle(language, remembered, sandbox.surroundings, preparations, ask=ask, run=run)
            if language.available and self._warming is not None:
                await self._warming.warm(language)

        async def rehearse(language: Language) -> None:
            test = language.declaration.self_test
            request = RunRequest(language.name, test.source, test.stdin.encode())
            async with self._admission.spare_place():
                await self._guarded(language, request, _unseen)

        return Readiness(sandbox, make_ready, rehearse)

    async def _admitted(self, request: RunRequest, emit: Emit, console: Console | None) -> Outcome:
        language = self.languages.get(request.language)
        part = language.declaration.compile
        check(request, naming(language, request.source)[0], part.out if part else None)
        if self._sandbox is None or self._closing:
            raise SandboxUnavailable(self._unavailable)
        if language.status is not Status.UNAVAILABLE:
            is_typed = console is not None and not console.is_ended
            admission = self._typed_admission if is_typed else self._admission
            with admission.admitted(request.party) as party:
                if language.status is Status.TESTING:
                    emit(Queued(admission.expected_position(party)))
                    await language.settled()
                if language.available:
                    async with admission.place(party, lambda place: emit(Queued(place))):
                        emit(Started())
                        return await self._guarded(language, request, emit, console)
        raise LanguageUnavailable(language.name, language.reason or "unknown")

    async def _guarded(
        self, language: Language, request: RunRequest, emit: Emit, console: Console | None = None
    ) -> Outcome:
        """Whoever saw the start sees an end, also where something of ours broke."""
        try:
            return await self._perform(language, request, emit, self._compile_limits, console)
        except Exception as error:  # it is logged, and told as our fault
            log.exception("a run broke")
            return Outcome(Verdict.INTERNAL_ERROR, detail=f"the run broke: {error!r}")

    def forget(self, party: str) -> None:
        """Keep nothing that was compiled for this party alone, or for it and few others."""
        self._builds.forget(party)

    async def _perform(
        self,
        language: Language,
        request: RunRequest,
        emit: Emit,
        compiling: Limits,
        console: Console | None = None,
    ) -> Outcome:
        assert language.toolchain is not None
        made = recipe(language, language.toolchain, request)
        warm = self._warming.compiler(language.name) if self._warming is not None else None
        compilation = Compilation(self.sandbox, self._builds, compiling, warm)
        return await Performance(self.sandbox, compilation, made, emit, console).perform()


def _unheard(stream: Stream, data: bytes) -> None:
    """Output that only the result tells."""


def _unseen(event: RunEvent) -> None:
    """Events that nobody waits for."""


class _Told:
    """What the events of a run have told so far."""

    def __init__(self) -> None:
        self.printed = {stream: bytearray() for stream in Stream}
        self.cases: list[CaseOutcome] = []

    def note(self, event: RunEvent) -> None:
        if isinstance(event, Output):
            self.printed[event.stream] += event.data
        elif isinstance(event, CaseEnded):
            self.cases.append(event.outcome)


def _unless_cancelled(task: asyncio.Task[Outcome], told: _Told, console: Console | None) -> Outcome:
    """The outcome of a run, also where it was cancelled or the engine's end came before its own."""
    if not task.cancelled():
        return task.result()
    is_asked_for = console is not None and console.is_cancelled
    used = console.used if console is not None else Used()
    return Outcome(
        Verdict.CANCELLED,
        wall_ms=used.wall_ms + sum(case.wall_ms for case in told.cases),
        cpu_ms=used.cpu_ms + sum(case.cpu_ms for case in told.cases),
        peak_memory_bytes=max(
            [used.peak_memory_bytes, *(case.peak_memory_bytes for case in told.cases)]
        ),
        stdout=bytes(told.printed[Stream.STDOUT]),
        stderr=bytes(told.printed[Stream.STDERR]),
        detail=None if is_asked_for else "The server stopped",
        cases=tuple(told.cases),
    )


async def _gone(task: asyncio.Task[Outcome]) -> None:
    task.cancel()
    await asyncio.wait([task])
    if not task.cancelled():
        task.exception()  # raised where the run is read, if anybody still reads
