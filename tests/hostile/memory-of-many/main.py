import os
import time

print("begun", flush=True)
for _ in range(4):
    if os.fork() == 0:
        kept = bytearray(30 << 20)
        break
time.sleep(100)
