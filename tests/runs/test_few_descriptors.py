"""A server without descriptors says that a run failed by its own fault, and leaks nothing."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

from algoroom.runs.languages.catalogue import DECLARATIONS

ROOT = Path(__file__).parents[2]


def test_a_run_without_descriptors_ends_as_our_fault_and_leaves_nothing(tmp_path: Path) -> None:
    shutil.copy(DECLARATIONS / "python.toml", tmp_path)
    answer = subprocess.run(
        [sys.executable, "-m", "tests.runs.few_descriptors", str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert answer.returncode == 0, answer.stderr
    *starved, fed, after = json.loads(answer.stdout)["verdicts"]
    assert len(starved) > 10  # the pipes alone are ten
    assert set(starved) == {"internal_error"}
    assert (fed, after) == ("ok", "ok")
