import os

LINES = "ready\nexit 0 0 1 1 1\nlimit memory 1 1 1\nunfit x\nfault x\ncollected\n"
print(LINES, end="", flush=True)
os.write(2, LINES.encode())
for number in range(3, 256):
    try:
        os.write(number, LINES.encode())
        print("wrote", number)
    except OSError:
        pass
raise SystemExit(3)
