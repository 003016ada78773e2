"""Runs tests in a machine of its own, whose control groups are of version 2 only.

python -m tests.guest [MODE ...] -- [pytest's arguments], as tests.modes takes them

QEMU boots Debian's kernel with this machine's file system beneath a layer in memory: what the
tests write is gone with the guest. It has no network. The tests' report comes as it is written;
the exit code is theirs, 70 where the guest ended without one.

The processor is emulated, so that it works also inside of other guests, and everything is
slower: the tests are told to have patience, and to try only languages that are quick to start.
GUEST_LANGUAGES names others; GUEST_ACCELERATOR=kvm takes the real processor.
"""

import os
import shlex
import shutil
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
NEEDED = ("9p", "9pnet_virtio", "virtio_pci", "overlay")
NO_ANSWER = 70
BOOT = "console=ttyS0 quiet panic=-1 no_timer_check mitigations=off cgroup_no_v1=all"
MEMORY_MIB = 6144
PROCESSORS = 2
LONGEST_S = 3 * 3600
# How many times longer a program may take on a processor that is emulated.
EMULATED = 10
LANGUAGES = "python c bash perl lua sql"

INIT = """#!/bin/busybox sh
/bin/busybox mkdir -p /proc /sys /dev /host /room /new
/bin/busybox mount -t devtmpfs dev /dev
for module in $(/bin/busybox cat /modules/order); do /bin/busybox insmod /modules/$module; done
/bin/busybox mount -t 9p -o trans=virtio,version=9p2000.L,ro,msize=1048576,cache=loose host /host
/bin/busybox mount -t tmpfs -o size=2g room /room
/bin/busybox mkdir /room/upper /room/work
/bin/busybox mount -t overlay -o lowerdir=/host,upperdir=/room/upper,workdir=/room/work new /new
/bin/busybox mount -t proc proc /new/proc
/bin/busybox mount -t sysfs sys /new/sys
/bin/busybox mount -t devtmpfs dev /new/dev
/bin/busybox mkdir -p /new/dev/pts /new/dev/shm
/bin/busybox mount -t devpts -o ptmxmode=0666 pts /new/dev/pts
/bin/busybox mount -t tmpfs shm /new/dev/shm
/bin/busybox mount -t cgroup2 groups /new/sys/fs/cgroup
/bin/busybox ifconfig lo 127.0.0.1 up
/bin/busybox hostname guest
/bin/busybox cp /tests /new/run-tests
exec /bin/busybox switch_root /new /bin/sh /run-tests
"""
TESTS = """cd {root}
export PYTHONPATH={root}/src PATH={path} HOME=/root LANG=C.UTF-8 TERM=dumb
export TESTS_SLOWER={slower} TESTS_LANGUAGES={languages}
{command} </dev/null
echo "code $?" >/dev/ttyS1
sync
echo o >/proc/sysrq-trigger
while :; do sleep 1; done
"""


class GuestUnavailable(Exception):
    """Something that the guest is made of is missing."""


def main(given: list[str]) -> int:
    try:
        kernel, modules = find_kernel()
        emulator = which("qemu-system-x86_64", "qemu-system-x86")
        busybox = which("busybox", "busybox-static")
    except GuestUnavailable as error:
        sys.stderr.write(f"{error}\n")
        return NO_ANSWER
    with tempfile.TemporaryDirectory() as place:
        answer, start = Path(place, "answer"), Path(place, "start")
        start.write_bytes(first_files(modules, busybox, given))
        accelerator = os.environ.get("GUEST_ACCELERATOR", "tcg")
        command = [
            emulator, "-accel", accelerator, "-cpu", "max",
            "-smp", str(PROCESSORS), "-m", str(MEMORY_MIB),
            "-nodefaults", "-no-user-config", "-no-reboot", "-display", "none",
            "-kernel", str(kernel), "-initrd", str(start),
            "-append", BOOT,
            "-fsdev", "local,id=host,path=/,security_model=passthrough,readonly=on,multidevs=remap",
            "-device", "virtio-9p-pci,fsdev=host,mount_tag=host",
            "-serial", "stdio", "-serial", f"file:{answer}", "-device", "virtio-rng-pci",
        ]  # fmt: skip
        subprocess.run(command, stdin=subprocess.DEVNULL, timeout=LONGEST_S, check=False)
        told = answer.read_text().split() if answer.exists() else []
    return int(told[-1]) if told[:1] == ["code"] else NO_ANSWER


def find_kernel() -> tuple[Path, list[Path]]:
    """The newest that has what it takes, with its modules in the order of their loading."""
    for kernel in sorted(Path("/boot").glob("vmlinuz-*"), reverse=True):
        tree = Path("/lib/modules") / kernel.name.removeprefix("vmlinuz-")
        listed = tree / "modules.dep"
        if listed.exists() and any(tree.glob("kernel/fs/9p/9p.ko*")):
            return kernel, in_order(tree, listed.read_text())
    raise GuestUnavailable("no kernel with the 9p file system: apt install linux-image-amd64")


def in_order(tree: Path, listed: str) -> list[Path]:
    needs = {}
    for line in listed.splitlines():
        name, _, before = line.partition(":")
        needs[Path(name).name.partition(".")[0]] = (tree / name, before.split())
    found: list[Path] = []
    for name in NEEDED:
        if name in needs:  # else it is built in
            own, below = needs[name]
            found += [*(tree / each for each in reversed(below)), own]
    return list(dict.fromkeys(found))


def which(program: str, package: str) -> str:
    found = shutil.which(program)
    if found is None:
        raise GuestUnavailable(f"{program} is not installed: apt install {package}")
    return found


def first_files(modules: list[Path], busybox: str, given: list[str]) -> bytes:
    """The file system that the kernel starts from, as a cpio archive of the new form (cpio(5))."""
    command = shlex.join([sys.executable, "-m", "tests.modes", *given])
    tests = TESTS.format(
        root=shlex.quote(str(ROOT)),
        slower=1 if os.environ.get("GUEST_ACCELERATOR") == "kvm" else EMULATED,
        languages=shlex.quote(os.environ.get("GUEST_LANGUAGES", LANGUAGES)),
        path=shlex.quote(os.environ["PATH"]),
        command=command,
    )
    archive = bytearray()
    for name in ("bin", "modules"):
        archive += entry(name, stat.S_IFDIR | 0o755, b"")
    archive += entry("bin/busybox", stat.S_IFREG | 0o755, Path(busybox).read_bytes())
    archive += entry("init", stat.S_IFREG | 0o755, INIT.encode())
    archive += entry("tests", stat.S_IFREG | 0o755, tests.encode())
    for module in modules:
        archive += entry(f"modules/{module.name}", stat.S_IFREG | 0o644, module.read_bytes())
    order = "\n".join(module.name for module in modules).encode()
    archive += entry("modules/order", stat.S_IFREG | 0o644, order)
    return bytes(archive + entry("TRAILER!!!", 0, b""))


def entry(name: str, mode: int, data: bytes) -> bytes:
    raw = name.encode() + b"\0"
    fields = (0, mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(raw), 0)
    head = b"070701" + b"".join(b"%08X" % field for field in fields)
    return padded(head + raw) + padded(data)


def padded(data: bytes) -> bytes:
    return data + bytes(-len(data) % 4)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
