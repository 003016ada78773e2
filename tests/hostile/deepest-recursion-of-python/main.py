import sys

sys.setrecursionlimit(1 << 30)
print("begun", flush=True)


class Deep:
    def __repr__(self):
        return repr(self)


repr(Deep())
