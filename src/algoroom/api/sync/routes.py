"""Where a sync socket comes in."""

from contextlib import AsyncExitStack
from typing import Final

from fastapi import APIRouter
from starlette.websockets import WebSocket, WebSocketDisconnect

from algoroom.access.caller import Caller
from algoroom.access.roles import Deed
from algoroom.api.access.founding import guest_at
from algoroom.api.callers import caller_in
from algoroom.api.dependencies import limits_of, node_of
from algoroom.api.handshake import REFUSALS, Handshake
from algoroom.api.limits import RateLimitExceeded
from algoroom.api.sync.audience import SyncAudience
from algoroom.api.sync.link import Link
from algoroom.api.sync.protocol import SUBPROTOCOL
from algoroom.api.sync.socket import SyncSocket, Visitor
from algoroom.api.visit import stay
from algoroom.rooms.presence import LONGEST_NAME, LONGEST_USER_ID

router: Final = APIRouter()


@router.websocket("/ws/sync/{session_id:path}")
async def sync_socket(websocket: WebSocket, session_id: str) -> None:
    """A socket of the y-websocket protocol.

    A client of it that gets no handshake tries again for ever, so whatever is for good is said by
    a close code after the handshake.
    """
    node, limits = node_of(websocket), limits_of(websocket)
    is_ours = SUBPROTOCOL in websocket.scope["subprotocols"]
    handshake = Handshake(websocket, SUBPROTOCOL if is_ours else None)
    try:
        async with AsyncExitStack() as until_left:
            place = until_left.enter_context(limits.socket(caller_in(websocket.scope)))
            caller, headers = guest_at(websocket, await handshake.caller())
            place.belong_to(caller)
            room = await until_left.enter_async_context(node.rooms.enter(session_id))
            standing = room.members.standing_of(caller)
            if not (is_ours and standing.may_wait):
                standing.check(Deed.READ)
            await handshake.accept(headers)
            link = Link(websocket, node.settings.socket_idle_seconds, limits.share(caller))
            audience = room.audience(SyncAudience, lambda: SyncAudience(room, node.turns))
            socket = SyncSocket(
                link,
                room,
                audience,
                node.runs,
                _visitor(websocket, caller, is_ours=is_ours),
                limits.updates(),
                most_update_bytes=node.settings.max_update_bytes,
            )
            until_left.enter_context(node.credentials.live.watch(caller, socket.dismiss))
            await stay(websocket, caller, until_left.pop_all(), socket.serve)
    except REFUSALS as error:
        if not isinstance(error, RateLimitExceeded):
            await handshake.accept()
        await handshake.refuse(error)
    except WebSocketDisconnect:
        return


def _visitor(websocket: WebSocket, caller: Caller, *, is_ours: bool) -> Visitor:
    query = websocket.query_params
    return Visitor(
        caller=caller,
        user_id=_text(query.get("userId"), LONGEST_USER_ID),
        name=caller.name or _text(query.get("name"), LONGEST_NAME),
        may_write=query.get("readonly") not in ("1", "true"),
        is_ours=is_ours,
    )


def _text(value: str | None, longest: int) -> str | None:
    if value is None or not value.strip() or "\0" in value:
        return None
    return value[:longest].encode(errors="replace").decode()
