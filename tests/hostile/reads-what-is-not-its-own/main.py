import os

print("begun", flush=True)
PLACES = (
    "/etc/shadow", "/etc/hostname", "/etc/hosts", "/etc/machine-id", "/etc/resolv.conf", "/root", "/home", "/var",
    "/sys", "/boot", "/srv", "/mnt", "/media", "/proc/1/environ", "/proc/1/root", "/proc/1/cwd", "/proc/1/mem", "/proc/1/fd",
    "/proc/1/maps", "/proc/1/stack", "/proc/1/auxv", "/proc/1/io", "/proc/1/task/1/mem", "/proc/kcore",
    "/proc/kmsg", "/proc/kpagemap", "/proc/timer_list", "/proc/1/root/root", "/proc/1/map_files",
)
for place in PLACES:
    try:
        seen = os.listdir(place) if os.path.isdir(place) else open(place, "rb").read(1)
        if seen:
            print("read", place, seen)
    except OSError:
        pass
others = [name for name in os.listdir("/proc") if name.isdigit() and int(name) not in (1, os.getpid())]
print("others:", len(others))
