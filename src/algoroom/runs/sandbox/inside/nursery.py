"""A nursery: an interpreter that was started as a program's would be, and forks instead.

It is the `usercustomize` of the sandbox's Python, so it runs where the interpreter's own start is
through and nothing of a program has begun. For each request it forks the first process of a
fresh sandbox (see `init`), which forks the program's process. That one either becomes another
program or leaves this file, and the interpreter goes on to what its command line says: to
`main.py`, which is the program's by then. So a program finds `__main__`, its arguments,
tracebacks, streams, and depth of recursion as after any start, because it is one.

On descriptor 0 a request is one byte with five descriptors: standard input, output, error,
control, reports. The answer `gone 0` comes when
nothing of that sandbox lives any more, `gone 1` where it had used the loopback device, whose
counters a next one could read.

The new namespaces are those of users, processes, mounts and System V objects; the network's is
the nursery's own and serves one sandbox after another.
"""

# ruff: noqa: PTH123
import sys

_present = set(sys.modules)
_importers = set(sys.path_importer_cache)
sys.path.insert(0, "/run")
import _ctypes  # noqa: E402
import _signal  # type: ignore[import-not-found]  # noqa: E402
import _socket  # noqa: E402
import gc  # noqa: E402
import os  # noqa: E402

import init  # type: ignore[import-not-found]  # noqa: E402

del sys.path[0]

NAMESPACES = 0x00020000 | 0x08000000 | 0x10000000 | 0x20000000
CLONE = {"x86_64": 56, "aarch64": 220}[os.uname().machine]
MS_NOSUID, MS_NODEV, MS_NOEXEC = 2, 4, 8
PR_CAPBSET_DROP, PR_SET_SECCOMP, SECCOMP_MODE_FILTER = 24, 22, 2
CAPABILITY_VERSION_3 = 0x20080522
DESCRIPTORS = 5
MADV_POPULATE_WRITE = 23
PAGE_BYTES = os.sysconf("SC_PAGESIZE")
FILTER = "/run/filter"


class Nursery:
    def __init__(self) -> None:
        self.requests = _socket.socket(fileno=0)
        with open("/run/nursery", "rb") as source:
            self.user, self.group, self.room_bytes = map(int, source.read().split())
        with open(FILTER, "rb") as source:
            self.rules = source.read()
        # struct sock_fprog: the number of instructions of eight bytes, and where they are.
        where = id(self.rules) + bytes.__basicsize__ - 1
        self.filter = (len(self.rules) // 8).to_bytes(8, sys.byteorder) + where.to_bytes(
            8, sys.byteorder
        )
        with open("/proc/sys/kernel/cap_last_cap", "rb") as source:
            self.last_capability = int(source.read())

    def serve(self) -> None:
        """Answer requests; return in a program's process."""
        while True:
            message, ancillary, _, _ = self.requests.recvmsg(1, _socket.CMSG_SPACE(4 * DESCRIPTORS))
            if not message:
                os._exit(0)
            data = ancillary[0][2]
            given = [
                int.from_bytes(data[start : start + 4], sys.byteorder)
                for start in range(0, len(data), 4)
            ]
            pid = init.call("syscall", CLONE, NAMESPACES | _signal.SIGCHLD, None, None, None, None)
            if pid == 0:
                self.begin(given)
                return
            for descriptor in given:
                os.close(descriptor)
            os.waitpid(pid, 0)
            self.requests.send(b"gone 1" if loopback_used() else b"gone 0")

    def begin(self, given: "list[int]") -> None:
        """Be the first process of a sandbox; return in the program's process."""
        *standard, control, descriptor = given
        reports = init.Reports(descriptor)
        program = None
        try:
            self.requests.detach()
            for number, end in enumerate(standard):
                os.dup2(end, number)
                os.close(end)
            self.separate()
            program = init.hold(control, reports, settle)
        except Exception as error:  # noqa: BLE001 - it is told
            reports.say("fault a sandbox cannot be made: %r" % error)  # noqa: UP031
            os._exit(1)
        if program is not None:
            init.serve(*program, control, reports)

    def separate(self) -> None:
        """Leave what the nursery sees and may do."""
        init.write_file("/proc/self/setgroups", b"deny")
        init.write_file("/proc/self/uid_map", b"%d %d 1" % (self.user, self.user))
        init.write_file("/proc/self/gid_map", b"%d %d 1" % (self.group, self.group))
        plain = MS_NOSUID | MS_NODEV
        init.call("mount", b"proc", b"/proc", b"proc", plain | MS_NOEXEC, None)
        for path, mode in ((b"/code", 0o755), (b"/tmp", 0o1777), (b"/dev/shm", 0o1777)):
            options = b"mode=%o,size=%d" % (mode, self.room_bytes)
            init.call("mount", b"tmpfs", path, b"tmpfs", plain, options)
        options = b"newinstance,ptmxmode=0666,mode=620"
        init.call("mount", b"devpts", b"/dev/pts", b"devpts", MS_NOSUID | MS_NOEXEC, options)
        os.chdir("/code")
        init.write_file("/proc/sys/user/max_user_namespaces", b"0")
        os.setsid()
        for capability in range(self.last_capability + 1):
            init.call("prctl", PR_CAPBSET_DROP, capability, 0, 0, 0)
        header = CAPABILITY_VERSION_3.to_bytes(4, sys.byteorder) + bytes(4)
        init.call("capset", header, bytes(24))
        if self.rules:
            init.call("prctl", PR_SET_SECCOMP, SECCOMP_MODE_FILTER, self.filter, 0, 0)


def loopback_used() -> bool:
    with open("/proc/self/net/dev", "rb") as source:
        for line in source:
            name, _, figures = line.partition(b":")
            if name.strip() == b"lo":
                return figures.split()[0] != b"0"
    return True


class _Interpreter(_ctypes.CFuncPtr):
    """A function of the interpreter's own, called with its lock held."""

    _flags_ = _ctypes.FUNCFLAG_CDECL | _ctypes.FUNCFLAG_PYTHONAPI
    _restype_ = None


class _Object(_ctypes._SimpleCData):  # type: ignore[type-arg]
    _type_ = "O"


def spare_what_is_here() -> None:
    """Keep the objects of the interpreter's own start out of every program's last collection, and
    from being freed at its end: each page that this would touch has to be copied first.

    A program that asks for the collector sees them as after any start.
    """
    gc.collect()
    found = gc.get_objects()
    for one in list(found):
        if type(one) is dict:
            found.extend(one.values())
        elif type(one) is tuple:
            found.extend(one)
    own = {id(sys.modules["__main__"]), id(vars(sys.modules["__main__"]))}
    kept: list[object] = [one for one in found if id(one) not in own]
    kept.append(kept)  # never freed
    gc.freeze()
    # A program's own module is collected as after any start.
    for one in (sys.modules["__main__"], vars(sys.modules["__main__"])):
        for name in ("PyObject_GC_UnTrack", "PyObject_GC_Track"):
            _Interpreter(init.function(name))(_Object(one))
    sys.addaudithook(_unless_asked_for)


def _unless_asked_for(event: str, arguments: "tuple[object, ...]") -> None:
    if event == "import" and arguments[0] == "gc":
        gc.unfreeze()


class _Pointer(_ctypes._SimpleCData):  # type: ignore[type-arg]
    _type_ = "P"


class _Size(_ctypes._SimpleCData):  # type: ignore[type-arg]
    _type_ = "L"


def own_memory() -> "list[tuple[_Pointer, _Size]]":
    """Where this process keeps what it may change and has used, its stack aside."""
    found = []
    with open("/proc/self/maps", "rb") as maps, open("/proc/self/pagemap", "rb", 0) as pages:
        for line in maps:
            span, rights, *rest = line.split()
            if rights != b"rw-p" or b"[stack]" in rest:
                continue
            first, end = (int(number, 16) // PAGE_BYTES for number in span.split(b"-"))
            pages.seek(first * 8)
            # Eight bytes for each page; the highest bit tells that it is there.
            used = bytes(top >> 7 for top in pages.read((end - first) * 8)[7::8]) + b"\0"
            start = used.find(1)
            while start >= 0:
                stop = used.find(0, start)
                where = _Pointer((first + start) * PAGE_BYTES)
                found.append((where, _Size((stop - start) * PAGE_BYTES)))
                start = used.find(1, stop)
    return found


def settle() -> None:
    """Copy all of what is shared with the nursery now, in one go, rather than page by page later.

    A kernel before 5.14 does not know how; then it happens as it always did.
    """
    madvise = init.function("madvise")
    for start, size in OWN_MEMORY:
        _ctypes.call_function(madvise, (start, size, MADV_POPULATE_WRITE))


def notice_signals() -> None:
    """As an interpreter does whose server was not started in the background."""
    for number in init.ignored():
        if number not in (_signal.SIGPIPE, _signal.SIGXFSZ):
            _signal.signal(number, _signal.SIG_DFL)
    _signal.signal(_signal.SIGINT, _signal.default_int_handler)


notice_signals()
init.block_child_signals()
init.close_but(0, 1, 2)
spare_what_is_here()
OWN_MEMORY = own_memory()
Nursery().serve()

# The program's process: forget what a start without a nursery would not have brought along.
for _name in set(sys.modules) - _present - {__name__}:
    del sys.modules[_name]
sys.path[:] = [_name for _name in sys.path if not _name.startswith("/code/.local/")]
for _name in list(sys.path_importer_cache):
    if _name not in _importers or _name.startswith("/code/.local/"):
        del sys.path_importer_cache[_name]
# As where there is no such module, which is what the interpreter would have found out.
raise ImportError(name=__name__)
