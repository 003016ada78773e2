"""Requests made up from the OpenAPI document: a real server answers as it declares."""

import subprocess
import sys
from pathlib import Path

import pytest

from algoroom.runs.limits import HIGHEST
from tests.serving import Server

# A run that is deleted is cancelled, and can be read all the same.
RUNNING = ("--include-path-regex", "--max-examples=1", "--exclude-checks=use_after_free")
# So that nothing is above a ceiling which the document allows.
ROOM = {
    "ALGOROOM_RUNS_WAITING": "10000",
    "ALGOROOM_INTERACTIVE_SECONDS": str(HIGHEST.wall_s),
    "ALGOROOM_RUN_CPU_SECONDS": str(HIGHEST.cpu_s),
    "ALGOROOM_RUN_WALL_SECONDS": str(HIGHEST.wall_s),
    "ALGOROOM_RUN_MEMORY_BYTES": str(HIGHEST.memory_bytes),
    "ALGOROOM_RUN_PROCESSES": str(HIGHEST.processes),
    "ALGOROOM_RUN_OUTPUT_BYTES": str(HIGHEST.output_bytes),
    "ALGOROOM_RUN_FILE_BYTES": str(HIGHEST.file_bytes),
    "ALGOROOM_RUN_OPEN_FILES": str(HIGHEST.open_files),
}
OTHERS = ("--exclude-path-regex", "--max-examples=5")


@pytest.mark.parametrize("options", [OTHERS, RUNNING], ids=["everything else", "running programs"])
@pytest.mark.timeout(180)
def test_schemathesis_finds_nothing(options: tuple[str, ...], tmp_path: Path) -> None:
    which, *others = options
    with Server(ROOM) as server:
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
