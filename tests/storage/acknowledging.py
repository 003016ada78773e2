"""A program for the kill tests: writes journal entries and says on stdout which are acknowledged.

Arguments: database URL, session id. It never ends by itself.
"""

import asyncio
import itertools
import os
import sys

from algoroom.rooms import journal
from algoroom.storage.database import Database
from algoroom.storage.writer import Writer
from tests.storage.sample import entry

AT_ONCE = 8


async def main(url: str, session_id: str) -> None:
    """Write for ever, several at once, each line of stdout one acknowledged `seq`."""
    database = Database(url)
    await database.migrate()
    writer = Writer(database)
    numbers = itertools.count(1)

    async def write_on() -> None:
        for seq in numbers:
            await writer.write(journal.append(session_id, entry(seq, b"%d" % seq)))
            os.write(1, b"%d\n" % seq)

    async with asyncio.TaskGroup() as tasks:
        for _ in range(AT_ONCE):
            tasks.create_task(write_on())


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
