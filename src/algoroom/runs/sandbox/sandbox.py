"""Sandboxes: give a command, take its output as it comes and its result at the end."""

import logging
import os
from dataclasses import dataclass
from pathlib import Path

from algoroom.errors import SandboxUnavailable
from algoroom.runs.model import Limits, Stream
from algoroom.runs.sandbox import bubblewrap, seccomp
from algoroom.runs.sandbox.capture import Sink
from algoroom.runs.sandbox.cgroups.discovery import Discovery, discover
from algoroom.runs.sandbox.command import Command, Result
from algoroom.runs.sandbox.execution import Execution
from algoroom.runs.sandbox.identity import Identities, NoIdentityLeft
from algoroom.runs.sandbox.interpreter import pythons
from algoroom.runs.sandbox.launch import Parts
from algoroom.runs.sandbox.mounts import View
from algoroom.runs.sandbox.process import Spawner, to_the_end

log = logging.getLogger(__name__)

PROOF_LIMITS = Limits(cpu_s=10, wall_s=20)
INIT = Path(__file__).with_name("init.py")


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

    `slots` is how many run at once; `view` what they see beyond the system's programs.
    `groups=False` does without control groups even where there are some.
    """

    def __init__(self, slots: int, view: View, *, groups: bool = True) -> None:
        """Raises SandboxUnavailable."""
        self._discovery = discover() if groups else Discovery(None, "switched off")
        self._hierarchy = self._discovery.hierarchy
        self._identities = Identities(slots)
        self._spawner = Spawner()
        try:
            self._parts = self._assemble(view)
        except BaseException:
            self.close()
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
        package = INIT.parents[2]
        hidden = View(view.trees, (*view.hidden, package)).with_trees(trees)
        return Parts(found, interpreter, INIT.read_bytes(), rules, self._spawner, hidden)

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

    async def prove(self) -> str | None:
        """Run next to nothing: None where that works, else what is wrong."""
        python = str(self._parts.interpreter.path)
        result = await self.run(Command((python, "-I", "-S", "-c", ""), PROOF_LIMITS), _unheard)
        return None if result.exit_code == 0 else result.fault or f"a proof ended with {result}"

    async def run(self, command: Command, sink: Sink) -> Result:
        """Run `command`; `sink` gets output at once. When cancelled, all of it is gone first."""
        try:
            identity = self._identities.take()
        except NoIdentityLeft as error:
            log.error("a program is not run: %s", error)
            return Result(fault=str(error))
        execution: Execution | None = None
        try:
            try:
                group = self._hierarchy.create() if self._hierarchy is not None else None
            except OSError as error:
                return Result(fault=f"no control group can be made: {error}")
            execution = Execution(self._parts, command, sink, identity=identity, group=group)
            try:
                await execution.perform()
            finally:
                await to_the_end(execution.clear())
            return execution.result()
        finally:
            if execution is not None and execution.undead:
                self._identities.retire(identity)
            else:
                self._identities.give_back(identity)

    def close(self) -> None:
        """Give up the spawner and the server's control groups. No command may be running."""
        self._spawner.close()
        if self._hierarchy is not None:
            self._hierarchy.close()
            self._hierarchy = None


def _unheard(stream: Stream, data: bytes) -> None:
    """A proof prints nothing."""
