import os
import signal
import time

print("begun", flush=True)
signal.signal(signal.SIGTERM, signal.SIG_IGN)
for target in (-1, 1, os.getppid()):
    for number in (signal.SIGTERM, signal.SIGSTOP, signal.SIGINT, signal.SIGKILL):
        if target != -1 or number == signal.SIGTERM:
            try:
                os.kill(target, number)
            except OSError:
                pass
time.sleep(0.2)
print("ended")
