"""What a toolchain makes once for all its compilations: precompiled headers, a standard library.

It is made in a sandbox, comes out by pipe, and lies in a directory of the host that every sandbox
sees read-only, under the identity of what made it.
"""

import asyncio
import contextlib
import logging
import os
import shutil
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path, PurePosixPath

from algoroom.runs.languages.declaration import Declaration
from algoroom.runs.languages.recipe import ENVIRONMENT
from algoroom.runs.languages.toolchain import Toolchain
from algoroom.runs.model import Limits
from algoroom.runs.sandbox import mounts
from algoroom.runs.sandbox.command import Command, File, Result
from algoroom.runs.sandbox.identity import reachable

log = logging.getLogger(__name__)

MIB = 1024 * 1024
OUT = "out"
NAME_LENGTH = 20
UNFINISHED = ".new."
# Nobody writes for so long: whoever did has crashed.
ABANDONED_S = 3600.0
# Where a compiler finds nothing prepared, and may write what it would have found.
NOTHING = f"{mounts.TEMPORARY}/prepared"
MOST_BYTES = 256 * MIB
KEPT_BYTES = 1024 * MIB
LIMITS = Limits(
    cpu_s=300,
    wall_s=300,
    memory_bytes=2048 * MIB,
    output_bytes=256 * 1024,
    file_bytes=MOST_BYTES,
    open_files=1024,
)

Ask = Callable[[Command], Awaitable[Result]]


class Preparations:
    """Everything prepared on this machine, `most_bytes` at most; the longest unused goes first.

    Without a `folder`, or one that sandboxes could not read, nothing is prepared.
    """

    def __init__(self, folder: Path | None, most_bytes: int = KEPT_BYTES) -> None:
        self._most_bytes = most_bytes
        self.folder = _usable(folder) if folder is not None else None
        if self.folder is not None:
            _sweep(self.folder)

    async def of(self, declaration: Declaration, toolchain: Toolchain, ask: Ask) -> str:
        """Where compilers find it in a sandbox. It is made first where there is none."""
        if declaration.prepare is None or self.folder is None:
            return NOTHING
        command = _command(declaration, toolchain)
        folders = declaration.prepare.folders
        decisive = (command.argv, command.files, folders, sorted(command.environment.items()))
        name = toolchain.identity(repr(decisive))
        place = self.folder / name[:NAME_LENGTH]
        try:
            if not await asyncio.to_thread(_used, place):
                if not os.access(self.folder, os.W_OK):
                    return NOTHING
                result = await ask(command)
                if result.exit_code != 0 or not result.files:
                    log.warning("nothing is prepared for %s: %s", declaration.name, _told(result))
                    return NOTHING
                await asyncio.to_thread(self._keep, place, result, folders)
        except (OSError, ValueError) as error:
            log.warning("what was prepared for %s is not kept: %s", declaration.name, error)
            return NOTHING
        return f"{mounts.PREPARED}/{place.name}"

    def _keep(self, place: Path, result: Result, folders: tuple[str, ...]) -> None:
        needed_bytes = sum(len(file.data) for file in result.files)
        _make_room(place.parent, self._most_bytes - needed_bytes)
        _write(place, result.files, folders)


def _command(declaration: Declaration, toolchain: Toolchain) -> Command:
    part = declaration.prepare
    assert part is not None
    values: dict[str, str | tuple[str, ...]] = {"out": OUT, "prepared": f"{mounts.HOME}/{OUT}"}
    compile_part = declaration.compile
    special = toolchain.filled(compile_part.environment, values) if compile_part else {}
    return Command(
        argv=tuple(toolchain.fill(part.argv, values)),
        limits=LIMITS,
        files=tuple(File(f"{OUT}/{path}", text.encode()) for path, text in part.files.items()),
        folders=(OUT,),
        environment={**ENVIRONMENT, **declaration.environment, **special},
        collect=OUT,
        collect_bytes=MOST_BYTES,
        room_bytes=MOST_BYTES,
    )


def _usable(folder: Path) -> Path | None:
    """The directory, made where it may be; None where sandboxes could not read it."""
    try:
        folder.mkdir(mode=0o755, parents=True, exist_ok=True)
        state = folder.stat()
    except OSError as error:
        log.warning("nothing is prepared for compilers: %s", error)
        return None
    # Whoever else may write there could put programs into the hands of everybody's compilers.
    if state.st_uid not in (0, os.geteuid()) or state.st_mode & 0o022:
        log.warning("nothing is prepared for compilers: others may write to %s", folder)
        return None
    if not reachable(folder, directory=True):
        log.warning("nothing is prepared for compilers: no sandbox may read %s", folder)
        return None
    return folder.resolve()


def _sweep(folder: Path) -> None:
    """Remove what a server that crashed has not finished."""
    for fresh in folder.glob(f"{UNFINISHED}*"):
        with contextlib.suppress(OSError):  # another server may be quicker
            if time.time() - fresh.stat().st_mtime > ABANDONED_S:
                shutil.rmtree(fresh, ignore_errors=True)


def _used(place: Path) -> bool:
    """Whether it is there; then its use is noted, where that may be."""
    if not place.is_dir():
        return False
    with contextlib.suppress(PermissionError):
        os.utime(place)
    return True


def _write(place: Path, files: tuple[File, ...], folders: tuple[str, ...]) -> None:
    """Write `files` where all of them appear at once. Raises OSError, and ValueError for paths."""
    fresh = Path(tempfile.mkdtemp(prefix=UNFINISHED, dir=place.parent))
    try:
        for file in files:
            path = PurePosixPath(file.path)
            if path.is_absolute() or ".." in path.parts:
                raise ValueError(f"{file.path!r} lies elsewhere")
            target = fresh / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(file.data)
        for name in folders:
            (fresh / name).mkdir(parents=True, exist_ok=True)
        for folder, _, names in os.walk(fresh):
            Path(folder).chmod(0o755)
            for name in names:
                Path(folder, name).chmod(0o444)
        try:
            fresh.rename(place)
        except OSError:
            if not place.is_dir():  # else another server was quicker
                raise
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def _make_room(folder: Path, most_bytes: int) -> None:
    by_use = sorted(folder.iterdir(), key=lambda place: place.stat().st_mtime)
    sizes = {place: _size_bytes(place) for place in by_use}
    total = sum(sizes.values())
    for place in by_use:
        if total <= most_bytes:
            return
        total -= sizes[place]
        shutil.rmtree(place, ignore_errors=True)


def _size_bytes(place: Path) -> int:
    return sum(
        Path(folder, name).stat().st_size for folder, _, names in os.walk(place) for name in names
    )


def _told(result: Result) -> str:
    said = (result.stderr or result.stdout).decode(errors="replace").strip()
    return result.fault or result.unfit or (result.limit and f"{result.limit} limit") or said[-300:]
