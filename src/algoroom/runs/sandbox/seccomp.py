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
EQUAL, GREATER, MASKED_EQUAL = 4, 6, 7
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
)
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
TIOCSTI, TIOCLINUX = 0x5412, 0x541C
AF_UNIX, AF_INET, AF_INET6 = 1, 2, 10
HIGHEST_NAMED_FAMILY = 50
SOCK_RAW, SOCK_PACKET, SOCK_TYPE_MASK = 3, 10, 0xF


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


def build() -> bytes:
    """The filter as a BPF program for this machine's architecture. Raises FilterUnavailable."""
    writer = _Writer(_library())
    try:
        for name in REFUSED:
            writer.refuse(name, errno.EPERM)
        # Its flags lie in memory, where no filter can look. libc falls back to clone.
        writer.refuse("clone3", errno.ENOSYS)
        for flag in CLONE_NAMESPACES:
            writer.refuse("clone", errno.EPERM, (0, MASKED_EQUAL, flag, flag))
        # The kernel reads these arguments as 32 bits, so the upper ones must not hide a match.
        for request in (TIOCSTI, TIOCLINUX):
            writer.refuse("ioctl", errno.EPERM, (1, MASKED_EQUAL, LOW_32_BITS, request))
        _refuse_sockets(writer)
        return writer.export()
    finally:
        writer.release()


def _refuse_sockets(writer: "_Writer") -> None:
    for call in ("socket", "socketpair"):
        for family in range(HIGHEST_NAMED_FAMILY + 1):
            if family not in (AF_UNIX, AF_INET, AF_INET6):
                writer.refuse(call, errno.EAFNOSUPPORT, (0, MASKED_EQUAL, LOW_32_BITS, family))
        writer.refuse(call, errno.EAFNOSUPPORT, (0, GREATER, HIGHEST_NAMED_FAMILY, 0))
        for kind in (SOCK_RAW, SOCK_PACKET):
            writer.refuse(call, errno.EPERM, (1, MASKED_EQUAL, SOCK_TYPE_MASK, kind))


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
