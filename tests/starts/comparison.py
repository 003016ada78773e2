"""One program over a cold and a warm start: what both said, and where it differs."""

import asyncio
import difflib
import re
from dataclasses import dataclass

from algoroom.runs.engine import Engine
from algoroom.runs.model import RunRequest, Verdict
from tests.starts.corpus import Program

# What differs between two cold starts of the same program by its nature, and nothing else.
NATURE: dict[str, tuple[tuple[re.Pattern[bytes], bytes], ...]] = {
    "python": (
        # Where an object, a thread's stack or a library lies.
        (re.compile(rb"\b0x[0-9a-f]{6,16}\b"), b"0x(address)"),
        # How long a suite of unittest took.
        (re.compile(rb"(?m)^(Ran \d+ tests? in )\d+\.\d+s$"), rb"\1(time)"),
    ),
    "javascript": (),
    "java": (
        # The identity hash of an object, and the number of a lambda's hidden class.
        (re.compile(rb"@[0-9a-f]{4,8}\b"), b"@(hash)"),
        (re.compile(rb"/0x[0-9a-f]{16}\b"), b"/0x(address)"),
    ),
}


# What shows a warm start to whoever looks for it; docs/decisions/0008 says why it stays so. It is
# what the kernel tells of the process and its namespaces, and nothing that a runtime does.
TELLTALE = frozenset(
    {
        "python: ends: the status of the process",
        "python: processes: nothing of the start is mapped",
        "python: surroundings: mounts",
        "python: surroundings: processes that are seen",
        "python: surroundings: namespaces are one's own",
        "javascript: surroundings: the command line of the process",
        "javascript: surroundings: a report",
        "java: surroundings: arguments of the machine",
        "java: surroundings: descriptors that are open",
        "java: surroundings: nothing was collected",
        "java: surroundings: the command line by the kernel",
        "java: surroundings: the process by its handle",
    }
)


@dataclass(frozen=True, slots=True)
class Told:
    """Everything that a client learns of a run, but for its figures."""

    verdict: Verdict
    exit_code: int | None
    signal: int | None
    stdout: bytes
    stderr: bytes
    compiler_output: bytes

    def lines(self) -> list[str]:
        streams = (self.compiler_output, self.stdout, self.stderr)
        return [
            f"{self.verdict} exit code {self.exit_code} signal {self.signal}",
            *(
                f"{name}: {line!r}"
                for name, data in zip(("compiler", "stdout", "stderr"), streams, strict=True)
                for line in data.split(b"\n")
            ),
        ]


async def told(engine: Engine, program: Program) -> Told:
    request = RunRequest(program.language, program.source, program.stdin.encode(), program.limits)
    outcome = await engine.outcome(request)
    assert outcome.verdict is not Verdict.INTERNAL_ERROR, outcome
    return Told(
        outcome.verdict,
        outcome.exit_code,
        outcome.signal,
        _alike(program.language, outcome.stdout),
        _alike(program.language, outcome.stderr),
        _alike(program.language, outcome.compiler_output),
    )


def _alike(language: str, data: bytes) -> bytes:
    for pattern, instead in NATURE[language]:
        data = pattern.sub(instead, data)
    return data


async def compared(cold: Engine, warm: Engine, program: Program) -> tuple[Told, list[str]]:
    """What the cold start told, and the lines that differ, marked as in a diff.

    There are none where nobody can tell the two apart.
    """
    await warm.ready()
    first, second = await asyncio.gather(told(cold, program), told(warm, program))
    if first == second:
        return first, []
    lines = difflib.unified_diff(first.lines(), second.lines(), "cold", "warm", "", "", 0, "")
    return first, list(lines)
