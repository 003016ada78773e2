import os

try:
    os.truncate(os.open("big", os.O_CREAT | os.O_RDWR), 1 << 40)
except OSError as error:
    print("ended:", error.strerror)
