"""`/ws/sessions/{id}`: one path, two contracts, and how a socket's is settled."""

from fastapi import APIRouter
from starlette.websockets import WebSocket

from algoroom.api.dependencies import limits_of, node_of
from algoroom.api.events.socket import EventsSocket
from algoroom.api.interview.socket import InterviewSocket
from algoroom.api.limits import RateLimitExceeded, address_of
from algoroom.api.problems import problem_of, respond
from algoroom.errors import SessionNotFound
from algoroom.rooms.room import Room
from algoroom.sessions.model import Origin

SUBPROTOCOLS = {
    "algoroom.interview.v1": Origin.INTERVIEW,
    "algoroom.events.v1": Origin.EVENTS,
}

router = APIRouter()


@router.websocket("/ws/sessions/{session_id:path}")
async def session_socket(websocket: WebSocket, session_id: str) -> None:
    """A socket of either contract. An unknown session or a socket too many gets no handshake."""
    node, limits = node_of(websocket), limits_of(websocket)
    try:
        async with limits.socket(address_of(websocket.scope)), node.rooms.enter(session_id) as room:
            contract, subprotocol = contract_of(websocket, room)
            await websocket.accept(subprotocol)
            idle_s = node.settings.socket_idle_seconds
            if contract is Origin.INTERVIEW:
                await InterviewSocket(websocket, room, limits.frames(), node.clock, idle_s).serve()
            else:
                await EventsSocket(websocket, room, idle_s).serve()
    except SessionNotFound:
        # Before the handshake, a close is the answer 403.
        await websocket.close()
    except RateLimitExceeded as error:
        await websocket.send_denial_response(respond(websocket.url.path, problem_of(error)))


def contract_of(websocket: WebSocket, room: Room) -> tuple[Origin, str | None]:
    """The contract that a socket speaks, and the subprotocol to answer with: by the subprotocol it
    offers, else by its query, else by the contract through which the session was created."""
    for offered in websocket.scope["subprotocols"]:
        if offered in SUBPROTOCOLS:
            return SUBPROTOCOLS[offered], offered
    asked = websocket.query_params.get("contract")
    if asked in list(Origin):
        return Origin(asked), None
    return room.session.origin, None
