"""Each language runs the same programs with the same results."""

import pytest

from algoroom.runs.engine import Engine
from algoroom.runs.model import Limits, RunRequest, Verdict
from tests.runs.programs import PROGRAMS, Programs, java

pytestmark = pytest.mark.asyncio(loop_scope="session")
MIB = 1024 * 1024


@pytest.fixture(params=sorted(PROGRAMS))
def language(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture
def programs(language: str) -> Programs:
    return PROGRAMS[language]


@pytest.mark.parametrize("memory_bytes", [128 * MIB, 256 * MIB])
async def test_hello(engine: Engine, language: str, programs: Programs, memory_bytes: int) -> None:
    limits = Limits(memory_bytes=memory_bytes)
    outcome = await engine.outcome(RunRequest(language, programs.hello, limits=limits))
    assert (outcome.verdict, outcome.exit_code, outcome.signal) == (Verdict.OK, 0, None)
    assert (outcome.stdout, outcome.stderr) == (b"hello\n", b"")
    assert 0 < outcome.wall_ms < 10_000
    assert outcome.cpu_ms > 0
    assert 0 <= outcome.peak_memory_bytes <= memory_bytes


async def test_the_template_runs(engine: Engine, language: str) -> None:
    template = engine.languages.get(language).template
    outcome = await engine.outcome(RunRequest(language, template))
    assert outcome.verdict is Verdict.OK
    assert "Hello, world!" in outcome.stdout.decode()


async def test_what_is_read_is_printed(engine: Engine, language: str, programs: Programs) -> None:
    text = "Grüße, 世界 👋🏽 e\u0301\n".encode() * 3
    outcome = await engine.outcome(RunRequest(language, programs.echo, stdin=text))
    assert (outcome.verdict, outcome.stdout) == (Verdict.OK, text)


async def test_an_exit_code_is_the_program_s(
    engine: Engine, language: str, programs: Programs
) -> None:
    outcome = await engine.outcome(RunRequest(language, programs.exits_with_3))
    assert (outcome.verdict, outcome.exit_code, outcome.signal) == (Verdict.FAILED, 3, None)
    assert outcome.stdout == b"before\n"


async def test_an_uncaught_error_is_told(engine: Engine, language: str, programs: Programs) -> None:
    outcome = await engine.outcome(RunRequest(language, programs.uncaught))
    assert programs.uncaught_says in outcome.stderr.decode()
    signalled = programs.uncaught_signal is not None
    assert outcome.verdict is (Verdict.SIGNALLED if signalled else Verdict.FAILED)
    assert outcome.exit_code == programs.uncaught_exits_with
    assert outcome.signal == programs.uncaught_signal


async def test_broken_source_is_told(engine: Engine, language: str, programs: Programs) -> None:
    outcome = await engine.outcome(RunRequest(language, programs.broken))
    assert outcome.exit_code == programs.broken_exits_with
    if programs.broken_is_found_by_a_compiler:
        assert outcome.verdict is Verdict.COMPILE_ERROR
        assert programs.broken_says in outcome.compiler_output.decode()
        assert outcome.wall_ms == 0
    else:
        assert outcome.verdict is Verdict.FAILED
        assert programs.broken_says in outcome.stderr.decode()


async def test_an_endless_loop_ends_at_the_processor_limit(
    engine: Engine, language: str, programs: Programs
) -> None:
    limits = Limits(cpu_s=0.5, wall_s=8)
    outcome = await engine.outcome(RunRequest(language, programs.endless, limits=limits))
    assert (outcome.verdict, outcome.exit_code, outcome.signal) == (Verdict.TIME_LIMIT, None, 9)
    assert outcome.stdout == b"begun\n"
    assert 500 <= outcome.cpu_ms < 1_500
    assert outcome.detail is not None
    assert "0.5 s" in outcome.detail


async def test_a_flood_ends_at_the_output_limit(
    engine: Engine, language: str, programs: Programs
) -> None:
    limits = Limits(output_bytes=10_000)
    outcome = await engine.outcome(RunRequest(language, programs.floods, limits=limits))
    assert outcome.verdict is Verdict.OUTPUT_LIMIT
    assert len(outcome.stdout) == 10_000
    assert outcome.stdout.startswith(b"flood flood ")


async def test_hoarding_ends_at_the_memory_limit(
    engine: Engine, language: str, programs: Programs
) -> None:
    limits = Limits(memory_bytes=128 * MIB, wall_s=8)
    outcome = await engine.outcome(RunRequest(language, programs.hoards, limits=limits))
    assert outcome.verdict is Verdict.MEMORY_LIMIT
    assert outcome.stdout == b"begun\n"
    assert outcome.detail is not None
    assert "128 MiB" in outcome.detail


async def test_empty_source_is_a_program_where_the_language_says_so(engine: Engine) -> None:
    for language in ("python", "javascript"):
        outcome = await engine.outcome(RunRequest(language, ""))
        assert (outcome.verdict, outcome.stdout) == (Verdict.OK, b"")


async def test_a_traceback_names_the_file_as_the_language_does(engine: Engine) -> None:
    outcome = await engine.outcome(RunRequest("python", "1 / 0"))
    assert b'File "/code/main.py", line 1' in outcome.stderr


async def test_javascript_may_be_a_module(engine: Engine) -> None:
    source = "import os from 'node:os';\nconsole.log(typeof os.EOL, await Promise.resolve(4))"
    outcome = await engine.outcome(RunRequest("javascript", source))
    assert (outcome.verdict, outcome.stdout) == (Verdict.OK, b"string 4\n")


async def test_typescript_tells_types_and_lines_of_its_own_source(engine: Engine) -> None:
    wrong = await engine.outcome(RunRequest("typescript", "let n: number;\nn = 'text';"))
    assert wrong.compiler_output.startswith(b"main.ts(2,1): error TS2322: Type 'string'")
    thrown = "interface Unused { x: number }\n\nthrow new Error('here');"
    outcome = await engine.outcome(RunRequest("typescript", thrown))
    assert b"/code/main.ts:3" in outcome.stderr


async def test_sql_shows_columns_and_ends_at_the_first_error(engine: Engine) -> None:
    source = (
        "CREATE TABLE people (name TEXT, born INTEGER);\n"
        "INSERT INTO people VALUES ('Ada', 1815), ('Nobody', NULL);\n"
        "SELECT * FROM people;\nSELECT missing;\nSELECT 'not reached';"
    )
    outcome = await engine.outcome(RunRequest("sql", source))
    rows = [line.split() for line in outcome.stdout.decode().splitlines()]
    assert rows == [["name", "born"], ["------", "----"], ["Ada", "1815"], ["Nobody", "NULL"]]
    assert b"near line 4: no such column: missing" in outcome.stderr
    assert (outcome.verdict, outcome.exit_code) == (Verdict.FAILED, 1)


async def test_a_new_session_s_first_line_says_nothing_in_any_language(engine: Engine) -> None:
    for language in engine.languages:
        if language.declaration.compile is None:
            source = f"{language.comment} Write your code here\n"
            outcome = await engine.outcome(RunRequest(language.name, source))
            assert (outcome.verdict, outcome.stdout) == (Verdict.OK, b""), language.name


async def test_a_warning_of_the_compiler_comes_with_the_outcome(engine: Engine) -> None:
    source = '#include <stdio.h>\nint main(void) { int unused; puts("hello"); }'
    outcome = await engine.outcome(RunRequest("c", source))
    assert (outcome.verdict, outcome.stdout) == (Verdict.OK, b"hello\n")
    assert b"-Wunused-variable" in outcome.compiler_output


@pytest.mark.parametrize(
    "source",
    [
        "// public class Other {\nclass First { int x; }\nclass Second {\n"
        'public static void main(String[] a) { System.out.println("hello"); } }',
        "package deep.down;\n" + java('System.out.println("hello");', name="App"),
    ],
    ids=["second-of-two", "in-a-package"],
)
async def test_java_may_name_its_class_as_it_likes(engine: Engine, source: str) -> None:
    outcome = await engine.outcome(RunRequest("java", source))
    assert (outcome.verdict, outcome.stdout) == (Verdict.OK, b"hello\n"), outcome


async def test_any_bytes_may_be_printed(engine: Engine) -> None:
    source = (
        "import sys\n"
        "sys.stdout.buffer.write(bytes(range(256)))\n"
        "sys.stderr.buffer.write(b'\\x00\\xff')"
    )
    outcome = await engine.outcome(RunRequest("python", source))
    assert (outcome.stdout, outcome.stderr) == (bytes(range(256)), b"\x00\xff")


async def test_source_may_hold_any_text(engine: Engine) -> None:
    source = "print('𝔘𝔫𝔦 \ud800 é'.encode('utf-8', 'replace').decode())"
    outcome = await engine.outcome(RunRequest("python", source))
    assert (outcome.verdict, outcome.stdout.decode()) == (Verdict.OK, "𝔘𝔫𝔦 ? é\n")
