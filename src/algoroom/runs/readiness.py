"""What a started engine makes ready, and in which order: first what the first programs need."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable

from algoroom.runs.languages.catalogue import Language
from algoroom.runs.sandbox.sandbox import Sandbox

log = logging.getLogger(__name__)

# They take half of it; a server on a machine where they do not opens all the same.
FIRST_STARTS_S = 3.0

Work = Callable[[Language], Awaitable[object]]


class Readiness:
    """Makes languages ready by `make_ready`; `opened` is set when programs may come.

    That is when starts wait for the languages that `start_warm` and one of each was used by
    `rehearse`, or when that takes too long. What takes compilers comes then: they would keep the
    processor from it for seconds.
    """

    def __init__(self, sandbox: Sandbox, make_ready: Work, rehearse: Work) -> None:
        self._sandbox = sandbox
        self._make_ready = make_ready
        self._rehearse = rehearse
        self.opened = asyncio.Event()

    async def make(self, languages: Iterable[Language], *, warm: bool) -> None:
        """Return when every language is settled and all that shall wait for it is begun.

        `warm` tells whether anything waits for programs at all.
        """
        first = [each for each in languages if warm and each.waits_without_compiler]
        later = [each for each in languages if each not in first]
        try:
            async with asyncio.TaskGroup() as group:
                making = group.create_task(self._make_first(first))
                await asyncio.wait([making], timeout=FIRST_STARTS_S)
                _tell([each.display_name for each in first], making)
                self.opened.set()
                for language in later:
                    group.create_task(_awaited(self._make_ready(language)))
        finally:
            self.opened.set()

    async def _make_first(self, languages: list[Language]) -> None:
        await asyncio.gather(*map(self._make_ready, languages))
        await self._sandbox.warmed()
        # What is used for the first time takes several times as long, here and in the kernel.
        await asyncio.gather(*(self._rehearse(each) for each in languages if each.available))
        await self._sandbox.warmed()


async def _awaited(work: Awaitable[object]) -> None:
    await work


def _tell(names: list[str], making: asyncio.Task[None]) -> None:
    if not names:
        return
    listed = ", ".join(names)
    if making.done():
        log.debug("starts wait for programs in %s", listed)
        return
    log.warning("no start waits for programs in %s yet: the first ones take longer", listed)
    making.add_done_callback(lambda _: log.info("starts wait for programs in %s now", listed))
