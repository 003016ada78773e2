"""What was measured on."""

import os
import platform
import re
import subprocess
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

VERSIONS = (
    ("python3", "--version"),
    ("node", "--version"),
    ("javac", "-version"),
    ("g++", "--version"),
)


def description() -> str:
    """Machine, kernel, versions and date, and how busy others keep the machine."""
    memory = re.search(r"MemTotal:\s+(\d+)", Path("/proc/meminfo").read_text())
    gib = int(memory[1]) / 2**20 if memory else 0
    found = [version for command in VERSIONS if (version := said(command))]
    return (
        f"{datetime.now(UTC):%Y-%m-%d}, {os.cpu_count()} cores ({processor()}), {gib:.0f} GiB, "
        f"Linux {platform.release()}, server on Python {platform.python_version()}; "
        f"load of the last 15 minutes {os.getloadavg()[2]:.1f}.\n"
        f"Programs: {', '.join(found)}.\n"
    )


def processor() -> str:
    model = re.search(r"model name\s*:\s*(.+)", Path("/proc/cpuinfo").read_text())
    return model[1].strip() if model else platform.machine()


def said(command: Sequence[str]) -> str | None:
    """The first line of what a program says of its version; None where it is missing."""
    # As the sandbox finds them, not as somebody's own shell does.
    environment = {"PATH": "/usr/local/bin:/usr/bin:/bin"}
    try:
        answer = subprocess.run(
            command, capture_output=True, text=True, check=True, env=environment, timeout=30
        )
    except (OSError, subprocess.CalledProcessError):
        return None
    name = "Node.js " if command[0] == "node" else ""
    return name + (answer.stdout + answer.stderr).splitlines()[0]
