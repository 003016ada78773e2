"""`algoroom run`: the program's own output, its own exit code, and a last line about its end."""

import signal
from pathlib import Path

import pytest

from tests.cli.commands import WITHIN_S, algoroom, started


def program(directory: Path, name: str, source: str) -> Path:
    file = directory / name
    file.write_text(source, "utf-8")
    return file


def test_a_program_says_hello(tmp_path: Path) -> None:
    hello = program(tmp_path, "hello.py", "print('hello, wörld')\n")
    said = algoroom(tmp_path, "run", hello)
    assert (said.code, said.out) == (0, "hello, wörld\n")
    assert said.err.startswith("algoroom: ended well after ")


def test_the_exit_code_is_the_programs_own(tmp_path: Path) -> None:
    file = program(tmp_path, "three.py", "import sys\nsys.exit(3)\n")
    said = algoroom(tmp_path, "run", file)
    assert said.code == 3
    assert "ended with exit code 3" in said.err


def test_an_uncaught_error_is_shown_as_the_program_shows_it(tmp_path: Path) -> None:
    said = algoroom(tmp_path, "run", program(tmp_path, "bad.py", "1 / 0\n"))
    assert said.code == 1
    assert "ZeroDivisionError" in said.err
    assert said.out == ""


def test_a_program_reads_a_file_or_the_commands_own_input(tmp_path: Path) -> None:
    file = program(tmp_path, "sum.py", "import sys\nprint(sum(map(int, sys.stdin)))\n")
    numbers = program(tmp_path, "numbers", "1\n2\n3\n")
    assert algoroom(tmp_path, "run", file, "--stdin", numbers).out == "6\n"
    assert algoroom(tmp_path, "run", file, "--stdin", "-", stdin=b"40\n2\n").out == "42\n"
    assert algoroom(tmp_path, "run", file, stdin=b"40\n2\n").out == "0\n"


def test_the_language_can_be_said(tmp_path: Path) -> None:
    file = program(tmp_path, "solution.txt", "console.log(6 * 7)\n")
    said = algoroom(tmp_path, "run", file, "--language", "javascript")
    assert (said.code, said.out) == (0, "42\n")


@pytest.mark.parametrize(
    ("name", "options", "said"),
    [
        ("solution.txt", (), "solution.txt cannot be run here: its name tells no language"),
        ("hello.py", ("--language", "cobol"), "cobol"),
    ],
)
def test_an_unknown_language_is_told_in_one_line(
    tmp_path: Path, name: str, options: tuple[str, ...], said: str
) -> None:
    answer = algoroom(tmp_path, "run", program(tmp_path, name, ""), *options)
    assert answer.code == 2
    assert answer.err.count("\n") == 1
    assert said in answer.err


def test_a_compile_error_shows_what_the_compiler_said(tmp_path: Path) -> None:
    file = program(tmp_path, "main.cpp", "int main() { return missing; }\n")
    said = algoroom(tmp_path, "run", file)
    assert said.code == 1
    assert "missing" in said.err
    assert said.err.splitlines()[-1].startswith("algoroom: did not compile")


def test_a_file_that_is_no_text_is_told_in_one_line(tmp_path: Path) -> None:
    file = tmp_path / "hello.py"
    file.write_bytes(b"print('\xff')\n")
    said = algoroom(tmp_path, "run", file)
    assert said.code == 2
    assert "not a text in UTF-8" in said.err
    assert said.err.count("\n") == 1


def test_output_comes_while_the_program_runs_and_ctrl_c_ends_it(tmp_path: Path) -> None:
    file = program(tmp_path, "endless.py", "print('first', flush=True)\nwhile True:\n    pass\n")
    process = started(tmp_path, "run", file)
    with process:
        assert process.stdout
        assert process.stdout.readline() == b"first\n"
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=WITHIN_S)
    assert process.returncode == 130
    assert b"Traceback" not in err


def test_nothing_breaks_when_nobody_reads_the_output(tmp_path: Path) -> None:
    file = program(tmp_path, "chatty.py", "while True:\n    print('x' * 100)\n")
    process = started(tmp_path, "run", file)
    with process:
        assert process.stdout
        assert process.stderr
        process.stdout.readline()
        process.stdout.close()
        err = process.stderr.read()
        assert process.wait(WITHIN_S) in (141, 153)
    assert b"Traceback" not in err
