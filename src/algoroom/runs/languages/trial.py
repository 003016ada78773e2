"""Finding out whether a language works here."""

import logging
import re
from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path

from algoroom.runs.languages.catalogue import Language, Status
from algoroom.runs.languages.memory import Passed, Remembered
from algoroom.runs.languages.preparation import Ask, Preparations
from algoroom.runs.languages.recipe import ENVIRONMENT
from algoroom.runs.languages.toolchain import Toolchain, ToolchainMissing, find
from algoroom.runs.model import Limits, Outcome, RunRequest, Verdict
from algoroom.runs.sandbox.command import Command

log = logging.getLogger(__name__)

ASK_LIMITS = Limits(cpu_s=10, wall_s=30, memory_bytes=512 * 1024 * 1024)
TEST_LIMITS = Limits(cpu_s=10, wall_s=30)
EXCERPT = 300

Run = Callable[[Language, RunRequest], Awaitable[Outcome]]


class Failed(Exception):
    """The toolchain is here and does not do what it should; the message says what it did."""


def locate(language: Language, private: Iterable[Path]) -> None:
    """Find the toolchain; a language without one ends settled.

    `private` are directories that no sandbox may see whole.
    """
    try:
        language.toolchain = find(language.declaration, private)
    except (ToolchainMissing, OSError) as error:
        language.fail_with(str(error))


async def settle(
    language: Language,
    remembered: Remembered,
    surroundings: str,
    preparations: Preparations,
    *,
    ask: Ask,
    run: Run,
) -> None:
    """Test the toolchain, or take a remembered result. `language` ends settled."""
    toolchain = language.toolchain
    if toolchain is None:
        return
    try:
        language.identity = toolchain.identity(language.declaration.model_dump_json(), surroundings)
        language.prepared = await preparations.of(language.declaration, toolchain, ask)
        passed = remembered.get(language.identity)
        if passed is None:
            passed = await _test(language, toolchain, ask=ask, run=run)
            remembered.keep(language.identity, passed)
    except (Failed, OSError) as error:
        language.fail_with(str(error))
    except Exception as error:  # one broken language must not take the others along
        log.exception("the self-test of %s broke", language.name)
        language.fail_with(f"its self-test broke: {error!r}")
    else:
        language.pass_with(passed)
    finally:
        if language.status is Status.TESTING:
            language.fail_with("its self-test did not come to an end")


async def _test(language: Language, toolchain: Toolchain, *, ask: Ask, run: Run) -> Passed:
    part = language.declaration.toolchain
    version = await _version(language, toolchain, ask)
    taken = []
    for argument in part.optional_arguments:
        answer = await ask(_question(toolchain, (part.version[0], argument, *part.version[1:])))
        if answer.exit_code == 0:
            taken.append(argument)
    passed = language.optional_arguments = tuple(taken)
    test = language.declaration.self_test
    request = RunRequest(language.name, test.source, test.stdin.encode(), TEST_LIMITS)
    outcome = await run(language, request)
    if outcome.verdict is not Verdict.OK or outcome.stdout.decode(errors="replace") != test.stdout:
        raise Failed(f"the self-test ended with {outcome.verdict}: {_excerpt(outcome)}")
    return Passed(version, passed)


async def _version(language: Language, toolchain: Toolchain, ask: Ask) -> str:
    part = language.declaration.toolchain
    question = _question(toolchain, part.version)
    answer = await ask(question)
    text = (answer.stdout + answer.stderr).decode(errors="replace")
    found = re.search(part.version_pattern, text)
    if found is None:
        told = answer.fault or text.strip()[:EXCERPT] or "nothing"
        raise Failed(f"asked for its version, {question.argv[0]} says: {told}")
    numbers = tuple(int(number) for number in re.findall(r"\d+", found[1]))
    if numbers < part.oldest:
        oldest = ".".join(map(str, part.oldest))
        raise Failed(f"version {found[1]} is too old, {oldest} or newer is needed")
    return found[1]


def _question(toolchain: Toolchain, argv: tuple[str, ...]) -> Command:
    return Command(
        tuple(toolchain.fill(argv, {})),
        ASK_LIMITS,
        environment=ENVIRONMENT,
    )


def _excerpt(outcome: Outcome) -> str:
    told = outcome.detail or ""
    printed = (outcome.compiler_output + outcome.stderr + outcome.stdout).decode(errors="replace")
    return f"{told} {printed.strip()[-EXCERPT:]}".strip()
