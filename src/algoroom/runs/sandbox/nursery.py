"""A nursery as the server sees it: one warm interpreter that makes sandboxes, one after another.

What is dear in a sandbox is made once for many: the network's namespace, the control group, the
view, the interpreter. Each sandbox has its own processes, users, mounts, and System V objects.
A nursery has one start at a time; whatever does not end in good order ends the nursery too.
"""

import asyncio
import contextlib
import os
import socket
from pathlib import Path

from algoroom.runs.sandbox import mounts
from algoroom.runs.sandbox.cgroups.group import Hierarchy
from algoroom.runs.sandbox.identity import Identity
from algoroom.runs.sandbox.interpreter import user_site
from algoroom.runs.sandbox.launch import Parts, inside_file, pipes, spawn
from algoroom.runs.sandbox.process import within
from algoroom.runs.sandbox.reports import READY
from algoroom.runs.sandbox.residence import GRACE_S, Residence
from algoroom.runs.sandbox.runtime import NurseryProgram, Runtime
from algoroom.runs.sandbox.start import NotStarted, Start

# All starts of a nursery share the seed of hashes and the layout of memory.
MOST_STARTS = 64
SAID = b"%d %d %d" % (mounts.USER, mounts.GROUP, mounts.ROOM_BYTES)
LONGEST_ANSWER = 64
LONGEST_COMPLAINT = 2048


class Nursery(Residence):
    """Opened once; then `start` and the start's use take turns until it is `worn`."""

    def __init__(self, parts: Parts, program: NurseryProgram, identity: Identity | None) -> None:
        super().__init__()
        self._parts = parts
        self._program = program
        self.identity = identity
        self._socket: socket.socket | None = None
        self._answered = asyncio.Event()
        self._said: int | None = None
        self._clean = False
        self._starts = 0

    @property
    def worn(self) -> bool:
        """Whether another one must take its place."""
        return self._starts >= MOST_STARTS or not self._clean

    async def open(self, hierarchy: Hierarchy | None) -> None:
        """Bring it up. Raises NotStarted; `close` must follow in any case."""
        loop = asyncio.get_running_loop()
        try:
            self.join(hierarchy)
            hook = f"{mounts.HOME}/{user_site(Path(self._program.argv[0]))}/usercustomize.py"
            self._socket, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            self._socket.setblocking(False)
            # A pipe as a program's output is one: what a stream has found out about it, it keeps.
            self._said, said = os.pipe()
            os.set_blocking(self._said, False)
            with theirs, open(said, "wb") as output:  # noqa: ASYNC230, PTH123 - never blocks
                self.child = await spawn(
                    self._parts,
                    # bubblewrap sets it; a program's environment would show it.
                    ("/usr/bin/env", "-u", "PWD", *self._program.argv),
                    {
                        hook: inside_file("nursery.py"),
                        mounts.FILTER: self._parts.filter or b"",
                        mounts.NURSERY: SAID,
                    },
                    standard=(theirs.fileno(), output.fileno(), output.fileno()),
                    environment=self._program.environment,
                    nests=True,
                    identity=self.identity,
                    group=self.group,
                )
            loop.add_reader(self._socket, self._read)
            if self.group is not None:
                self.group.begin()  # which opens its files, for all starts
        except OSError as error:
            raise NotStarted(f"a nursery does not start: {error}") from error
        self._clean = True

    async def start(self, runtime: Runtime | None) -> Start:
        """A sandbox that is ready for its job. Raises NotStarted; the nursery is of no use then."""
        assert self._socket is not None
        self._answered.clear()
        self._starts += 1
        try:
            ours, theirs = pipes(self.identity)
            begun = Start(self, ours, self._program.twin if runtime is None else runtime.twin)
            try:
                socket.send_fds(self._socket, [b"s"], theirs.all())
            finally:
                theirs.close()
        except OSError as error:
            raise NotStarted(f"a nursery takes no request: {error}") from error
        try:
            await self._until_ready(begun)
            if runtime is not None:
                begun.before = self.group.usage() if self.group is not None else None
                await begun.prestart(runtime)
        except BaseException:
            begun.discard()
            raise
        return begun

    async def _until_ready(self, begun: Start) -> None:
        try:
            await begun.until(READY)
        except NotStarted as error:
            with contextlib.suppress(OSError):
                complaint = os.read(self._said or -1, LONGEST_COMPLAINT).decode(errors="replace")
                error.args = (f"{error}: {complaint.strip()}",)
            raise

    async def gone(self, *, orderly: bool) -> bool:
        """The next start may be made, or `close` is due."""
        if orderly and await within(GRACE_S, self._answered.wait()):
            return True
        self._clean = False
        self.kill()
        return await self.ended()

    async def left(self) -> bool:
        return True

    async def close(self) -> bool:
        """End it, whatever it does; False where a process of it does not die."""
        if self._socket is not None:
            asyncio.get_running_loop().remove_reader(self._socket)
            self._socket.close()
            self._socket = None
        if self._said is not None:
            os.close(self._said)
            self._said = None
        self._clean = False
        self.kill()
        dead = await self.ended()
        return await self.removed() and dead

    def _read(self) -> None:
        assert self._socket is not None
        with contextlib.suppress(BlockingIOError):
            try:
                answer = self._socket.recv(LONGEST_ANSWER)
            except ConnectionError:
                answer = b""
            if answer != b"gone 0":
                self._clean = False
            if not answer:
                asyncio.get_running_loop().remove_reader(self._socket)
                self.kill()
            self._answered.set()
