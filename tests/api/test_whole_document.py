"""Requests made up from the OpenAPI document: a real server answers as it declares."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.serving import Server


@pytest.mark.parametrize(
    ("which", "examples"),
    [("--exclude-path-regex", 5), ("--include-path-regex", 1)],
    ids=["everything else", "running programs"],
)
@pytest.mark.timeout(180)
def test_schemathesis_finds_nothing(which: str, examples: int, tmp_path: Path) -> None:
    with Server() as server:
        found = subprocess.run(
            [
                str(Path(sys.executable).with_name("schemathesis")),
                "run",
                f"{server.url}/openapi.json",
                "--checks=all",
                f"--max-examples={examples}",
                which,
                "execute$",
            ],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
            timeout=170,
        )
    assert found.returncode == 0, found.stdout + found.stderr
