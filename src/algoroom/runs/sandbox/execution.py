"""One command in one waiting sandbox: hand over, watch, end."""

import os
import time

from algoroom.runs.console import Used
from algoroom.runs.model import Stream
from algoroom.runs.sandbox.capture import Capture, Feed, Sink, TypedFeed
from algoroom.runs.sandbox.cgroups.group import Usage
from algoroom.runs.sandbox.command import Command, Limit, Result
from algoroom.runs.sandbox.job import job
from algoroom.runs.sandbox.process import within
from algoroom.runs.sandbox.reports import COLLECTED
from algoroom.runs.sandbox.runtime import twin_of
from algoroom.runs.sandbox.start import Start

GRACE_S = 2.0
COLLECT_S = 20.0
LOOK_S = 0.05
SHORTEST_LOOK_S = 0.01


class Execution:
    """Uses up a start: `perform`, then `clear` in any case, then `result`.

    `undead` tells after `clear` that a process could not be ended; its identity is not free then.
    """

    def __init__(self, start: Start, command: Command, sink: Sink) -> None:
        self._start = start
        self._place = start.place
        self._reports = start.reports
        self._changed = start.changed
        self._command = command
        self._feeds: list[Feed | TypedFeed] = []
        self._capture = Capture(command.limits.output_bytes, sink, self._changed.set)
        self._limit: Limit | None = None
        self._fault: str | None = None
        self.undead = False
        self._handed_over_ns = 0
        self._ended_ns = 0
        self._base: Usage | None = None
        self._base_memory_bytes = 0
        self._last: Usage | None = None

    async def perform(self) -> None:
        """Run the command. `clear` must follow, whatever happens here."""
        try:
            self._hand_over(self._take_over())
        except OSError as error:  # no descriptors left, say: never the program's doing
            self._fault = f"the sandbox cannot be watched: {error}"
            return
        try:
            await self._watch()
        finally:
            self._ended_ns = time.monotonic_ns()
        if self._limit is None and not self._capture.exceeded and not self.is_told:
            # What the program left behind ends with it; files that it made come after its exit.
            await within(COLLECT_S if self._command.collect else GRACE_S, self._closed())
        self._note_usage()

    def _take_over(self) -> int:
        """Give each of our ends to what closes it, but for control, which is returned.

        Raises OSError; then the rest is closed here.
        """
        ends = self._start.ends
        left = list(ends.unreported())
        try:
            for stream, descriptor in ((Stream.STDOUT, ends.stdout), (Stream.STDERR, ends.stderr)):
                if descriptor is not None:
                    self._capture.watch(stream, descriptor)
                    left.remove(descriptor)
            self._feeds.append(self._feed(ends.stdin))
            left.remove(ends.stdin)
        except OSError:
            for descriptor in left:
                os.close(descriptor)
            raise
        return ends.control

    def _feed(self, descriptor: int) -> Feed | TypedFeed:
        command = self._command
        if command.console is None and command.terminal is None:
            return Feed(descriptor, command.stdin)
        is_terminal = command.terminal is not None
        return TypedFeed(descriptor, command.stdin, command.console, is_terminal=is_terminal)

    def _hand_over(self, control: int) -> None:
        """Set the limits and give the program to the waiting sandbox.

        Its figures and limits count from here. Raises OSError.
        """
        limits, group = self._command.limits, self._place.group
        self._reports.allow(self._command.collect_bytes)
        twin = self._start.twin == twin_of(self._command)
        told = job(self._command, grouped=group is not None, twin=twin)
        try:
            if group is not None:
                self._base = self._last = group.begin()
                before = self._start.before or self._base
                self._base_memory_bytes = before.memory_bytes
                group.limit(
                    limits.memory_bytes + before.memory_bytes,
                    # The program's process is there already.
                    limits.processes + before.processes - 1,
                )
        except OSError:
            os.close(control)
            raise
        self._handed_over_ns = time.monotonic_ns()
        self._feeds.append(Feed(control, told))

    async def _watch(self) -> None:
        """Wait for the end, looking at what is used as often as a limit could be near."""
        limits = self._command.limits
        deadline_ns = self._handed_over_ns + int(limits.wall_s * 1e9)
        pause_s = SHORTEST_LOOK_S
        while not self._over():
            self._changed.clear()
            left_s = (deadline_ns - time.monotonic_ns()) / 1e9
            if left_s <= 0:
                self._look(left_s)  # of two limits that are passed the other tells more
                self._limit = self._limit or Limit.WALL
            elif not await within(min(left_s, pause_s), self._changed.wait()):
                pause_s = self._look(left_s)

    def _over(self) -> bool:
        ended = self._reports.exit is not None or self._reports.closed
        return ended or self._limit is not None or self._capture.exceeded

    @property
    def is_told(self) -> bool:
        """Whether all is known before `clear`: the program ended by itself, and nobody holds its
        output any more."""
        exit_ = self._reports.exit
        by_itself = exit_ is not None and exit_.limit is None and self._limit is None
        return by_itself and not self._command.collect and not self._capture.watching

    async def _closed(self) -> None:
        while not self._reports.closed and not self.is_told:
            self._changed.clear()
            await self._changed.wait()

    def _note_usage(self) -> None:
        if self._base is not None and self._place.group is not None:
            self._last = self._place.group.usage()

    def _look(self, left_s: float) -> float:
        """Note a limit that is passed; how long until the next look."""
        group = self._place.group
        if group is None or self._base is None:
            return left_s
        self._last = group.usage()
        if self._last.oom_kills > self._base.oom_kills:
            self._limit = Limit.MEMORY
        cpu_left_s = self._command.limits.cpu_s - (self._last.cpu_ns - self._base.cpu_ns) / 1e9
        if cpu_left_s <= 0:
            self._limit = self._limit or Limit.CPU
        return max(SHORTEST_LOOK_S, min(LOOK_S, cpu_left_s))

    async def clear(self) -> None:
        """End what still runs, read what is left in the pipes, and leave nothing behind."""
        was_told = self.is_told
        exit_ = self._reports.exit
        stopped = self._limit is not None or self._capture.exceeded
        orderly = exit_ is not None and exit_.limit is None and not stopped
        self.undead = not await self._place.gone(orderly=orderly)
        if self._capture.watching:
            await within(GRACE_S, self._capture.drained())
        self._capture.close()
        for feed in self._feeds:
            feed.close()
        self._reports.close()
        if not was_told:
            self._note_usage()
        if not await self._place.left():
            self.undead = True
        if not was_told and self._command.console is not None:
            # Whoever cancels it gets no result.
            ended = self.result()
            self._command.console.used = Used(ended.wall_ms, ended.cpu_ms, ended.peak_memory_bytes)

    def result(self) -> Result:
        """What became of it, once `clear` is through."""
        reports, exit_ = self._reports, self._reports.exit
        limit = self._limit or (exit_.limit if exit_ else None)
        wall_ms = (exit_.wall_ns if exit_ else max(0, self._ended_ns - self._handed_over_ns)) / 1e6
        cpu_ms = reports.cpu_ns / 1e6
        peak_bytes = reports.peak_memory_bytes
        refused = False
        if self._base is not None and self._last is not None:
            cpu_ms = (self._last.cpu_ns - self._base.cpu_ns) / 1e6
            counted_bytes = max(0, self._last.peak_memory_bytes - self._base_memory_bytes)
            exact = self._last.peak_is_counted
            peak_bytes = counted_bytes if exact else max(counted_bytes, peak_bytes)
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
            cut=frozenset(self._capture.cut),
            files=tuple(reports.files),
            processes_refused=refused,
            unfit=reports.unfit,
            fault=fault,
        )

    def _reason(self) -> str | None:
        reports = self._reports
        if self._fault is not None or reports.fault is not None:
            return self._fault or reports.fault
        if reports.unfit is not None:
            return None
        if reports.exit is not None:
            whole = not self._command.collect or COLLECTED in reports.said
            return None if whole or reports.exit.code != 0 else "not all that was made came out"
        return "the sandbox ended without a word"
