"""Without root and without control groups programs run all the same, within the same limits."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

from algoroom.runs.sandbox import bubblewrap
from tests.runs.programs import PROGRAMS

ROOT = Path(__file__).parents[2]


def test_a_user_without_rights_runs_programs_within_limits(tmp_path: Path) -> None:
    shared = Path("/tmp") / f"algoroom-bwrap-{os.getpid()}"
    shared.mkdir(mode=0o755)
    try:
        shared.chmod(0o755)
        # The bundled one may lie where only its owner may look.
        shutil.copy(bubblewrap.find().path, shared / "bwrap")
        environment = {**os.environ, "PATH": f"{shared}{os.pathsep}{os.environ['PATH']}"}
        answer = subprocess.run(
            [sys.executable, "-m", "tests.runs.unprivileged"],
            cwd=ROOT,
            env=environment,
            capture_output=True,
            text=True,
            timeout=110,
            check=False,
        )
    finally:
        shutil.rmtree(shared)
    assert answer.returncode == 0, answer.stderr
    assert json.loads(answer.stdout) == {
        "strength": [False, False, False],
        "languages": sorted(PROGRAMS),
        **{f"{name} echo": ["ok", 0, None, "read me", True] for name in PROGRAMS if name != "sql"},
        # Its lines are rows, which are told as lines.
        "sql echo": ["ok", 0, None, "read me\n", True],
        "exit": ["failed", 3, None, "before\n", True],
        "endless": ["time_limit", None, 9, "begun\n", True],
        "flood": ["output_limit", None, 9, ("flood " * 20)[:40], True],
        "hoard": ["memory_limit", None, 9, "begun\n", True],
        "hoard in c++": ["memory_limit", None, 9, "begun\n", True],
        "sleep": ["wall_limit", None, 9, "begun\n", True],
        "fork bomb": ["wall_limit", None, 9, "begun\n", True],
        "daemon": ["ok", 0, None, "1\n", True],
        "memory of many": ["memory_limit", None, 9, "", True],
        "server": ["ok", 0, None, "unreachable\n", True],
    }
