"""The AsyncAPI document of the sockets, made from the models of their frames."""

from dataclasses import dataclass
from functools import cache
from typing import Any, Final, Literal

from fastapi import APIRouter
from pydantic import TypeAdapter
from starlette.responses import JSONResponse, Response

import algoroom
from algoroom.api.codes import CloseCode
from algoroom.api.events.frames import Frame
from algoroom.api.interview.frames import ClientFrame, ServerFrame

Json = dict[str, Any]

ADDRESS: Final = "/ws/sessions/{id}"

_DESCRIPTION: Final = """\
Both contracts have their socket at `/ws/sessions/{id}`. The first of these that applies decides
which of them a socket speaks:

1. the WebSocket subprotocol that it offers: `algoroom.interview.v1` or `algoroom.events.v1`;
2. the query: `?contract=interview` or `?contract=events`;
3. the contract through which the session was created.

The handshake is refused with 403 where the session does not exist, with 429 where a client has too
many sockets open, and with 503 where the room has; with 401 where a credential is needed, or does
not hold. A client that can set no headers offers the subprotocol `algoroom.authenticate.v1` as
well, and begins with `{"type": "authenticate", "token": "…"}`; after it the socket is closed in
place of those answers. No token is read from a URL. Frames are JSON objects in text messages.
Offsets and columns count UTF-16 code units, as a browser does.

Clients that have the shared document themselves (Yjs) use `/ws/sync/{id}`, the protocol of
y-websocket in binary messages.

A socket is closed with one of these codes:

| Code | Meaning |
|---|---|
"""


@dataclass(frozen=True, slots=True)
class Direction:
    """The frames that go one way on the sockets of a contract.

    `action` is what the server does; `frames` is a pydantic model or a union of some.
    """

    action: Literal["send", "receive"]
    frames: Any
    summary: str


@dataclass(frozen=True, slots=True)
class Contract:
    """A contract's socket."""

    name: str
    title: str
    subprotocol: str
    description: str
    directions: tuple[Direction, ...]


CONTRACTS: Final = (
    Contract(
        "interview",
        "Interview API",
        "algoroom.interview.v1",
        "Clients join, write and move their cursors by frames. The first frame from the server is "
        "`welcome`. Broadcasts leave out their sender. A frame that does not validate is answered "
        "with `error` and changes nothing.",
        (
            Direction("receive", ClientFrame, "What clients say"),
            Direction("send", ServerFrame, "What the server says"),
        ),
    ),
    Contract(
        "events",
        "Algoroom API",
        "algoroom.events.v1",
        "The server speaks and clients listen: what they send is read and has no effect. The first "
        "frame is the client's own `participant_joined`.",
        (Direction("send", Frame, "What the server says"),),
    ),
)

router: Final = APIRouter()


@router.get("/asyncapi.json", include_in_schema=False)
async def asyncapi() -> Response:
    """The AsyncAPI document."""
    return JSONResponse(document())


@cache
def document() -> Json:
    """The AsyncAPI 3.0 document of all sockets."""
    components: Json = {"messages": {}, "schemas": {}}
    channels: Json = {}
    operations: Json = {}
    for contract in CONTRACTS:
        channel = channels[contract.name] = _channel(contract)
        for direction in contract.directions:
            names = _add_messages(components, contract, direction)
            for name in names:
                channel["messages"][name] = {"$ref": f"#/components/messages/{name}"}
            place = f"#/channels/{contract.name}"
            operations[f"{contract.name}.{direction.action}"] = {
                "action": direction.action,
                "channel": {"$ref": place},
                "title": f"{contract.title}: {direction.summary.lower()}",
                "messages": [{"$ref": f"{place}/messages/{name}"} for name in names],
            }
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Algoroom sockets",
            "version": algoroom.__version__,
            "description": _DESCRIPTION
            + "".join(f"| {code.value} | {code.meaning} |\n" for code in CloseCode),
        },
        "defaultContentType": "application/json",
        "channels": channels,
        "operations": operations,
        "components": components,
    }


def _channel(contract: Contract) -> Json:
    return {
        "address": ADDRESS,
        "title": contract.title,
        "description": contract.description,
        "parameters": {"id": {"description": "The session's id."}},
        "messages": {},
        "bindings": {
            "ws": {
                "method": "GET",
                "query": {
                    "type": "object",
                    "properties": {"contract": {"type": "string", "const": contract.name}},
                },
                "headers": {
                    "type": "object",
                    "properties": {
                        "Sec-WebSocket-Protocol": {"type": "string", "const": contract.subprotocol}
                    },
                },
            }
        },
    }


def _add_messages(components: Json, contract: Contract, direction: Direction) -> list[str]:
    """Put the frames of one direction among the components; the names of the messages."""
    prefix = f"{contract.name}.{direction.action}"
    union = TypeAdapter(direction.frames).json_schema(
        ref_template=f"#/components/schemas/{prefix}.{{model}}",
        mode="serialization" if direction.action == "send" else "validation",
    )
    definitions = union.pop("$defs", {})
    for model, schema in definitions.items():
        components["schemas"][f"{prefix}.{model}"] = _without_discriminators(schema)
    names = []
    for option in union.get("oneOf", [union]):
        schema, place = _placed(option, definitions, prefix)
        components["schemas"].setdefault(place, _without_discriminators(schema))
        for kind in _kinds(schema):
            name = f"{prefix}.{kind}"
            components["messages"][name] = _message(kind, schema, place)
            names.append(name)
    return names


def _message(kind: str, schema: Json, place: str) -> Json:
    described = {"summary": schema["description"]} if "description" in schema else {}
    payload = {"$ref": f"#/components/schemas/{place}"}
    return {"name": kind, "title": kind, **described, "payload": payload}


def _placed(option: Json, definitions: Json, prefix: str) -> tuple[Json, str]:
    """The schema of a frame, and its name among the components."""
    if "$ref" not in option:
        return option, f"{prefix}.{option['title']}"
    place = option["$ref"].rpartition("/")[2]
    return definitions[place.removeprefix(f"{prefix}.")], place


def _kinds(schema: Json) -> list[str]:
    """The values that `type` has in frames of this schema."""
    of = schema["properties"]["type"]
    return [of["const"]] if "const" in of else list(of["enum"])


def _without_discriminators(schema: Any) -> Any:
    """The schema without OpenAPI's `discriminator` objects, which AsyncAPI knows only as texts."""
    if isinstance(schema, list):
        return [_without_discriminators(part) for part in schema]
    if isinstance(schema, dict):
        return {
            key: _without_discriminators(part)
            for key, part in schema.items()
            if not (key == "discriminator" and isinstance(part, dict) and "propertyName" in part)
        }
    return schema
