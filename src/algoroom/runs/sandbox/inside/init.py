"""The first process in a sandbox: it holds a place for a program, starts it, waits for it and says
how it ended.

It runs inside, by whatever Python the sandbox has (3.8 or newer), so it imports nothing of ours.
bubblewrap's own init folds exit codes and signals into one number; this one tells them apart,
measures from the hand-over on, and ends with the program, which ends every process in the
namespace, also a daemon that still holds the output.

The program's process is there before the program. It reads and prepares what it shall become
itself; the first process only waits, so that it touches little of the memory both came with.

Descriptors: 0, 1 and 2 are the program's. `control` brings messages: eight bytes of length, then
a marshalled dictionary. The first one is the job, or has a "gate", where a runtime waits in a
hook of ours; then the first process reads the job. `reports` takes lines, figures in nanoseconds
and bytes:

    ready                           the program's process waits
    prestarted                      the runtime waits for its program
    usage CPU PEAK                  now and then, under `watch`
    exit CODE SIGNAL WALL CPU PEAK
    limit cpu|memory WALL CPU PEAK
    file SIZE EXECUTABLE NAME_SIZE  followed by the name and the bytes
    collected                       every file was sent
    unfit MESSAGE                   it cannot be begun or kept, by its own doing
    fault MESSAGE                   by ours

The program must not reach them, so this process is not dumpable: the kernel then refuses
`/proc/1/fd` and `/proc/1/mem` to everybody in the sandbox.

Where no cgroup counts, the job says `watch`, and this process counts: it sees every process of
the sandbox in its `/proc`, and no process in the sandbox can signal it.
"""

# Its start is part of every run, so it does without the modules that are slow to import.
# ruff: noqa: PLC0415, PTH103, PTH108, PTH120, PTH123, PTH208, SIM105, UP031, S302, S606
from __future__ import annotations

import _ctypes
import _signal  # type: ignore[import-not-found]
import errno
import marshal
import os
import resource
import stat
import sys
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

    Job = dict[str, Any]
WATCH_INTERVAL_S = 0.02
LOOKS_PER_REPORT = 5
QUIET_MS = 50
PR_SET_DUMPABLE = 4
MARSHAL_VERSION = 2
LONGEST_FAILURE = 2048
# Errors that are the program's own doing where it is begun.
UNFIT = (
    errno.ENOSPC, errno.EDQUOT, errno.ENAMETOOLONG, errno.ENOMEM, errno.E2BIG, errno.ENOEXEC,
)  # fmt: skip

_libc = _ctypes.dlopen(None, os.RTLD_NOW)  # type: ignore[arg-type]


def function(name: str) -> int:
    """Where a function of the C library or of the interpreter is."""
    return _ctypes.dlsym(_libc, name)


def call(name: str, *arguments: int | bytes | None) -> int:
    """Call a function of the C library. `_ctypes` instead of `ctypes` saves its import, half of
    this process's start. Raises OSError where it answers below zero."""
    result = _ctypes.call_function(function(name), arguments)
    if result < 0:
        raise OSError(name + " was refused")
    return int(result)


class Reports:
    """The way out for what has to be told."""

    def __init__(self, descriptor: int) -> None:
        self.descriptor = descriptor

    def say(self, line: str, data: bytes = b"") -> None:
        write_all(self.descriptor, line.encode("utf-8", "replace") + b"\n" + data)


def write_all(descriptor: int, data: bytes) -> None:
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(descriptor, rest) :]


def read_message(descriptor: int) -> Any:
    """The next message; the process ends where none comes."""
    size = int.from_bytes(read_exactly(descriptor, 8), "big")
    return marshal.loads(read_exactly(descriptor, size))


def read_exactly(descriptor: int, size: int) -> bytes:
    parts = []
    while size > 0:
        part = os.read(descriptor, min(size, 1 << 20))
        if not part:
            os._exit(1)
        parts.append(part)
        size -= len(part)
    return b"".join(parts)


def send_message(descriptor: int, message: Any) -> None:
    data = marshal.dumps(message, MARSHAL_VERSION)
    write_all(descriptor, len(data).to_bytes(8, "big") + data)


def close_if_open(descriptor: int) -> None:
    try:
        os.close(descriptor)
    except OSError:
        pass


def write_file(path: str, data: bytes) -> None:
    with open(path, "wb", 0) as target:
        target.write(data)


def place(files: Iterable[tuple[str, bytes, bool]]) -> None:
    for path, data, executable in files:
        folder = os.path.dirname(path)
        if folder:
            os.makedirs(folder, exist_ok=True)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o755 if executable else 0o644)
        write_all(handle, data)
        os.close(handle)


def begun(pid: int, told: int, reports: Reports) -> Job:
    """Wait until the program's process becomes what its message says; the message, and when that
    was. Reports a refusal, and ends with it."""
    job: Job = read_message(told)
    failure = os.read(told, LONGEST_FAILURE)
    os.close(told)
    if failure:
        os.waitpid(pid, 0)
        reports.say(failure.decode("utf-8", "replace"))
        os._exit(1)
    return job


def prepare(job: Job, files: Iterable[tuple[str, bytes, bool]], pid: int) -> None:
    """Make the job's files, and bound the program's process."""
    for folder in job["folders"]:
        os.makedirs(folder)
    place(files)
    for name, soft, hard in job["rlimits"]:
        which = getattr(resource, name)
        try:
            resource.prlimit(pid, which, (soft, hard))
        except (OSError, ValueError):  # the server's own limits are lower
            most = resource.prlimit(pid, which)[1]
            resource.prlimit(pid, which, (min(soft, most), min(hard, most)))
    try:
        # When the machine runs out of memory, programs go first, whoever asked for the page.
        write_file("/proc/%d/oom_score_adj" % pid, b"1000")
    except OSError:
        pass


def failure_of(error: OSError) -> str:
    """The report that a program could not be begun."""
    return "%s %s" % ("unfit" if error.errno in UNFIT else "fault", error)


def ignored() -> list[int]:
    """Signals that are ignored, be it by Python or by whoever started the server."""
    return [
        number for number in _signal.valid_signals() if _signal.getsignal(number) == _signal.SIG_IGN
    ]


def take_terminal() -> None:
    """Lead a session whose terminal is standard input, so that its keys send signals."""
    import fcntl  # few programs have a terminal
    import termios

    os.setsid()
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


def hold(
    control: int, reports: Reports, settle: Callable[[], None] | None = None
) -> tuple[int, int] | None:
    """Fork the program's process; its id, and where it tells what it becomes. In it, None: it was
    told to go on as the interpreter that it is. It does `settle` where it waits for long."""
    # Before there is anybody who could look into the first process or disturb it.
    call("prctl", PR_SET_DUMPABLE, 0, 0, 0, 0)
    _signal.signal(_signal.SIGINT, _signal.SIG_IGN)
    told_read, told_write = os.pipe()
    pid = os.fork()
    if pid:
        # The output belongs to the program alone: its end is seen when its last holder is gone.
        for descriptor in (0, 1, 2, told_write):
            os.close(descriptor)
        return pid, told_read
    os.close(told_read)
    call("prctl", PR_SET_DUMPABLE, 1, 0, 0, 0)
    _signal.signal(_signal.SIGINT, _signal.default_int_handler)
    _signal.pthread_sigmask(_signal.SIG_SETMASK, ())
    reports.say("ready")
    os.close(reports.descriptor)
    if settle is not None and is_quiet(control):
        settle()
    become(read_message(control), control, told_write)
    return None


def is_quiet(descriptor: int) -> bool:
    """Whether nothing is to be read for a while."""
    # struct pollfd, asking for POLLIN
    asked = descriptor.to_bytes(4, sys.byteorder) + (1).to_bytes(2, sys.byteorder) + bytes(2)
    return call("poll", asked, 1, QUIET_MS) == 0


def become(job: Job, control: int, told: int) -> None:
    """Be what the job says, in the program's process; return where it is that already."""
    try:
        os.close(control)
        files = job["files"]
        job["files"] = [path for path, _, _ in files]
        job["started_ns"] = time.monotonic_ns()
        send_message(told, job)
        prepare(job, files, os.getpid())
        if "gate" in job:
            os.mkfifo(job["gate"])
        argv = job["argv"]
        if argv is None:
            os.close(told)
            return
        for number in (*ignored(), _signal.SIGINT):
            _signal.signal(number, _signal.SIG_DFL)
        if job["terminal"]:
            take_terminal()
        os.execvpe(argv[0], argv, job["environment"])
    except OSError as error:
        write_all(told, failure_of(error).encode("utf-8", "replace"))
    os._exit(127)


def reaped_cpu_ns() -> int:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return int((usage.ru_utime + usage.ru_stime) * 1e9)


def attend(pid: int, job: Job, reports: Reports) -> bool:
    """Wait until the program ends; True when it exited with code 0."""
    watch = None
    if job["watch"]:
        sys.path.insert(0, "/run")
        from watch import Watch  # type: ignore[import-not-found]

        watch = Watch(job)
    looks = 0
    while True:
        ended = reap(pid)
        wall_ns = time.monotonic_ns() - job["started_ns"]
        if ended is not None:
            status, peak_bytes = ended
            cpu_ns = reaped_cpu_ns() + (watch.sample()[0] if watch else 0)
            if watch and watch.peak_bytes:
                peak_bytes = watch.peak_bytes
            code = os.WEXITSTATUS(status) if os.WIFEXITED(status) else -1
            signal = os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0
            reports.say("exit %d %d %d %d %d" % (code, signal, wall_ns, cpu_ns, peak_bytes))
            return code == 0
        if watch:
            limit, cpu_ns = watch.exceeded(reaped_cpu_ns())
            if limit:
                reports.say("limit %s %d %d %d" % (limit, wall_ns, cpu_ns, watch.peak_bytes))
                os._exit(0)
            looks += 1
            if looks % LOOKS_PER_REPORT == 0:
                reports.say("usage %d %d" % (cpu_ns, watch.peak_bytes))
            _signal.sigtimedwait((_signal.SIGCHLD,), WATCH_INTERVAL_S)
        else:
            _signal.sigwaitinfo((_signal.SIGCHLD,))


def reap(main: int) -> tuple[int, int] | None:
    while True:
        try:
            pid, status, usage = os.wait4(-1, os.WNOHANG)
        except ChildProcessError:
            return None
        if pid == 0:
            return None
        if pid == main:
            return status, usage.ru_maxrss * 1024


def collect(folder: str, budget: int, reports: Reports) -> None:
    """Send the regular files below `folder`; symbolic links and special files stay behind.

    What the program left running may change all of it meanwhile: what is gone then was not made.
    """
    pending = [folder]
    while pending:
        try:
            entries = sorted(os.scandir(pending.pop()), key=lambda found: found.name)
        except OSError:
            continue
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                pending.append(entry.path)
            elif entry.is_file(follow_symlinks=False):
                name = os.path.relpath(entry.path, folder)
                budget -= send(entry.path, name, budget, reports)


def send(path: str, name: str, budget: int, reports: Reports) -> int:
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return 0
    state = os.fstat(handle)
    if not stat.S_ISREG(state.st_mode):
        os.close(handle)
        return 0
    with open(handle, "rb") as source:
        data = source.read(budget + 1)
    if len(data) > budget:
        reports.say("unfit what was made is too large")
        os._exit(1)
    raw = os.fsencode(name)
    executable = 1 if state.st_mode & 0o100 else 0
    reports.say("file %d %d %d" % (len(data), executable, len(raw)), raw + data)
    return len(data)


def wait_at_gate(job: Job, reports: Reports) -> int:
    """Wait until the runtime's hook reads the gate; what opens it, once closed."""
    gate = os.open(job["gate"], os.O_WRONLY | os.O_CLOEXEC)
    for path in (job["gate"], *job["files"]):
        os.unlink(path)
    reports.say("prestarted")
    return gate


def serve(pid: int, told: int, control: int, reports: Reports) -> None:
    """Follow the program's process to its end."""
    try:
        job = begun(pid, told, reports)
        if "gate" in job:
            gate = wait_at_gate(job, reports)
            job = read_message(control)
            prepare(job, job["files"], pid)
            job["started_ns"] = time.monotonic_ns()
            os.close(gate)
        if attend(pid, job, reports) and job["collect"]:
            collect(job["collect"], job["collect_bytes"], reports)
            reports.say("collected")
    except OSError as error:
        reports.say(failure_of(error))
    except Exception as error:  # noqa: BLE001 - it is told
        reports.say("fault %r" % error)
    os._exit(0)


def block_child_signals() -> None:
    """So that the end of a child is waited for, and never missed."""
    _signal.pthread_sigmask(_signal.SIG_BLOCK, (_signal.SIGCHLD,))


def close_but(*kept: int) -> None:
    """Close whatever bubblewrap was given to read."""
    for name in os.listdir("/proc/self/fd"):
        if int(name) not in kept:
            close_if_open(int(name))


def main() -> None:
    control, descriptor = int(sys.argv[1]), int(sys.argv[2])
    block_child_signals()
    close_but(0, 1, 2, control, descriptor)
    os.set_inheritable(control, False)
    os.set_inheritable(descriptor, False)
    reports = Reports(descriptor)
    program = hold(control, reports)
    if program is not None:
        serve(*program, control, reports)


if __name__ == "__main__":
    main()
