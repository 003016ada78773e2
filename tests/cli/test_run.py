"""`algoroom run`: the program's own output, its own exit code, and a last line about its end."""

import signal
from pathlib import Path

import pytest

from tests.cli.commands import WITHIN_S, algoroom, invoked, started


def program(directory: Path, name: str, source: str) -> Path:
    file = directory / name
    file.write_text(source, "utf-8")
    return file


def test_a_program_says_hello(data_dir: Path, tmp_path: Path) -> None:
    hello = program(tmp_path, "hello.py", "print('hello, wörld')\n")
    said = algoroom(data_dir, "run", hello)
    assert (said.code, said.out) == (0, "hello, wörld\n")
    assert said.err.startswith("algoroom: ended well after ")


def test_the_exit_code_is_the_programs_own(data_dir: Path, tmp_path: Path) -> None:
    file = program(tmp_path, "three.py", "import sys\nsys.exit(3)\n")
    said = invoked(data_dir, "run", file)
    assert said.code == 3
    assert "ended with exit code 3" in said.err


def test_an_uncaught_error_is_shown_as_the_program_shows_it(data_dir: Path, tmp_path: Path) -> None:
    said = invoked(data_dir, "run", program(tmp_path, "bad.py", "1 / 0\n"))
    assert said.code == 1
    assert "ZeroDivisionError" in said.err
    assert said.out == ""


def test_a_program_reads_a_file_or_the_commands_own_input(data_dir: Path, tmp_path: Path) -> None:
    file = program(tmp_path, "sum.py", "import sys\nprint(sum(map(int, sys.stdin)))\n")
    numbers = program(tmp_path, "numbers", "1\n2\n3\n")
    assert invoked(data_dir, "run", file, "--stdin", numbers).out == "6\n"
    assert invoked(data_dir, "run", file, "--stdin", "-", stdin=b"40\n2\n").out == "42\n"
    assert invoked(data_dir, "run", file, stdin=b"40\n2\n").out == "0\n"


def test_the_language_can_be_said(data_dir: Path, tmp_path: Path) -> None:
    file = program(tmp_path, "solution.txt", "console.log(6 * 7)\n")
    said = invoked(data_dir, "run", file, "--language", "javascript")
    assert (said.code, said.out) == (0, "42\n")


@pytest.mark.parametrize(
    ("name", "options", "said"),
    [
        ("solution.txt", (), "solution.txt cannot be run here: its name tells no language"),
        ("hello.py", ("--language", "cobol"), "cobol"),
    ],
)
def test_an_unknown_language_is_told_in_one_line(
    data_dir: Path, tmp_path: Path, name: str, options: tuple[str, ...], said: str
) -> None:
    answer = invoked(data_dir, "run", program(tmp_path, name, ""), *options)
    assert answer.code == 2
    assert answer.err.count("\n") == 1
    assert said in answer.err


def test_a_compile_error_shows_what_the_compiler_said(data_dir: Path, tmp_path: Path) -> None:
    file = program(tmp_path, "main.cpp", "int main() { return missing; }\n")
    said = invoked(data_dir, "run", file)
    assert said.code == 1
    assert "missing" in said.err
    assert said.err.splitlines()[-1].startswith("algoroom: did not compile")


def test_a_program_can_come_by_the_commands_own_input(data_dir: Path) -> None:
    said = invoked(data_dir, "run", "-", "--language", "python", stdin=b"print('piped')")
    assert (said.code, said.out) == (0, "piped\n")


@pytest.mark.parametrize("arguments", [("none.py",), ("-", "--stdin", "none.txt")])
def test_a_file_that_is_not_there_is_told_in_one_line(
    data_dir: Path, arguments: tuple[str, ...]
) -> None:
    said = invoked(data_dir, "run", *arguments)
    assert said.code == 2
    assert said.err == f"algoroom: {arguments[-1]} cannot be read: No such file or directory\n"


def test_a_file_that_is_no_text_is_told_in_one_line(data_dir: Path, tmp_path: Path) -> None:
    file = tmp_path / "hello.py"
    file.write_bytes(b"print('\xff')\n")
    said = invoked(data_dir, "run", file)
    assert said.code == 2
    assert "not a text in UTF-8" in said.err
    assert said.err.count("\n") == 1


def test_output_comes_while_it_runs_and_ctrl_c_ends_it(data_dir: Path, tmp_path: Path) -> None:
    file = program(tmp_path, "endless.py", "print('first', flush=True)\nwhile True:\n    pass\n")
    process = started(data_dir, "run", file)
    with process:
        assert process.stdout
        assert process.stdout.readline() == b"first\n"
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=WITHIN_S)
    assert process.returncode == 130
    assert b"Traceback" not in err


def test_nothing_breaks_when_nobody_reads_the_output(data_dir: Path, tmp_path: Path) -> None:
    file = program(tmp_path, "chatty.py", "while True:\n    print('x' * 100)\n")
    process = started(data_dir, "run", file)
    with process:
        assert process.stdout
        assert process.stderr
        process.stdout.readline()
        process.stdout.close()
        err = process.stderr.read()
        assert process.wait(WITHIN_S) in (141, 153)
    assert b"Traceback" not in err


def test_a_program_has_arguments_and_files_beside_it(data_dir: Path, tmp_path: Path) -> None:
    source = "import sys\nfrom shapes.flat import square\nprint(square(3), sys.argv[1:])\n"
    here = tmp_path / "here"
    (here / "shapes").mkdir(parents=True)
    main = program(here, "main.py", source + "print(open('notes.txt').read())\n")
    flat = program(here / "shapes", "flat.py", "def square(n): return n * n\n")
    notes = program(tmp_path, "notes.txt", "noted")
    said = invoked(data_dir, "run", main, "--file", flat, "--file", notes, "--", "-x", "a b")
    assert (said.code, said.out) == (0, "9 ['-x', 'a b']\nnoted\n")


def test_a_file_that_cannot_lie_there_is_told_in_one_line(data_dir: Path, tmp_path: Path) -> None:
    main = program(tmp_path, "main.py", "")
    said = invoked(data_dir, "run", main, "--file", main)
    assert said.code == 2
    assert said.err == "algoroom: files: 'main.py' is the main file's name\n"
