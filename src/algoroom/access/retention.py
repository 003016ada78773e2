"""How long the audit is kept."""

import asyncio
from datetime import timedelta
from functools import partial
from typing import Final

from algoroom.access import audit
from algoroom.clock import Clock
from algoroom.house import attempt
from algoroom.storage.database import Database
from algoroom.storage.writer import Writer

LOOK_EVERY_S: Final = 3_600
# So many go at once, so that nobody else's write waits for long.
MOST_AT_ONCE: Final = 5_000


class Retention:
    """Removes rows of the audit that are older than `kept`; None keeps them for ever."""

    def __init__(
        self, database: Database, writer: Writer, clock: Clock, kept: timedelta | None
    ) -> None:
        self._database = database
        self._writer = writer
        self._clock = clock
        self._kept = kept

    async def keep(self) -> None:
        """Remove what is too old, now and every hour."""
        while self._kept is not None:
            await attempt("shortening the audit", partial(self.sweep, self._kept))
            await asyncio.sleep(LOOK_EVERY_S)

    async def sweep(self, kept: timedelta) -> None:
        """Remove the rows that are older than `kept`. Raises `DatabaseUnavailable` and what a
        writer raises."""
        before = self._clock() - kept
        while True:
            async with self._database.connect() as connection:
                upto = await audit.last_of_oldest(connection, before, MOST_AT_ONCE)
            if upto is None:
                return
            await self._writer.write(*audit.forget(upto))
