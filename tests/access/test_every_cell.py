"""Every cell of the table of who may do what, tried: over HTTP and sockets, in both modes."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx2
import pytest
from fastapi.routing import APIRoute, iter_route_contexts
from pycrdt import Doc, Text
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.typing import Subprotocol

from algoroom.access.policy import Refusal
from algoroom.access.roles import CHANGING, Outside, Role
from algoroom.api.access import table
from algoroom.api.access.deeds import Where, deed_of
from algoroom.api.access.table import COLUMNS, HANDSHAKES, Column, Kind, Row
from algoroom.api.documents import default_settings
from algoroom.api.sync import protocol
from algoroom.api.sync.protocol import Entry, Reader, Step
from algoroom.main import create_app
from tests.access.people import bearer
from tests.access.rooms import Headers, Hosted
from tests.contracts.wire import Json, client, socket
from tests.serving import Server

APP = create_app(default_settings())
ROWS = table.rows(APP)
ROUTES = [row for row in ROWS if row.kind is Kind.ROUTE]
DELETION = "DELETE /api/sessions/{session_id}"

# What needs a body to get as far as its deed; where it is allowed it may well find nothing.
BODIES: Mapping[str, Json] = {
    "PATCH /api/sessions/{session_id}": {"title": "Two sums"},
    "POST /api/sessions/{session_id}/code": {"code": "1"},
    "POST /api/execute": {"code": "1", "language": "python"},
    "POST /api/runs": {"code": "1", "language": "python"},
    "POST /api/runs/{run_id}/stdin": {"data": "x"},
    "PUT /api/runs/{run_id}/terminal": {"rows": 24, "columns": 80},
    "POST /api/sessions/{session_id}/restore": {"seq": 1},
    "POST /api/sessions/{session_id}/versions": {"name": "one"},
    "PATCH /api/sessions/{session_id}/access": {},
    "PATCH /api/sessions/{session_id}/people/{person_id}": {"role": "viewer"},
    "POST /api/sessions/{session_id}/invites": {"role": "viewer"},
    "POST /api/sessions/{session_id}/invites/redeem": {"invite": "none"},
    "PUT /api/sessions/{session_id}/notes": {"text": "one"},
    "PUT /api/sessions/{session_id}/task": {"text": "one"},
    "PUT /sessions/{session_id}/code": {"code": "1"},
    "POST /sessions/{session_id}/execution-result": {"success": True, "executionTime": 1},
}

FRAMES: Mapping[str, Json] = {
    "join": {"userId": "somebody", "data": {"name": "Somebody"}},
    "code-update": {"data": {"code": "2", "changes": []}},
    "cursor-position": {"data": {"line": 1, "column": 0}},
    "language-change": {"data": {"language": "ruby"}},
    "ping": {},
}


@dataclass(frozen=True, slots=True)
class Setting:
    """A session in the state of a column, and somebody who asks for things in it."""

    room: Hosted
    run_id: str
    asker: Headers

    def path(self, row: Row) -> str:
        template = row.name.partition(" ")[2]
        return template.format_map(
            {"session_id": self.room.id, "run_id": self.run_id, **dict.fromkeys(NAMELESS, "none")}
        )

    async def ask(self, row: Row, headers: Headers) -> httpx2.Response:
        body = BODIES.get(row.name)
        if body is not None and "{" not in row.name:
            body = {**body, "sessionId": self.room.id}
        method = row.name.partition(" ")[0]
        return await self.room.http.request(method, self.path(row), json=body, headers=headers)


NAMELESS = ("snapshot_id", "version_id", "person_id", "invite_id")


async def prepared(server: Server, http: httpx2.AsyncClient, column: Column) -> Setting:
    """A session as the column says, and who asks: by tokens of the session in a server that is
    open, by signing in in one that requires it."""
    signs_in = "ALGOROOM_AUTH" in server.settings
    owner = bearer(sub="owner") if signs_in else {}
    made = await http.post("/api/sessions", json={"language": "python"}, headers=owner)
    assert made.status_code == 201, made.text
    room = Hosted(http, made.json()["sessionId"], made.headers["x-host-token"])
    host = owner or room.host
    run = await http.post(f"{room.path}/runs", json={"code": "1"}, headers=host)
    run_id = str(run.json()["id"])
    async with http.stream("GET", f"/api/runs/{run_id}/events", headers=host) as events:
        await events.aread()
    asker = bearer(sub=column.title) if signs_in else {}
    if column.seat is Role.HOST:
        asker = host
    elif column.seat is Role.VIEWER:
        invite = await http.post(f"{room.path}/invites", json={"role": "viewer"}, headers=host)
        secret = invite.json()["url"].partition("#invite=")[2]
        redeem = f"{room.path}/invites/redeem"
        answer = await http.post(redeem, json={"invite": secret}, headers=asker)
        if not signs_in:
            asker = {"X-Guest-Token": answer.headers["x-guest-token"]}
    rules = {
        "strangers": "ask" if column.seat is Outside.STRANGER else "editor",
        "ended": column.access.ended_at is not None,
        "editingLocked": column.access.editing_locked,
        "runningLocked": column.access.running_locked,
    }
    ruled = await http.patch(f"{room.path}/access", json=rules, headers=host)
    assert ruled.status_code == 200, ruled.text
    return Setting(room, run_id, asker)


EACH_COLUMN = pytest.mark.parametrize(
    "column", [pytest.param(column, id=column.title) for column in COLUMNS]
)


def code_in(answer: httpx2.Response) -> str | None:
    """The code of a refusal, in either contract's shape."""
    if answer.status_code not in (401, 403, 409):
        return None
    body = answer.json()
    return str(body.get("error") or body["code"])


@EACH_COLUMN
async def test_every_route_allows_and_refuses_what_the_table_says(
    any_server: Server, column: Column
) -> None:
    async with client(any_server) as http:
        setting = await prepared(any_server, http, column)
        for row in sorted(ROUTES, key=lambda row: row.name == DELETION):
            answer = await setting.ask(row, setting.asker)
            refusal = table.refusal_in(row, column)
            shown = f"{answer.status_code} `{code_in(answer)}`"
            if refusal is not None:
                assert shown == table.told(row, refusal), row.name
            else:
                assert code_in(answer) not in {*Refusal, "UNAUTHORIZED"}, (row.name, answer.text)
                assert answer.status_code < 500, (row.name, answer.text)


async def test_who_has_not_signed_in_where_that_is_required_is_refused_everything(
    closed_server: Server,
) -> None:
    async with client(closed_server) as http:
        setting = await prepared(closed_server, http, COLUMNS[0])
        for headers in ({}, setting.room.host, {"X-Guest-Token": "x"}):
            for row in ROUTES:
                answer = await setting.ask(row, headers)
                assert answer.status_code == 401, (row.name, answer.text)


async def test_a_credential_that_is_for_reading_does_nothing_else(any_server: Server) -> None:
    async with client(any_server) as http:
        setting = await prepared(any_server, http, COLUMNS[0])
        reader = {**setting.room.host, **bearer(sub="owner", scope="session:read")}
        for row in ROUTES:
            answer = await setting.ask(row, reader)
            reads = row.name.startswith("GET ") and "/notes" not in row.name
            reads = reads and "/people" not in row.name and "/invites" not in row.name
            assert (code_in(answer) != "INSUFFICIENT_SCOPE") is reads, (row.name, answer.text)


@EACH_COLUMN
async def test_every_handshake_and_frame_of_the_interview_api_is_as_the_table_says(
    any_server: Server, column: Column
) -> None:
    async with client(any_server) as http:
        setting = await prepared(any_server, http, column)
        offers, headers = ["algoroom.interview.v1"], setting.asker
        if column.seat is Outside.STRANGER:
            with pytest.raises(InvalidStatus) as refused:
                async with socket(any_server, setting.room.id, offers=offers, headers=headers):
                    pass
            assert refused.value.response.status_code == 403
            return
        async with socket(any_server, setting.room.id, offers=offers, headers=headers) as opened:
            await opened.expect("welcome")
            for row in (row for row in ROWS if row.kind is Kind.FRAME):
                await opened.send_text(json.dumps({"type": row.name, **FRAMES[row.name]}))
                await opened.send("ping")
                codes = []
                while (frame := await opened.next())["type"] != "pong":
                    if frame["type"] == "error":
                        codes.append(f"`error` `{frame['data']['code']}`")
                if row.name == "ping":
                    await opened.expect("pong")
                refusal = table.refusal_in(row, column)
                assert codes == ([] if refusal is None else [table.told(row, refusal)]), row.name


def messages(run_id: str) -> dict[str, bytes]:
    """What a client says for each row of the sync socket, each time with news."""
    doc: Doc[Any] = Doc()
    doc.get("code", type=Text).insert(0, "news")
    news = doc.get_update()
    shown = Entry(doc.client_id, 1, '{"user":{"name":"Somebody"}}')
    run = run_id.encode()
    return {
        "0 sync, 0 ask": protocol.ask(b"\x00"),
        "0 sync, 1 answer": protocol.answer(news),
        "0 sync, 2 update": protocol.update(news),
        "1 awareness": protocol.awareness([shown]),
        "2 auth": bytes((protocol.Kind.AUTH, 0)),
        "3 query awareness": bytes((protocol.Kind.QUERY_AWARENESS,)),
        "103 stdin": bytes((protocol.Kind.STDIN, len(run))) + run + b"\x01x\x00",
    }


@EACH_COLUMN
async def test_every_handshake_and_message_of_the_sync_socket_is_as_the_table_says(
    any_server: Server, column: Column
) -> None:
    async with client(any_server) as http:
        setting = await prepared(any_server, http, column)
        for row in (row for row in ROWS if row.kind is Kind.MESSAGE):
            outcome = await said(any_server, setting, messages(setting.run_id)[row.name])
            if column.seat is Outside.STRANGER:
                assert outcome == "4407", row.name
                continue
            refusal = table.refusal_in(row, column)
            assert outcome == ("yes" if refusal is None else table.told(row, refusal)), row.name


async def said(server: Server, setting: Setting, message: bytes) -> str:
    """How the server takes a message, as the table writes it. One that has to ask is not one of
    our clients: those wait."""
    names = [Subprotocol(protocol.SUBPROTOCOL)]
    is_stranger = (await setting.room.access(setting.asker))["role"] is None
    address = f"{server.socket_url}/ws/sync/{setting.room.id}"
    async with connect(
        address,
        subprotocols=None if is_stranger else names,
        additional_headers=setting.asker,
        proxy=None,
    ) as connection:
        try:
            await connection.send(message)
            await connection.send(protocol.ask(b"\x00"))
            async for heard in connection:
                assert isinstance(heard, bytes)
                if heard[:2] == bytes((protocol.Kind.SYNC, Step.ANSWER)):
                    return "yes"
                if heard[0] == protocol.Kind.EVENT and _refuses(Reader(heard[1:]).text()):
                    return "`stdin-refused`"
        except ConnectionClosed:
            pass
    return str(connection.close_code)


def _refuses(text: str) -> bool:
    """Whether a role or a lock refuses what was typed, and not the run, which is over."""
    event = json.loads(text)
    meanings = {refusal.meaning for refusal in Refusal}
    return event["type"] == "stdin-refused" and event["message"] in meanings


def test_every_route_of_a_session_is_in_the_table_and_says_how_it_refuses() -> None:
    for context in iter_route_contexts(APP.routes):
        route = context.original_route
        if not isinstance(route, APIRoute) or not route.include_in_schema:
            continue
        names_one = {"session_id", "run_id"} & set(route.param_convertors)
        declared = deed_of(route)
        if declared is None:
            assert not names_one, route.path
            assert route.body_field is None or "session_id" not in str(
                getattr(route.body_field.field_info.annotation, "model_fields", "")
            ), route.path
            continue
        assert names_one or declared.where is Where.BODY, route.path
        assert 403 in route.responses, route.path
        assert declared.deed not in CHANGING or 409 in route.responses, route.path


def test_all_that_the_table_has_is_tried() -> None:
    assert {row.name for row in ROWS if row.kind is Kind.FRAME} == FRAMES.keys()
    assert {row.name for row in ROWS if row.kind is Kind.MESSAGE} == messages("").keys()
    assert {row.name for row in ROWS if row.kind is Kind.HANDSHAKE} == set(HANDSHAKES)
    assert BODIES.keys() <= {row.name for row in ROUTES}
