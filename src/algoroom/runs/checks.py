"""What a run may be asked for, beyond what its types say; looked at before it costs anything."""

import math
from itertools import pairwise

from algoroom.errors import InvalidRun
from algoroom.runs.model import RunRequest, SourceFile

MOST_FILES = 64
MOST_FILES_BYTES = 8 * 1024 * 1024
LONGEST_PATH_BYTES = 255
DEEPEST_PATH = 8
MOST_ARGUMENTS = 256
MOST_ARGUMENTS_BYTES = 64 * 1024
MOST_ROWS = 1_000
MOST_CASES = 100
MOST_CASES_BYTES = 8 * 1024 * 1024
LONGEST_CASE_NAME = 200


def check(request: RunRequest, main: str, out: str | None) -> None:
    """Raise InvalidRun where the request cannot be run.

    `main` is what its main file will be called, `out` the directory that the compiler fills.
    """
    _check_files(request.files, main, out)
    arguments = [_encoded("arguments", argument) for argument in request.arguments]
    if len(arguments) > MOST_ARGUMENTS:
        raise InvalidRun("arguments", f"at most {MOST_ARGUMENTS} are taken")
    if sum(map(len, arguments)) > MOST_ARGUMENTS_BYTES:
        raise InvalidRun("arguments", f"together at most {MOST_ARGUMENTS_BYTES:,} bytes are taken")
    if request.terminal is not None:
        sides = (request.terminal.rows, request.terminal.columns)
        if not all(1 <= side <= MOST_ROWS for side in sides):
            raise InvalidRun("terminal", f"rows and columns are 1 to {MOST_ROWS:,} each")
    if request.cases:
        _check_cases(request)


def _check_cases(request: RunRequest) -> None:
    cases = request.cases
    if request.terminal is not None:
        raise InvalidRun("cases", "no program is tested on a terminal")
    if request.stdin:
        raise InvalidRun("stdin", "each test case has its own")
    if len(cases) > MOST_CASES:
        raise InvalidRun("cases", f"at most {MOST_CASES} are taken")
    if sum(len(case.stdin) + len(case.expected) for case in cases) > MOST_CASES_BYTES:
        raise InvalidRun("cases", f"together at most {MOST_CASES_BYTES:,} bytes are taken")
    for case in cases:
        if not math.isfinite(case.tolerance) or case.tolerance < 0:
            raise InvalidRun("cases", "a tolerance is a number, and not below zero")
        if len(case.name) > LONGEST_CASE_NAME:
            raise InvalidRun("cases", f"a name has at most {LONGEST_CASE_NAME} characters")


def _check_files(files: tuple[SourceFile, ...], main: str, out: str | None) -> None:
    if len(files) > MOST_FILES:
        raise InvalidRun("files", f"at most {MOST_FILES} are taken beside the main one")
    if sum(len(file.data) for file in files) > MOST_FILES_BYTES:
        raise InvalidRun("files", f"together at most {MOST_FILES_BYTES:,} bytes are taken")
    for file in files:
        _check_path(file.path)
    taken = sorted((main, *(file.path for file in files)), key=lambda path: path.split("/"))
    for before, after in pairwise(taken):
        if after == before:
            whose = "the main file's name" if after == main else "given twice"
            raise InvalidRun("files", f"{_shown(after)} is {whose}")
        if after.startswith(f"{before}/"):
            raise InvalidRun("files", f"{_shown(before)} is a file and a directory")
    if out is not None and any(path.split("/")[0] == out for path in taken):
        raise InvalidRun("files", f"{out} is where the compiler writes")


def _check_path(path: str) -> None:
    encoded = _encoded("files", path)
    parts = path.split("/")
    if path.startswith("/"):
        reason = "must be relative"
    elif ".." in parts:
        reason = "must not leave the working directory"
    elif "" in parts or "." in parts:
        reason = "must name a file, without empty parts"
    elif any(not character.isprintable() for character in path) or path.startswith("-"):
        reason = "must be of printable characters, the first of them no -"
    elif len(encoded) > LONGEST_PATH_BYTES or len(parts) > DEEPEST_PATH:
        reason = f"must be {LONGEST_PATH_BYTES} bytes and {DEEPEST_PATH} directories at most"
    else:
        return
    raise InvalidRun("files", f"{_shown(path)} {reason}")


def _encoded(part: str, text: str) -> bytes:
    try:
        encoded = text.encode()
    except UnicodeEncodeError as error:
        raise InvalidRun(part, f"{_shown(text)} is no text in UTF-8") from error
    if b"\0" in encoded:
        raise InvalidRun(part, f"{_shown(text)} holds a null character")
    return encoded


def _shown(text: str) -> str:
    return ascii(text if len(text) <= LONGEST_PATH_BYTES else f"{text[:LONGEST_PATH_BYTES]}…")
