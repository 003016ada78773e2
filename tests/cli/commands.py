"""The command as a person has it: a process of its own, with an environment of its own."""

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from typer.testing import CliRunner

from algoroom.cli import app

INHERITED = ("PATH", "HOME", "TMPDIR", "JAVA_HOME", "COVERAGE_PROCESS_CONFIG")
WITHIN_S = 60


@dataclass(frozen=True, slots=True)
class Said:
    """What a command printed, and its exit code."""

    code: int
    out: str
    err: str


def environment(data_dir: Path, settings: Mapping[str, str] | None = None) -> dict[str, str]:
    kept = {name: os.environ[name] for name in INHERITED if name in os.environ}
    return kept | {"ALGOROOM_DATA_DIR": str(data_dir), "COLUMNS": "200"} | dict(settings or {})


def invoked(
    data_dir: Path,
    *arguments: str | Path,
    settings: Mapping[str, str] | None = None,
    stdin: bytes = b"",
) -> Said:
    """Run the command to its end in this process, which saves the start of another one."""
    done = CliRunner().invoke(
        app,
        [str(argument) for argument in arguments],
        env=environment(data_dir, settings),
        input=stdin,
        catch_exceptions=False,
    )
    return Said(done.exit_code, done.stdout, done.stderr)


def algoroom(
    data_dir: Path,
    *arguments: str | Path,
    settings: Mapping[str, str] | None = None,
    stdin: bytes = b"",
) -> Said:
    """Run the command to its end, in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "algoroom", *map(str, arguments)],
        env=environment(data_dir, settings),
        input=stdin,
        capture_output=True,
        timeout=WITHIN_S,
    )
    return Said(done.returncode, done.stdout.decode(), done.stderr.decode())


def started(
    data_dir: Path, *arguments: str | Path, settings: Mapping[str, str] | None = None
) -> subprocess.Popen[bytes]:
    """Start the command; whoever does ends it."""
    return subprocess.Popen(
        [sys.executable, "-m", "algoroom", *map(str, arguments)],
        env=environment(data_dir, settings) | {"PYTHONUNBUFFERED": "1"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
