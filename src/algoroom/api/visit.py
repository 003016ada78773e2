"""What becomes of a socket that is accepted."""

from contextlib import AsyncExitStack
from functools import partial

from starlette.websockets import WebSocket, WebSocketDisconnect

from algoroom.access.acting import acting
from algoroom.access.caller import Caller
from algoroom.api import request_id
from algoroom.api.handshake import REFUSALS, code_of
from algoroom.api.lean import Visit
from algoroom.api.problems import problem_of
from algoroom.api.wire import Protocol, wire_of


async def stay(
    websocket: WebSocket,
    caller: Caller,
    until_left: AsyncExitStack,
    serve: Visit,
) -> None:
    """Serve an accepted socket for its caller, and leave what it has entered when it ends: now, or
    when the application's layers have returned, where the server beneath can do that."""
    name = request_id.current.get()

    async def visit() -> None:
        request_id.current.set(name)
        async with until_left:
            with acting(caller):
                await serve()

    wire = wire_of(websocket)
    if wire is None:
        await visit()
    else:
        wire.stay(partial(_visit, wire, visit))


async def _visit(wire: Protocol, visit: Visit) -> None:
    """A visit of which no layer hears how it went."""
    try:
        await visit()
    except REFUSALS as error:
        problem_of(error)  # logs what is for the operator
        code = code_of(error)
        wire.close(code, code.meaning)
    except WebSocketDisconnect:
        return
