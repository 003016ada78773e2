import fcntl
import os

print("begun", flush=True)
kept = []
while True:
    kept.append(os.pipe())
    try:
        fcntl.fcntl(kept[-1][1], fcntl.F_SETPIPE_SZ, 1 << 20)
    except OSError:
        pass
    os.set_blocking(kept[-1][1], False)
    try:
        while True:
            os.write(kept[-1][1], bytes(1 << 16))
    except BlockingIOError:
        pass
