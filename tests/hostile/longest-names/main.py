import os

for number in range(200):
    open(str(number).rjust(255, "n"), "w").close()
    os.mkdir(bytes([0xFF]) * 251 + str(number).rjust(4, "0").encode())
try:
    open("n" * 256, "w")
except OSError as error:
    print("ended:", error.strerror)
