"""One command in one sandbox, from the first process to the last trace of it."""

import asyncio
import contextlib
import logging
import os
import time

from algoroom.runs.model import Stream
from algoroom.runs.sandbox.capture import Capture, Feed, Sink, TypedFeed
from algoroom.runs.sandbox.cgroups import group as cgroups
from algoroom.runs.sandbox.cgroups.group import Group, Usage
from algoroom.runs.sandbox.command import Command, Limit, Result
from algoroom.runs.sandbox.identity import Identity
from algoroom.runs.sandbox.job import job
from algoroom.runs.sandbox.launch import Ends, Parts, arguments, argv, pipes
from algoroom.runs.sandbox.process import Child, within
from algoroom.runs.sandbox.reports import Reports

log = logging.getLogger(__name__)

SETUP_S = 20.0  # a loaded machine is slow, a broken one never comes
GRACE_S = 2.0
# What was killed and is not gone by then hangs in the kernel.
DEATH_S = 10.0
REMOVAL_S = 10.0
SETUP_MEMORY_BYTES = 64 * 1024 * 1024
SETUP_PROCESSES = 8
LOOK_S = 0.05
SHORTEST_LOOK_S = 0.01
REPORT_BYTES = 1024 * 1024


class Execution:
    """Set up, hand over, watch, end, clear away.

    `undead` tells after `clear` that a process could not be ended; its identity is not free then.
    """

    def __init__(
        self,
        parts: Parts,
        command: Command,
        sink: Sink,
        *,
        identity: Identity | None,
        group: Group | None,
    ) -> None:
        self._parts = parts
        self._command = command
        self._identity = identity
        self._group = group
        self._child: Child | None = None
        self._feeds: list[Feed | TypedFeed] = []
        self._control: int | None = None
        self._reports: Reports | None = None
        self._capture = Capture(command.limits.output_bytes, sink, self._output_exceeded)
        self._stop = asyncio.Event()
        self._limit: Limit | None = None
        self._fault: str | None = None
        self.undead = False
        self._handed_over_ns = 0
        self._ended_ns = 0
        self._base: Usage | None = None
        self._last: Usage | None = None

    async def perform(self) -> None:
        """Run the command. `clear` must follow, whatever happens here."""
        try:
            await self._perform()
        except OSError as error:  # no descriptors left, say: never the program's doing
            self._fault = f"the sandbox cannot be watched: {error}"

    async def _perform(self) -> None:
        if not await self._launch():
            return
        reports = self._reports
        assert reports is not None
        if not await within(SETUP_S, reports.ready.wait()):
            self._fault = "the sandbox did not come up in time"
            return
        if reports.done.is_set():
            return
        self._hand_over()
        await self._watch()
        self._ended_ns = time.monotonic_ns()
        if self._limit is None and not self._stop.is_set():
            # What the program left behind ends with it; files that it made come after its exit.
            await within(SETUP_S if self._command.collect else GRACE_S, reports.done.wait())

    async def _launch(self) -> bool:
        done_with: list[int] = []
        given: list[int] = []
        try:
            ours, theirs = pipes(self._command.terminal)
            done_with += theirs.all()
            self._take_over(ours)
            assert theirs.stderr is not None
            standard = (theirs.stdin, theirs.stdout, theirs.stderr)
            if self._identity is not None:
                for descriptor in standard:
                    os.fchown(descriptor, self._identity.uid, self._identity.gid)
            arguments_read, arguments_write = os.pipe()
            given.append(arguments_read)
            try:
                told = arguments(self._parts, self._command, given)
                program = os.open(self._parts.bubblewrap.path, os.O_PATH | os.O_CLOEXEC)
                given.append(program)
                self._child = await self._parts.spawner.spawn(
                    argv(self._parts, arguments_read, theirs),
                    # By descriptor: the path may lie where only the server may look.
                    executable=f"/proc/self/fd/{program}",
                    standard=standard,
                    descriptors=[*given, theirs.control, theirs.report],
                    identity=self._identity,
                )
                # It waits for its arguments, so nothing has happened outside of the group.
                if self._group is not None:
                    self._group.limit(SETUP_MEMORY_BYTES, SETUP_PROCESSES)
                    self._group.admit(self._child.pid)
                os.write(arguments_write, told)
            finally:
                os.close(arguments_write)
        except OSError as error:
            self._fault = f"the sandbox does not start: {error}"
            return False
        finally:
            for descriptor in (*done_with, *given):
                os.close(descriptor)
        return True

    def _take_over(self, ours: Ends) -> None:
        """Give each of our ends to what closes it. Raises OSError; then the rest is closed here."""
        self._control = ours.control
        left = [descriptor for descriptor in ours.all() if descriptor != ours.control]
        try:
            self._reports = Reports(ours.report, REPORT_BYTES + self._command.collect_bytes)
            left.remove(ours.report)
            for stream, descriptor in ((Stream.STDOUT, ours.stdout), (Stream.STDERR, ours.stderr)):
                if descriptor is not None:
                    self._capture.watch(stream, descriptor)
                    left.remove(descriptor)
            self._feeds.append(self._feed(ours.stdin))
            left.remove(ours.stdin)
        finally:
            for descriptor in left:
                os.close(descriptor)

    def _feed(self, descriptor: int) -> Feed | TypedFeed:
        command = self._command
        if command.console is None and command.terminal is None:
            return Feed(descriptor, command.stdin)
        is_terminal = command.terminal is not None
        return TypedFeed(descriptor, command.stdin, command.console, is_terminal=is_terminal)

    def _hand_over(self) -> None:
        """Give the program to the waiting sandbox. Its figures and limits count from here."""
        limits = self._command.limits
        if self._group is not None:
            self._base = self._last = self._group.usage()
            self._group.limit(
                limits.memory_bytes + self._base.memory_bytes,
                limits.processes + self._base.processes,
            )
        assert self._control is not None
        self._handed_over_ns = time.monotonic_ns()
        said = job(self._command, grouped=self._group is not None)
        self._feeds.append(Feed(self._control, said))
        self._control = None

    async def _watch(self) -> None:
        """Wait for the end, looking at what is used as often as a limit could be near."""
        assert self._reports is not None
        limits = self._command.limits
        deadline_ns = self._handed_over_ns + int(limits.wall_s * 1e9)
        ends = [
            asyncio.ensure_future(event.wait())
            for event in (self._stop, self._reports.ended, self._reports.done)
        ]
        try:
            pause_s = SHORTEST_LOOK_S
            while True:
                left_s = (deadline_ns - time.monotonic_ns()) / 1e9
                done, _ = await asyncio.wait(
                    ends,
                    timeout=max(0.0, min(left_s, pause_s)),
                    return_when=asyncio.FIRST_COMPLETED,
                )
                if done:
                    return
                if left_s <= 0:
                    self._limit = Limit.WALL
                    return
                pause_s = self._look(left_s)
                if self._limit is not None:
                    return
        finally:
            for end in ends:
                end.cancel()
            await asyncio.gather(*ends, return_exceptions=True)

    def _look(self, left_s: float) -> float:
        """Note a limit that is passed; how long until the next look."""
        if self._group is None or self._base is None:
            return left_s
        self._last = self._group.usage()
        if self._last.oom_kills > self._base.oom_kills:
            self._limit = Limit.MEMORY
        cpu_left_s = self._command.limits.cpu_s - (self._last.cpu_ns - self._base.cpu_ns) / 1e9
        if cpu_left_s <= 0:
            self._limit = self._limit or Limit.CPU
        return max(SHORTEST_LOOK_S, min(LOOK_S, cpu_left_s))

    def _output_exceeded(self) -> None:
        self._stop.set()

    async def clear(self) -> None:
        """End what still runs, read what is left in the pipes, and leave nothing behind."""
        if self._child is not None:
            orderly = self._reports is not None and self._reports.exit is not None
            if self._limit is not None or self._stop.is_set() or not orderly:
                self._kill()
            if not await within(GRACE_S, self._child.exited.wait()):
                self._kill()
                if not await within(DEATH_S, self._child.exited.wait()):
                    log.error("process %d was killed and does not die", self._child.pid)
                    self.undead = True
            await within(GRACE_S, self._capture.drained())
        self._capture.close()
        for feed in self._feeds:
            feed.close()
        if self._reports is not None:
            self._reports.close()
        if self._control is not None:
            os.close(self._control)
            self._control = None
        if self._group is not None:
            await self._remove_group(self._group)

    def _kill(self) -> None:
        if self._child is not None:
            self._child.kill()
        if self._group is not None:
            self._kill_group(self._group)

    def _kill_group(self, group: Group) -> None:
        try:
            cgroups.kill(group)
        except OSError as error:  # it is tried again until the group is gone
            log.warning("%s cannot be killed yet: %s", group.folders(), error)

    async def _remove_group(self, group: Group) -> None:
        with contextlib.suppress(OSError):
            self._last = group.usage()
        pause_s, deadline = 0.001, time.monotonic() + REMOVAL_S
        left = group.folders()
        while left := [folder for folder in left if not cgroups.remove(folder)]:
            if time.monotonic() > deadline:
                log.error("these control groups hold a process that does not die: %s", left)
                self.undead = True
                return
            self._kill_group(group)
            await asyncio.sleep(pause_s)
            pause_s = min(pause_s * 2, LOOK_S)

    def result(self) -> Result:
        """What became of it, once `clear` is through."""
        reports = self._reports
        exit_ = reports.exit if reports is not None else None
        limit = self._limit or (exit_.limit if exit_ else None)
        wall_ms = (exit_.wall_ns if exit_ else max(0, self._ended_ns - self._handed_over_ns)) / 1e6
        cpu_ms = reports.cpu_ns / 1e6 if reports is not None else 0.0
        peak_bytes = reports.peak_memory_bytes if reports is not None else 0
        refused = False
        if self._base is not None and self._last is not None:
            cpu_ms = (self._last.cpu_ns - self._base.cpu_ns) / 1e6
            peak_bytes = max(0, self._last.peak_memory_bytes - self._base.memory_bytes)
            refused = self._last.refused > self._base.refused
            if limit is None and self._last.oom_kills > self._base.oom_kills:
                limit = Limit.MEMORY
        if limit is None and self._capture.exceeded:
            limit = Limit.OUTPUT
        killed = exit_ is not None and exit_.signal is not None
        if limit is None and killed and cpu_ms >= self._command.limits.cpu_s * 1000:
            limit = Limit.CPU  # the kernel's own limit for each process came first
        fault = self._reason() if limit is None else None
        if self.undead:
            limit, fault = None, "a process of the program was killed and does not die"
        plain = exit_ if limit is None and not self.undead else None
        return Result(
            exit_code=plain.code if plain else None,
            signal=plain.signal if plain else None,
            limit=limit,
            wall_ms=wall_ms,
            cpu_ms=cpu_ms,
            peak_memory_bytes=peak_bytes,
            stdout=self._capture.kept(Stream.STDOUT),
            stderr=self._capture.kept(Stream.STDERR),
            files=tuple(reports.files) if reports is not None else (),
            processes_refused=refused,
            unfit=reports.unfit if reports is not None else None,
            fault=fault,
        )

    def _reason(self) -> str | None:
        reports = self._reports
        if self._fault is not None or reports is None:
            return self._fault or "the sandbox did not start"
        if reports.fault is not None:
            return reports.fault
        if reports.unfit is not None:
            return None
        if reports.exit is not None:
            missing = self._command.collect and reports.exit.code == 0 and not reports.collected
            return "not all of what was made came out" if missing else None
        if self._handed_over_ns == 0:
            stream = Stream.STDERR if self._command.terminal is None else Stream.STDOUT
            complaint = self._capture.kept(stream).decode(errors="replace").strip()
            return f"the sandbox did not come up: {complaint or 'no reason was given'}"
        return "the sandbox ended without a word"
