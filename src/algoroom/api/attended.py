"""Work that ends when whoever asked for it has left."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Message, Receive

from algoroom.api.bodies import JsonRoute

# What the log has of an answer that nobody took; nginx calls it so.
CLIENT_LEFT: Final = 499


class AttendedRoute(JsonRoute):
    """A route that may have to wait for its turn, and gives that up when its client leaves."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handler = super().get_route_handler()

        async def handle(request: Request) -> Response:
            body = await request.body()

            async def read() -> Message:
                return {"type": "http.request", "body": body, "more_body": False}

            answering = asyncio.create_task(handler(Request(request.scope, read)))
            leaving = asyncio.create_task(left(request.receive))
            try:
                await asyncio.wait({answering, leaving}, return_when=asyncio.FIRST_COMPLETED)
                is_left = not answering.done()
            finally:
                for task in (answering, leaving):
                    task.cancel()
                await asyncio.gather(answering, leaving, return_exceptions=True)
            return Response(status_code=CLIENT_LEFT) if is_left else answering.result()

        return handle


async def left(receive: Receive) -> None:
    """Return when the client has left."""
    while (await receive())["type"] != "http.disconnect":
        pass
