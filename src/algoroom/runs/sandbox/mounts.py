"""What a sandbox sees: the system's programs read-only, and small file systems of its own."""

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

HOME = "/code"
INIT = "/run/init.py"
WATCH = "/run/watch.py"
# What runtimes may read at any time. Every sandbox has it, so that no program learns from it.
HOOKS = "/run"
WAIT = f"{HOOKS}/wait.js"
# Each of the writable places holds as much; what is in them is memory and counts as such.
ROOM_BYTES = 128 * 1024 * 1024
PREPARED = "/run/prepared"
SHARED_MEMORY = "/dev/shm"  # noqa: S108 - a mount of the sandbox, not the host's
TEMPORARY = "/tmp"  # noqa: S108 - a mount of the sandbox, not the host's
# What a nursery reads before it makes its first sandbox.
FILTER = "/run/filter"
NURSERY = "/run/nursery"
# Where the hook of a runtime waits for its program; gone when the program begins.
GATE = f"{TEMPORARY}/gate"
WRITABLE = (HOME, TEMPORARY, SHARED_MEMORY)
USER, GROUP = 1000, 1000
PASSWD = f"coder:x:{USER}:{GROUP}::{HOME}:/bin/sh\n".encode()
GROUPS = f"coder:x:{GROUP}:\n".encode()

SYSTEM = ("/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32")
SETTINGS = ("/etc/ld.so.cache", "/etc/alternatives")


@dataclass(frozen=True, slots=True)
class View:
    """What programs need beyond `/usr`.

    `trees` are shown read-only where they are on the host; `hidden` are covered by an empty
    directory where a shown tree would show them (the server's code and data). `prepared` is what
    compilers find at `PREPARED`; what is put there later appears in sandboxes that are there. Each
    of the writable places holds `room_bytes`.
    """

    trees: tuple[Path, ...] = ()
    hidden: tuple[Path, ...] = ()
    prepared: Path | None = None
    room_bytes: int = ROOM_BYTES

    def with_trees(self, trees: Iterable[Path]) -> "View":
        return replace(self, trees=tuple(dict.fromkeys((*self.trees, *trees))))


def arguments(view: View, files: Mapping[str, int]) -> list[str]:
    """bubblewrap's arguments for the file system.

    `files` are descriptors to read from, by the paths at which sandboxes find what they hold.
    """
    shown = (Path("/usr"), *view.trees)
    found = ["--ro-bind", "/usr", "/usr"]
    for path in SYSTEM:
        if Path(path).is_symlink():
            found += ["--symlink", str(Path(path).readlink()), path]
        elif Path(path).is_dir():
            found += ["--ro-bind", path, path]
    for path in (*SETTINGS, *map(str, view.trees)):
        found += ["--ro-bind-try", path, path]
    if view.prepared is not None:
        found += ["--ro-bind-try", str(view.prepared), PREPARED]
    for covered in view.hidden:
        if covered.is_dir() and any(tree in covered.parents for tree in shown):
            found += ["--size", "4096", "--tmpfs", str(covered), "--remount-ro", str(covered)]
    found += ["--proc", "/proc", "--dev", "/dev"]
    for path, mode in ((HOME, "0755"), (TEMPORARY, "1777"), (SHARED_MEMORY, "1777")):
        found += ["--perms", mode, "--size", str(view.room_bytes), "--tmpfs", path]
    for path, descriptor in files.items():
        found += ["--perms", "0444", "--ro-bind-data", str(descriptor), path]
    return [*found, "--remount-ro", "/dev", "--remount-ro", "/", "--chdir", HOME]


def memory_file(name: str, data: bytes) -> int:
    """A descriptor to read `data` from, once. Raises OSError."""
    handle = os.memfd_create(name, os.MFD_CLOEXEC)
    try:
        with open(handle, "wb", closefd=False) as target:
            target.write(data)
        os.lseek(handle, 0, os.SEEK_SET)
    except OSError:
        os.close(handle)
        raise
    return handle
