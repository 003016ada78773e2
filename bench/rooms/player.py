"""Runs plans by the small C program beside it, and reads what it noted."""

import shutil
import struct
import subprocess
from array import array
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

from bench.peers import PeerMissing
from bench.rooms.plan import Plan
from bench.rooms.process import placed, prefer

HERE = Path(__file__).parent
NORMAL_CLOSE = 1000


class LoadFailed(Exception):
    """The clients could not do what the plan says; the message says why."""


@dataclass(frozen=True, slots=True)
class Joined:
    """How one client got in step: from connecting to having the whole document."""

    took_us: int
    received_bytes: int
    close_code: int
    document: bytes


@dataclass(frozen=True, slots=True)
class Result:
    """What reached whom. Times are microseconds, one for each delivery."""

    expected: int
    delivered: int
    frames: int
    received_bytes: int
    late_us: int
    closed: int
    edit_us: "array[int]"
    awareness_us: "array[int]"
    saved_us: "array[int]"
    joined: list[Joined] = field(repr=False)

    @property
    def is_complete(self) -> bool:
        return self.delivered == self.expected and not self.closed

    def updates(self, connection: int) -> list[bytes]:
        """All that a recorded client received of the document."""
        data, found = self.joined[connection].document, []
        at = 0
        while at < len(data):
            (length,) = struct.unpack_from("=I", data, at)
            found.append(data[at + 4 : at + 4 + length])
            at += 4 + length
        return found


def quantile(values: "array[int]", share: float) -> float:
    """Not a number where there are no values."""
    if not values:
        return float("nan")
    ordered = sorted(values)
    return float(ordered[min(len(ordered) - 1, int(share * len(ordered)))])


def compiled(folder: Path) -> Path:
    """The program, compiled into `folder`. Raises PeerMissing."""
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None:
        raise PeerMissing("a C compiler is needed: apt install gcc")
    program = folder / "player"
    subprocess.run([compiler, "-O2", "-o", program, HERE / "player.c"], check=True)
    return program


class Player:
    """One plan being played against the server at `port`; a context manager.

    Entering connects all its clients, which stay connected until it is left.
    Raises LoadFailed.
    """

    def __init__(
        self, program: Path, plan: Plan, port: int, folder: Path, core: int | None
    ) -> None:
        self._files = folder / f"plan-{id(self)}", folder / f"result-{id(self)}"
        plan.write(self._files[0], port)
        argv = [str(program), *map(str, self._files)]
        with placed(core):
            self._process = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        if core is not None:
            prefer(self._process.pid)

    def __enter__(self) -> Self:
        try:
            self._hear("ready")
        except BaseException:
            self._leave()
            raise
        return self

    def play(self) -> None:
        """Send everything and wait until it arrived, or until no more does."""
        self._say("go")
        self._hear("done")

    def result(self) -> Result:
        """What was noted; all clients leave."""
        self._say("end")
        if self._process.wait() != 0:
            raise LoadFailed("the player failed")
        with self._files[1].open("rb") as file:
            return _read(file)

    def _say(self, word: str) -> None:
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(f"{word}\n".encode())
            self._process.stdin.flush()
        except BrokenPipeError as error:
            raise LoadFailed("the player is gone") from error

    def _hear(self, word: str) -> None:
        assert self._process.stdout is not None
        if self._process.stdout.readline().strip() != word.encode():
            raise LoadFailed(f"the clients are not {word}")

    def _leave(self) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.kill()
        self._process.wait()
        self._process.stdout.close()
        for file in self._files:
            file.unlink(missing_ok=True)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._leave()


def _read(file: BinaryIO) -> Result:
    expected, delivered, frames, received, late_us, closed = struct.unpack("=6Q", file.read(48))
    edit_us, awareness_us, saved_us = _times(file), _times(file), _times(file)
    joined = []
    while facts := file.read(16):
        took_us, received, code, length = struct.unpack("=4I", facts)
        joined.append(Joined(took_us, received, code, file.read(length)))
    return Result(
        expected, delivered, frames, received, late_us, closed,
        edit_us, awareness_us, saved_us, joined,
    )  # fmt: skip


def _times(file: BinaryIO) -> "array[int]":
    (count,) = struct.unpack("=Q", file.read(8))
    values = array("I")
    values.frombytes(file.read(count * values.itemsize))
    return values
