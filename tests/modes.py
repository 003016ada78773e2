"""Runs tests as each kind of server there is.

python -m tests.modes [MODE ...] -- [pytest's arguments]

`root` is root. `delegated` is an ordinary user in a control group that was made for it, as a
service manager does. `plain` is an ordinary user without one. The last two need root to become
that user, and change nothing that outlives them: what the user may not read is shown to it by a
view of the file system of its own.
"""

import ctypes
import os
import subprocess
import sys
from pathlib import Path

from algoroom.runs.sandbox.cgroups import discovery

MODES = ("root", "delegated", "plain")
NOBODY = 65_534
CONTROLLERS = ("memory", "pids", "cpuacct", "cpu")
CLONE_NEWNS, MS_REC, MS_PRIVATE = 0x00020000, 0x4000, 1 << 18
ROOT = Path(__file__).parents[1]


def main(given: list[str]) -> int:
    """The worst exit code of all modes."""
    cut = given.index("--") if "--" in given else len(given)
    modes, arguments = given[:cut] or list(MODES), given[cut + 1 :] or ["tests/hostile"]
    unknown = set(modes) - set(MODES)
    if unknown or os.geteuid() != 0:
        sys.stderr.write("root runs this, and the modes are: " + " ".join(MODES) + "\n")
        return 2
    codes = []
    for mode in modes:
        print(f"== {mode}", flush=True)
        codes.append(run_as(mode, arguments))
    print("==", *(f"{mode}: {code}" for mode, code in zip(modes, codes, strict=True)))
    return max(codes)


def run_as(mode: str, arguments: list[str]) -> int:
    groups = make_groups() if mode == "delegated" else []
    pid = os.fork()
    if pid == 0:
        try:
            become(mode, groups)
            os.execv(
                sys.executable,
                [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-q", *arguments],
            )
        finally:
            os._exit(70)
    _, status = os.waitpid(pid, 0)
    for group in groups:
        remove(group)
    return os.waitstatus_to_exitcode(status)


def become(mode: str, groups: list[Path]) -> None:
    os.environ["TESTS_MODE"] = mode
    if mode == "root":
        return
    for group in groups:
        (group / "cgroup.procs").write_text(str(os.getpid()))
    show_to_everybody((ROOT, Path(sys.executable), Path(sys.executable).resolve()))
    home = Path("/tmp") / f"home-of-{mode}-{os.getpid()}"
    home.mkdir()
    os.chown(home, NOBODY, NOBODY)
    os.environ.update(HOME=str(home), PYTHONDONTWRITEBYTECODE="1", TMPDIR=str(home))
    os.environ["HYPOTHESIS_STORAGE_DIRECTORY"] = str(home / "hypothesis")
    os.setgroups([])
    os.setresgid(NOBODY, NOBODY, NOBODY)
    os.setresuid(NOBODY, NOBODY, NOBODY)


def make_groups() -> list[Path]:
    """One group below this process's own, in each hierarchy that counts, given to the user."""
    proc = Path("/proc/self")
    found = discovery.mounts((proc / "mountinfo").read_text())
    own = discovery.memberships((proc / "cgroup").read_text())
    version1 = [
        mount.point / own[controller].lstrip("/")
        for mount in found
        for controller in sorted(mount.controllers & {*CONTROLLERS})
        if mount.version == 1
    ]
    if version1:
        parents = [parent if parent.is_dir() else parent.parents[-3] for parent in version1]
    else:
        parents = [mount.point for mount in found if mount.version == 2]
        for parent in parents:
            (parent / "cgroup.subtree_control").write_text("+memory +pids +cpu")
    groups = []
    for parent in dict.fromkeys(parents):
        group = parent / f"tests-{os.getpid()}"
        group.mkdir()
        for path in (group, *group.glob("cgroup.*"), *group.glob("tasks")):
            os.chown(path, NOBODY, NOBODY)
        groups.append(group)
    return groups


def remove(group: Path) -> None:
    """With the leaves that servers made below it."""
    for folder, _, _ in os.walk(group, topdown=False):
        Path(folder).rmdir()


def show_to_everybody(paths: tuple[Path, ...]) -> None:
    """Make what lies above `paths` open to all, in a view that only this process has."""
    closed = [
        folder
        for path in paths
        for folder in reversed(path.parents)
        if not folder.stat().st_mode & 0o001
    ]
    if not closed:
        return
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(CLONE_NEWNS) or libc.mount(b"none", b"/", None, MS_REC | MS_PRIVATE, None):
        raise OSError(ctypes.get_errno(), "no view of its own")
    for folder in dict.fromkeys(closed):
        if not folder.stat().st_mode & 0o001:
            overlay(folder)


def overlay(folder: Path) -> None:
    room = Path("/mnt")
    subprocess.run(["mount", "-t", "tmpfs", "tmpfs", room], check=True)
    for name in ("upper", "work"):
        (room / name).mkdir()
    options = f"lowerdir={folder},upperdir={room}/upper,workdir={room}/work"
    subprocess.run(["mount", "-t", "overlay", "overlay", "-o", options, folder], check=True)
    folder.chmod(0o755)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
