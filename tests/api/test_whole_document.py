"""Requests made up from the OpenAPI document: a real server answers as it declares."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.serving import Server

# A run that is deleted is cancelled, and can be read all the same.
RUNNING = ("--include-path-regex", "--max-examples=1", "--exclude-checks=use_after_free")
OTHERS = ("--exclude-path-regex", "--max-examples=5")


@pytest.mark.parametrize("options", [OTHERS, RUNNING], ids=["everything else", "running programs"])
@pytest.mark.timeout(180)
def test_schemathesis_finds_nothing(options: tuple[str, ...], tmp_path: Path) -> None:
    which, *others = options
    with Server({"ALGOROOM_RUNS_WAITING": "10000"}) as server:
        found = subprocess.run(
            [
                str(Path(sys.executable).with_name("schemathesis")),
                "run",
                f"{server.url}/openapi.json",
                "--checks=all",
                which,
                "execute$|/runs",
                *others,
            ],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
            timeout=170,
        )
    assert found.returncode == 0, found.stdout + found.stderr
