"""Which system calls a program may not make, as a filter that the kernel enforces.

libseccomp (seccomp_rule_add(3)) writes the filter; what is refused answers EPERM unless said
otherwise. A refused call is one that programs do not need and that has led out of sandboxes, or
that reaches something the namespaces do not cover.
"""

import ctypes
import errno
import os

ALLOW = 0x7FFF0000
KILL_PROCESS = 0x80000000
ATTRIBUTE_BAD_ARCHITECTURE = 2
ATTRIBUTE_OPTIMIZE = 8
BINARY_TREE = 2
UNEQUAL, GREATER, MASKED_EQUAL = 1, 6, 7
LOW_32_BITS = 0xFFFFFFFF

# fmt: off
REFUSED = (
    "mount", "umount", "umount2", "mount_setattr", "move_mount", "open_tree", "open_tree_attr",
    "fsopen", "fsconfig", "fsmount", "fspick", "pivot_root", "chroot", "setns", "unshare",
    "name_to_handle_at", "open_by_handle_at", "ptrace", "process_vm_readv", "process_vm_writev",
    "process_madvise", "kcmp", "pidfd_getfd", "keyctl", "add_key", "request_key", "bpf",
    "perf_event_open", "userfaultfd", "io_uring_setup", "io_uring_enter", "io_uring_register",
    "kexec_load", "kexec_file_load", "init_module", "finit_module", "delete_module",
    "create_module", "reboot", "swapon", "swapoff", "acct", "quotactl", "quotactl_fd", "syslog",
    "settimeofday", "clock_settime", "clock_adjtime", "adjtimex", "stime", "sethostname",
    "setdomainname", "iopl", "ioperm", "modify_ldt", "vm86", "vm86old", "lookup_dcookie",
    "nfsservctl", "uselib", "ustat", "sysfs", "_sysctl", "move_pages", "mbind", "migrate_pages",
    "set_mempolicy", "set_mempolicy_home_node", "fanotify_init", "vhangup", "personality",
    "cachestat", "memfd_secret",
    # The machine has so many of them for everybody together.
    "io_setup",
    # A watch on a file that all sandboxes share tells what other runs do with it.
    "inotify_init", "inotify_init1", "inotify_add_watch",
)
# Memory that no process maps and no mount bounds: only a control group counts it.
UNCOUNTED = ("memfd_create", "shmget")
# fmt: on

CLONE_NAMESPACES = (
    0x00000080,  # time
    0x00020000,  # mount
    0x02000000,  # cgroup
    0x04000000,  # uts
    0x08000000,  # ipc
    0x10000000,  # user
    0x20000000,  # pid
    0x40000000,  # net
)
# The last one gives a terminal another line discipline, and loads its driver.
TIOCSTI, TIOCLINUX, TIOCSETD = 0x5412, 0x541C, 0x5423
F_NOTIFY = 1026
AF_UNIX, AF_INET, AF_INET6 = 1, 2, 10
HIGHEST_NAMED_FAMILY = 50
SOCK_RAW, SOCK_SEQPACKET, SOCK_DCCP, SOCK_PACKET, SOCK_TYPE_MASK = 3, 5, 6, 10, 0xF
TCP, UDP = 6, 17
SOL_SOCKET = 1
SO_ATTACHMENTS = (26, 50, 51, 52)  # programs for the kernel to run on packets
RLIMIT_CORE = 4
FIRST_PROCESS = 1
PRIO_PROCESS = 0
MAP_HUGETLB, MFD_HUGETLB, SHM_HUGETLB = 0x40000, 0x4, 0o4000


class FilterUnavailable(Exception):
    """libseccomp is missing or too old."""


class _Comparison(ctypes.Structure):
    _fields_ = (
        ("argument", ctypes.c_uint),
        ("operator", ctypes.c_int),
        ("first", ctypes.c_uint64),
        ("second", ctypes.c_uint64),
    )


def refuse(code: int) -> int:
    """libseccomp's action that makes a call fail with the error `code`."""
    return 0x00050000 | code


def library_version() -> str:
    """libseccomp's version. Raises FilterUnavailable."""
    version = _library().seccomp_version
    version.restype = ctypes.POINTER(ctypes.c_uint * 3)
    return ".".join(str(part) for part in version().contents)


def build(*, counted: bool = True) -> bytes:
    """The filter as a BPF program for this machine's architecture. Raises FilterUnavailable.

    `counted` is False where no control group counts memory: some kinds of it are refused then.
    """
    writer = _Writer(_library())
    try:
        for name in REFUSED if counted else (*REFUSED, *UNCOUNTED):
            writer.refuse(name, errno.EPERM)
        # Its flags lie in memory, where no filter can look. libc falls back to clone.
        writer.refuse("clone3", errno.ENOSYS)
        for flag in CLONE_NAMESPACES:
            writer.refuse("clone", errno.EPERM, (0, MASKED_EQUAL, flag, flag))
        # The kernel reads these arguments as 32 bits, so the upper ones must not hide a match.
        for request in (TIOCSTI, TIOCLINUX, TIOCSETD):
            writer.refuse("ioctl", errno.EPERM, _is(1, request))
        writer.refuse("fcntl", errno.EPERM, _is(1, F_NOTIFY))
        _protect_first_process(writer)
        _refuse_huge_pages(writer, counted=counted)
        _refuse_sockets(writer)
        return writer.export()
    finally:
        writer.release()


def _is(argument: int, value: int) -> tuple[int, int, int, int]:
    return (argument, MASKED_EQUAL, LOW_32_BITS, value)


def _protect_first_process(writer: "_Writer") -> None:
    """It has the program's user, so the kernel would let the program limit and slow it."""
    writer.refuse("prlimit64", errno.EPERM, _is(0, FIRST_PROCESS))
    for name in ("sched_setaffinity", "sched_setscheduler", "sched_setparam", "sched_setattr"):
        writer.refuse(name, errno.EPERM, _is(0, FIRST_PROCESS))
    writer.refuse("setpriority", errno.EPERM, _is(1, FIRST_PROCESS))
    # Neither a group of processes nor all of a user's: it is among them.
    writer.refuse("setpriority", errno.EPERM, (0, UNEQUAL, PRIO_PROCESS, 0))
    # It keeps a crash from starting the host's own program for crashes. Setting it does nothing
    # and says that it went well, since programs that switch dumps off expect that.
    writer.refuse("setrlimit", 0, _is(0, RLIMIT_CORE))
    writer.refuse("prlimit64", 0, _is(1, RLIMIT_CORE), (2, UNEQUAL, 0, 0))


def _refuse_huge_pages(writer: "_Writer", *, counted: bool) -> None:
    """The machine's reserve of them is everybody's, and no memory limit counts them."""
    writer.refuse("mmap", errno.ENOMEM, (3, MASKED_EQUAL, MAP_HUGETLB, MAP_HUGETLB))
    if counted:
        writer.refuse("memfd_create", errno.ENOSYS, (1, MASKED_EQUAL, MFD_HUGETLB, MFD_HUGETLB))
        writer.refuse("shmget", errno.ENOMEM, (2, MASKED_EQUAL, SHM_HUGETLB, SHM_HUGETLB))


def _refuse_sockets(writer: "_Writer") -> None:
    for call in ("socket", "socketpair"):
        for family in range(HIGHEST_NAMED_FAMILY + 1):
            if family not in (AF_UNIX, AF_INET, AF_INET6):
                writer.refuse(call, errno.EAFNOSUPPORT, _is(0, family))
        writer.refuse(call, errno.EAFNOSUPPORT, (0, GREATER, HIGHEST_NAMED_FAMILY, 0))
        for kind in (SOCK_RAW, SOCK_PACKET):
            writer.refuse(call, errno.EPERM, (1, MASKED_EQUAL, SOCK_TYPE_MASK, kind))
    # Of the Internet's protocols only the two that programs use; others load drivers.
    for family in (AF_INET, AF_INET6):
        for kind in (SOCK_SEQPACKET, SOCK_DCCP):
            refused = (1, MASKED_EQUAL, SOCK_TYPE_MASK, kind)
            writer.refuse("socket", errno.ESOCKTNOSUPPORT, _is(0, family), refused)
        for protocol in range(1, UDP):
            if protocol != TCP:
                writer.refuse("socket", errno.EPROTONOSUPPORT, _is(0, family), _is(2, protocol))
        writer.refuse("socket", errno.EPROTONOSUPPORT, _is(0, family), (2, GREATER, UDP, 0))
    for option in SO_ATTACHMENTS:
        writer.refuse("setsockopt", errno.EPERM, _is(1, SOL_SOCKET), _is(2, option))


def _library() -> ctypes.CDLL:
    try:
        return ctypes.CDLL("libseccomp.so.2", use_errno=True)
    except OSError as error:
        raise FilterUnavailable("libseccomp (libseccomp.so.2) is not installed") from error


class _Writer:
    def __init__(self, library: ctypes.CDLL) -> None:
        self._library = library
        library.seccomp_init.restype = ctypes.c_void_p
        library.seccomp_init.argtypes = [ctypes.c_uint32]
        library.seccomp_attr_set.argtypes = [ctypes.c_void_p, ctypes.c_int, ctypes.c_uint32]
        library.seccomp_syscall_resolve_name.argtypes = [ctypes.c_char_p]
        library.seccomp_rule_add_array.argtypes = [
            ctypes.c_void_p,
            ctypes.c_uint32,
            ctypes.c_int,
            ctypes.c_uint,
            ctypes.POINTER(_Comparison),
        ]
        library.seccomp_export_bpf.argtypes = [ctypes.c_void_p, ctypes.c_int]
        library.seccomp_release.argtypes = [ctypes.c_void_p]
        self._filter = library.seccomp_init(ALLOW)
        if not self._filter:
            raise FilterUnavailable("libseccomp cannot make a filter")
        # Calls by another architecture's numbers (32-bit, x32) would pass by the rules below.
        library.seccomp_attr_set(self._filter, ATTRIBUTE_BAD_ARCHITECTURE, KILL_PROCESS)
        # Every call pays for the filter; before libseccomp 2.5 for each of its rules in turn.
        library.seccomp_attr_set(self._filter, ATTRIBUTE_OPTIMIZE, BINARY_TREE)

    def refuse(self, name: str, code: int, *conditions: tuple[int, int, int, int]) -> None:
        """Refuse `name` where all conditions hold; a call this machine has not is no matter."""
        call = self._library.seccomp_syscall_resolve_name(name.encode())
        if call < 0:
            return
        comparisons = (_Comparison * len(conditions))(*(_Comparison(*row) for row in conditions))
        result = self._library.seccomp_rule_add_array(
            self._filter, refuse(code), call, len(conditions), comparisons
        )
        if result != 0:
            raise FilterUnavailable(f"libseccomp refuses a rule for {name}: {os.strerror(-result)}")

    def export(self) -> bytes:
        handle = os.memfd_create("filter", os.MFD_CLOEXEC)
        try:
            if self._library.seccomp_export_bpf(self._filter, handle) != 0:
                raise FilterUnavailable("libseccomp cannot write the filter")
            return os.pread(handle, os.fstat(handle).st_size, 0)
        finally:
            os.close(handle)

    def release(self) -> None:
        self._library.seccomp_release(self._filter)
