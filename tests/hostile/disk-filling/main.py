print("begun", flush=True)
written = 0
try:
    for number in range(100_000):
        with open(f"/tmp/{number}", "wb") as file:
            file.write(bytes(1 << 19))
        written += 1
except OSError as error:
    print("ended:", error.strerror, 0 < written < 1000)
