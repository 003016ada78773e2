"""Requests made up from the OpenAPI document, for as long as one likes: a real server answers each
as it declares.

`python -m tests.soak_api --seconds 600` divides the time between a server that everybody may use
and one where everybody signs in, and asks both with a key and without.
"""

from __future__ import annotations

import argparse
import itertools
import re
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from algoroom.runs.limits import HIGHEST
from tests.cli.commands import environment
from tests.serving import Server

# So that nothing is above a ceiling which the document allows.
ROOM: Mapping[str, str] = {
    "ALGOROOM_RUNS_WAITING": "10000",
    "ALGOROOM_RUNS_AT_ONCE_PER_CLIENT": "10000",
    "ALGOROOM_INTERACTIVE_SECONDS": str(HIGHEST.wall_s),
    "ALGOROOM_RUN_CPU_SECONDS": str(HIGHEST.cpu_s),
    "ALGOROOM_RUN_WALL_SECONDS": str(HIGHEST.wall_s),
    "ALGOROOM_RUN_MEMORY_BYTES": str(HIGHEST.memory_bytes),
    "ALGOROOM_RUN_PROCESSES": str(HIGHEST.processes),
    "ALGOROOM_RUN_OUTPUT_BYTES": str(HIGHEST.output_bytes),
    "ALGOROOM_RUN_FILE_BYTES": str(HIGHEST.file_bytes),
    "ALGOROOM_RUN_OPEN_FILES": str(HIGHEST.open_files),
}
RUNS = "execute$|/runs"
# A run that is deleted is cancelled, and can be read all the same.
ABOUT_RUNS = (f"--include-path-regex={RUNS}", "--exclude-checks=use_after_free")
ABOUT_THE_REST = (f"--exclude-path-regex={RUNS}",)
PARTS = (ABOUT_THE_REST, ABOUT_RUNS)
MODES = ("open", "required")
KEYS = (False, True)


def made_up(
    server: Server, *options: str, within_s: float | None = None
) -> subprocess.CompletedProcess[str]:
    """What schemathesis finds when it asks this server."""
    with tempfile.TemporaryDirectory() as folder:
        return subprocess.run(
            [
                str(Path(sys.executable).with_name("schemathesis")),
                "run",
                f"{server.url}/openapi.json",
                "--checks=all",
                *options,
            ],
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
            timeout=within_s,
        )


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.soak_api", description=__doc__)
    parser.add_argument("--seconds", type=int, default=600)
    arguments = parser.parse_args()
    each_s = arguments.seconds // (len(MODES) * len(KEYS) * len(PARTS))
    failed = False
    for mode in MODES:
        with Server({**ROOM, "ALGOROOM_AUTH": mode}) as server:
            key = new_key(server)
            for shown, part in itertools.product(KEYS, PARTS):
                # A run's files may contradict each other, which no schema can say.
                left_out = ["use_after_free", "positive_data_acceptance"] * (part is ABOUT_RUNS)
                options = [*part, "--continue-on-failure", f"--max-time={each_s}"]
                if shown:
                    options.append(f"--header=X-API-Key: {key}")
                elif mode == "required":
                    # Who has not signed in is told nothing else, of methods neither.
                    left_out.append("unsupported_method")
                if left_out:
                    options.append(f"--exclude-checks={','.join(left_out)}")
                found = made_up(server, *options)
                words = "with a key" if shown else "without a key"
                print(f"{mode}, {words}, {part[0]}:\n{found.stdout}{found.stderr}", flush=True)
                failed = failed or found.returncode != 0
    return 1 if failed else 0


def new_key(server: Server) -> str:
    """A key that this server takes."""
    command = [sys.executable, "-m", "algoroom", "keys", "create", "soak"]
    place = environment(server.data_dir / "data")
    made = subprocess.run(command, env=place, capture_output=True, text=True, check=False)
    key = re.search(r"algo_\S+", made.stdout)
    assert key is not None, made.stderr
    return key[0]


if __name__ == "__main__":
    raise SystemExit(main())
