"""One command in one sandbox, from the first process to the last trace of it."""

import asyncio
import contextlib
import marshal
import math
import os
import time
from dataclasses import dataclass

from algoroom.runs.model import Stream
from algoroom.runs.sandbox import bubblewrap, mounts
from algoroom.runs.sandbox.capture import Capture, Feed, Sink
from algoroom.runs.sandbox.cgroups import group as cgroups
from algoroom.runs.sandbox.cgroups.group import Group, Usage
from algoroom.runs.sandbox.command import Command, Limit, Result
from algoroom.runs.sandbox.identity import Identity
from algoroom.runs.sandbox.interpreter import Program
from algoroom.runs.sandbox.mounts import View, memory_file
from algoroom.runs.sandbox.process import Child, Spawner, within
from algoroom.runs.sandbox.reports import Reports

SETUP_S = 20.0  # a loaded machine is slow, a broken one never comes
GRACE_S = 2.0
SETUP_MEMORY_BYTES = 64 * 1024 * 1024
SETUP_PROCESSES = 8
LOOK_S = 0.05
SHORTEST_LOOK_S = 0.01
REPORT_BYTES = 1024 * 1024
MARSHAL_VERSION = 2  # what every Python reads
LONGEST_CPU_S = 1_000_000
OLD_KERNEL_ROOM = 1024


@dataclass(frozen=True, slots=True)
class Parts:
    """What all sandboxes of a server share."""

    bubblewrap: bubblewrap.Bubblewrap
    interpreter: Program
    init: bytes
    filter: bytes | None
    spawner: Spawner
    view: View


class Execution:
    """Set up, hand over, watch, end, clear away."""

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
        self._feeds: list[Feed] = []
        self._control: int | None = None
        self._reports: Reports | None = None
        self._capture = Capture(command.limits.output_bytes, sink, self._output_exceeded)
        self._stop = asyncio.Event()
        self._limit: Limit | None = None
        self._fault: str | None = None
        self._handed_over_ns = 0
        self._ended_ns = 0
        self._base: Usage | None = None
        self._last: Usage | None = None

    async def perform(self) -> None:
        """Run the command. `clear` must follow, whatever happens here."""
        if not await self._launch():
            return
        reports = self._reports
        assert reports is not None
        if not await within(SETUP_S, reports.ready.wait()) or reports.fault is not None:
            self._fault = "the sandbox did not come up in time"
            return
        if self._child is None or reports.done.is_set():
            return
        self._hand_over()
        await self._watch()
        self._ended_ns = time.monotonic_ns()
        if self._limit is None and not self._stop.is_set():
            # What the program left behind ends with it; files that it made come after its exit.
            await within(GRACE_S, reports.done.wait())

    async def _launch(self) -> bool:
        ours, theirs = _pipes()
        given: list[int] = []
        try:
            self._reports = Reports(ours.report, REPORT_BYTES + self._command.collect_bytes)
            self._control = ours.control
            self._capture.watch(Stream.stdout, ours.stdout)
            self._capture.watch(Stream.stderr, ours.stderr)
            self._feeds.append(Feed(ours.stdin, self._command.stdin))
            if self._identity is not None:
                for descriptor in (theirs.stdin, theirs.stdout, theirs.stderr):
                    os.fchown(descriptor, self._identity.uid, self._identity.gid)
            arguments_read, arguments_write = os.pipe()
            given.append(arguments_read)
            try:
                arguments = self._arguments(given)
                program = os.open(self._parts.bubblewrap.path, os.O_PATH | os.O_CLOEXEC)
                given.append(program)
                self._child = await self._parts.spawner.spawn(
                    self._argv(arguments_read, theirs),
                    # By descriptor: the path may lie where only the server may look.
                    executable=f"/proc/self/fd/{program}",
                    standard=(theirs.stdin, theirs.stdout, theirs.stderr),
                    descriptors=[*given, theirs.control, theirs.report],
                    identity=self._identity,
                )
                # It waits for its arguments, so nothing has happened outside of the group.
                if self._group is not None:
                    self._group.limit(SETUP_MEMORY_BYTES, SETUP_PROCESSES)
                    self._group.admit(self._child.pid)
                os.write(arguments_write, arguments)
            finally:
                os.close(arguments_write)
        except OSError as error:
            self._fault = f"the sandbox does not start: {error}"
            return False
        finally:
            for descriptor in (*theirs.all(), *given):
                os.close(descriptor)
        return True

    def _arguments(self, given: list[int]) -> bytes:
        """The arguments for bubblewrap; descriptors that they name are added to `given`."""

        def source(name: str, data: bytes) -> int:
            given.append(memory_file(name, data))
            return given[-1]

        limits = self._command.limits
        view = mounts.arguments(
            self._parts.view.with_trees(self._command.trees),
            room_bytes=max(limits.file_bytes * 4, limits.memory_bytes // 2),
            init=source("init", self._parts.init),
            passwd=source("passwd", mounts.PASSWD),
            groups=source("group", mounts.GROUPS),
        )
        rules = None if self._parts.filter is None else source("filter", self._parts.filter)
        return bubblewrap.arguments(
            mounts=view, filter_descriptor=rules, user=mounts.USER, group=mounts.GROUP
        )

    def _argv(self, arguments: int, theirs: "_Ends") -> list[str]:
        python = str(self._parts.interpreter.path)
        inside = [python, "-I", "-S", "-B", mounts.INIT, str(theirs.control), str(theirs.report)]
        return ["bwrap", "--args", str(arguments), "--", *inside]

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
        job = marshal.dumps(self._job(), MARSHAL_VERSION)
        self._handed_over_ns = time.monotonic_ns()
        control, self._control = self._control, None
        self._feeds.append(Feed(control, len(job).to_bytes(8, "big") + job))

    def _job(self) -> dict[str, object]:
        command, limits = self._command, self._command.limits
        watch = None
        if self._group is None:
            watch = {"memory_bytes": limits.memory_bytes, "cpu_ns": int(limits.cpu_s * 1e9)}
        return {
            "argv": list(command.argv),
            "environment": dict(command.environment),
            "files": [(file.path, file.data, file.executable) for file in command.files],
            "folders": list(command.folders),
            "rlimits": self._rlimits(),
            "watch": watch,
            "writable": list(mounts.WRITABLE),
            "collect": command.collect,
            "collect_bytes": command.collect_bytes,
        }

    def _rlimits(self) -> list[tuple[str, int, int]]:
        command, limits = self._command, self._command.limits
        cpu_s = min(math.ceil(limits.cpu_s), LONGEST_CPU_S)
        found = [
            ("RLIMIT_CORE", 0, 0),
            ("RLIMIT_CPU", cpu_s + 1, cpu_s + 2),
            ("RLIMIT_FSIZE", limits.file_bytes, limits.file_bytes),
            ("RLIMIT_NOFILE", limits.open_files, limits.open_files),
            ("RLIMIT_MSGQUEUE", 0, 0),
            ("RLIMIT_MEMLOCK", 0, 0),
        ]
        if self._group is None:
            # The first process in the sandbox counts too.
            most = limits.processes + 1 + _counted_outside()
            found.append(("RLIMIT_NPROC", most, most))
            if command.address_space_bytes is not None:
                size = command.address_space_bytes
                found.append(("RLIMIT_AS", size, size))
        return found

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
                    self._limit = Limit.wall
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
            self._limit = Limit.memory
        cpu_left_s = self._command.limits.cpu_s - (self._last.cpu_ns - self._base.cpu_ns) / 1e9
        if cpu_left_s <= 0:
            self._limit = self._limit or Limit.cpu
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
                await self._child.exited.wait()
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
            cgroups.kill(self._group)

    async def _remove_group(self, group: Group) -> None:
        with contextlib.suppress(OSError):
            self._last = group.usage()
        pause_s = 0.001
        left = group.folders()
        while left:
            left = [folder for folder in left if not cgroups.remove(folder)]
            if left:
                cgroups.kill(group)
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
                limit = Limit.memory
        if limit is None and self._capture.exceeded:
            limit = Limit.output
        killed = exit_ is not None and exit_.signal is not None
        if limit is None and killed and cpu_ms >= self._command.limits.cpu_s * 1000:
            limit = Limit.cpu  # the kernel's own limit for each process came first
        plain = exit_ if limit is None else None
        return Result(
            exit_code=plain.code if plain else None,
            signal=plain.signal if plain else None,
            limit=limit,
            wall_ms=wall_ms,
            cpu_ms=cpu_ms,
            peak_memory_bytes=peak_bytes,
            stdout=self._capture.kept(Stream.stdout),
            stderr=self._capture.kept(Stream.stderr),
            files=tuple(reports.files) if reports is not None else (),
            processes_refused=refused,
            unfit=reports.unfit if reports is not None else None,
            fault=self._reason() if limit is None else None,
        )

    def _reason(self) -> str | None:
        reports = self._reports
        if self._fault is not None or reports is None:
            return self._fault or "the sandbox did not start"
        if reports.fault is not None:
            return reports.fault
        if reports.exit is not None or reports.unfit is not None:
            return None
        if self._handed_over_ns == 0:
            complaint = self._capture.kept(Stream.stderr).decode(errors="replace").strip()
            return f"the sandbox did not come up: {complaint or 'no reason was given'}"
        return "the sandbox ended without a word"


def _counted_outside() -> int:
    """Before Linux 5.14 the limit counts all of a user's processes, so it must leave room."""
    major, minor = (int(part) for part in os.uname().release.split(".")[:2])
    return 0 if (major, minor) >= (5, 14) else OLD_KERNEL_ROOM


@dataclass(frozen=True, slots=True)
class _Ends:
    """One end of each pipe."""

    stdin: int
    stdout: int
    stderr: int
    control: int
    report: int

    def all(self) -> tuple[int, ...]:
        return (self.stdin, self.stdout, self.stderr, self.control, self.report)


def _pipes() -> tuple[_Ends, _Ends]:
    """Our ends, which do not block, and the sandbox's."""
    pairs = [os.pipe() for _ in range(5)]
    (in_r, in_w), (out_r, out_w), (err_r, err_w), (job_r, job_w), (say_r, say_w) = pairs
    ours = _Ends(in_w, out_r, err_r, job_w, say_r)
    for descriptor in ours.all():
        os.set_blocking(descriptor, False)
    return ours, _Ends(in_r, out_w, err_w, job_r, say_w)
