import os
import subprocess

print("begun", flush=True)
with open("/code/tool", "wb") as tool:
    tool.write(b"#!/bin/sh\necho went\n")
    tool.flush()
    os.chmod("/code/tool", 0o755)
    with open("/bin/true", "rb") as true:
        binary = open("/code/binary", "wb")
        binary.write(true.read())
        binary.flush()
        os.chmod("/code/binary", 0o755)
    try:
        subprocess.run(["/code/binary"])
        print("went")
    except OSError as error:
        print(error.strerror)
    binary.close()
print(subprocess.run(["/code/binary"]).returncode)
