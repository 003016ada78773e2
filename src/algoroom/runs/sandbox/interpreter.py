"""Pythons that a sandbox can use: for its first process, and for programs in Python."""

import os
import sys
from dataclasses import dataclass
from pathlib import Path

from algoroom.runs.sandbox.identity import reachable

SYSTEM = (Path("/usr/bin/python3"), Path("/usr/local/bin/python3"))
SYSTEM_TREES = (Path("/usr"), Path("/bin"), Path("/lib"))


@dataclass(frozen=True, slots=True)
class Program:
    """An executable, and the directory that has to be shown with it where `/usr` has it not."""

    path: Path
    tree: Path | None = None


def within(path: Path, tree: Path) -> bool:
    return path == tree or tree in path.parents


def located(path: Path) -> Program:
    """`path` with its installation's root: the parent of the `bin` it really lies in."""
    real = path.resolve()
    if any(within(real, tree) for tree in SYSTEM_TREES):
        return Program(path if within(path, Path("/usr")) else real)
    return Program(real, real.parent.parent if real.parent.name == "bin" else real.parent)


def pythons() -> list[Program]:
    """The system's, then the one that the server itself runs on, where a sandbox may read it."""
    own = Path(getattr(sys, "_base_executable", sys.executable))
    found = []
    for path in (*SYSTEM, own):
        if not os.access(path, os.X_OK):
            continue
        program = located(path)
        if usable(program) and program not in found:
            found.append(program)
    return found


def usable(program: Program) -> bool:
    """Whether sandboxes may execute it and read what it needs."""
    if program.tree is not None and not reachable(program.tree, directory=True):
        return False
    return reachable(program.path.resolve(), directory=False) and os.access(program.path, os.X_OK)
