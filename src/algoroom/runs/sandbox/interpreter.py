"""Pythons that a sandbox can use: for its first process, and for programs in Python."""

import contextlib
import functools
import logging
import os
import pwd
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from algoroom.runs.sandbox.identity import reachable

log = logging.getLogger(__name__)

SYSTEM = (Path("/usr/bin/python3"), Path("/usr/local/bin/python3"))
SYSTEM_TREES = (Path("/usr"), Path("/bin"), Path("/lib"))
ASK_S = 10
# Directories of many things, of which a program's installation is only one.
SHARED = frozenset(
    Path(name)
    for name in (
        "/", "/etc", "/home", "/media", "/mnt", "/opt", "/root", "/run", "/srv", "/tmp", "/var",  # noqa: S108
    )
)  # fmt: skip


class TreeTooWide(Exception):
    """A program's installation cannot be shown without much that no stranger should read."""


@dataclass(frozen=True, slots=True)
class Program:
    """An executable, and the directory that has to be shown with it where `/usr` has it not."""

    path: Path
    tree: Path | None = None


def within(path: Path, tree: Path) -> bool:
    return path == tree or tree in path.parents


def located(path: Path, private: Iterable[Path] = ()) -> Program:
    """`path` with its installation's root: the parent of the `bin` it really lies in.

    Raises TreeTooWide where that root is a home, a place of many installations, or `private`.
    """
    real = path.resolve()
    if any(within(real, tree) for tree in SYSTEM_TREES):
        return Program(path if within(path, Path("/usr")) else real)
    tree = real.parent.parent if real.parent.name == "bin" else real.parent
    homes = _homes()
    above_homes = {folder for home in homes for folder in (home, *home.parents)}
    narrower = {home / ".local" for home in homes} | {folder.resolve() for folder in private}
    if tree in {*SHARED, *above_homes, *narrower} or tree.parent == Path("/home"):
        raise TreeTooWide(
            f"{path} would show all of {tree} to every program: "
            "install it for all users below /usr, or in a directory that holds nothing else"
        )
    return Program(real, tree)


def _homes() -> set[Path]:
    """Everybody's, and the one that the environment names."""
    homes = {Path(entry.pw_dir).resolve() for entry in pwd.getpwall() if entry.pw_dir}
    with contextlib.suppress(RuntimeError):
        homes.add(Path.home().resolve())
    return homes


def pythons(private: Iterable[Path] = ()) -> list[Program]:
    """The system's, then the one that the server itself runs on, where a sandbox may read it."""
    own = Path(getattr(sys, "_base_executable", sys.executable))
    found = []
    for path in (*SYSTEM, own):
        if not os.access(path, os.X_OK):
            continue
        try:
            program = located(path, private)
        except TreeTooWide as error:
            log.warning("no sandbox uses this Python: %s", error)
            continue
        if usable(program) and program not in found:
            found.append(program)
    return found


@functools.cache
def user_site(python: Path) -> str:
    """Where this Python looks for a person's own modules, below the home directory.

    Raises OSError and CalledProcessError.
    """
    question = "import sys; print('%d.%d' % sys.version_info[:2])"
    answer = subprocess.run(
        [python, "-I", "-S", "-c", question],
        capture_output=True,
        text=True,
        check=True,
        timeout=ASK_S,
    )
    return f".local/lib/python{answer.stdout.strip()}/site-packages"


def usable(program: Program) -> bool:
    """Whether sandboxes may execute it and read what it needs."""
    if program.tree is not None and not reachable(program.tree, directory=True):
        return False
    return reachable(program.path.resolve(), directory=False) and os.access(program.path, os.X_OK)
