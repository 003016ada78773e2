"""What becomes of a socket that is accepted."""

from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack

from starlette.websockets import WebSocket, WebSocketDisconnect

from algoroom.access.acting import acting
from algoroom.access.caller import Caller
from algoroom.api import request_id
from algoroom.api.handshake import REFUSALS, code_of
from algoroom.api.problems import problem_of
from algoroom.api.wire import wire_of


async def stay(
    websocket: WebSocket,
    caller: Caller,
    until_left: AsyncExitStack,
    serve: Callable[[], Awaitable[None]],
) -> None:
    """Serve an accepted socket for its caller, and leave what it has entered when it ends: now, or
    when the application's layers have returned, where the server beneath can do that."""
    wire = wire_of(websocket)
    if wire is None:
        async with until_left:
            with acting(caller):
                await serve()
        return
    name = request_id.current.get()

    async def visit() -> None:
        request_id.current.set(name)
        try:
            async with until_left:
                with acting(caller):
                    await serve()
        except REFUSALS as error:
            problem_of(error)  # logs what is for the operator
            code = code_of(error)
            wire.close(code, code.meaning)
        except WebSocketDisconnect:
            return

    wire.stay(visit)
