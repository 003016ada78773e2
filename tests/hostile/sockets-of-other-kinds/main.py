import socket

print("begun", flush=True)
for family in range(64):
    for kind in (1, 2, 3, 4, 5, 6, 10):
        for protocol in (0, 1, 2, 58, 132, 255, 768, 262):
            try:
                socket.socket(family, kind, protocol).close()
            except OSError:
                continue
            if family not in (socket.AF_UNIX, socket.AF_INET, socket.AF_INET6) or protocol or kind > 2:
                if family != socket.AF_UNIX:
                    print("made", family, kind, protocol)
