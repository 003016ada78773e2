"""Where a sync socket comes in."""

from typing import Final

from fastapi import APIRouter
from starlette.websockets import WebSocket

from algoroom.api.codes import CloseCode
from algoroom.api.dependencies import limits_of, node_of
from algoroom.api.limits import RateLimitExceeded, address_of
from algoroom.api.problems import problem_of, respond
from algoroom.api.sync.audience import SyncAudience
from algoroom.api.sync.link import Link
from algoroom.api.sync.protocol import SUBPROTOCOL
from algoroom.api.sync.socket import SyncSocket, Visitor
from algoroom.errors import SessionNotFound
from algoroom.rooms.presence import LONGEST_NAME, LONGEST_USER_ID

router: Final = APIRouter()


@router.websocket("/ws/sync/{session_id:path}")
async def sync_socket(websocket: WebSocket, session_id: str) -> None:
    """A socket of the y-websocket protocol.

    A client of it that gets no handshake tries again for ever, so whatever is for good is said by
    a close code after the handshake.
    """
    node, limits = node_of(websocket), limits_of(websocket)
    visitor = _visitor(websocket)
    subprotocol = SUBPROTOCOL if visitor.is_ours else None
    try:
        async with limits.socket(address_of(websocket.scope)), node.rooms.enter(session_id) as room:
            await websocket.accept(subprotocol)
            link = Link(websocket, node.settings.socket_idle_seconds)
            audience = room.audience(SyncAudience, lambda: SyncAudience(room))
            if len(audience) >= node.settings.max_room_connections:
                await websocket.close(CloseCode.ROOM_FULL, CloseCode.ROOM_FULL.meaning)
                return
            socket = SyncSocket(
                link,
                room,
                audience,
                node.runs,
                visitor,
                limits.updates(),
                most_update_bytes=node.settings.max_update_bytes,
            )
            await socket.serve()
    except SessionNotFound:
        await websocket.accept(subprotocol)
        await websocket.close(CloseCode.NO_SESSION, CloseCode.NO_SESSION.meaning)
    except RateLimitExceeded as error:
        await websocket.send_denial_response(respond(websocket.url.path, problem_of(error)))


def _visitor(websocket: WebSocket) -> Visitor:
    query = websocket.query_params
    return Visitor(
        user_id=_text(query.get("userId"), LONGEST_USER_ID),
        name=_text(query.get("name"), LONGEST_NAME),
        may_write=query.get("readonly") not in ("1", "true"),
        is_ours=SUBPROTOCOL in websocket.scope["subprotocols"],
    )


def _text(value: str | None, longest: int) -> str | None:
    if value is None or not value.strip() or "\0" in value:
        return None
    return value[:longest].encode(errors="replace").decode()
