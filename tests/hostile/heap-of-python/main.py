print("begun", flush=True)
kept = []
while True:
    kept.append(bytearray(1 << 20))
