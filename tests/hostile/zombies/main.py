import os

made = 0
try:
    while True:
        if os.fork() == 0:
            os._exit(0)
        made += 1
except BlockingIOError:
    print("begun and ended after", "many" if made >= 10 else made)
