"""Sandboxes: give a command, take its output as it comes and its result at the end."""

import asyncio
import logging
import os
from dataclasses import dataclass, replace
from pathlib import Path

import algoroom
from algoroom.errors import SandboxUnavailable
from algoroom.runs.model import Limits, Stream
from algoroom.runs.sandbox import bubblewrap, cold, seccomp
from algoroom.runs.sandbox.capture import Sink
from algoroom.runs.sandbox.cgroups.discovery import Discovery, discover
from algoroom.runs.sandbox.command import Command, Result
from algoroom.runs.sandbox.execution import Execution
from algoroom.runs.sandbox.identity import Identities, NoIdentityLeft
from algoroom.runs.sandbox.interpreter import pythons
from algoroom.runs.sandbox.launch import Parts
from algoroom.runs.sandbox.mounts import View
from algoroom.runs.sandbox.pool import Pool
from algoroom.runs.sandbox.process import Spawner, to_the_end
from algoroom.runs.sandbox.runtime import NurseryProgram, Runtime, Twin, twin_of
from algoroom.runs.sandbox.start import NotStarted, Start

log = logging.getLogger(__name__)

PROOF_LIMITS = Limits(cpu_s=10, wall_s=20)
# Runs that begin while others end find one ready all the same; a compiler that stays needs one too.
STARTS_PER_SLOT = 2
STARTS_BESIDE = 1


@dataclass(frozen=True, slots=True)
class Strength:
    """What guards a sandbox here beyond namespaces, and whether that is enough for strangers."""

    filtered: bool
    grouped: bool
    drops_root: bool
    explanation: str

    @property
    def enough_for_strangers(self) -> bool:
        """False where only per-process limits and a watcher stand in for the kernel's counting."""
        return self.filtered and self.grouped


class Sandbox:
    """Makes a fresh sandbox for every command and leaves nothing of it.

    `slots` is how many compute at once; `view` what they see beyond the system's programs.
    `groups=False` does without control groups even where there are some. `usual` is the command
    whose program a nursery is started as, so that it begins most quickly of all; without one,
    every sandbox is made when it is asked for.
    """

    def __init__(
        self,
        slots: int,
        view: View,
        *,
        groups: bool = True,
        usual: NurseryProgram | None = None,
    ) -> None:
        """Raises SandboxUnavailable."""
        self._discovery = discover() if groups else Discovery(None, "switched off")
        self._hierarchy = self._discovery.hierarchy
        self._slots = slots
        self._usual = usual
        self._identities = Identities()
        self._spawner = Spawner()
        self._pool: Pool | None = None
        self._runtimes: dict[Twin, Pool] = {}
        self._clearing: set[asyncio.Task[None]] = set()
        try:
            self._parts = self._assemble(view)
        except BaseException:
            self._clear()
            raise

    def _assemble(self, view: View) -> Parts:
        found = bubblewrap.find()
        interpreters = pythons(view.hidden)
        if not interpreters:
            raise SandboxUnavailable(
                "no Python that sandboxes may read: install python3 for all users"
            )
        interpreter = interpreters[0]
        trees = [interpreter.tree] if interpreter.tree is not None else []
        try:
            rules = seccomp.build(counted=self._hierarchy is not None)
        except seccomp.FilterUnavailable as error:
            rules, self._unfiltered = None, str(error)
        else:
            self._unfiltered = ""
        package = Path(algoroom.__file__).parent
        shown = replace(view, hidden=(*view.hidden, package)).with_trees(trees)
        return Parts(found, interpreter, rules, self._spawner, shown)

    @property
    def strength(self) -> Strength:
        weak = [self._unfiltered] if self._unfiltered else []
        if self._hierarchy is None:
            weak.append(self._discovery.explanation)
        return Strength(
            filtered=self._parts.filter is not None,
            grouped=self._hierarchy is not None,
            drops_root=self._identities.drops_root,
            explanation="; ".join(weak),
        )

    @property
    def groups(self) -> str:
        """Which control groups bound sandboxes, or why none do, in plain words."""
        return self._discovery.explanation

    @property
    def grouped(self) -> bool:
        return self._hierarchy is not None

    @property
    def surroundings(self) -> str:
        """What of the sandbox could decide whether a toolchain works in it."""
        parts = self._parts
        return f"{parts.bubblewrap} {parts.interpreter} {self.strength} {os.uname().release}"

    @property
    def python(self) -> str:
        """A Python that every command finds, for programs of ours."""
        return str(self._parts.interpreter.path)

    async def prove(self) -> str | None:
        """Run next to nothing: None where that works, else what is wrong."""
        result = await self.run(
            Command((self.python, "-I", "-S", "-c", ""), PROOF_LIMITS), _unheard
        )
        return None if result.exit_code == 0 else result.fault or f"a proof ended with {result}"

    def warm(self) -> None:
        """Begin to make starts ahead."""
        if self._usual is not None:
            self._pool = self._new_pool(self._usual, self.starts, None)

    @property
    def starts(self) -> int:
        """How many starts are kept ready for any program."""
        return self._slots * STARTS_PER_SLOT + STARTS_BESIDE if self._usual is not None else 0

    def keep(self, runtime: Runtime, size: int) -> None:
        """Keep `size` starts ready in which the runtime waits already."""
        if self._usual is not None:
            self._runtimes[runtime.twin] = self._new_pool(self._usual, size, runtime)

    def _new_pool(self, program: NurseryProgram, size: int, runtime: Runtime | None) -> Pool:
        return Pool(
            self._parts,
            program,
            self._hierarchy,
            self._identities,
            size=size,
            runtime=runtime,
        )

    async def warmed(self) -> None:
        """Return when as many starts wait as shall, or none can be made."""
        if self._clearing:
            await asyncio.wait(self._clearing)
        for pool in self._pools():
            await pool.filled()

    @property
    def waiting(self) -> int:
        """How many starts wait for commands now."""
        return sum(pool.waiting for pool in self._pools())

    def _pools(self) -> list[Pool]:
        return [pool for pool in (self._pool, *self._runtimes.values()) if pool is not None]

    async def _taken(self, command: Command) -> Start | None:
        """A start that waits, the nearest to the command that there is."""
        if command.terminal is not None or command.room_bytes is not None:
            return None
        pool = self._runtimes.get(twin_of(command))
        if pool is not None and (start := await pool.take()) is not None:
            return start
        return await self._pool.take() if self._pool is not None else None

    async def run(self, command: Command, sink: Sink) -> Result:
        """Run `command`; `sink` gets output at once. When cancelled, all of it is gone first."""
        if (start := await self._taken(command)) is not None:
            return await self._use(start, command, sink)
        try:
            identity = self._identities.take()
        except NoIdentityLeft as error:
            log.error("a program is not run: %s", error)
            return Result(fault=str(error))
        undead = False
        try:
            parts = self._parts_for(command)
            start = await cold.start(parts, self._hierarchy, identity, command.terminal)
            execution = Execution(start, command, sink)
            try:
                await execution.perform()
            finally:
                await to_the_end(execution.clear())
            undead = execution.undead
            return execution.result()
        except NotStarted as error:
            undead = error.undead
            return Result(fault=str(error))
        finally:
            if not undead:
                self._identities.give_back(identity)

    def _parts_for(self, command: Command) -> Parts:
        if command.room_bytes is None:
            return self._parts
        return replace(self._parts, view=replace(self._parts.view, room_bytes=command.room_bytes))

    async def _use(self, start: Start, command: Command, sink: Sink) -> Result:
        """Run `command` in a start that waited. Whoever asked does not wait for it to be cleared
        away where all is told before."""
        execution = Execution(start, command, sink)
        try:
            await execution.perform()
        finally:
            clearing = asyncio.create_task(_used_up(start, execution))
            self._clearing.add(clearing)
            clearing.add_done_callback(self._clearing.discard)
            if not execution.is_told:
                await to_the_end(_done(clearing))
        return execution.result()

    async def close(self) -> None:
        """Give up the starts, the spawner and the server's control groups. No command may run."""
        if self._clearing:
            await asyncio.wait(self._clearing)
        for pool in self._pools():
            await pool.close()
        await asyncio.to_thread(self._clear)

    def _clear(self) -> None:
        self._spawner.close()
        if self._hierarchy is not None:
            self._hierarchy.close()
            self._hierarchy = None


async def _used_up(start: Start, execution: Execution) -> None:
    try:
        await execution.clear()
    finally:
        start.over.set()


async def _done(task: asyncio.Task[None]) -> None:
    await task


def _unheard(stream: Stream, data: bytes) -> None:
    """A proof prints nothing."""
