"""The y-websocket protocol in bytes: numbers, messages, WebSocket frames, and marks of updates.

A *mark* is what tells one edit from all others wherever it arrives, whether alone or merged with
others: the last piece of text that it inserted, or the first that it deleted.
"""

import json
from dataclasses import dataclass
from enum import IntEnum

SYNC, AWARENESS, SAVED = 0, 1, 100
SYNC_REPLY = 4  # of Hocuspocus, which does not want to be asked in turn
STEP_1, STEP_2, UPDATE = 0, 1, 2
NOTHING_KNOWN = b"\0"
NO_CHANGE = b"\0\0"
FINAL_BINARY = 0x82


class Kind(IntEnum):
    """What a mark is of."""

    INSERTED = 0
    DELETED = 1
    AWARENESS = 2


@dataclass(frozen=True, slots=True)
class Mark:
    """The unit of text number `clock` of `client`; of awareness its state number `clock`."""

    kind: Kind
    client: int
    clock: int


def number(value: int) -> bytes:
    """A number of varying length, as lib0 writes it."""
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def read_number(data: bytes, at: int = 0) -> tuple[int, int]:
    """The number at `at`, and where it ends."""
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += 7


def sized(data: bytes) -> bytes:
    return number(len(data)) + data


def step_1(state: bytes = NOTHING_KNOWN) -> bytes:
    """What somebody has, asking for the rest."""
    return number(SYNC) + number(STEP_1) + sized(state)


def step_2(update: bytes = NO_CHANGE) -> bytes:
    """What the other side lacks."""
    return number(SYNC) + number(STEP_2) + sized(update)


def update(change: bytes) -> bytes:
    return number(SYNC) + number(UPDATE) + sized(change)


def awareness(client: int, clock: int, state: object) -> bytes:
    """The state of one client; None says that it is gone."""
    text = json.dumps(state, separators=(",", ":")).encode()
    return number(AWARENESS) + sized(number(1) + number(client) + number(clock) + sized(text))


def mark_of(change: bytes, client: int, clock: int) -> Mark | None:
    """The mark of an update after which the clock of its author stands at `clock`.

    None where it changes nothing.
    """
    structs, at = read_number(change)
    if structs > 0:
        return Mark(Kind.INSERTED, client, clock - 1)
    clients, at = read_number(change, at)
    if clients == 0:
        return None
    client, at = read_number(change, at)
    _, at = read_number(change, at)
    return Mark(Kind.DELETED, client, read_number(change, at)[0])


def clock_of(state: bytes, client: int) -> int:
    """How far a state vector has come for `client`."""
    count, at = read_number(state)
    for _ in range(count):
        found, at = read_number(state, at)
        clock, at = read_number(state, at)
        if found == client:
            return clock
    return 0


def frame(message: bytes) -> bytes:
    """A client's frame. Its mask is zero, which the protocol allows and costs the client least."""
    length = len(message)
    if length < 126:
        head = bytes((FINAL_BINARY, 0x80 | length))
    elif length < 65536:
        head = bytes((FINAL_BINARY, 0xFE)) + length.to_bytes(2, "big")
    else:
        head = bytes((FINAL_BINARY, 0xFF)) + length.to_bytes(8, "big")
    return head + b"\0\0\0\0" + message


def upgrade(path: str, port: int, subprotocol: str | None = None) -> bytes:
    """The request that opens a WebSocket."""
    lines = [
        f"GET {path} HTTP/1.1",
        f"Host: 127.0.0.1:{port}",
        "Upgrade: websocket",
        "Connection: Upgrade",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
        "Sec-WebSocket-Version: 13",
    ]
    if subprotocol is not None:
        lines.append(f"Sec-WebSocket-Protocol: {subprotocol}")
    return "\r\n".join([*lines, "", ""]).encode()
