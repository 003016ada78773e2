import os
import time

print("begun", flush=True)
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        time.sleep(1)
        print("from beyond the end", flush=True)
        time.sleep(100)
    os._exit(0)
os.wait()
