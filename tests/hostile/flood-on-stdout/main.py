import os

print("begun", flush=True)
while True:
    os.write(1, b"flood " * 1000)
