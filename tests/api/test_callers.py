"""Who asks, as routes and sockets are told."""

from fastapi import APIRouter, WebSocket
from starlette.testclient import TestClient

from algoroom.access.caller import EVERY_SCOPE, Caller, Kind
from algoroom.api.callers import OfCaller, author_of, caller_in
from tests.api.asking import application, client

router = APIRouter()


@router.get("/who")
async def who(caller: OfCaller) -> dict[str, str]:
    return {"kind": caller.kind, "id": caller.id, "address": caller.address}


@router.websocket("/socket")
async def speak(websocket: WebSocket, caller: OfCaller) -> None:
    assert caller is caller_in(websocket.scope)
    await websocket.accept()
    await websocket.send_text(f"{caller.kind} at {caller.address}")
    await websocket.close()


async def test_without_a_credential_a_caller_is_anonymous_and_has_an_address() -> None:
    async with client(application(router), address="192.0.2.7") as http:
        answer = await http.get("/who")
    assert answer.json() == {"kind": "anonymous", "id": "", "address": "192.0.2.7"}


def test_a_socket_has_a_caller_too() -> None:
    with (
        TestClient(application(router), client=("192.0.2.8", 1)) as http,
        http.websocket_connect("/socket") as socket,
    ):
        assert socket.receive_text() == "anonymous at 192.0.2.8"


def test_an_anonymous_caller_may_use_every_scope() -> None:
    caller = Caller("192.0.2.1")
    assert (caller.kind, caller.scopes) == (Kind.ANONYMOUS, EVERY_SCOPE)
    assert not caller.is_signed_in


def test_what_a_caller_shows_in_a_log_tells_no_secret() -> None:
    shown = repr(Caller("192.0.2.1", host_tokens=("secret-token",), guest_token="secret-guest"))
    assert "secret" not in shown


def test_nobody_may_claim_an_id_that_a_credential_gives() -> None:
    nobody, ann = Caller("192.0.2.1"), Caller("192.0.2.1", kind=Kind.USER, id="user:ann")
    assert author_of(nobody) == "anonymous"
    assert author_of(nobody, "bob") == "bob"
    assert author_of(nobody, "user:ann") == author_of(nobody, "key:1") == "anonymous"
    assert author_of(nobody, None, "server") == "server"
    assert author_of(ann, "bob", "server") == "user:ann"
