import os

print("begun", flush=True)
if os.fork():
    while True:
        os.write(1, b"out " * 1000)
else:
    while True:
        os.write(2, b"err " * 1000)
