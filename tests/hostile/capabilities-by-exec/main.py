import os
import subprocess

print("begun", flush=True)
SHOW = ["/bin/sh", "-c", "grep -E '^Cap(Inh|Prm|Eff|Bnd|Amb)' /proc/self/status"]
with open("/code/tool", "wb") as tool, open("/bin/sh", "rb") as shell:
    tool.write(shell.read())
os.chmod("/code/tool", 0o6755)
try:
    os.setxattr("/code/tool", "security.capability", bytes.fromhex("0100000200002000000000000000000000000000"))
    print("gave itself a capability")
except OSError:
    pass
for command in (SHOW, ["/code/tool", *SHOW[1:]]):
    told = subprocess.run(command, capture_output=True, text=True).stdout.split()
    print(sorted(set(told[1::2])))
print(os.getresuid(), os.getresgid())
