"""Runs programs with ever more descriptors, from none on; prints the verdicts and what is left.

A program of its own, since the limit holds for a whole process.
"""

import asyncio
import json
import os
import resource
import sys
from pathlib import Path

from algoroom.runs.engine import Engine
from algoroom.runs.model import RunRequest, Verdict
from tests.runs.host import traces, until_as_before

MOST = 48


async def starve() -> dict[str, object]:
    folder = Path(sys.argv[1])
    request = RunRequest("python", "print(1)")
    verdicts: list[str] = []
    async with Engine(at_once=1, declarations=folder, starters_memory_bytes=0) as engine:
        await engine.outcome(request)
        await engine.ready()
        before = traces()
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        for spare in range(MOST):
            lowest_free = os.dup(0)
            os.close(lowest_free)
            resource.setrlimit(resource.RLIMIT_NOFILE, (lowest_free + spare, hard))
            try:
                verdicts.append((await engine.outcome(request)).verdict)
            finally:
                resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
            if verdicts[-1] is Verdict.OK:
                break
        await until_as_before(before)
        verdicts.append((await engine.outcome(request)).verdict)
    return {"verdicts": verdicts}


if __name__ == "__main__":
    sys.stdout.write(json.dumps(asyncio.run(starve())))
