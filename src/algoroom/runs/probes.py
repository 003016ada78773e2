"""Attempts to break each guard of the sandbox, made in a real one.

An attempt is a program that prints a line for everything that it could do and should not, or that
passes a limit and must be ended by it. What it prints is what is told to the operator.
"""

import os
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace

from algoroom.runs.model import Limits, Stream
from algoroom.runs.sandbox.command import Command, Limit, Result
from algoroom.runs.sandbox.sandbox import Sandbox

MIB = 1024 * 1024
LIMITS = Limits(cpu_s=5, wall_s=10, memory_bytes=128 * MIB)
SIGSYS = 31
# By the numbers of x86-64, then of all newer architectures.
CALLS = {
    "io_uring": (425, 425),
    "bpf": (321, 280),
    "perf_event_open": (298, 241),
    "keyctl": (250, 219),
    "userfaultfd": (323, 282),
    "mount": (165, 40),
    "pivot_root": (155, 41),
    "setns": (308, 268),
    "init_module": (175, 105),
    "kexec_load": (246, 104),
    "reboot": (169, 142),
    "open_by_handle_at": (304, 265),
    "process_vm_readv": (310, 270),
}


@dataclass(frozen=True, slots=True)
class Probe:
    """One attempt. `ends_by` is the limit or the signal that must end it; else it must exit and
    print nothing. `breach` says what it means where the guard does not hold."""

    name: str
    source: str
    breach: str
    limits: Limits = LIMITS
    ends_by: Limit | int | None = None
    is_filters: bool = False


@dataclass(frozen=True, slots=True)
class Attempt:
    """What came of a probe: `broken` says how the guard gave way, and is empty where it held."""

    probe: Probe
    broken: str


async def attempt_all(sandbox: Sandbox) -> list[Attempt]:
    """Try every guard, one after another; it takes some seconds."""
    with _forbidden_places() as (port, abstract):
        return [await _attempt(sandbox, probe) for probe in _probes(port, abstract)]


async def _attempt(sandbox: Sandbox, probe: Probe) -> Attempt:
    command = Command((sandbox.python, "-I", "-S", "-c", probe.source), probe.limits)
    result = await sandbox.run(command, _unheard)
    return Attempt(probe, _broken(probe, result))


def _broken(probe: Probe, result: Result) -> str:
    if result.fault is not None:
        return result.fault
    told = " ".join(result.stdout.decode(errors="replace").split())
    if probe.ends_by is None:
        if result.exit_code == 0 and result.limit is None:
            return told
        last = result.stderr.decode(errors="replace").strip().splitlines()[-1:]
        return " ".join([told, f"it ended with {result.limit or result.exit_code}", *last]).strip()
    ended_by = result.limit if isinstance(probe.ends_by, Limit) else result.signal
    if ended_by == probe.ends_by:
        return ""
    return f"{told} it went on, and ended with {result.limit or result.signal or result.exit_code}"


@contextmanager
def _forbidden_places() -> Iterator[tuple[int, str]]:
    """A port of this machine's loopback and an abstract socket that answer whoever comes."""
    with ExitStack() as opened:
        loopback = opened.enter_context(socket.create_server(("127.0.0.1", 0)))
        abstract = opened.enter_context(socket.socket(socket.AF_UNIX))
        abstract.bind(f"\0algoroom-{os.getpid()}")
        abstract.listen()
        yield loopback.getsockname()[1], f"\0algoroom-{os.getpid()}"


def _unheard(stream: Stream, data: bytes) -> None:
    """What a probe prints is in its result."""


# What several probes begin with: `attempt` prints a name where something could be done.
ATTEMPT = """
import os, sys
def attempt(name, action):
    try:
        if action() not in (None, False, -1): print(name)
    except Exception: pass
"""
LIBC = (
    ATTEMPT
    + """
import ctypes
libc = ctypes.CDLL(None, use_errno=True)
def call(number, *arguments):
    return libc.syscall(ctypes.c_long(number), *map(ctypes.c_ulong, arguments))
"""
)


def _probes(port: int, abstract: str) -> list[Probe]:
    return [*_of_the_host(port, abstract), *_of_the_kernel(), *_of_limits()]


def _of_the_host(port: int, abstract: str) -> list[Probe]:
    return [
        Probe(
            "the server's environment",
            "import os\n"
            "for name in set(os.environ) - {'PWD', 'HOME', 'PATH', 'LC_CTYPE', 'LANG'}:\n"
            "  print(name)\n"
            "for pid in filter(str.isdigit, os.listdir('/proc')):\n"
            "  if int(pid) not in (1, os.getpid()): print('process', pid)\n"
            "try: open('/proc/1/environ').read(); print('the first process')\n"
            "except OSError: pass",
            "Programs read what the server knows, or see its processes",
        ),
        Probe(
            "files of this machine",
            "import os\n"
            "for place in ('/root', '/home', '/var', '/srv', '/sys', '/etc/shadow',\n"
            "    '/etc/hostname', '/proc/1/root', '/proc/kcore'):\n"
            "  try:\n"
            "    if os.listdir(place) if os.path.isdir(place) else open(place, 'rb').read(1):\n"
            "      print(place)\n"
            "  except OSError: pass",
            "Programs read files that are not theirs",
        ),
        Probe(
            "the system's programs",
            "import os, sys\n"
            "for place in ('/usr/bin/x', '/usr/lib/x', '/etc/x', '/etc/passwd', '/run/x', '/x',\n"
            "    sys.executable):\n"
            "  try: open(place, 'a'); print(place)\n"
            "  except OSError: pass",
            "Programs change what the next run uses",
        ),
        Probe(
            "the network",
            "import socket\n"
            f"for place in (('127.0.0.1', {port}), ('169.254.169.254', 80), ('1.1.1.1', 53)):\n"
            "  try: socket.create_connection(place, timeout=1); print(place)\n"
            "  except OSError: pass\n"
            f"try: socket.socket(socket.AF_UNIX).connect({abstract!r}); print('abstract')\n"
            "except OSError: pass",
            "Programs reach this machine's services and whatever it reaches",
        ),
    ]


def _of_the_kernel() -> list[Probe]:
    column = 0 if os.uname().machine == "x86_64" else 1
    calls = {name: numbers[column] for name, numbers in CALLS.items()}
    found = [
        Probe(
            "rights of programs",
            ATTEMPT + "told = open('/proc/self/status').read().splitlines()\n"
            "status = dict(line.split(':\\t', 1) for line in told if ':\\t' in line)\n"
            "for name in ('CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb'):\n"
            "  if int(status[name], 16): print(name)\n"
            "if status['NoNewPrivs'] != '1': print('new rights by setuid programs')\n"
            "if os.getuid() == 0: print('root')\n"
            "attempt('setuid', lambda: os.setuid(0) or True)",
            "Programs have rights that they do not need, or gain them",
        ),
        Probe(
            "new namespaces",
            LIBC + "attempt('users', lambda: libc.unshare(0x10000000) == 0)\n"
            "attempt('mounts', lambda: libc.unshare(0x00020000) == 0)\n"
            "attempt('networks', lambda: libc.unshare(0x40000000) == 0)",
            "Programs become root in a namespace of their own, where the kernel is widest open",
        ),
        Probe(
            "other processes",
            LIBC + "child = os.fork()\n"
            "if child == 0:\n  import time\n  time.sleep(60)\n"
            "attempt('trace', lambda: libc.ptrace(16, child, 0, 0) == 0)\n"
            "attempt('the first', lambda: open('/proc/1/mem', 'rb') and True)\n"
            "import resource\n"
            "attempt('limits of the first',\n"
            "  lambda: resource.prlimit(1, resource.RLIMIT_NOFILE) and True)\n"
            "attempt('signals to the first', lambda: os.kill(1, 9))\n"
            "os.kill(child, 9)",
            "Programs trace others, or disturb the process that watches them",
            is_filters=True,
        ),
        Probe(
            "settings of the kernel",
            ATTEMPT + "for place in ('/proc/sys/kernel/core_pattern', '/proc/sysrq-trigger',\n"
            "    '/proc/sys/vm/overcommit_memory', '/proc/sys/kernel/hostname', '/proc/mtrr'):\n"
            "  attempt(place, lambda: os.open(place, os.O_WRONLY))",
            "Programs change how this machine works",
        ),
        Probe(
            "dangerous system calls",
            LIBC + f"for name, number in {calls!r}.items():\n"
            "  ctypes.set_errno(0)\n"
            "  if call(number, 0, 0, 0, 0, 0) != -1 or ctypes.get_errno() not in (1, 38):\n"
            "    print(name)",
            "Programs reach parts of the kernel that have led out of sandboxes",
            is_filters=True,
        ),
        Probe(
            "unusual sockets",
            "import socket\n"
            "for family, kind in ((16, 3), (17, 3), (38, 5), (40, 1), (2, 3), (10, 3), (2, 5)):\n"
            "  try: socket.socket(family, kind); print(family, kind)\n"
            "  except OSError: pass",
            "Programs have drivers loaded, or speak to the hypervisor",
            is_filters=True,
        ),
        Probe(
            "letters into terminals",
            LIBC + "import fcntl\nterminal, line = os.openpty()\n"
            "letter = ctypes.create_string_buffer(b'x')\n"
            "for request in (0x5412, 0x5412 | 1 << 32, 0x541c):\n"
            "  attempt(hex(request), lambda: libc.ioctl(terminal, ctypes.c_ulong(request),\n"
            "    letter) == 0)",
            "Programs type into the terminal of whoever started them",
            is_filters=True,
        ),
    ]
    if os.uname().machine == "x86_64":
        found.append(
            Probe(
                "32-bit system calls",
                "import ctypes, mmap\n"
                "code = mmap.mmap(-1, 4096, prot=7)\n"
                "code.write(bytes.fromhex('b814000000cd80c3'))\n"
                "at = ctypes.addressof(ctypes.c_char.from_buffer(code))\n"
                "print(ctypes.CFUNCTYPE(ctypes.c_int)(at)())",
                "Programs pass by the filter with the numbers of 32-bit calls",
                ends_by=SIGSYS,
                is_filters=True,
            )
        )
    return found


def _of_limits() -> list[Probe]:
    small = replace(LIMITS, memory_bytes=48 * MIB)
    return [
        Probe(
            "limit of memory",
            "kept = []\nwhile len(kept) < 400: kept.append(bytearray(1 << 20))",
            "One program takes the memory of all",
            limits=small,
            ends_by=Limit.MEMORY,
        ),
        Probe(
            "limit of memory in files",
            "import os\nwritten = 0\n"
            "for number in range(400):\n"
            "  try: open(f'/dev/shm/{number}', 'wb').write(bytes(1 << 20)); written += 1\n"
            "  except OSError: break\n"
            "if written > 300: print(written, 'MiB')\n"
            "bytearray(400 << 20)",
            "One program takes the memory of all by files",
            limits=small,
            ends_by=Limit.MEMORY,
        ),
        Probe(
            "limit of processor time",
            "while True: pass",
            "One program takes the processor for ever",
            limits=replace(LIMITS, cpu_s=0.3),
            ends_by=Limit.CPU,
        ),
        Probe(
            "limit of time on the clock",
            "import signal, time\n"
            "for number in range(1, 65):\n"
            "  try: signal.signal(number, signal.SIG_IGN)\n"
            "  except (OSError, ValueError): pass\n"
            "while True: time.sleep(60)",
            "One program holds its place for ever",
            limits=replace(LIMITS, wall_s=0.5),
            ends_by=Limit.WALL,
        ),
        Probe(
            "limit of processes",
            "import os, time\nmade = 0\n"
            "try:\n"
            "  while made < 100:\n"
            "    if os.fork() == 0:\n      time.sleep(60)\n"
            "    made += 1\n"
            "except OSError: pass\n"
            "if made > 20: print(made)",
            "One program takes all the processes that the kernel has",
            limits=replace(LIMITS, processes=20),
        ),
        Probe(
            "limit of output",
            "import os\nfor _ in range(1000): os.write(1, b'x' * 1000)",
            "One program fills the server's memory and the readers' screens",
            limits=replace(LIMITS, output_bytes=5000),
            ends_by=Limit.OUTPUT,
        ),
        Probe(
            "limits of files",
            "import os\n"
            "big = os.open('/code/big', os.O_CREAT | os.O_RDWR)\n"
            "try: os.truncate(big, 1 << 40); print('size')\n"
            "except OSError: pass\n"
            "kept = []\n"
            "try:\n"
            "  while len(kept) < 200: kept.append(os.open('/dev/null', os.O_RDONLY))\n"
            "  print('number of open ones')\n"
            "except OSError: pass",
            "One program takes all the files that the kernel has",
            limits=replace(LIMITS, file_bytes=MIB, open_files=50),
        ),
    ]
