"""The first process in a sandbox: it starts the program, waits for it and says how it ended.

It runs inside, by whatever Python the sandbox has (3.8 or newer), so it imports nothing of ours.
bubblewrap's own init folds exit codes and signals into one number; this one tells them apart,
measures from the hand-over on, and ends with the program, which ends every process in the
namespace, also a daemon that still holds the output.

Descriptors: 0, 1 and 2 are the program's. `CONTROL` brings the job: eight bytes of length, then
a marshalled dictionary. `REPORT` takes lines, figures in nanoseconds and bytes:

    ready
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
# ruff: noqa: PLC0415, PTH103, PTH120, PTH123, PTH208, SIM105, UP031, PLW2901, S302, S606
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
    from collections.abc import Iterable
    from typing import Any

    Job = dict[str, Any]

CONTROL = int(sys.argv[1])
REPORT = int(sys.argv[2])
WATCH_INTERVAL_S = 0.02
LOOKS_PER_REPORT = 5
INODE_BYTES = 1024  # what an empty file and its name take in a memory file system
PR_SET_DUMPABLE = 4


def become_unreadable() -> None:
    """`_ctypes` instead of `ctypes` saves its import, half of this process's start."""
    libc = _ctypes.dlopen(None, os.RTLD_NOW)  # type: ignore[arg-type]
    prctl = _ctypes.dlsym(libc, "prctl")
    if _ctypes.call_function(prctl, (PR_SET_DUMPABLE, 0, 0, 0, 0)) != 0:
        raise OSError("prctl refused")


def report(line: str, data: bytes = b"") -> None:
    rest = memoryview(line.encode("utf-8", "replace") + b"\n" + data)
    while rest:
        rest = rest[os.write(REPORT, rest) :]


def close_if_open(descriptor: int) -> None:
    try:
        os.close(descriptor)
    except OSError:
        pass


def read_exactly(size: int) -> bytes:
    parts = []
    while size > 0:
        part = os.read(CONTROL, min(size, 1 << 20))
        if not part:
            os._exit(1)
        parts.append(part)
        size -= len(part)
    return b"".join(parts)


def place(files: Iterable[tuple[str, bytes, bool]]) -> None:
    for path, data, executable in files:
        folder = os.path.dirname(path)
        if folder:
            os.makedirs(folder, exist_ok=True)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o755 if executable else 0o644)
        rest = memoryview(data)
        while rest:
            rest = rest[os.write(handle, rest) :]
        os.close(handle)


def limit_itself(job: Job) -> None:
    for name, soft, hard in job["rlimits"]:
        which = getattr(resource, name)
        present = resource.getrlimit(which)[1]
        if present != resource.RLIM_INFINITY:
            soft, hard = min(soft, present), min(hard, present)
        resource.setrlimit(which, (soft, hard))
    try:
        # When the machine runs out of memory, programs go first, whoever asked for the page.
        with open("/proc/self/oom_score_adj", "w") as score:
            score.write("1000")
    except OSError:
        pass


def take_terminal() -> None:
    """Lead a session whose terminal is standard input, so that its keys send signals."""
    import fcntl  # few programs have a terminal
    import termios

    os.setsid()
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


def start(job: Job) -> int:
    failed_read, failed_write = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            for number in (_signal.SIGPIPE, _signal.SIGINT, getattr(_signal, "SIGXFSZ", 0)):
                if number:
                    _signal.signal(number, _signal.SIG_DFL)
            _signal.pthread_sigmask(_signal.SIG_SETMASK, ())
            if job["terminal"]:
                take_terminal()
            limit_itself(job)
            os.execvpe(job["argv"][0], job["argv"], job["environment"])
        except OSError as error:
            os.write(failed_write, str(error.errno).encode())
        finally:
            os._exit(127)
    os.close(failed_write)
    failure = os.read(failed_read, 16)
    os.close(failed_read)
    if failure:
        os.waitpid(pid, 0)
        whose = "unfit" if int(failure) in (errno.ENOMEM, errno.E2BIG, errno.ENOEXEC) else "fault"
        report("%s %s does not start: %s" % (whose, job["argv"][0], os.strerror(int(failure))))
        os._exit(1)
    return pid


class Watch:
    """What all processes of the sandbox use together, where nothing else counts it."""

    def __init__(self, job: Job) -> None:
        self.limits = job["watch"]
        self.folders = job["writable"]
        self.peak_bytes = 0
        self.page_bytes = resource.getpagesize()
        self.tick_ns = 1_000_000_000 // os.sysconf("SC_CLK_TCK")

    def sample(self) -> tuple[int, int]:
        ticks = pages = 0
        for name in os.listdir("/proc"):
            if not name.isdigit() or name == "1":
                continue
            try:
                with open("/proc/" + name + "/stat", "rb") as source:
                    fields = source.read().rpartition(b")")[2].split()
                with open("/proc/" + name + "/statm", "rb") as source:
                    sizes = source.read().split()
            except OSError:
                continue
            ticks += sum(map(int, fields[11:15]))
            pages += int(sizes[1]) - int(sizes[2])
        memory = pages * self.page_bytes
        for folder in self.folders:
            state = os.statvfs(folder)
            memory += (state.f_blocks - state.f_bfree) * state.f_frsize
            memory += (state.f_files - state.f_ffree) * INODE_BYTES
        self.peak_bytes = max(self.peak_bytes, memory)
        return ticks * self.tick_ns + reaped_cpu_ns(), memory

    def exceeded(self) -> tuple[str | None, int]:
        cpu_ns, memory = self.sample()
        if memory > self.limits["memory_bytes"]:
            return "memory", cpu_ns
        if cpu_ns > self.limits["cpu_ns"]:
            return "cpu", cpu_ns
        return None, cpu_ns


def reaped_cpu_ns() -> int:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return int((usage.ru_utime + usage.ru_stime) * 1e9)


def attend(pid: int, job: Job, started_ns: int) -> bool:
    """Wait until the program ends; True when it exited with code 0."""
    watch = Watch(job) if job["watch"] else None
    looks = 0
    while True:
        ended = reap(pid)
        wall_ns = time.monotonic_ns() - started_ns
        if ended is not None:
            status, peak_bytes = ended
            cpu_ns = watch.sample()[0] if watch else reaped_cpu_ns()
            if watch and watch.peak_bytes:
                peak_bytes = watch.peak_bytes
            code = os.WEXITSTATUS(status) if os.WIFEXITED(status) else -1
            signal = os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0
            report("exit %d %d %d %d %d" % (code, signal, wall_ns, cpu_ns, peak_bytes))
            return code == 0
        if watch:
            limit, cpu_ns = watch.exceeded()
            if limit:
                report("limit %s %d %d %d" % (limit, wall_ns, cpu_ns, watch.peak_bytes))
                os._exit(0)
            looks += 1
            if looks % LOOKS_PER_REPORT == 0:
                report("usage %d %d" % (cpu_ns, watch.peak_bytes))
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


def collect(folder: str, budget: int) -> None:
    """Send the regular files below `folder`; symbolic links and special files stay behind."""
    pending = [folder]
    while pending:
        here = pending.pop()
        for entry in sorted(os.scandir(here), key=lambda found: found.name):
            if entry.is_dir(follow_symlinks=False):
                pending.append(entry.path)
            elif entry.is_file(follow_symlinks=False):
                budget -= send(entry.path, os.path.relpath(entry.path, folder), budget)


def send(path: str, name: str, budget: int) -> int:
    handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    state = os.fstat(handle)
    if not stat.S_ISREG(state.st_mode):
        os.close(handle)
        return 0
    with open(handle, "rb") as source:
        data = source.read(budget + 1)
    if len(data) > budget:
        report("unfit what was made is too large")
        os._exit(1)
    raw = os.fsencode(name)
    executable = 1 if state.st_mode & 0o100 else 0
    report("file %d %d %d" % (len(data), executable, len(raw)), raw + data)
    return len(data)


def main() -> None:
    become_unreadable()
    _signal.signal(_signal.SIGINT, _signal.SIG_IGN)
    _signal.pthread_sigmask(_signal.SIG_BLOCK, (_signal.SIGCHLD,))
    for name in os.listdir("/proc/self/fd"):
        descriptor = int(name)
        if descriptor in (CONTROL, REPORT):
            os.set_inheritable(descriptor, False)
        elif descriptor > 2:
            close_if_open(descriptor)  # whatever bubblewrap was given to read
    report("ready")
    job = marshal.loads(read_exactly(int.from_bytes(read_exactly(8), "big")))
    try:
        for folder in job["folders"]:
            os.makedirs(folder)
        place(job["files"])
        started_ns = time.monotonic_ns()
        pid = start(job)
    except OSError as error:
        full = error.errno in (errno.ENOSPC, errno.EDQUOT, errno.ENAMETOOLONG)
        report("%s %s" % ("unfit" if full else "fault", error))
        os._exit(1)
    # The output belongs to the program alone: its end is seen when its last holder is gone.
    for descriptor in (0, 1, 2):
        os.close(descriptor)
    if attend(pid, job, started_ns) and job["collect"]:
        collect(job["collect"], job["collect_bytes"])
        report("collected")
    os._exit(0)


if __name__ == "__main__":
    main()
