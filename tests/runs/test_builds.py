"""The same source is compiled once, for as long as its build is kept."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing

import pytest
import pytest_asyncio

from algoroom.runs.builds import MOST_ASKERS, Build, Builds
from algoroom.runs.engine import Engine
from algoroom.runs.model import Compiling, Outcome, RunRequest, SourceFile, Verdict
from algoroom.runs.sandbox.command import File
from tests.runs.host import traces, until_as_before

pytestmark = pytest.mark.asyncio(loop_scope="session")

# Makes another program of the same source each time, but for the one that is tested.
CHANCE = """
name = "chance"
display_name = "Chance"
comment = "#"
file = "main.txt"
[toolchain]
programs = ["python3"]
version = ["{python3}", "--version"]
version_pattern = 'Python (\\S+)'
remedy = ""
[compile]
argv = ["{python3}", "-c", '''
import os, sys, time
source = open("main.txt").read()
print("warned")
while "endless" in source: pass
if "slow" in source: time.sleep(0.5)
if "wrong" in source: sys.exit(os.urandom(8).hex())
said = "known" if source == "known" else os.urandom(8).hex()
open("out/main.py", "w").write("print(%r)" % said)
''']
[run]
argv = ["{python3}", "main.py"]
[self_test]
source = "known"
stdout = "known\\n"
"""


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def engine(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Engine]:
    folder = tmp_path_factory.mktemp("languages")
    (folder / "chance.toml").write_text(CHANCE)
    async with Engine(at_once=4, compile_s=1.5, declarations=folder) as running:
        yield running


async def run(engine: Engine, source: str, *files: SourceFile, stdin: bytes = b"") -> Outcome:
    return await engine.outcome(RunRequest("chance", source, files=files, stdin=stdin))


async def test_the_same_source_is_not_compiled_again(engine: Engine) -> None:
    first = await run(engine, "a")
    second = await run(engine, "a", stdin=b"other input")
    assert first.verdict is Verdict.OK
    assert (first.stdout, first.compiler_output) == (second.stdout, b"warned\n")
    assert second.compiler_output == b"warned\n"


async def test_another_source_or_file_is_another_build(engine: Engine) -> None:
    outcomes = [
        await run(engine, "b"),
        await run(engine, "b "),
        await run(engine, "b", SourceFile("x.txt", b"1")),
        await run(engine, "b", SourceFile("x.txt", b"2")),
        await run(engine, "b", SourceFile("y.txt", b"2")),
    ]
    assert len({outcome.stdout for outcome in outcomes}) == len(outcomes)


async def test_an_error_of_the_source_is_kept_too(engine: Engine) -> None:
    first, second = await run(engine, "wrong"), await run(engine, "wrong")
    assert first.verdict is Verdict.COMPILE_ERROR
    assert first == second


async def test_what_a_limit_ended_is_tried_again(engine: Engine) -> None:
    outcome = await run(engine, "endless")
    assert (outcome.verdict, outcome.exit_code) == (Verdict.COMPILE_ERROR, None)
    assert not Build(failure=outcome).lasts


async def test_who_asks_meanwhile_shares_one_compilation(engine: Engine) -> None:
    outcomes = await asyncio.gather(*(run(engine, "slow") for _ in range(4)))
    assert len({outcome.stdout for outcome in outcomes}) == 1


async def test_a_compilation_goes_on_for_those_who_still_wait(engine: Engine) -> None:
    request = RunRequest("chance", "slow for two")
    async with aclosing(engine.run(request)) as given_up:
        async for event in given_up:
            if isinstance(event, Compiling):
                break
        other = asyncio.ensure_future(run(engine, "slow for two"))
        await asyncio.sleep(0)
    outcome = await other
    assert outcome.verdict is Verdict.OK
    assert outcome.stdout == (await run(engine, "slow for two")).stdout


async def test_a_compilation_that_nobody_waits_for_ends(engine: Engine) -> None:
    before = traces()
    async with aclosing(engine.run(RunRequest("chance", "endless, given up"))) as given_up:
        async for event in given_up:
            if isinstance(event, Compiling):
                break
    await until_as_before(before, deadline_s=0.5)


def a_build(size: int) -> Build:
    return Build((File("main", bytes(size)),))


async def kept(builds: Builds, name: bytes) -> bool:
    """Asking counts as use, so this is asked last."""
    made = False

    async def make() -> Build:
        nonlocal made
        made = True
        return a_build(1)

    await builds.get(name, make)
    return not made


async def test_what_was_not_asked_for_the_longest_goes_first() -> None:
    builds = Builds(35_000, 2)

    async def make() -> Build:
        return a_build(10_000)

    for name in (b"1", b"2", b"3", b"1", b"4"):
        await builds.get(name, make)
    assert [await kept(builds, name) for name in (b"1", b"3", b"4")] == [True, True, True]
    assert not await kept(builds, b"2")


@pytest.mark.parametrize("most_bytes", [0, 5_000])
async def test_what_is_larger_than_all_there_may_be_is_not_kept(most_bytes: int) -> None:
    builds = Builds(most_bytes, 2)

    async def make() -> Build:
        return a_build(10_000)

    assert (await builds.get(b"1", make)).files == a_build(10_000).files
    assert not await kept(builds, b"1")


async def test_what_breaks_is_told_to_all_and_not_kept() -> None:
    builds = Builds(10_000, 2)

    async def make() -> Build:
        await asyncio.sleep(0)
        raise OSError("broken")

    asked = [asyncio.ensure_future(builds.get(b"1", make)) for _ in range(3)]
    assert [str(error) for error in await asyncio.gather(*asked, return_exceptions=True)] == [
        "broken"
    ] * 3
    assert not await kept(builds, b"1")


async def test_what_a_party_asked_for_is_forgotten_with_it() -> None:
    builds = Builds(100_000, 2)

    async def make() -> Build:
        return a_build(10)

    for party in ("ann", "bob"):
        await builds.get(b"both's", make, party)
    await builds.get(b"bob's", make, "bob")
    for number in range(MOST_ASKERS + 1):
        await builds.get(b"everybody's", make, f"party {number}")
    builds.forget("ann")
    builds.forget("party 0")
    assert await kept(builds, b"bob's")
    assert await kept(builds, b"everybody's")
    assert not await kept(builds, b"both's")
    builds.forget("nobody")
