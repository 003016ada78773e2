print("begun", flush=True)


def dive():
    dive()


dive()
