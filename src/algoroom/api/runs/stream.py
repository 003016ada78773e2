"""The events of a run as a stream of server-sent events (HTML, section 9.2)."""

import asyncio
import contextlib
from contextlib import AbstractContextManager, aclosing
from typing import Final

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from algoroom.api.attended import left
from algoroom.api.runs.encoding import event_of
from algoroom.runs.run import Run

# Proxies close what is silent, many after 30 s or 60 s.
KEEP_ALIVE_S: Final = 15.0
KEEP_ALIVE: Final = b": keep-alive\n\n"
# Who takes nothing for so long is gone.
TAKEN_WITHIN_S: Final = 60.0


class EventStream(Response):
    """Every event of `run` behind number `after`, those to come too; it ends after `ended`.

    It holds nothing of its own: a slow reader is behind in the run's own events, and one that is
    gone is noticed at once.
    """

    media_type = "text/event-stream"

    def __init__(self, run: Run, after: int, held: AbstractContextManager[object]) -> None:
        """`held` is entered before anything is sent, and left at the end."""
        super().__init__(headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"})
        del self.headers["Content-Length"]
        self._run = run
        self._after = after
        self._held = held

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        del scope  # the route has read it
        with self._held:
            await self._follow(receive, send)

    async def _follow(self, receive: Receive, send: Send) -> None:
        sending = asyncio.ensure_future(self._send(send))
        leaving = asyncio.ensure_future(left(receive))
        try:
            await asyncio.wait({sending, leaving}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (sending, leaving):
                task.cancel()
            await asyncio.gather(sending, leaving, return_exceptions=True)
        if not sending.cancelled():
            # The server closes the connection of an answer that is not whole.
            with contextlib.suppress(TimeoutError, OSError):
                sending.result()

    async def _send(self, send: Send) -> None:
        async def write(body: bytes, *, more: bool = True) -> None:
            async with asyncio.timeout(TAKEN_WITHIN_S):
                await send({"type": "http.response.body", "body": body, "more_body": more})

        await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
        async with aclosing(self._run.follow(self._after)) as events:
            waiting = asyncio.ensure_future(anext(events, None))
            try:
                while True:
                    await asyncio.wait({waiting}, timeout=KEEP_ALIVE_S)
                    if not waiting.done():
                        await write(KEEP_ALIVE)
                        continue
                    told = waiting.result()
                    if told is None:
                        break
                    await write(event_of(told))
                    waiting = asyncio.ensure_future(anext(events, None))
            finally:
                waiting.cancel()
                await asyncio.wait({waiting})
        await write(b"", more=False)
