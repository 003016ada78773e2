"""Requests made up from the OpenAPI document, for as long as one likes: a real server answers each
as it declares.

`python -m tests.soak_api --seconds 600` divides the time between clients with credentials and
without; what a phase finds it prints, with how to ask for it again.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from algoroom.runs.limits import HIGHEST
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
    credentials: dict[str, Sequence[str]] = {
        "without credentials": (),
        "with a key that nobody has": ("--header=X-API-Key: nobody-has-this",),
    }
    parts = [
        (words, about, options)
        for words, options in credentials.items()
        for about in (ABOUT_THE_REST, ABOUT_RUNS)
    ]
    each_s = arguments.seconds // len(parts)
    failed = False
    with Server(ROOM) as server:
        for words, about, options in parts:
            found = made_up(
                server, *about, *options, "--continue-on-failure", f"--max-time={each_s}"
            )
            print(f"{words}, {about[0]}:\n{found.stdout}{found.stderr}", flush=True)
            failed = failed or found.returncode != 0
    return 1 if failed else 0


if __name__ == "__main__":
    raise SystemExit(main())
