print("begun", flush=True)
print(input())
