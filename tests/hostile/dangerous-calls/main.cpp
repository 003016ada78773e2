#include <cerrno>
#include <cstdio>
#include <sys/syscall.h>
#include <unistd.h>

struct Call {
    const char *name;
    long number, first, second, third, fourth;
};

const Call CALLS[] = {
    {"io_uring_setup", 425, 8, 0, 0, 0},
    {"io_uring_enter", 426, 0, 0, 0, 0},
    {"bpf", 321, 0, 0, 0, 0},
    {"perf_event_open", 298, 0, 0, -1, -1},
    {"keyctl", 250, 0, -3, 1, 0},
    {"add_key", 248, 0, 0, 0, 0},
    {"request_key", 249, 0, 0, 0, 0},
    {"userfaultfd", 323, 0, 0, 0, 0},
    {"userfaultfd of the user", 323, 1, 0, 0, 0},
    {"kexec_load", 246, 0, 0, 0, 0},
    {"kexec_file_load", 320, 0, 0, 0, 0},
    {"init_module", 175, 0, 0, 0, 0},
    {"finit_module", 313, 0, 0, 0, 0},
    {"delete_module", 176, 0, 0, 0, 0},
    {"mount", 165, 0, 0, 0, 0},
    {"umount2", 166, 0, 0, 0, 0},
    {"fsopen", 430, 0, 0, 0, 0},
    {"open_tree", 428, 0, 0, 0, 0},
    {"move_mount", 429, 0, 0, 0, 0},
    {"mount_setattr", 442, 0, 0, 0, 0},
    {"pivot_root", 155, 0, 0, 0, 0},
    {"chroot", 161, 0, 0, 0, 0},
    {"unshare of users", 272, 0x10000000, 0, 0, 0},
    {"unshare of mounts", 272, 0x00020000, 0, 0, 0},
    {"clone of users", 56, 0x10000011, 0, 0, 0},
    {"clone of nets", 56, 0x40000011, 0, 0, 0},
    {"setns", 308, 0, 0, 0, 0},
    {"open_by_handle_at", 304, 0, 0, 0, 0},
    {"name_to_handle_at", 303, 0, 0, 0, 0},
    {"ptrace", 101, 0, 0, 0, 0},
    {"process_vm_writev", 311, 1, 0, 0, 0},
    {"pidfd_getfd", 438, 0, 0, 0, 0},
    {"kcmp", 312, 1, 1, 0, 0},
    {"reboot", 169, 0xfee1dead, 672274793, 0x89abcdef, 0},
    {"swapon", 167, 0, 0, 0, 0},
    {"acct", 163, 0, 0, 0, 0},
    {"quotactl", 179, 0, 0, 0, 0},
    {"syslog", 103, 3, 0, 0, 0},
    {"settimeofday", 164, 0, 0, 0, 0},
    {"clock_settime", 227, 0, 0, 0, 0},
    {"adjtimex", 159, 0, 0, 0, 0},
    {"sethostname", 170, 0, 0, 0, 0},
    {"iopl", 172, 3, 0, 0, 0},
    {"ioperm", 173, 0, 1, 1, 0},
    {"modify_ldt", 154, 0, 0, 0, 0},
    {"personality", 135, 0x0040000, 0, 0, 0},
    {"fanotify_init", 300, 0, 0, 0, 0},
    {"inotify_init1", 294, 0, 0, 0, 0},
    {"io_setup", 206, 1, 0, 0, 0},
    {"memfd_secret", 447, 0, 0, 0, 0},
    {"lookup_dcookie", 212, 0, 0, 0, 0},
    {"move_pages", 279, 0, 0, 0, 0},
    {"vhangup", 153, 0, 0, 0, 0},
};

int main() {
    puts("begun");
    for (const Call &call : CALLS) {
        errno = 0;
        long answer = syscall(call.number, call.first, call.second, call.third, call.fourth, 0, 0);
        if (answer != -1 || errno != EPERM) printf("%s: %ld, error %d\n", call.name, answer, errno);
        if (call.number == 56 && answer == 0) _exit(0);
    }
}
