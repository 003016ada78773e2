import os
import signal
import time

print("begun", flush=True)
parent = os.getppid()
for number in (signal.SIGSTOP, signal.SIGTSTP, signal.SIGTTIN, signal.SIGKILL):
    os.kill(parent, number)
time.sleep(0.1)
print("ended under", parent == os.getppid())
