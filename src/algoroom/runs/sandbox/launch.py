"""What it takes to start a sandbox: its pipes, its arguments, and the first process inside."""

import contextlib
import os
import termios
from dataclasses import dataclass

from algoroom.runs.model import Terminal
from algoroom.runs.sandbox import bubblewrap, mounts
from algoroom.runs.sandbox.command import Command
from algoroom.runs.sandbox.interpreter import Program
from algoroom.runs.sandbox.mounts import View, memory_file
from algoroom.runs.sandbox.process import Spawner


@dataclass(frozen=True, slots=True)
class Parts:
    """What all sandboxes of a server share."""

    bubblewrap: bubblewrap.Bubblewrap
    interpreter: Program
    init: bytes
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
        found = (self.stdin, self.stdout, self.stderr, self.control, self.report)
        return tuple(descriptor for descriptor in found if descriptor is not None)


def pipes(terminal: Terminal | None) -> tuple[Ends, Ends]:
    """Our ends, which do not block, and the sandbox's. Raises OSError."""
    with contextlib.ExitStack() as opened:

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
        for descriptor in ours.all():
            os.set_blocking(descriptor, False)
        opened.pop_all()
    return ours, theirs


def arguments(parts: Parts, command: Command, given: list[int]) -> bytes:
    """The arguments for bubblewrap; descriptors that they name are added to `given`."""

    def source(name: str, data: bytes) -> int:
        given.append(memory_file(name, data))
        return given[-1]

    limits = command.limits
    view = mounts.arguments(
        parts.view.with_trees(command.trees),
        room_bytes=max(limits.file_bytes * 4, limits.memory_bytes // 2),
        init=source("init", parts.init),
        passwd=source("passwd", mounts.PASSWD),
        groups=source("group", mounts.GROUPS),
    )
    rules = None if parts.filter is None else source("filter", parts.filter)
    return bubblewrap.arguments(
        mounts=view, filter_descriptor=rules, user=mounts.USER, group=mounts.GROUP
    )


def argv(parts: Parts, arguments: int, theirs: Ends) -> list[str]:
    """bubblewrap, which reads its arguments from a descriptor, and what it starts."""
    python = str(parts.interpreter.path)
    inside = [python, "-I", "-S", "-B", mounts.INIT, str(theirs.control), str(theirs.report)]
    return ["bwrap", "--args", str(arguments), "--", *inside]
