"""A program that is talked to while it runs: by a pipe, and on a terminal of its own."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager

import pytest

from algoroom.errors import InputClosed, InputFull
from algoroom.runs.console import Console
from algoroom.runs.engine import Engine
from algoroom.runs.model import (
    Ended,
    Limits,
    Outcome,
    Output,
    RunRequest,
    Started,
    Stream,
    Terminal,
    Verdict,
)
from tests.runs.host import traces, until_as_before

pytestmark = pytest.mark.asyncio(loop_scope="session")

WITHIN_S = 10
UPPER = "import sys\nfor line in sys.stdin: print(line.strip().upper())\nprint('end')"
SLEEPS = "import time\nprint('begun')\ntime.sleep(60)"


class Talk:
    """A run and its console; waits for what the program says."""

    def __init__(self, engine: Engine, request: RunRequest) -> None:
        self.console = Console()
        self.events = engine.run(request, self.console)
        self.said = dict.fromkeys(Stream, b"")
        self.outcome: Outcome | None = None

    async def hear(self, words: bytes, stream: Stream = Stream.STDOUT) -> None:
        """Read on until the program has said `words`; what came before is forgotten."""
        async with asyncio.timeout(WITHIN_S):
            while words not in self.said[stream]:
                self._note(await anext(self.events))
        self.said[stream] = self.said[stream].partition(words)[2]

    async def end(self) -> Outcome:
        async with asyncio.timeout(WITHIN_S):
            async for event in self.events:
                self._note(event)
        assert self.outcome is not None
        return self.outcome

    def _note(self, event: object) -> None:
        match event:
            case Output(stream, data):
                self.said[stream] += data
            case Ended(outcome):
                self.outcome = outcome


@asynccontextmanager
async def talk(engine: Engine, source: str, **fields: object) -> AsyncIterator[Talk]:
    request = RunRequest("python", source, **fields)  # type: ignore[arg-type]
    talking = Talk(engine, request)
    async with aclosing(talking.events):
        yield talking


async def taken(console: Console, piece: bytes) -> int:
    """How many bytes are taken of a program's input that it does not read."""
    size = 0
    while True:
        try:
            console.write(piece)
        except InputFull:
            return size
        size += len(piece)
        await asyncio.sleep(0)


async def test_what_is_typed_reaches_the_program_while_it_runs(engine: Engine) -> None:
    async with talk(engine, UPPER, stdin=b"first\n") as it:
        await it.hear(b"FIRST\n")
        for n in range(3):
            it.console.write(b"line %d\n" % n)
            await it.hear(b"LINE %d\n" % n)
        it.console.write(b"\xf0\x9f\x98\x80 no line end")
        it.console.end()
        outcome = await it.end()
    assert outcome.verdict is Verdict.OK
    assert outcome.stdout.endswith("😀 NO LINE END\nend\n".encode())


async def test_what_is_typed_before_the_start_waits_for_the_program(engine: Engine) -> None:
    async with talk(engine, UPPER) as it:
        it.console.write(b"early\n")
        it.console.end()
        assert (await it.end()).stdout == b"EARLY\nend\n"


async def test_without_a_console_stdin_is_all_there_is(engine: Engine) -> None:
    outcome = await engine.outcome(RunRequest("python", UPPER, b"all\n"))
    assert outcome.stdout == b"ALL\nend\n"


async def test_typing_has_a_bound_and_an_end(engine: Engine) -> None:
    async with talk(engine, SLEEPS) as it:
        await it.hear(b"begun\n")
        # The pipe, the feed and the console itself hold so much.
        assert await taken(it.console, b"x" * 4_096) < 2**20
        it.console.end()
        with pytest.raises(InputClosed):
            it.console.write(b"too late")
        it.console.cancel()
        assert (await it.end()).verdict is Verdict.CANCELLED


async def test_input_larger_than_every_buffer_arrives_whole(engine: Engine) -> None:
    source = "import sys, time\ntime.sleep(0.1)\nprint(len(sys.stdin.buffer.read()))"
    async with talk(engine, source, stdin=b"x" * 300_000) as it:
        it.console.write(b"y" * 60_000)
        it.console.end()
        assert (await it.end()).stdout == b"360000\n"


async def test_a_program_that_reads_nothing_more_is_no_failure(engine: Engine) -> None:
    async with talk(engine, "import os, time\nos.close(0)\nprint('deaf')\ninput_ = 1") as it:
        await it.hear(b"deaf\n")
        it.console.write(b"x" * 60_000)
        assert (await it.end()).verdict is Verdict.OK


async def test_a_cancelled_run_keeps_what_it_printed(engine: Engine) -> None:
    before = traces()
    # More than what was there before it began, of which the kernel counts some pages late.
    holds = f"held = bytearray(b'x' * (4 << 20))\n{SLEEPS}"
    async with talk(engine, holds) as it:
        await it.hear(b"begun\n")
        it.console.cancel()
        it.console.cancel()
        outcome = await it.end()
    assert (outcome.verdict, outcome.stdout, outcome.detail) == (
        Verdict.CANCELLED, b"begun\n", None,
    )  # fmt: skip
    assert outcome.wall_ms > 0
    if engine.strength.grouped:  # else it is told now and then
        assert outcome.cpu_ms > 0
        assert outcome.peak_memory_bytes > 0
    await until_as_before(before)


async def test_a_run_can_be_cancelled_before_it_is_asked_for_and_while_it_waits(
    engine: Engine,
) -> None:
    async with talk(engine, SLEEPS) as it:
        it.console.cancel()
        assert (await it.end()).verdict is Verdict.CANCELLED
    async with talk(engine, SLEEPS) as first, talk(engine, SLEEPS) as second:
        await first.hear(b"begun\n")
        await second.hear(b"begun\n")
        async with talk(engine, SLEEPS) as third:
            waiting = asyncio.ensure_future(anext(third.events))
            await asyncio.sleep(0)
            third.console.cancel()
            event = await asyncio.wait_for(waiting, WITHIN_S)
            assert isinstance(event, Ended)
            assert event.outcome.verdict is Verdict.CANCELLED


async def test_a_compilation_can_be_cancelled(engine: Engine) -> None:
    before = traces()
    console = Console()
    source = '#include <regex>\n#include <iostream>\nint main() { std::regex r("a"); }'
    async with aclosing(engine.run(RunRequest("cpp", source), console)) as events:
        async for event in events:
            if isinstance(event, Started):
                console.cancel()
            if isinstance(event, Ended):
                assert event.outcome.verdict is Verdict.CANCELLED
    await until_as_before(before)


SPEAKS_OF_ITS_TERMINAL = """
import os, signal, sys
print(sys.stdin.isatty(), sys.stdout.isatty(), sys.stderr.isatty(), os.environ["TERM"])
print(os.getsid(0) == os.getpid(), os.tcgetpgrp(0) == os.getpgrp(), *os.get_terminal_size())
with open("/dev/tty", "w") as terminal: print("by name", file=terminal)
def resized(number, frame): print("resized", *os.get_terminal_size())
def interrupted(number, frame): print("interrupted")
signal.signal(signal.SIGWINCH, resized)
signal.signal(signal.SIGINT, interrupted)
print("on stderr", file=sys.stderr)
while True:
    try: line = input("? ")
    except EOFError: break
    print("read", line)
sys.exit(7)
"""


async def test_a_terminal_is_a_real_one(engine: Engine) -> None:
    before = traces()
    terminal = Terminal(30, 100)
    async with talk(engine, SPEAKS_OF_ITS_TERMINAL, terminal=terminal) as it:
        await it.hear(b"True True True xterm-256color\r\n")
        await it.hear(b"True True 100 30\r\n")
        await it.hear(b"by name\r\n")
        await it.hear(b"on stderr\r\n")
        await it.hear(b"? ")
        it.console.write(b"one\r")
        await it.hear(b"one\r\n")  # the terminal's echo
        await it.hear(b"read one\r\n")
        it.console.resize(Terminal(40, 120))
        await it.hear(b"resized 120 40\r\n")
        it.console.write(b"\x03")
        await it.hear(b"interrupted\r\n")
        it.console.write(b"tw\x7fwo\n")
        await it.hear(b"read two\r\n")
        it.console.end()
        outcome = await it.end()
    assert (outcome.verdict, outcome.exit_code, outcome.stderr) == (Verdict.FAILED, 7, b"")
    await until_as_before(before)


async def test_an_interrupt_ends_a_program_that_expects_none(engine: Engine) -> None:
    async with talk(engine, SLEEPS, terminal=Terminal()) as it:
        await it.hear(b"begun\r\n")
        it.console.write(b"\x03")
        await it.hear(b"KeyboardInterrupt")
        outcome = await it.end()
    assert outcome.signal == 2 or outcome.exit_code == 130


async def test_stdin_is_typed_on_a_terminal_that_nobody_sits_at(engine: Engine) -> None:
    request = RunRequest("python", UPPER, b"typed\nhalf a line", terminal=Terminal())
    outcome = await engine.outcome(request)
    assert outcome.verdict is Verdict.OK
    assert outcome.stdout.endswith(b"TYPED\r\nHALF A LINE\r\nend\r\n")


async def test_nothing_can_be_pushed_into_a_terminals_input(engine: Engine) -> None:
    source = "import fcntl, termios\nfcntl.ioctl(0, termios.TIOCSTI, b'x')"
    outcome = await engine.outcome(RunRequest("python", source, terminal=Terminal()))
    assert b"PermissionError" in outcome.stdout


async def test_limits_hold_on_a_terminal(engine: Engine) -> None:
    limits = Limits(output_bytes=10_000, wall_s=8)
    flood = RunRequest("python", "while True: print('x' * 99)", limits=limits, terminal=Terminal())
    outcome = await engine.outcome(flood)
    assert (outcome.verdict, len(outcome.stdout)) == (Verdict.OUTPUT_LIMIT, 10_000)
    waits = RunRequest("python", SLEEPS, limits=Limits(wall_s=0.5), terminal=Terminal())
    assert (await engine.outcome(waits)).verdict is Verdict.WALL_LIMIT
