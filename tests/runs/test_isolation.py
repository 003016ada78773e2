"""From inside, nothing outside can be reached, read or changed."""

import os
import socket
import sys
from contextlib import AsyncExitStack, aclosing
from pathlib import Path

import pytest

import algoroom
from algoroom.runs.engine import Engine
from algoroom.runs.model import Limits, Output, RunRequest, Verdict
from tests.runs.host import descendants

pytestmark = pytest.mark.asyncio(loop_scope="session")

CALLS = """
import ctypes, os
libc = ctypes.CDLL(None, use_errno=True)
def call(number, *arguments):
    ctypes.set_errno(0)
    result = libc.syscall(ctypes.c_long(number), *map(ctypes.c_ulong, arguments))
    return result, os.strerror(ctypes.get_errno())
"""


async def printed(engine: Engine, source: str) -> str:
    request = RunRequest("python", source, limits=Limits(wall_s=8))
    outcome = await engine.outcome(request)
    assert outcome.verdict is Verdict.OK, outcome
    return outcome.stdout.decode()


async def test_no_network_is_there(engine: Engine) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        source = (
            "import socket\n"
            f"for place in (('127.0.0.1', {port}), ('169.254.169.254', 80), ('1.1.1.1', 53)):\n"
            "  try: socket.create_connection(place, timeout=1); print('connected')\n"
            "  except OSError as error: print(error.strerror)\n"
            "try: print(socket.getaddrinfo('debian.org', 80))\n"
            "except OSError: print('no names')"
        )
        told = await printed(engine, source)
    assert told.splitlines() == [
        "Connection refused",
        "Network is unreachable",
        "Network is unreachable",
        "no names",
    ]


async def test_only_ordinary_sockets_can_be_made(engine: Engine) -> None:
    source = (
        "import socket\n"
        "for family in range(60):\n"
        "  for kind in (1, 2, 3, 5, 10):\n"
        "    try: socket.socket(family, kind).close(); print(family, kind)\n"
        "    except OSError: pass"
    )
    assert set((await printed(engine, source)).splitlines()) <= {
        "1 1", "1 2", "1 5", "1 3", "2 1", "2 2", "10 1", "10 2",
    }  # fmt: skip


async def test_nothing_of_the_server_can_be_read(engine: Engine, tmp_path: Path) -> None:
    os.environ["ALGOROOM_TEST_SECRET"] = "never shown"
    secret = tmp_path / "data.sqlite"
    secret.write_text("never shown")
    secret.chmod(0o666)
    places = [
        str(secret), str(Path(algoroom.__file__).parent), sys.prefix, str(Path.cwd()),
        "/root", "/home", "/var", "/sys", "/etc/shadow", "/etc/hostname", "/etc/machine-id",
        f"/proc/{os.getpid()}/environ", "/proc/1/environ", "/proc/1/root", "/proc/1/mem",
        "/proc/1/fd/3", "/proc/1/cwd", "/proc/1/maps", "/proc/1/task/1/mem", "/proc/kcore",
    ]  # fmt: skip
    source = (
        "import os\n"
        f"for place in {places!r}:\n"
        "  try:\n"
        "    seen = os.listdir(place) if os.path.isdir(place) else open(place, 'rb').read(99)\n"
        "    print(place, seen) if seen else None\n"
        "  except OSError: pass\n"
        "print([n for n in os.listdir('/proc') if n.isdigit()], sorted(os.listdir('/')))\n"
        "print(sorted(os.environ), sorted(os.listdir('/proc/self/fd')))\n"
    )
    seen, shown = (await printed(engine, source)).splitlines()
    top = ["bin", "code", "dev", "etc", "lib", "lib64", "proc", "run", "sbin", "tmp", "usr"]
    assert seen.startswith("['1', '")
    assert set(eval(seen.partition("] ")[2])) <= {*top, "lib32", "libx32", "opt"}
    assert shown == (
        "['HOME', 'LANG', 'LOGNAME', 'PATH', 'PYTHONDONTWRITEBYTECODE', 'USER'] "
        "['0', '1', '2', '3']"
    )


async def test_neither_toolchain_nor_system_can_be_written(engine: Engine) -> None:
    source = (
        "import os, sys\n"
        "for place in ('/usr/bin/x', '/usr/lib/x', '/etc/x', '/etc/passwd', '/run/init.py', '/x',\n"
        "    '/dev/x', '/bin/x', sys.executable, '/proc/sys/kernel/hostname', '/proc/1/comm',\n"
        "    '/proc/sysrq-trigger', '/proc/self/uid_map', os.__file__):\n"
        "  try: open(place, 'a').write('x'); print('wrote', place)\n"
        "  except OSError: pass\n"
        "for place in ('/usr', '/etc', '/proc', '/'):\n"
        "  try: os.rename(place, place + '2'); print('moved', place)\n"
        "  except OSError: pass\n"
        "  try: os.chmod(place, 0o777); print('opened', place)\n"
        "  except OSError: pass\n"
    )
    assert await printed(engine, source) == ""


async def test_programs_have_no_power(engine: Engine) -> None:
    source = (
        "import os, resource\n"
        "told = open('/proc/self/status').read().split('\\n')\n"
        "print(os.getuid(), os.getgid(), os.getgroups() in ([], [1000], [65534]))\n"
        "print([l.split()[1] for l in told if l.startswith(('Cap', 'NoNewPrivs', 'Seccomp:'))])\n"
        "for number in (0, 65534):\n"
        "  try: os.setuid(number); print('became', number)\n"
        "  except OSError: pass"
    )
    who, what = (await printed(engine, source)).splitlines()
    assert who == "1000 1000 True"
    assert eval(what) == ["0" * 16] * 5 + ["1", "2"]


async def test_programs_of_two_runs_have_ids_of_their_own(engine: Engine) -> None:
    """As the host sees them; without root they have the server's."""
    source = (
        "import time\nopen('/proc/self/comm', 'w').write('asleep')\n"
        "print('begun', flush=True)\ntime.sleep(60)"
    )
    async with AsyncExitStack() as runs:
        for _ in range(2):
            run = engine.run(RunRequest("python", source))
            await runs.enter_async_context(aclosing(run))
            while not isinstance(await anext(run), Output):
                pass
        asleep = [row.split() for row in descendants(os.getpid()) if row.endswith(" asleep")]
        assert len(asleep) == 2
        found = {owner(int(pid)) for pid, _ in asleep}
    if os.geteuid() == 0:
        assert 0 not in found
        assert len(found) == 2
    else:
        assert found == {os.geteuid()}


def owner(pid: int) -> int:
    told = Path(f"/proc/{pid}/status").read_text()
    return int(next(line for line in told.splitlines() if line.startswith("Uid:")).split()[1])


@pytest.mark.parametrize(
    ("number", "arguments"),
    [
        (165, "0, 0, 0, 0, 0"),  # mount
        (272, "0x10000000"),  # unshare(CLONE_NEWUSER)
        (56, "0x10000011, 0, 0, 0, 0"),  # clone(CLONE_NEWUSER | SIGCHLD)
        (308, "0, 0"),  # setns
        (101, "0, 0, 0, 0"),  # ptrace
        (310, "1, 0, 0, 0, 0, 0"),  # process_vm_readv
        (250, "0, 0, 0, 0, 0"),  # keyctl
        (321, "0, 0, 0"),  # bpf
        (298, "0, 0, 0, 0, 0"),  # perf_event_open
        (323, "0"),  # userfaultfd
        (425, "8, 0"),  # io_uring_setup
        (246, "0, 0, 0, 0"),  # kexec_load
        (175, "0, 0, 0"),  # init_module
        (169, "0, 0, 0, 0"),  # reboot
        (167, "0, 0"),  # swapon
        (304, "0, 0, 0"),  # open_by_handle_at
        (155, "0, 0"),  # pivot_root
        (161, "0"),  # chroot
        (135, "0x0040000"),  # personality(ADDR_NO_RANDOMIZE)
        (16, "0, 0x5412, 0"),  # ioctl(TIOCSTI)
        (16, "0, 0xffffffff00005412, 0"),  # the same with high bits set
        (16, "0, 0x541c, 0"),  # ioctl(TIOCLINUX)
        (16, "0, 0x5423, 0"),  # ioctl(TIOCSETD)
        (72, "0, 1026, 0"),  # fcntl(F_NOTIFY)
        (294, "0"),  # inotify_init1
        (206, "1, 0"),  # io_setup
        (447, "0"),  # memfd_secret
        (302, "1, 0, 0, 0"),  # prlimit64 of the first process
        (302, "0xffffffff00000001, 0, 0, 0"),  # the same with high bits set
        (203, "1, 8, 0"),  # sched_setaffinity of the first process
        (141, "0, 1, 19"),  # setpriority of the first process
        (141, "2, 0, 19"),  # setpriority of everything its user has
        (54, "0, 1, 26, 0, 0"),  # setsockopt(SO_ATTACH_FILTER)
    ],
)
@pytest.mark.skipif(os.uname().machine != "x86_64", reason="the numbers are x86-64's")
async def test_dangerous_calls_are_refused(engine: Engine, number: int, arguments: str) -> None:
    told = await printed(engine, f"{CALLS}print(*call({number}, {arguments}))")
    assert told == "-1 Operation not permitted\n"


async def test_a_crash_starts_no_program_of_the_host(engine: Engine) -> None:
    """A limit of 1 stops also dumps to a program, and no program can change it."""
    source = (
        "import resource as r\n"
        "r.setrlimit(r.RLIMIT_CORE, (0, 0))\n"
        "r.prlimit(0, r.RLIMIT_CORE, (0, 0))\n"
        "print(r.getrlimit(r.RLIMIT_CORE)[0])"
    )
    assert await printed(engine, source) == "1\n"


async def test_no_huge_page_of_the_machine_can_be_taken(engine: Engine) -> None:
    source = (
        "import mmap\n"
        "try: mmap.mmap(-1, 2 << 20, flags=0x40022); print('taken')\n"
        "except OSError as error: print(error.strerror)"
    )
    assert await printed(engine, source) == "Cannot allocate memory\n"


async def test_only_the_usual_protocols_of_the_internet_can_be_used(engine: Engine) -> None:
    source = (
        "import socket\n"
        "for family in (2, 10):\n"
        "  for kind in (1, 2, 5, 6):\n"
        "    for protocol in (*range(300), (1 << 32) + 132):\n"
        "      try: socket.socket(family, kind, protocol).close(); print(kind, protocol)\n"
        "      except (OSError, OverflowError): pass"
    )
    assert set((await printed(engine, source)).splitlines()) == {"1 0", "1 6", "2 0", "2 17"}


async def test_clone3_says_that_it_is_not_there(engine: Engine) -> None:
    assert await printed(engine, f"{CALLS}print(*call(435, 0, 0))") == (
        "-1 Function not implemented\n"
    )


@pytest.mark.skipif(os.uname().machine != "x86_64", reason="int 0x80 is x86's")
@pytest.mark.parametrize(
    "call", ['"int $0x80" : "=a"(r) : "a"(20)', '"syscall" : "=a"(r) : "a"(0x40000027)']
)
async def test_calls_by_other_numbers_end_the_program(engine: Engine, call: str) -> None:
    """Those of 32-bit programs, and those of x32."""
    source = f'#include <cstdio>\nint main() {{ long r; asm volatile({call}); printf("%ld", r); }}'
    outcome = await engine.outcome(RunRequest("cpp", source))
    assert (outcome.verdict, outcome.signal) == (Verdict.SIGNALLED, 31)


async def test_no_state_is_left_for_the_next_run(engine: Engine) -> None:
    write = "for place in ('/tmp/x', '/code/x', '/dev/shm/x'): open(place, 'w').write('x')"
    look = "import os\nprint([os.path.exists(p) for p in ('/tmp/x', '/code/x', '/dev/shm/x')])"
    await printed(engine, write)
    assert await printed(engine, look) == "[False, False, False]\n"


async def test_text_like_our_own_reports_is_only_output(engine: Engine) -> None:
    source = (
        "import os\nprint('exit 0 0 1 1 1')\n"
        "for n in range(3, 64):\n"
        "  try: os.write(n, b'exit 7 0 1 1 1\\n')\n"
        "  except OSError: pass"
    )
    assert await printed(engine, source) == "exit 0 0 1 1 1\n"


async def test_a_link_among_the_compiled_files_is_left_behind(engine: Engine) -> None:
    """A program that compiles shows only regular files of its own to the next step."""
    source = '#include "/etc/passwd"\nint main() { }'
    outcome = await engine.outcome(RunRequest("cpp", source))
    assert outcome.verdict is Verdict.COMPILE_ERROR
    assert b"root:" not in outcome.compiler_output
