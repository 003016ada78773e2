"""A sandbox that is up and waits for its job, wherever it came from."""

import asyncio
import os
from typing import Protocol

from algoroom.runs.sandbox.cgroups.group import Group, Usage
from algoroom.runs.sandbox.job import prestart
from algoroom.runs.sandbox.launch import Ends
from algoroom.runs.sandbox.process import within
from algoroom.runs.sandbox.reports import PRESTARTED, Reports
from algoroom.runs.sandbox.runtime import Runtime, Twin

SETUP_S = 20.0  # a loaded machine is slow, a broken one never comes
COMPLAINT_BYTES = 2048


class NotStarted(Exception):
    """A sandbox did not come up; the message says why. Never the program's doing.

    `undead` tells that a process of it could not be ended.
    """

    undead = False


class Place(Protocol):
    """What a start happens in: a sandbox of its own, or a nursery that has others after it."""

    group: Group | None

    def kill(self) -> None:
        """End every process of the start, now."""

    async def gone(self, *, orderly: bool) -> bool:
        """Return when none of its processes is left; False where one does not die.

        `orderly` tells that the first process has said how the program ended.
        """

    async def left(self) -> bool:
        """Clear away what the place itself leaves, once the start's processes are gone; False
        where a process lives on all the same."""


class Start:
    """One waiting sandbox: its pipes, what it reports, and the place that it is in.

    `twin` is the program that its process is already: a job of exactly these arguments and
    environment has only to be told to go on. `before` is what its group had used when its runtime
    had not started yet, where it has one. `changed` is set with each report, `over`
    when it is used up, or has ended before anybody has `taken` it.
    """

    def __init__(self, place: Place, ends: Ends, twin: Twin | None = None) -> None:
        """Takes over the report's end; the others are for whoever uses the start."""
        self.place = place
        self.ends = ends
        self.twin = twin
        self.changed = asyncio.Event()
        self.taken = False
        self.over = asyncio.Event()
        self.reports = Reports(ends.report, self._notice)
        self.before: Usage | None = None

    def _notice(self) -> None:
        self.changed.set()
        if self.reports.closed and not self.taken:
            self.over.set()

    async def until(self, word: str) -> None:
        """Wait for a report that is this word. Raises NotStarted."""
        if not await within(SETUP_S, self._said(word)):
            raise NotStarted("the sandbox did not come up in time")
        if word not in self.reports.said:
            raise NotStarted(self.reports.fault or "the sandbox did not come up")

    async def _said(self, word: str) -> None:
        while word not in self.reports.said and not self.reports.closed:
            self.changed.clear()
            await self.changed.wait()

    async def prestart(self, runtime: Runtime) -> None:
        """Have a runtime started, and wait until it waits for its program. Raises NotStarted."""
        os.write(self.ends.control, prestart(runtime))
        await self.until(PRESTARTED)

    def complaint(self) -> str:
        """What a sandbox that did not come up wrote for a person."""
        source = self.ends.stdout if self.ends.stderr is None else self.ends.stderr
        try:
            return os.read(source, COMPLAINT_BYTES).decode(errors="replace").strip()
        except OSError:
            return ""

    def discard(self) -> None:
        """Close what nobody has used."""
        self.reports.close()
        for descriptor in self.ends.unreported():
            os.close(descriptor)
