"""`/ws/sessions/{id}`: one path, two contracts, and how a socket's is settled."""

from contextlib import AsyncExitStack

from fastapi import APIRouter
from starlette.websockets import WebSocket, WebSocketDisconnect

from algoroom.access.roles import Deed
from algoroom.api.access.founding import guest_at
from algoroom.api.callers import caller_in
from algoroom.api.dependencies import limits_of, node_of
from algoroom.api.events.socket import EventsSocket
from algoroom.api.handshake import REFUSALS, Handshake
from algoroom.api.interview.socket import InterviewSocket
from algoroom.api.visit import stay
from algoroom.rooms.room import Room
from algoroom.sessions.model import Origin

SUBPROTOCOLS = {
    "algoroom.interview.v1": Origin.INTERVIEW,
    "algoroom.events.v1": Origin.EVENTS,
}

router = APIRouter()


@router.websocket("/ws/sessions/{session_id:path}")
async def session_socket(websocket: WebSocket, session_id: str) -> None:
    """A socket of either contract. An unknown session or one too many gets no handshake."""
    node, limits = node_of(websocket), limits_of(websocket)
    offered = next(filter(SUBPROTOCOLS.get, websocket.scope["subprotocols"]), None)
    handshake = Handshake(websocket, offered)
    try:
        async with AsyncExitStack() as until_left:
            place = until_left.enter_context(limits.socket(caller_in(websocket.scope)))
            caller, headers = guest_at(websocket, await handshake.caller())
            place.belong_to(caller)
            room = await until_left.enter_async_context(node.rooms.enter(session_id))
            room.members.standing_of(caller).check(Deed.READ)
            room.members.check_room()
            await handshake.accept(headers)
            idle_s = node.settings.socket_idle_seconds
            socket: InterviewSocket | EventsSocket
            if contract_of(websocket, offered, room) is Origin.INTERVIEW:
                socket = InterviewSocket(
                    websocket, room, caller, limits.frames(), node.clock, idle_s
                )
            else:
                socket = EventsSocket(websocket, room, caller, node.clock, idle_s)
            until_left.enter_context(node.credentials.live.watch(caller, socket.dismiss))
            await stay(websocket, caller, until_left.pop_all(), socket.serve)
    except REFUSALS as error:
        await handshake.refuse(error)
    except WebSocketDisconnect:
        return


def contract_of(websocket: WebSocket, offered: str | None, room: Room) -> Origin:
    """The contract that a socket speaks: by the subprotocol it offers, else by its query, else by
    the contract through which the session was created."""
    if offered is not None:
        return SUBPROTOCOLS[offered]
    asked = websocket.query_params.get("contract")
    return Origin(asked) if asked in list(Origin) else room.session.origin
