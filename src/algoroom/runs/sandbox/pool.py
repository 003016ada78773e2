"""Starts that are made before anybody asks for them."""

import asyncio
import logging
from collections import deque

from algoroom.runs.sandbox.cgroups.group import Hierarchy
from algoroom.runs.sandbox.identity import Identities, NoIdentityLeft
from algoroom.runs.sandbox.launch import Parts
from algoroom.runs.sandbox.nursery import Nursery
from algoroom.runs.sandbox.process import to_the_end, within
from algoroom.runs.sandbox.runtime import NurseryProgram, Runtime
from algoroom.runs.sandbox.start import NotStarted, Start

log = logging.getLogger(__name__)

# A start that is being made is worth so much waiting; a cold one takes longer.
PATIENCE_S = 0.02
# So many failures in a row are no accident.
HOPELESS = 5
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.1, 30.0


class Pool:
    """Keeps `size` starts ready, each in a nursery of its own, and replaces what is used."""

    def __init__(
        self,
        parts: Parts,
        program: NurseryProgram,
        hierarchy: Hierarchy | None,
        identities: Identities,
        *,
        size: int,
        runtime: Runtime | None = None,
    ) -> None:
        self._parts = parts
        self._program = program
        self._hierarchy = hierarchy
        self._identities = identities
        self._size = size
        self._runtime = runtime
        self._ready: deque[Start] = deque()
        self._offered = asyncio.Event()
        self._making = size
        self._failures = 0
        self._keepers = [asyncio.create_task(self._keep()) for _ in range(size)]

    async def take(self) -> Start | None:
        """A ready start, or None where none is ready in less time than another one takes.

        Whoever takes it sets `over` when it is used up and its processes are gone.
        """
        if not self._ready and self._making:
            self._offered.clear()
            await within(PATIENCE_S, self._offered.wait())
        if not self._ready:
            return None
        # The one that has waited longest is the quickest.
        start = self._ready.popleft()
        start.taken = True
        return start

    @property
    def waiting(self) -> int:
        """How many starts are ready now."""
        return len(self._ready)

    async def filled(self) -> None:
        """Return when every start is ready, or none seems to come up at all."""
        while self._making and self._failures < HOPELESS:
            self._offered.clear()
            await self._offered.wait()

    async def close(self) -> None:
        """End every nursery. No start may be in use."""
        for keeper in self._keepers:
            keeper.cancel()
        await asyncio.gather(*self._keepers, return_exceptions=True)
        while self._ready:
            self._ready.pop().discard()

    async def _keep(self) -> None:
        pause_s = FIRST_PAUSE_S
        while True:
            try:
                nursery = Nursery(self._parts, self._program, self._identities.take())
            except NoIdentityLeft as error:
                self._making -= 1
                self._fail(error)
                return
            try:
                await self._use_up(nursery)
                pause_s = FIRST_PAUSE_S
            except NotStarted as error:
                self._fail(error)
                await asyncio.sleep(pause_s)
                pause_s = min(pause_s * 2, LONGEST_PAUSE_S)
            finally:
                await to_the_end(self._close(nursery))

    async def _use_up(self, nursery: Nursery) -> None:
        await nursery.open(self._hierarchy)
        while not nursery.worn:
            start = await nursery.start(self._runtime)
            self._failures = 0
            self._ready.append(start)
            self._making -= 1
            self._offered.set()
            await start.over.wait()
            self._making += 1
            if start in self._ready:
                self._ready.remove(start)
                start.discard()
                raise NotStarted("it ended while it waited")

    def _fail(self, error: Exception) -> None:
        log.warning("no warm start: %s", error)
        self._failures += 1
        self._offered.set()

    async def _close(self, nursery: Nursery) -> None:
        if await nursery.close():
            self._identities.give_back(nursery.identity)
