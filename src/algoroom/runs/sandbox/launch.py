"""What it takes to start a sandbox: its pipes, its arguments, and the first process inside."""

import itertools
import os
from dataclasses import dataclass

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
    """One end of each pipe."""

    stdin: int
    stdout: int
    stderr: int
    control: int
    report: int

    def all(self) -> tuple[int, ...]:
        return (self.stdin, self.stdout, self.stderr, self.control, self.report)


def pipes() -> tuple[Ends, Ends]:
    """Our ends, which do not block, and the sandbox's. Raises OSError."""
    pairs: list[tuple[int, int]] = []
    try:
        while len(pairs) < 5:
            pairs.append(os.pipe())
    except OSError:
        for descriptor in itertools.chain(*pairs):
            os.close(descriptor)
        raise
    (in_r, in_w), (out_r, out_w), (err_r, err_w), (job_r, job_w), (say_r, say_w) = pairs
    ours = Ends(in_w, out_r, err_r, job_w, say_r)
    for descriptor in ours.all():
        os.set_blocking(descriptor, False)
    return ours, Ends(in_r, out_w, err_w, job_r, say_w)


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
