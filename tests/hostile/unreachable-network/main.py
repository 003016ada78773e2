import errno
import socket

print("begun", flush=True)
for place in (("169.254.169.254", 80), ("1.1.1.1", 53), ("192.168.0.1", 80), ("10.0.0.1", 80), ("172.17.0.1", 80)):
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
        with socket.socket(socket.AF_INET, kind) as reaching:
            reaching.settimeout(0.2)
            code = reaching.connect_ex(place)
            if code != errno.ENETUNREACH:
                print(place, errno.errorcode.get(code, code))
for place in (("fd00:ec2::254", 80), ("2606:4700:4700::1111", 53), ("ff02::1", 80)):
    with socket.socket(socket.AF_INET6, socket.SOCK_STREAM) as reaching:
        reaching.settimeout(0.2)
        code = reaching.connect_ex(place)
        if code not in (errno.ENETUNREACH, errno.EADDRNOTAVAIL):
            print(place, errno.errorcode.get(code, code))
try:
    print(socket.getaddrinfo("localhost.localdomain.example.org", 80))
except OSError:
    print("no names")
print(sorted(name for _, name in socket.if_nameindex()) if False else "ended")
