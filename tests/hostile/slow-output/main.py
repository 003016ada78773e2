import time

for number in range(100):
    print(number, flush=True)
    time.sleep(0.1)
