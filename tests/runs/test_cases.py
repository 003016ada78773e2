"""Programs over test cases: compiled once, run afresh for each, and nothing told of hidden ones."""

from contextlib import aclosing
from dataclasses import replace

import pytest

from algoroom.errors import InvalidRun
from algoroom.runs.console import Console
from algoroom.runs.engine import Engine
from algoroom.runs.explanation import explain
from algoroom.runs.model import (
    Case,
    CaseEnded,
    Compiled,
    Compiling,
    Ended,
    Limits,
    Output,
    RunRequest,
    Started,
    Terminal,
    Verdict,
)

pytestmark = pytest.mark.asyncio(loop_scope="session")

LIMITS = Limits(cpu_s=0.3, wall_s=20)
DOUBLES = """
import os, sys
word = input()
if word == "loop":
    while True: pass
if word == "crash": sys.exit(3)
if word == "leave": open("/tmp/trace", "w").write("x")
print(word * 2, os.path.exists("/tmp/trace"))
"""


def case(stdin: str, expected: str, **fields: object) -> Case:
    return Case(stdin.encode(), expected.encode(), **fields)  # type: ignore[arg-type]


async def test_each_case_is_told_as_it_ends_and_all_of_them_at_the_end(engine: Engine) -> None:
    cases = (
        case("ab", "abab False", name="first"),
        case("leave", "leaveleave True"),
        case("see", "seesee False"),
        case("wrong", "right"),
        case("crash", "", name="broken"),
        case("loop", ""),
    )
    request = RunRequest("python", DOUBLES, limits=LIMITS, cases=cases)
    events = [event async for event in engine.run(request)]
    assert isinstance(events[0], Started)
    ended = events[-1]
    assert isinstance(ended, Ended)
    told = [event.outcome for event in events[1:-1] if isinstance(event, CaseEnded)]
    assert len(told) == len(events) - 2 == len(cases)
    outcome = ended.outcome
    assert outcome.cases == tuple(told)
    assert [one.number for one in told] == [1, 2, 3, 4, 5, 6]
    assert [one.name for one in told] == ["first", "", "", "", "broken", ""]
    assert [one.passed for one in told] == [True, True, True, False, False, False]
    assert [one.verdict for one in told] == [
        *[Verdict.OK] * 4, Verdict.FAILED, Verdict.TIME_LIMIT,
    ]  # fmt: skip
    assert (told[0].stdout, told[3].stdout) == (b"abab False\n", b"wrongwrong False\n")
    assert (told[4].exit_code, told[5].signal) == (3, 9)
    assert told[5].cpu_ms >= 300
    assert (outcome.verdict, outcome.detail) == (Verdict.FAILED, "3 of 6 test cases passed")
    assert outcome.wall_ms == sum(one.wall_ms for one in told)
    assert explain(outcome, LIMITS) == "3 of 6 test cases passed"


async def test_all_passed_is_a_success(engine: Engine) -> None:
    request = RunRequest("python", "print(input())", cases=(case("x", "x\n"), case("y", "y")))
    outcome = await engine.outcome(request)
    assert (outcome.verdict, outcome.detail) == (Verdict.OK, "2 of 2 test cases passed")


async def test_it_stops_at_the_first_failure_where_that_is_asked_for(engine: Engine) -> None:
    cases = (case("a", "a"), case("b", "x"), case("c", "c"))
    request = RunRequest("python", "print(input())", cases=cases, stops_at_failure=True)
    outcome = await engine.outcome(request)
    assert [one.passed for one in outcome.cases] == [True, False]
    assert (outcome.verdict, outcome.detail) == (Verdict.FAILED, "1 of 3 test cases passed")


async def test_it_is_compiled_once(engine: Engine) -> None:
    source = "#include <iostream>\nint main() { int n; std::cin >> n; std::cout << n * n; }"
    cases = tuple(case(str(n), str(n * n)) for n in range(5))
    events = [event async for event in engine.run(RunRequest("cpp", source, cases=cases))]
    assert [type(event) for event in events] == [
        Started, Compiling, Compiled, *[CaseEnded] * 5, Ended,
    ]  # fmt: skip
    assert isinstance(events[-1], Ended)
    assert events[-1].outcome.verdict is Verdict.OK


async def test_what_does_not_compile_has_no_cases(engine: Engine) -> None:
    request = RunRequest("cpp", "int main() { return x; }", cases=(case("", ""),))
    events = [event async for event in engine.run(request)]
    assert [type(event) for event in events] == [Started, Compiling, Ended]
    assert isinstance(events[-1], Ended)
    assert (events[-1].outcome.verdict, events[-1].outcome.cases) == (Verdict.COMPILE_ERROR, ())


async def test_of_a_hidden_case_nothing_is_told_but_figures(engine: Engine) -> None:
    source = "import sys\nword = input()\nprint(word)\nprint(word, file=sys.stderr)"
    cases = (case("secret", "secret", hidden=True), case("other", "secret", hidden=True))
    events = [event async for event in engine.run(RunRequest("python", source, cases=cases))]
    assert "secret" not in repr(events)
    assert "other" not in repr(events)
    assert not any(isinstance(event, Output) for event in events)
    assert isinstance(events[-1], Ended)
    assert [one.passed for one in events[-1].outcome.cases] == [True, False]


async def test_all_cases_together_keep_as_much_output_as_one_run(engine: Engine) -> None:
    cases = tuple(case(f"{n}", "x" * 600) for n in range(3))
    limits = replace(LIMITS, output_bytes=1_000)
    outcome = await engine.outcome(
        RunRequest("python", "print('x' * 600)", limits=limits, cases=cases)
    )
    assert [(len(one.stdout), one.is_cut, one.passed) for one in outcome.cases] == [
        (601, False, True),
        (399, True, True),
        (0, True, True),
    ]
    source = "print(input() * 1000)"
    cases = (case("xx", ""), case("y", ""), case("xx", "", hidden=True))
    outcome = await engine.outcome(RunRequest("python", source, limits=limits, cases=cases))
    assert [one.is_cut for one in outcome.cases] == [True, True, False]


async def test_a_run_that_is_cancelled_keeps_the_cases_that_ended(engine: Engine) -> None:
    console = Console()
    request = RunRequest("python", DOUBLES, cases=(case("a", "aa False"), case("loop", "")))
    async with aclosing(engine.run(request, console)) as events:
        async for event in events:
            if isinstance(event, CaseEnded):
                console.cancel()
            if isinstance(event, Ended):
                assert event.outcome.verdict is Verdict.CANCELLED
                assert [one.passed for one in event.outcome.cases] == [True]


ONE = case("", "")


@pytest.mark.parametrize(
    ("part", "fields"),
    [
        ("cases", {"cases": (ONE,) * 101}),
        ("cases", {"cases": (ONE,), "terminal": Terminal()}),
        ("stdin", {"cases": (ONE,), "stdin": b"x"}),
        ("cases", {"cases": (case("", "", tolerance=-1.0),)}),
        ("cases", {"cases": (case("", "", tolerance=float("nan")),)}),
        ("cases", {"cases": (case("", "", name="x" * 201),)}),
        ("cases", {"cases": (case("x" * 2**22, "x" * (2**22 + 1)),)}),
    ],
)
async def test_cases_that_cannot_be_are_refused(
    engine: Engine, part: str, fields: dict[str, object]
) -> None:
    with pytest.raises(InvalidRun) as refusal:
        await engine.outcome(RunRequest("python", "", **fields))  # type: ignore[arg-type]
    assert refusal.value.part == part
