print("begun", flush=True)
made = 0
while True:
    open(f"/tmp/{made}", "w").close()
    made += 1
