import os
import shutil
import sys

print("begun", flush=True)
PLACES = (
    sys.executable, os.__file__, "/usr/bin/python3", "/usr/bin/g++", "/usr/bin/x", "/usr/lib/x",
    "/bin/x", "/lib/x", "/etc/passwd", "/etc/ld.so.preload", "/etc/ld.so.cache", "/run/init.py", "/x",
    "/run/x", "/dev/x", "/dev/null/x", "/usr/local/x",
)
for place in PLACES:
    for what in (
        lambda place: open(place, "a").write("x"),
        lambda place: os.chmod(place, 0o777),
        lambda place: os.rename(place, place + "2"),
        lambda place: os.unlink(place),
        lambda place: os.symlink("/tmp", place),
        lambda place: os.utime(place),
        lambda place: os.setxattr(place, "user.x", b"x"),
    ):
        try:
            what(place)
            print("changed", place)
        except OSError:
            pass
for place in ("/usr", "/etc", "/dev", "/run", "/proc"):
    try:
        shutil.rmtree(place)
        print("removed", place)
    except OSError:
        pass
