print("begun", flush=True)
for number in range(1000):
    with open(f"/dev/shm/{number}", "wb") as file:
        file.write(bytes(1 << 20))
