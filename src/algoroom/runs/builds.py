"""What was compiled before: the same source is not compiled twice."""

import asyncio
import hashlib
import marshal
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from algoroom.runs.model import Outcome
from algoroom.runs.sandbox.command import Command, File
from algoroom.runs.sandbox.process import to_the_end

ENTRY_BYTES = 512  # what one costs beside its content
MOST_ASKERS = 8  # what more than these asked for tells of none of them
MARSHAL_VERSION = 2  # without references between equal objects, which would differ by chance


@dataclass(frozen=True, slots=True)
class Build:
    """What there is to run, and what the compiler said; `failure` where there is nothing."""

    files: tuple[File, ...] = ()
    said: bytes = b""
    failure: Outcome | None = None

    @property
    def lasts(self) -> bool:
        """Whether compiling again would end alike. A limit is reached by chance."""
        failure = self.failure
        return failure is None or (failure.exit_code is not None and failure.detail is None)

    @property
    def size_bytes(self) -> int:
        said = len(self.failure.compiler_output) if self.failure is not None else len(self.said)
        return ENTRY_BYTES + said + sum(len(file.path) + len(file.data) for file in self.files)


class _UnderWay:
    """A compilation and how many wait for it."""

    def __init__(self, task: asyncio.Task[Build]) -> None:
        self.task = task
        self.waiting = 0


class Builds:
    """Builds in memory, `most_bytes` at most: those that were not asked for the longest go first.

    They never lie where a program could reach them, and a run gets copies. `at_once` are made at
    the same time, however many programs have a place.
    """

    def __init__(self, most_bytes: int, at_once: int) -> None:
        self._most_bytes = most_bytes
        self._places = asyncio.Semaphore(at_once)
        self._kept_bytes = 0
        self._kept: OrderedDict[bytes, Build] = OrderedDict()
        self._askers: dict[bytes, set[str]] = {}
        self._under_way: dict[bytes, _UnderWay] = {}

    async def get(self, key: bytes, make: Callable[[], Awaitable[Build]], party: str = "") -> Build:
        """The build of this key, made by `make` where there is none. Raises what `make` raises.

        `party` is who asks. Who asks while it is being made waits for the same. It is given up with
        the last of them.
        """
        if (kept := self._kept.get(key)) is not None:
            self._kept.move_to_end(key)
            self._note(key, party)
            return kept
        under_way = self._under_way.get(key)
        if under_way is None:
            under_way = _UnderWay(asyncio.ensure_future(self._make(key, make)))
            self._under_way[key] = under_way
        under_way.waiting += 1
        try:
            build = await asyncio.shield(under_way.task)
            self._note(key, party)
            return build
        finally:
            under_way.waiting -= 1
            if under_way.waiting == 0:
                if self._under_way.get(key) is under_way:
                    del self._under_way[key]
                under_way.task.cancel()
                await to_the_end(_ended(under_way.task))

    def forget(self, party: str) -> None:
        """Let go of what this party asked for, and hardly anybody else."""
        for key in [key for key, askers in self._askers.items() if party in askers]:
            if len(self._askers[key]) <= MOST_ASKERS:
                self._drop(key)

    def _note(self, key: bytes, party: str) -> None:
        askers = self._askers.get(key)
        if askers is not None and len(askers) <= MOST_ASKERS:
            askers.add(party)

    def _drop(self, key: bytes) -> None:
        self._kept_bytes -= self._kept.pop(key).size_bytes
        del self._askers[key]

    async def _make(self, key: bytes, make: Callable[[], Awaitable[Build]]) -> Build:
        async with self._places:
            build = await make()
        if build.lasts and build.size_bytes <= self._most_bytes:
            self._kept[key] = build
            self._askers[key] = set()
            self._kept_bytes += build.size_bytes
            while self._kept_bytes > self._most_bytes:
                self._drop(next(iter(self._kept)))
        return build


def key(toolchain: str, command: Command) -> bytes:
    """A digest of all that decides about a build; `toolchain` is its identity."""
    content = (
        toolchain,
        command.argv,
        sorted(command.environment.items()),
        [(file.path, file.data, file.executable) for file in command.files],
    )
    return hashlib.sha256(marshal.dumps(content, MARSHAL_VERSION)).digest()


async def _ended(task: asyncio.Task[Build]) -> None:
    await asyncio.wait([task])
