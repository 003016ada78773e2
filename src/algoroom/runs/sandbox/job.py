"""What is handed over to the first process in a sandbox: the program, its files, its limits."""

import marshal
import math
import os
from collections.abc import Iterable
from typing import Any

from algoroom.runs.sandbox import mounts
from algoroom.runs.sandbox.command import Command, File
from algoroom.runs.sandbox.runtime import Runtime

MARSHAL_VERSION = 2  # what every Python reads
LONGEST_CPU_S = 1_000_000
OLD_KERNEL_ROOM = 1024
PENDING_SIGNALS = 1024


def prestart(runtime: Runtime) -> bytes:
    """The message that has a runtime started before its job."""
    return _framed(
        {
            "argv": list(runtime.argv),
            "environment": dict(runtime.environment),
            "terminal": False,
            "gate": mounts.GATE,
            "files": _files(runtime.files),
            "folders": [],
            "rlimits": [],
        }
    )


def job(command: Command, *, grouped: bool, twin: bool) -> bytes:
    """The message that hands a program over. Where no control group counts, the receiver does.

    `twin` tells that the receiver's process is the program already.
    """
    limits = command.limits
    watch = {"memory_bytes": limits.memory_bytes, "cpu_ns": int(limits.cpu_s * 1e9)}
    return _framed(
        {
            "argv": None if twin else list(command.argv),
            "environment": dict(command.environment),
            "files": _files(command.files),
            "folders": list(command.folders),
            "rlimits": _rlimits(command, grouped=grouped),
            "watch": None if grouped else watch,
            "writable": list(mounts.WRITABLE),
            "terminal": command.terminal is not None,
            "collect": command.collect,
            "collect_bytes": command.collect_bytes,
        }
    )


def _files(files: Iterable[File]) -> list[tuple[str, bytes, bool]]:
    return [(file.path, file.data, file.executable) for file in files]


def _framed(content: dict[str, Any]) -> bytes:
    message = marshal.dumps(content, MARSHAL_VERSION)
    return len(message).to_bytes(8, "big") + message


def _rlimits(command: Command, *, grouped: bool) -> list[tuple[str, int, int]]:
    """Limits of each process: name, soft and hard."""
    limits = command.limits
    # Behind the limit for all processes together, with a second to say that it is near.
    cpu_s = min(math.ceil(limits.cpu_s), LONGEST_CPU_S)
    found = [
        ("RLIMIT_CPU", cpu_s + 1, cpu_s + 2),
        ("RLIMIT_FSIZE", limits.file_bytes, limits.file_bytes),
        ("RLIMIT_NOFILE", limits.open_files, limits.open_files),
        ("RLIMIT_MSGQUEUE", 0, 0),
        ("RLIMIT_MEMLOCK", 0, 0),
        ("RLIMIT_SIGPENDING", PENDING_SIGNALS, PENDING_SIGNALS),
        # A server may have been given these for itself.
        ("RLIMIT_RTPRIO", 0, 0),
        ("RLIMIT_NICE", 0, 0),
    ]
    if not grouped:
        # The first process in the sandbox counts too.
        most = limits.processes + 1 + _counted_outside()
        found.append(("RLIMIT_NPROC", most, most))
        if command.address_space_bytes is not None:
            size = command.address_space_bytes
            found.append(("RLIMIT_AS", size, size))
    return found


def _counted_outside() -> int:
    """Before Linux 5.14 the limit counts all of a user's processes, so it must leave room."""
    major, minor = (int(part) for part in os.uname().release.split(".")[:2])
    return 0 if (major, minor) >= (5, 14) else OLD_KERNEL_ROOM
