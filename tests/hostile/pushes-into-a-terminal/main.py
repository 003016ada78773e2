import ctypes
import os

print("begun", flush=True)
libc = ctypes.CDLL(None, use_errno=True)
terminal, line = os.openpty()
letter = ctypes.c_char(b"x")
for request in (0x5412, 0x541C, 0x5423):
    for high in (0, 1 << 32, 0xFFFFFFFF << 32):
        for descriptor in (0, 1, terminal, line):
            number = ctypes.c_ulong(request | high)
            if libc.syscall(ctypes.c_long(16), ctypes.c_ulong(descriptor), number, ctypes.byref(letter)) != -1:
                print("pushed", hex(request | high))
            elif ctypes.get_errno() != 1:
                print("asked", hex(request | high))
