"""Starts a Python program under DMOJ's judge, as `starter.c` starts others.

It is run by an interpreter that has dmoj, with the program's source as its argument. A judge of
DMOJ runs one program at a time, so there is a process of its own for each of those at once.
"""

import multiprocessing
import resource
import subprocess
import sys
import tempfile
import time
from multiprocessing.util import Finalize

from dmoj import judgeenv
from dmoj.executors.PY3 import Executor

MEMORY_KB = 256 * 1024
TIME_S = 5


class Judge:
    """One judge: its program is compiled once and launched each time."""

    program: Executor


def prepare(source: bytes) -> None:
    judgeenv.env["tempdir"] = tempfile.gettempdir()
    Executor.runtime_dict = {"python3": "/usr/bin/python3"}
    Judge.program = Executor("hello", source)
    Finalize(Judge, Judge.program.cleanup, exitpriority=1)


def launch(_: int) -> tuple[bool, int]:
    """Whether the program ended well, and the nanoseconds of processor time that it took."""
    used = processor_ns()
    process = Judge.program.launch(
        time=TIME_S,
        memory=MEMORY_KB,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    process.communicate()
    return process.returncode == 0, processor_ns() - used


def processor_ns() -> int:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return int(sum(each.ru_utime + each.ru_stime for each in used) * 1e9)


def answer(source: bytes, count: int, at_once: int) -> str:
    with multiprocessing.Pool(at_once, prepare, (source,)) as judges:
        judges.map(launch, range(at_once), chunksize=1)  # until each is ready
        began = time.monotonic_ns()
        launched = judges.map(launch, range(count), chunksize=1)
        wall_ns = time.monotonic_ns() - began
        judges.close()
        judges.join()
    cpu_ns = sum(used for _, used in launched)
    return f"{wall_ns} {cpu_ns} {sum(not good for good, _ in launched)}"


def main() -> None:
    for line in sys.stdin:
        count, at_once = map(int, line.split())
        sys.stdout.write(answer(sys.argv[1].encode(), count, at_once) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
