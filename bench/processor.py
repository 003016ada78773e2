"""Processor time of a server and everything that it starts, counted by a control group.

A sum over the processes themselves would miss those that nobody waited for.
"""

import math
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from algoroom.runs.sandbox.cgroups.discovery import memberships, mounts


class Account:
    """A control group of its own below this process's; a context manager.

    Where none can be made, `used_s` is not a number.
    """

    def __init__(self) -> None:
        self._home: Path | None = None
        self._group: Path | None = None

    def __enter__(self) -> Self:
        for home in homes():
            group = home / f"bench-{os.getpid()}"
            with suppress(OSError):
                group.mkdir()
                self._home, self._group = home, group
                break
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._group is not None:
            with suppress(OSError):  # something is still in it, which then keeps it
                self._group.rmdir()

    @contextmanager
    def entered(self) -> Iterator[None]:
        """What is started meanwhile is counted, with everything below it."""
        if self._group is None or self._home is None:
            yield
            return
        (self._group / "cgroup.procs").write_text(str(os.getpid()))
        try:
            yield
        finally:
            (self._home / "cgroup.procs").write_text(str(os.getpid()))

    def used_s(self) -> float:
        """Seconds of processor time until now."""
        if self._group is None:
            return math.nan
        old = self._group / "cpuacct.usage"
        if old.exists():
            return int(old.read_text()) / 1e9
        found = re.search(r"usage_usec (\d+)", (self._group / "cpu.stat").read_text())
        return int(found[1]) / 1e6 if found else math.nan


def homes() -> list[Path]:
    """The groups that this process is in and that count processor time, version 1 first."""
    own = memberships(Path("/proc/self/cgroup").read_text())
    found: list[Path] = []
    for mount in mounts(Path("/proc/self/mountinfo").read_text()):
        if "cpuacct" in mount.controllers:
            found.insert(0, mount.point / own.get("cpuacct", "/").lstrip("/"))
        elif mount.version == 2:
            found.append(mount.point / own.get("", "/").lstrip("/"))
    return found
