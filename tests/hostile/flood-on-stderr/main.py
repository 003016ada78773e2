import os

print("begun", flush=True)
while True:
    os.write(2, b"flood " * 1000)
