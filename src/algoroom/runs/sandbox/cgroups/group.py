"""What both versions of control groups offer, and what they share."""

import contextlib
import errno
import fcntl
import logging
import os
import re
import secrets
import signal
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

log = logging.getLogger(__name__)

PREFIX = "algoroom-"
# Exactly what `Owned` makes: a service of this name has a group of its own, which is not ours.
OWNED = re.compile(rf"{PREFIX}[0-9]+-[0-9a-f]{{8}}")
REMOVAL_S = 2.0
CLAIMS = 10


@dataclass(frozen=True, slots=True)
class Usage:
    """`refused` counts the processes that the limit kept from starting. Where the kernel does not
    count the peak anew for each program, `peak_memory_bytes` is the most that a look found.
    """

    cpu_ns: int
    memory_bytes: int
    peak_memory_bytes: int
    oom_kills: int
    processes: int
    refused: int
    peak_is_counted: bool = True


class Group(Protocol):
    """One sandbox's control group, in whatever number of hierarchies."""

    def admit(self, pid: int) -> None:
        """Move a process in; its children will be born there."""

    def limit(self, memory_bytes: int, processes: int) -> None:
        """Set or change both limits, swap included in the first."""

    def begin(self) -> Usage:
        """What the group used so far; its peak of memory counts from now on."""

    def usage(self) -> Usage:
        """What the group used so far, and at most since `begin`."""

    def folders(self) -> list[Path]:
        """Its directories, for killing and removing."""

    def close(self) -> None:
        """Give up what reads and writes the group's files; the group stays."""


class Hierarchy(Protocol):
    """Where groups are made. `version` says which kernel interface it is: 1 or 2."""

    version: int

    def create(self) -> Group:
        """A new empty group. Raises OSError."""

    def close(self) -> None:
        """Remove what the server made for itself; its groups are gone by then."""


class Files:
    """A group's interface files, opened once: they are read and written for every program.

    Descriptors are kept until `close`. All methods raise OSError where the kernel refuses.
    """

    def __init__(self) -> None:
        self._open: dict[str, int] = {}

    def text(self, path: str) -> bytes:
        return os.pread(self._descriptor(path), 4096, 0)

    def number(self, path: str) -> int:
        """A file of one number; `max` counts as none."""
        text = self.text(path)
        return 0 if text.startswith(b"max") else int(text)

    def keyed(self, path: str, key: bytes) -> int:
        """One number of a file of `key number` lines, 0 where the kernel does not offer it."""
        with contextlib.suppress(OSError):
            for line in self.text(path).splitlines():
                name, _, value = line.partition(b" ")
                if name == key:
                    return int(value)
        return 0

    def write(self, path: str, value: int) -> None:
        os.pwrite(self._descriptor(path), b"%d" % value, 0)

    def write_where_offered(self, path: str, value: int) -> None:
        """Some files exist only with some kernel options (swap accounting, processor shares)."""
        with contextlib.suppress(FileNotFoundError, PermissionError):
            self.write(path, value)

    def close(self) -> None:
        while self._open:
            os.close(self._open.popitem()[1])

    def _descriptor(self, path: str) -> int:
        found = self._open.get(path)
        if found is None:
            mode = os.O_RDWR if os.access(path, os.W_OK) else os.O_RDONLY
            found = self._open[path] = os.open(path, mode | os.O_CLOEXEC)
        return found


def kill(group: Group) -> None:
    """Kill every process that is in the group now."""
    for folder in group.folders():
        with contextlib.suppress(OSError):
            (folder / "cgroup.kill").write_text("1")
        for pid in pids(folder):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


def pids(folder: Path) -> list[int]:
    try:
        return [int(line) for line in (folder / "cgroup.procs").read_text().split()]
    except OSError as error:
        if error.errno in (errno.ENOENT, errno.ENODEV):
            return []
        raise


def remove(folder: Path) -> bool:
    """Remove an emptied group; False while something in it is still dying."""
    try:
        folder.rmdir()
    except FileNotFoundError:
        return True
    except OSError as error:
        if error.errno == errno.EBUSY:
            return False
        raise
    return True


class Owned:
    """A directory of this server's groups, locked while the server lives.

    The lock tells a living server's directory from a dead one's, also across pid namespaces
    and after a pid was given to somebody else.
    """

    def __init__(self, parent: Path) -> None:
        """Raises OSError where `parent` may not be written."""
        for _ in range(CLAIMS):
            self.path = parent / f"{PREFIX}{os.getpid()}-{secrets.token_hex(4)}"
            self.path.mkdir()
            lock = _claim(self.path)
            if lock is not None:
                self._lock = lock
                return
        raise OSError(f"{parent} is being swept by others all the time")

    def close(self) -> None:
        deadline = time.monotonic() + REMOVAL_S
        while not remove(self.path) and time.monotonic() < deadline:
            time.sleep(0.01)
        os.close(self._lock)


def _claim(folder: Path) -> int | None:
    """Lock a fresh directory; None where another server's sweep came between and removed it."""
    try:
        lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    except FileNotFoundError:
        return None
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if folder.exists():
            return lock
    except BlockingIOError:
        log.debug("%s is being swept", folder)
    os.close(lock)
    return None


def sweep(top: Path) -> None:
    """Remove what servers that died left anywhere below `top`, processes included.

    Anywhere, since a server that is started anew may stand elsewhere than the one that died.
    What belongs to somebody else's server, living or dead, stays.
    """
    for place, names, _ in os.walk(top):
        for name in [name for name in names if OWNED.fullmatch(name)]:
            names.remove(name)
            with contextlib.suppress(OSError):
                _sweep_one(Path(place) / name)


def _sweep_one(left: Path) -> None:
    lock = os.open(left, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        _clear(left)
    finally:
        os.close(lock)


def _clear(left: Path) -> None:
    deadline = time.monotonic() + REMOVAL_S
    for folder in [*(child for child in left.iterdir() if child.is_dir()), left]:
        while not remove(folder) and time.monotonic() < deadline:
            for pid in pids(folder):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            time.sleep(0.01)
