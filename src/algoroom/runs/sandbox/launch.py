"""What it takes to start a sandbox: its pipes, its arguments, and the first process inside."""

import functools
import os
import termios
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from algoroom.runs.model import Terminal
from algoroom.runs.sandbox import bubblewrap, mounts
from algoroom.runs.sandbox.cgroups.group import Group
from algoroom.runs.sandbox.identity import Identity
from algoroom.runs.sandbox.interpreter import Program
from algoroom.runs.sandbox.mounts import View, memory_file
from algoroom.runs.sandbox.process import Child, Spawner

INSIDE = Path(__file__).with_name("inside")
SETUP_MEMORY_BYTES = 256 * 1024 * 1024
SETUP_PROCESSES = 64


@functools.cache
def inside_file(name: str) -> bytes:
    """A file of ours for the inside of every sandbox, read once."""
    return (INSIDE / name).read_bytes()


@dataclass(frozen=True, slots=True)
class Parts:
    """What all sandboxes of a server share. `filter` is the filter of system calls, if any."""

    bubblewrap: bubblewrap.Bubblewrap
    interpreter: Program
    filter: bytes | None
    spawner: Spawner
    view: View


@dataclass(frozen=True, slots=True)
class Ends:
    """One end of each pipe. Of a terminal our side has no standard error: all comes together."""

    stdin: int
    stdout: int
    stderr: int | None
    control: int
    report: int

    def all(self) -> tuple[int, ...]:
        return (*self.unreported(), self.report)

    def unreported(self) -> tuple[int, ...]:
        found = (self.stdin, self.stdout, self.stderr, self.control)
        return tuple(descriptor for descriptor in found if descriptor is not None)

    def standard(self) -> tuple[int, int, int]:
        """Those of the sandbox's side for its program."""
        assert self.stderr is not None
        return self.stdin, self.stdout, self.stderr

    def close(self) -> None:
        for descriptor in self.all():
            os.close(descriptor)


def pipes(identity: Identity | None, terminal: Terminal | None = None) -> tuple[Ends, Ends]:
    """Our ends, which do not block, and the sandbox's, which belong to `identity`.

    Raises OSError.
    """
    with ExitStack() as opened:

        def keep(*descriptors: int) -> tuple[int, ...]:
            for descriptor in descriptors:
                opened.callback(os.close, descriptor)
            return descriptors

        job_r, job_w = keep(*os.pipe())
        say_r, say_w = keep(*os.pipe())
        if terminal is None:
            in_r, in_w = keep(*os.pipe())
            out_r, out_w = keep(*os.pipe())
            err_r, err_w = keep(*os.pipe())
            ours = Ends(in_w, out_r, err_r, job_w, say_r)
            theirs = Ends(in_r, out_w, err_w, job_r, say_w)
        else:
            near, far = keep(*os.openpty())
            termios.tcsetwinsize(near, (terminal.rows, terminal.columns))
            again, far_out, far_err = (keep(os.dup(which))[0] for which in (near, far, far))
            ours = Ends(near, again, None, job_w, say_r)
            theirs = Ends(far, far_out, far_err, job_r, say_w)
        if identity is not None:
            # So that a program may open its streams by name.
            for descriptor in theirs.standard():
                os.fchown(descriptor, identity.uid, identity.gid)
        for descriptor in ours.all():
            os.set_blocking(descriptor, False)
        opened.pop_all()
    return ours, theirs


async def spawn(
    parts: Parts,
    inside: tuple[str, ...],
    files: Mapping[str, bytes] = MappingProxyType({}),
    *,
    standard: tuple[int, int, int],
    descriptors: tuple[int, ...] = (),
    environment: Mapping[str, str] = MappingProxyType({}),
    nests: bool = False,
    identity: Identity | None,
    group: Group | None,
) -> Child:
    """Start `inside` in a sandbox, in `group` from its first step on. Raises OSError.

    `files` are shown at their paths. A sandbox that `nests` is not filtered: what it makes is.
    """
    with ExitStack() as opened:
        given: list[int] = []

        def keep(descriptor: int) -> int:
            opened.callback(os.close, descriptor)
            given.append(descriptor)
            return descriptor

        shown = {
            "/etc/passwd": mounts.PASSWD,
            "/etc/group": mounts.GROUPS,
            mounts.INIT: inside_file("init.py"),
            mounts.WATCH: inside_file("watch.py"),
            mounts.WAIT: inside_file("wait.js"),
            **files,
        }
        sources = {path: keep(memory_file("shown", data)) for path, data in shown.items()}
        rules = None
        if parts.filter is not None and not nests:
            rules = keep(memory_file("filter", parts.filter))
        told = bubblewrap.arguments(
            mounts=mounts.arguments(parts.view, sources),
            user=mounts.USER,
            group=mounts.GROUP,
            filter_descriptor=rules,
            environment=environment,
            nests=nests,
        )
        arguments_read, arguments_write = os.pipe()
        opened.callback(os.close, arguments_write)
        keep(arguments_read)
        program = keep(os.open(parts.bubblewrap.path, os.O_PATH | os.O_CLOEXEC))
        child = await parts.spawner.spawn(
            ["bwrap", "--args", str(arguments_read), "--", *inside],
            # By descriptor: the path may lie where only the server may look.
            executable=f"/proc/self/fd/{program}",
            standard=standard,
            descriptors=[*given, *descriptors],
            identity=identity,
        )
        try:
            # It waits for its arguments, so nothing has happened outside of the group.
            if group is not None:
                group.limit(SETUP_MEMORY_BYTES, SETUP_PROCESSES)
                group.admit(child.pid)
            os.write(arguments_write, told)
        except OSError:
            child.kill()
            raise
    return child
