"""What a room has given to the writer, and whether all of it arrived."""

import asyncio
import logging
from collections.abc import Callable, Sequence

from algoroom.line import Line
from algoroom.storage.statement import Statement
from algoroom.storage.writer import Unit, Writer, WriterClosed, WriteRefused

logger = logging.getLogger(__name__)

# How soon the database is asked again after it has failed.
RETRY_S = 1.0
# What of one room waits for the database, at most.
MOST_BYTES = 32 * 2**20


class _Unit(Unit):
    """Statements that are stored together. `is_under_way`: the writer has them; `is_done`: they
    and all before them are stored, or refused for ever, with this `refusal`."""

    __slots__ = ("_outcome", "_saving", "is_done", "is_settled", "is_under_way", "refusal")

    def __init__(self, statements: Sequence[Statement], saving: "Saving") -> None:
        super().__init__(statements)
        self._saving = saving
        self.is_under_way = False
        self.is_settled = False
        self.is_done = False
        self.refusal: WriteRefused | None = None
        self._outcome: asyncio.Future[None] | None = None

    def settle(self, error: Exception | None) -> None:
        self.is_under_way = False
        self._saving._note(self, error)
        if self._outcome is not None:
            self._outcome.set_result(None)
            self._outcome = None

    def outcome(self) -> asyncio.Future[None]:
        """Done when it is no longer under way, whether it was stored or not. Who asks waits."""
        if self._outcome is None:
            self._outcome = asyncio.get_running_loop().create_future()
            self._saving._writer.hurry()
        return self._outcome


class Saving:
    """The writes of one room, in order.

    What the database cannot store now is kept and written again, with all that came after it, in
    their order: with the next write, when somebody waits, and every second. So the journal has no
    gap, whatever the database went through; statements have to mean the same when they are made
    twice. A write that is refused for what it is cannot be stored at all: `whole` then makes
    the statements that store the room's present state without it. `failed` is called with the
    first error of each time for which the database fails, `recovered` when all is stored again.
    """

    def __init__(
        self,
        writer: Writer,
        whole: Callable[[], Sequence[Statement]],
        failed: Callable[[Exception], None],
        recovered: Callable[[], None],
    ) -> None:
        self._writer = writer
        self._whole = whole
        self._failed = failed
        self._recovered = recovered
        self._units: Line[_Unit] = Line()
        self._kept = 0
        self._bytes = 0
        self._watchers: Line[tuple[int, Callable[[], None]]] = Line()
        self._error: Exception | None = None
        self._lacks_whole = False
        self._mending: asyncio.Task[None] | None = None
        self._retry: asyncio.TimerHandle | None = None

    @property
    def is_full(self) -> bool:
        """Whether so much waits for the database that no more may be written."""
        return self._bytes >= MOST_BYTES or self._writer.backlog.is_full

    def submit(self, statements: Sequence[Statement]) -> None:
        """Give one unit to the writer. Raises `WriterClosed`."""
        if not statements:
            return
        unit = self._keep(statements)
        if self._error is None:
            self._write(unit)
        else:
            self._mend()

    async def saved(self) -> None:
        """Wait until everything so far is stored.

        Raises what keeps it from that (`DatabaseUnavailable`, `WriteRefused`, `WriterClosed`).
        """
        latest = self._units[-1] if self._units else None
        while latest is not None and not latest.is_done and self._error is None:
            # Waited for, not awaited: who stops waiting must not cancel it for everybody.
            await asyncio.wait({latest.outcome() if latest.is_under_way else self._mend()})
        if self._error is not None:
            await asyncio.wait({self._mend()})
        if latest is not None and latest.refusal is not None:
            raise latest.refusal
        if self._error is not None:
            raise self._error
        if latest is not None and not latest.is_done:
            await self.saved()

    def when_saved(self, tell: Callable[[], None]) -> None:
        """Call `tell` once everything so far is stored, however long that takes."""
        self._watchers.append((self._kept, tell))
        if not self._units:
            self._tell_watchers()

    def _tell_watchers(self) -> None:
        stored = self._kept - len(self._units)
        while self._watchers and self._watchers[0][0] <= stored and not self._lacks_whole:
            self._watchers.popleft()[1]()

    def _keep(self, statements: Sequence[Statement]) -> _Unit:
        unit = _Unit(statements, self)
        self._units.append(unit)
        self._kept += 1
        self._bytes += unit.size
        self._writer.backlog.bytes += unit.size
        return unit

    def _write(self, unit: _Unit) -> None:
        unit.is_settled = False
        self._writer.queue(unit)
        unit.is_under_way = True

    def _note(self, unit: _Unit, error: Exception | None) -> None:
        if isinstance(error, WriteRefused):
            unit.refusal = error
            self._lacks_whole = True
        unit.is_settled = error is None or unit.refusal is not None
        if error is not None:
            if self._error is None:
                self._failed(error)
                self._try_later()
            self._error = error
        units = self._units
        while units and units[0].is_settled:
            first = units.popleft()
            first.is_done = True
            self._bytes -= first.size
            self._writer.backlog.bytes -= first.size
        if self._watchers:
            self._tell_watchers()

    def _mend(self) -> asyncio.Task[None]:
        if self._mending is None or self._mending.done():
            self._mending = asyncio.get_running_loop().create_task(self._write_again())
        return self._mending

    async def _write_again(self) -> None:
        """Write everything from the first write that is not stored on, until nothing is left."""
        under_way = [unit.outcome() for unit in self._units if unit.is_under_way]
        if under_way:
            await asyncio.wait(under_way)
        try:
            while True:
                whole = None
                if self._lacks_whole:
                    self._lacks_whole = False
                    whole = self._keep(self._whole())
                    # It stands in for what was refused.
                    self._watchers = Line((self._kept, tell) for _, tell in self._watchers)
                # The first alone asks whether the database is back.
                for units in (list(self._units)[:1], list(self._units)[1:]):
                    if not await self._are_stored(units):
                        return self._try_later()
                if whole is not None and whole.refusal is not None:
                    return self._try_later()
                if not self._lacks_whole:
                    break
            self._error = None
            for unit in self._units:  # what came meanwhile
                self._write(unit)
            self._recovered()
        except WriterClosed:
            logger.warning("the server stops before a change could be stored")

    async def _are_stored(self, units: Sequence[_Unit]) -> bool:
        for unit in units:
            self._write(unit)
        if units:
            await asyncio.wait([unit.outcome() for unit in units])
        return all(unit.is_settled for unit in units)

    def _try_later(self) -> None:
        if self._retry is None:
            self._retry = asyncio.get_running_loop().call_later(RETRY_S, self._try_again)

    def _try_again(self) -> None:
        self._retry = None
        if self._error is not None:
            self._mend()
