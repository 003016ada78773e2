"""What a room has given to the writer, and whether all of it arrived."""

import asyncio
import logging
from collections.abc import Callable, Sequence

from algoroom.storage.statement import Statement
from algoroom.storage.writer import Writer, WriterClosed

logger = logging.getLogger(__name__)

# How soon the database is asked again after it has failed.
RETRY_S = 1.0


class Saving:
    """The writes of one room, in order.

    Where one fails, those after it may build on something that is not stored. `whole` makes the
    statements that store the room's present state and so mend that; they are given to the writer
    with the next write, when somebody waits, and every second until they are stored. `failed` is
    called for each write that fails.
    """

    def __init__(
        self,
        writer: Writer,
        whole: Callable[[], Sequence[Statement]],
        failed: Callable[[Exception], None],
    ) -> None:
        self._writer = writer
        self._whole = whole
        self._failed = failed
        self._latest: asyncio.Future[None] | None = None
        self._has_gap = False
        self._retry: asyncio.TimerHandle | None = None

    def submit(self, statements: Sequence[Statement]) -> None:
        """Give one unit to the writer. Raises `WriterClosed`."""
        if self._has_gap:
            statements = [*statements, *self._whole()]
        if not statements:
            return
        self._latest = self._writer.submit(*statements)
        self._has_gap = False
        self._latest.add_done_callback(self._note)

    async def saved(self) -> None:
        """Wait until everything so far is stored.

        Raises what kept the latest write from it (`DatabaseUnavailable`, `WriteRefused`,
        `WriterClosed`); what failed before that is stored by then, or raises too.
        """
        await self._wait()
        if self._has_gap:
            self.submit(())
            await self._wait()

    async def _wait(self) -> None:
        if (latest := self._latest) is not None:
            # Waited for, not awaited: who stops waiting must not cancel it for everybody.
            await asyncio.wait({latest})
            latest.result()

    def _note(self, stored: asyncio.Future[None]) -> None:
        if self._latest is stored:
            # Who waits for it has it; whoever comes later asks about what is there then.
            self._latest = None
        error = stored.exception()
        if isinstance(error, Exception):
            self._has_gap = True
            self._failed(error)
            if self._retry is None:
                loop = asyncio.get_running_loop()
                self._retry = loop.call_later(RETRY_S, self._try_again)

    def _try_again(self) -> None:
        self._retry = None
        if self._has_gap:
            try:
                self.submit(())
            except WriterClosed:
                logger.warning("the server stops before a change could be stored")
