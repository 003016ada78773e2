"""The programs of a language on this machine: where they are, and which ones they are."""

import glob
import hashlib
import os
import re
import shutil
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from algoroom.runs.languages.declaration import Declaration
from algoroom.runs.sandbox.interpreter import Program, TreeTooWide, located, pythons, usable

# What `scripts/toolchains` installed: by root, and by anybody else.
OWN_PATH = ("/usr/local/lib/algoroom/bin", f"{sys.prefix}/toolchains/bin")
# The system's next, so that a person's own version switchers do not decide for the server.
SYSTEM_PATH = ("/usr/local/bin", "/usr/bin", "/bin")
PLACEHOLDER = re.compile(r"\{([^{}]+)\}")


class ToolchainMissing(Exception):
    """A program of the language is not here, or sandboxes may not use it."""


@dataclass(frozen=True, slots=True)
class Toolchain:
    """Found programs by name, and the directories that sandboxes have to see for them."""

    programs: dict[str, Path]
    trees: tuple[Path, ...]

    def fill(self, argv: tuple[str, ...], values: Mapping[str, str | tuple[str, ...]]) -> list[str]:
        """`argv` with each `{placeholder}` filled in; one that stands alone may become several."""
        known: dict[str, str | tuple[str, ...]] = {
            **{name: str(path) for name, path in self.programs.items()},
            **values,
        }
        filled: list[str] = []
        for argument in argv:
            whole = PLACEHOLDER.fullmatch(argument)
            if whole and isinstance(several := known[whole[1]], tuple):
                filled += several
            else:
                filled.append(PLACEHOLDER.sub(lambda found: str(known[found[1]]), argument))
        return filled

    def filled(
        self, environment: Mapping[str, str], values: Mapping[str, str | tuple[str, ...]]
    ) -> dict[str, str]:
        """The variables with their placeholders filled in."""
        return {name: self.fill((text,), values)[0] for name, text in environment.items()}

    def identity(self, *decisive: str) -> str:
        """A digest that changes with the programs, and with what else is `decisive`."""
        digest = hashlib.sha256()
        for text in decisive:
            digest.update(f"{len(text)} {text}".encode())
        for name, path in sorted(self.programs.items()):
            real = path.resolve()
            state = real.stat()
            digest.update(f"{name}\0{real}\0{state.st_mtime_ns}\0{state.st_size}\0".encode())
        return digest.hexdigest()


def find(declaration: Declaration, private: Iterable[Path] = ()) -> Toolchain:
    """Raises ToolchainMissing with what is missing, in words.

    `private` are directories that no sandbox may see whole.
    """
    programs: dict[str, Path] = {}
    trees: list[Path] = []
    for name in declaration.toolchain.programs:
        program = _find(name, private)
        programs[name] = program.path
        if program.tree is not None:
            trees.append(program.tree)
    for pattern in declaration.toolchain.trees:
        trees += (Path(path) for path in sorted(glob.glob(pattern)))  # noqa: PTH207 - absolute
    return Toolchain(programs, tuple(trees))


def _find(name: str, private: Iterable[Path]) -> Program:
    if name == "python3" and (found := pythons(private)):
        return found[0]
    path = os.pathsep.join((*OWN_PATH, *SYSTEM_PATH, os.environ.get("PATH", "")))
    place = shutil.which(name, path=path)
    if place is None:
        raise ToolchainMissing(f"{name} is not installed")
    try:
        program = located(Path(place), private)
    except TreeTooWide as error:
        raise ToolchainMissing(str(error)) from error
    if not usable(program):
        raise ToolchainMissing(f"{place} cannot be read by the user that runs programs")
    return program
