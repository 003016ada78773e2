"""Run thousands of programs in a row, a tenth of them hostile, several at once.

    python -m tests.soak_runs --runs 10000 [--at-once N] [--seed N]

Each must end as it has to, none by a failure of ours. The memory of the process that serves them
must not grow from the first quarter to the last, and when the engine is closed no process, control
group or descriptor may be left. Ends with exit code 1 where any of that does not hold.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from algoroom.runs.engine import Engine
from algoroom.runs.model import Outcome, RunRequest, Verdict
from tests.hostile.programs import HostileProgram, all_programs
from tests.runs.conftest import CACHE
from tests.runs.host import resident_bytes, traces, until_as_before
from tests.runs.programs import PROGRAMS

MIB = 1024 * 1024
HOSTILE_SHARE = 0.1
MOST_GROWTH_BYTES = 24 * MIB
# How often a language comes; one that is not named comes once.
WEIGHTS = {"python": 12, "javascript": 6, "java": 2, "cpp": 3}
# On a busy machine a program waits for the processor longer than it is allowed to use it.
PATIENCE = 4
COMPILE_S = 10.0
# Small, so that it is soon full and does not count as growth.
BUILD_CACHE_BYTES = 8 * MIB
ECHOED = b"one line\nand another\n"

Judge = Callable[[Outcome], None]


@dataclass(frozen=True, slots=True)
class Trial:
    """One program and what must come of it; `judge` raises AssertionError where it does not."""

    name: str
    request: RunRequest
    judge: Judge


@dataclass(slots=True)
class Soak:
    """What was seen. `sizes` are the resident bytes of this process after each run."""

    verdicts: Counter[Verdict] = field(default_factory=Counter)
    hostile: int = 0
    failures: list[str] = field(default_factory=list)
    sizes: list[int] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def runs(self) -> int:
        return len(self.sizes)

    def quarters(self) -> tuple[int, int]:
        """The usual size in the first quarter of the runs and in the last, in bytes."""
        quarter = max(1, len(self.sizes) // 4)
        return int(median(self.sizes[:quarter])), int(median(self.sizes[-quarter:]))

    def summary(self) -> str:
        first, last = self.quarters()
        verdicts = ", ".join(f"{count} {name}" for name, count in self.verdicts.most_common())
        return (
            f"{self.runs} runs, {self.hostile} of them hostile, in {self.seconds:.0f} s\n"
            f"{verdicts}\n"
            f"memory of the server: {first / MIB:.1f} MiB in the first quarter, "
            f"{last / MIB:.1f} MiB in the last, {max(self.sizes) / MIB:.1f} MiB at most\n"
            f"{len(self.failures)} failures"
        )


def expects(
    verdict: Verdict,
    *,
    exit_code: int | None,
    signal: int | None = None,
    stdout: bytes | None = None,
) -> Judge:
    def judge(outcome: Outcome) -> None:
        assert outcome.verdict is verdict, outcome
        assert (outcome.exit_code, outcome.signal) == (exit_code, signal), outcome
        assert stdout is None or outcome.stdout == stdout, outcome

    return judge


def harmless(language: str) -> list[Trial]:
    """Programs of one language that end soon, well and not so well."""
    programs = PROGRAMS[language]
    signal = programs.uncaught_signal
    broken = Verdict.COMPILE_ERROR if programs.broken_is_found_by_a_compiler else Verdict.FAILED
    return [
        Trial(
            f"{language}: hello",
            RunRequest(language, programs.hello),
            expects(Verdict.OK, exit_code=0, stdout=b"hello\n"),
        ),
        Trial(
            f"{language}: echo",
            RunRequest(language, programs.echo, ECHOED),
            expects(Verdict.OK, exit_code=0, stdout=ECHOED),
        ),
        Trial(
            f"{language}: uncaught",
            RunRequest(language, programs.uncaught),
            expects(
                Verdict.FAILED if signal is None else Verdict.SIGNALLED,
                exit_code=programs.uncaught_exits_with,
                signal=signal,
            ),
        ),
        Trial(
            f"{language}: broken",
            RunRequest(language, programs.broken),
            expects(broken, exit_code=programs.broken_exits_with),
        ),
    ]


def hostile(program: HostileProgram, *, grouped: bool) -> Trial:
    request = program.request
    if Verdict.WALL_LIMIT not in program.expected["verdicts"]:
        limits = replace(request.limits, wall_s=request.limits.wall_s * PATIENCE)
        request = replace(request, limits=limits)
    return Trial(
        f"hostile: {program.name}", request, lambda outcome: program.judge(outcome, grouped=grouped)
    )


class Trials:
    """An endless mixture, the same for the same seed."""

    def __init__(self, languages: list[str], seed: int, *, grouped: bool) -> None:
        self._chance = random.Random(seed)
        self._languages = languages
        self._weights = [WEIGHTS.get(language, 1) for language in languages]
        self._harmless = {language: harmless(language) for language in languages}
        self._hostile = [
            hostile(program, grouped=grouped)
            for program in all_programs()
            if program.request.language in languages
        ]

    def next(self) -> tuple[Trial, bool]:
        """A trial, and whether it is hostile."""
        if self._chance.random() < HOSTILE_SHARE:
            return self._chance.choice(self._hostile), True
        (language,) = self._chance.choices(self._languages, self._weights)
        return self._chance.choice(self._harmless[language]), False


async def soak(
    runs: int, at_once: int, seed: int, done: Callable[[Soak], None] = lambda _: None
) -> Soak:
    """Run `runs` programs. Raises AssertionError where something is left when they have ended."""
    before = traces()
    seen = Soak()
    began = time.monotonic()
    with TemporaryDirectory() as folder:
        state = Path(folder) / "languages.json"
        async with Engine(
            at_once=at_once,
            compile_s=COMPILE_S,
            build_cache_bytes=BUILD_CACHE_BYTES,
            cache_folder=CACHE,
            state_file=state,
        ) as engine:
            await engine.ready()
            languages = [each.name for each in engine.languages if each.available]
            trials = Trials(languages, seed, grouped=engine.strength.grouped)
            left = runs

            async def take_turns() -> None:
                nonlocal left
                while left > 0:
                    left -= 1
                    trial, is_hostile = trials.next()
                    outcome = await engine.outcome(trial.request)
                    note(seen, trial, outcome)
                    seen.hostile += is_hostile
                    seen.seconds = time.monotonic() - began
                    done(seen)

            async with asyncio.TaskGroup() as group:
                for _ in range(at_once):
                    group.create_task(take_turns())
    await until_as_before(before)
    return seen


def note(seen: Soak, trial: Trial, outcome: Outcome) -> None:
    seen.verdicts[outcome.verdict] += 1
    seen.sizes.append(resident_bytes())
    try:
        assert outcome.verdict is not Verdict.INTERNAL_ERROR, outcome
        trial.judge(outcome)
    except AssertionError as error:
        seen.failures.append(f"{trial.name}: {error}")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.soak_runs", description=__doc__)
    parser.add_argument("--runs", type=int, default=10_000)
    parser.add_argument("--at-once", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--seed", type=int, default=None)
    arguments = parser.parse_args()
    seed = random.SystemRandom().randrange(2**32) if arguments.seed is None else arguments.seed

    told = 0

    def report(seen: Soak) -> None:
        nonlocal told
        for text in seen.failures[told:]:
            print(f"after {seen.seconds:.0f} s failed {text[:1000]}", flush=True)
        told = len(seen.failures)
        if seen.runs % 500 == 0:
            print(
                f"{seen.runs} runs, {len(seen.failures)} failures, "
                f"{seen.sizes[-1] / MIB:.1f} MiB, {seen.seconds:.0f} s",
                flush=True,
            )

    seen = asyncio.run(soak(arguments.runs, arguments.at_once, seed, report))
    print(seen.summary())
    print(f"seed {seed}; no process, control group or descriptor is left")
    first, last = seen.quarters()
    return 1 if seen.failures or last - first > MOST_GROWTH_BYTES else 0


if __name__ == "__main__":
    raise SystemExit(main())
