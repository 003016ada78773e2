"""By which names the server is called, and what a page whose name points here cannot do."""

from typing import Any

import pytest
from fastapi import APIRouter, WebSocket
from starlette.testclient import TestClient, WebSocketDenialResponse

from algoroom.api.hosts import Hosts
from tests.api.asking import application, client, settings

router = APIRouter()


@router.get("/it")
@router.get("/api/it")
async def read() -> str:
    return "here"


@router.websocket("/ws/it")
async def listen(websocket: WebSocket) -> None:
    await websocket.accept()
    await websocket.close()


def answers(sent: str | None, **fields: Any) -> bool:
    headers = [] if sent is None else [(b"host", sent.encode("latin-1"))]
    hosts = Hosts(settings(**{"allowed_hosts": None, **fields}))
    return hosts.answers({"type": "http", "headers": headers})


LOOPBACK = {"host": "127.0.0.1"}
PUBLIC = {"host": "0.0.0.0", "public_url": "https://rooms.example.org/below"}
LISTED = {"host": "0.0.0.0", "allowed_hosts": ("rooms.example.org", "*.Rooms.example.NET")}
OPEN = {"host": "0.0.0.0"}


@pytest.mark.parametrize("host", ["localhost", "localhost:8000", "LOCALHOST.", "a.localhost:80"])
def test_this_machine_is_called_localhost_by_default(host: str) -> None:
    assert answers(host, **LOOPBACK)
    assert answers(host, **PUBLIC)
    assert not answers(host, **LISTED)


@pytest.mark.parametrize("host", ["127.0.0.1:8000", "[::1]:8000", "192.0.2.7", "[2001:db8::1]"])
def test_an_address_is_no_name_that_another_page_could_have(host: str) -> None:
    for fields in (LOOPBACK, PUBLIC, LISTED, OPEN):
        assert answers(host, **fields)


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "evil.example:8000",
        "localhost.evil.example",
        "evillocalhost",
        "rooms.example.org.evil.example",
        "evilrooms.example.org",
        "rooms.example.net",
        "127.0.0.1.evil.example",
        "0x7f.1.evil.example",
    ],
)
def test_a_foreign_name_that_points_here_is_not_answered(host: str) -> None:
    assert not answers(host, **LOOPBACK)
    assert not answers(host, **PUBLIC)
    assert not answers(host, **LISTED)
    assert answers(host, **OPEN)


def test_the_names_that_the_operator_tells_are_answered() -> None:
    for fields in (PUBLIC, LISTED):
        assert answers("rooms.example.org", **fields)
        assert answers("Rooms.Example.org.:443", **fields)
    assert answers("a.b.rooms.example.net", **LISTED)
    assert answers("anything.example", host="127.0.0.1", allowed_hosts=("*",))
    assert not answers("rooms.example.org", **{**PUBLIC, "allowed_hosts": ("other.example",)})


@pytest.mark.parametrize(
    "host", ["", " ", "a b", "localhost:port", "user@localhost", "localhost/", "[::1", "a\xff", "*"]
)
def test_what_is_no_name_is_never_answered(host: str) -> None:
    for fields in (LOOPBACK, PUBLIC, LISTED, OPEN):
        assert not answers(host, **fields)


def test_two_hosts_are_none_and_a_program_may_send_no_host() -> None:
    hosts = Hosts(settings(allowed_hosts=("*",)))
    assert not hosts.answers({"type": "http", "headers": [(b"host", b"a"), (b"host", b"b")]})
    assert answers(None, **LOOPBACK)


async def test_the_refusal_has_the_shape_of_its_contract() -> None:
    async with client(application(router), url="http://evil.example:8000") as http:
        answer = await http.get("/it")
        assert (answer.status_code, answer.json()["code"]) == (421, "HTTP_ERROR")
        assert "evil" not in answer.text
        answer = await http.get("/api/it")
        assert (answer.status_code, answer.json()["error"]) == (421, "MISDIRECTED_REQUEST")


def test_a_socket_to_a_foreign_name_is_not_opened() -> None:
    headers = {"Origin": "http://evil.example"}
    with (
        TestClient(application(router), base_url="http://evil.example") as http,
        pytest.raises(WebSocketDenialResponse) as refusal,
        http.websocket_connect("/ws/it", headers=headers),
    ):
        pass
    assert refusal.value.status_code == 403
