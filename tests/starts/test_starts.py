"""A program cannot tell a warm start from a cold one, and no two starts share what is random.

The suite takes every second of Python's programs and every twentieth of the other languages', whose
starts cost more; `make compare-starts` compares them all.
"""

import asyncio

import pytest

from algoroom.runs.engine import Engine
from algoroom.runs.model import RunRequest, Verdict
from tests.starts import cpython
from tests.starts.comparison import TELLTALE, compared
from tests.starts.corpus import Program, programs

pytestmark = pytest.mark.asyncio(loop_scope="session")

PYTHON, JAVASCRIPT, JAVA = (programs(name) for name in ("python", "javascript", "java"))
LEAST = 150
SHARE = [
    program
    for program in (*PYTHON[::2], *JAVASCRIPT[::20], *JAVA[::20])
    if str(program) not in TELLTALE
]

RANDOM = {
    "python": """
import os, random, secrets, tempfile, uuid
print(random.random(), secrets.token_hex(), uuid.uuid4(), os.urandom(8).hex(), sep="\\n")
print(next(tempfile._get_candidate_names()))
""",
    "javascript": """
const crypto = require("crypto");
console.log(Math.random(), crypto.randomUUID(), crypto.randomBytes(8).toString("hex"));
""",
    "java": """
import java.util.*;
public class Main {
    public static void main(String[] args) {
        System.out.println(Math.random());
        System.out.println(UUID.randomUUID());
        System.out.println(new Random().nextLong());
        System.out.println(new java.security.SecureRandom().nextLong());
    }
}
""",
}


@pytest.mark.parametrize("program", SHARE, ids=str)
async def test_a_warm_start_cannot_be_told_from_a_cold_one(
    engine: Engine, cold: Engine, program: Program
) -> None:
    _, lines = await compared(cold, engine, program)

    assert not lines, "\n".join(lines)


@pytest.mark.parametrize("name", cpython.QUICK)
async def test_cpython_passes_its_own_tests_over_both_starts(
    engine: Engine, cold: Engine, name: str
) -> None:
    told, lines = await compared(cold, engine, cpython.program(name))

    assert told.verdict is Verdict.OK, "\n".join(told.lines())
    assert not lines, "\n".join(lines)


@pytest.mark.parametrize("language", RANDOM)
async def test_no_two_starts_share_anything_random(engine: Engine, language: str) -> None:
    request = RunRequest(language, RANDOM[language])

    outcomes = await asyncio.gather(*(engine.outcome(request) for _ in range(4)))

    answers = [outcome.stdout.split() for outcome in outcomes]
    assert all(answers), outcomes
    for same in zip(*answers, strict=True):
        assert len(set(same)) == len(outcomes), same


@pytest.mark.parametrize("corpus", [PYTHON, JAVASCRIPT, JAVA], ids=lambda all_: all_[0].language)
async def test_a_corpus_is_large_and_names_each_program_once(corpus: list[Program]) -> None:
    assert len(corpus) >= LEAST
    assert len({str(program) for program in corpus}) == len(corpus)
    assert all(program.source or program.language == "java" for program in corpus)
