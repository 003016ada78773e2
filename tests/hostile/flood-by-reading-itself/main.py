import os

print("begun", flush=True)
echo = os.open("/proc/self/fd/1", os.O_RDONLY | os.O_NONBLOCK)
try:
    while True:
        os.read(echo, 1 << 16)
except BlockingIOError:
    print("ended")
