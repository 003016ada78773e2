"""A compiler that is kept running, since warming one costs seconds of processor time.

It lives in a sandbox of its own, in which no program runs, and compiles one source after another.
What it cannot do quickly and in good order is done by a fresh compiler instead, whose word
counts: this one only ever saves time.
"""

import asyncio
import logging
import struct
from dataclasses import replace

from algoroom.errors import InputFull
from algoroom.runs.console import Console
from algoroom.runs.model import Limits, Stream
from algoroom.runs.sandbox.command import Command, File, Result
from algoroom.runs.sandbox.process import to_the_end, within
from algoroom.runs.sandbox.sandbox import Sandbox

log = logging.getLogger(__name__)

MIB = 1024 * 1024
FOREVER_S = 1e6
# Its answers count as output, so that this also bounds for how long it is kept.
LIMITS = Limits(
    cpu_s=FOREVER_S,
    wall_s=FOREVER_S,
    memory_bytes=384 * MIB,
    output_bytes=4 * MIB,
    file_bytes=16 * MIB,
    open_files=512,
)
MOST_REQUEST_BYTES = 2 * MIB
MOST_COMPILATIONS = 500
# A busy compiler is waited for as long as a fresh one would take about to start.
TURN_S = 0.2
# What takes longer is left to a fresh compiler, with its own limits.
ANSWER_S = 3.0
PAUSE_S = 1.0
WARM_UP_ROUNDS = 12


class _Unusable(Exception):
    """The compiler has ended, or does not answer."""


class WarmCompiler:
    """Started with `command`, whose program speaks as `hooks/CompilerServer.java` says.

    `warm_up` is compiled until the compiler is quick. An owner calls `close`.
    """

    def __init__(self, sandbox: Sandbox, command: Command, warm_up: Command) -> None:
        self._sandbox = sandbox
        self._command = replace(command, limits=LIMITS)
        self._warm_up = warm_up
        self._turn = asyncio.Lock()
        self._console = Console(MOST_REQUEST_BYTES)
        self._answers = bytearray()
        self._more = asyncio.Event()
        self._left = 0
        self._is_warm = asyncio.Event()
        self._task = asyncio.create_task(self._keep())

    async def compile(self, command: Command) -> Result | None:
        """What `command` would result in; None where it has to be run to know."""
        if not self._is_warm.is_set() or not await within(TURN_S, self._turn.acquire()):
            return None
        try:
            if not self._is_warm.is_set():
                return None
            async with asyncio.timeout(ANSWER_S):
                return await self._ask(command)
        except (TimeoutError, InputFull, _Unusable) as error:
            log.info("a source is left to a fresh compiler: %r", error)
            self._give_up()
            return None
        except asyncio.CancelledError:
            self._give_up()  # its answer would be taken for the next one's
            raise
        finally:
            self._turn.release()

    async def warm(self) -> None:
        """Return when it is quick, or has ended."""
        await self._is_warm.wait()

    async def close(self) -> None:
        self._task.cancel()
        await asyncio.wait([self._task])

    def _give_up(self) -> None:
        self._is_warm.clear()
        self._console.end()
        self._console.cancel()

    async def _keep(self) -> None:
        while True:
            self._console = Console(MOST_REQUEST_BYTES)
            self._answers.clear()
            self._left = MOST_COMPILATIONS
            running = asyncio.create_task(
                self._sandbox.run(replace(self._command, console=self._console), self._hear)
            )
            self._console.on_cancel(running.cancel)
            warming = asyncio.create_task(self._warm_it_up())
            try:
                await asyncio.wait([running])
            finally:
                self._is_warm.clear()
                warming.cancel()
                running.cancel()
                await to_the_end(_ended(running, warming))
            await asyncio.sleep(PAUSE_S)

    async def _warm_it_up(self) -> None:
        async with self._turn:
            for _ in range(WARM_UP_ROUNDS):
                await self._ask(self._warm_up)
        self._is_warm.set()

    async def _ask(self, command: Command) -> Result:
        """Raises _Unusable and InputFull."""
        self._console.write(_request(command))
        code = await self._number()
        said = await self._bytes()
        files = []
        for _ in range(await self._number()):
            path = (await self._bytes()).decode("utf-8", "surrogateescape")
            files.append(File(path, await self._bytes()))
        self._left -= 1
        if self._left == 0:
            self._give_up()
        return Result(exit_code=code, stdout=said, files=tuple(files))

    def _hear(self, stream: Stream, data: bytes) -> None:
        if stream is Stream.STDOUT:
            self._answers += data
            self._more.set()

    async def _number(self) -> int:
        (number,) = struct.unpack(">i", await self._exactly(4))
        return int(number)

    async def _bytes(self) -> bytes:
        return await self._exactly(await self._number())

    async def _exactly(self, size: int) -> bytes:
        if size < 0:
            raise _Unusable("it says nonsense")
        while len(self._answers) < size:
            self._more.clear()
            await self._more.wait()
        data = bytes(self._answers[:size])
        del self._answers[:size]
        return data


async def _ended(*tasks: asyncio.Task[object]) -> None:
    await asyncio.gather(*tasks, return_exceptions=True)


def _request(command: Command) -> bytes:
    """The command's arguments but for those of the virtual machine, and its files."""
    arguments = [argument for argument in command.argv[1:] if not argument.startswith("-J")]
    parts = [struct.pack(">i", len(arguments)), *(_text(argument) for argument in arguments)]
    parts += [_text(command.collect or ""), struct.pack(">i", len(command.files))]
    for file in command.files:
        parts += [_text(file.path), _framed(file.data)]
    return b"".join(parts)


def _text(text: str) -> bytes:
    return _framed(text.encode("utf-8", "replace"))


def _framed(data: bytes) -> bytes:
    return struct.pack(">i", len(data)) + data
