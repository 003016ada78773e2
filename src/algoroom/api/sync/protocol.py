"""The messages of the sync socket, as bytes.

They are those of `y-websocket`, whose texts and numbers are in lib0's encoding, and from
`Kind.SAVED` on our own, which only clients of our subprotocol send and get.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, Final

from algoroom.access.roles import Deed
from algoroom.api.bodies import compact_json
from algoroom.rooms import lib0
from algoroom.rooms.lib0 import Malformed, sized, write_number

SUBPROTOCOL: Final = "algoroom.sync.v1"
# A client repeats what it hears of everybody in the room; more than these are not looked at.
MOST_ENTRIES: Final = 2_048
_BINARY: Final = 0x82


class InvalidMessage(Malformed):
    """A message that is none of the protocol's."""


class Kind(IntEnum):
    """What a message begins with."""

    SYNC = 0
    AWARENESS = 1
    AUTH = 2
    QUERY_AWARENESS = 3
    SAVED = 100
    EVENT = 101
    OUTPUT = 102
    STDIN = 103


class Step(IntEnum):
    """What a `Kind.SYNC` message goes on with."""

    ASK = 0
    ANSWER = 1
    UPDATE = 2


DEEDS: Final[Mapping[tuple[Kind, Step | None], Deed]] = {
    (Kind.SYNC, Step.ASK): Deed.READ,
    (Kind.SYNC, Step.ANSWER): Deed.EDIT,
    (Kind.SYNC, Step.UPDATE): Deed.EDIT,
    (Kind.AWARENESS, None): Deed.APPEAR,
    (Kind.AUTH, None): Deed.READ,
    (Kind.QUERY_AWARENESS, None): Deed.READ,
    (Kind.STDIN, None): Deed.TYPE,
}
"""Which deed each message of a client is. An answer or an update without news is none."""


UPDATE: Final = bytes((Kind.SYNC, Step.UPDATE))
"""How most messages begin: the document changed. The update follows, behind its length."""


@dataclass(frozen=True, slots=True)
class Entry:
    """The awareness of one client: its state as JSON, `null` when it is gone."""

    client: int
    clock: int
    state: str


def ask(vector: bytes) -> bytes:
    """Sync step 1: what do you have that is not in this state vector?"""
    return bytes((Kind.SYNC, Step.ASK)) + sized(vector)


def answer(update: bytes) -> bytes:
    """Sync step 2: what you asked for."""
    return bytes((Kind.SYNC, Step.ANSWER)) + sized(update)


def update(changes: bytes) -> bytes:
    """The document changed."""
    return UPDATE + sized(changes)


def awareness(entries: Iterable[Entry]) -> bytes:
    """Where clients are now."""
    known = list(entries)
    parts = [write_number(len(known))]
    for entry in known:
        parts += (write_number(entry.client), write_number(entry.clock))
        parts.append(sized(entry.state.encode()))
    return bytes((Kind.AWARENESS,)) + sized(b"".join(parts))


def saved(count: int) -> bytes:
    """The first `count` document messages of this connection are stored for good."""
    return bytes((Kind.SAVED,)) + write_number(count)


def event(fields: Mapping[str, Any]) -> bytes:
    """Something happened in the room."""
    return bytes((Kind.EVENT,)) + sized(compact_json(fields).encode(errors="replace"))


def output(run_id: str, stream: int, data: bytes) -> bytes:
    """A running program wrote to its stream 1 or 2."""
    return b"".join(
        (bytes((Kind.OUTPUT,)), sized(run_id.encode()), write_number(stream), sized(data))
    )


def read_entries(block: bytes) -> list[Entry]:
    """The entries of an awareness message, of a very long one the first. Raises
    `InvalidMessage`."""
    reader = Reader(block)
    count = min(reader.number(), MOST_ENTRIES)
    return [Entry(reader.exact(), reader.exact(), reader.text()) for _ in range(count)]


class Batch:
    """Messages that go to many connections in one piece."""

    __slots__ = ("framed", "messages")

    def __init__(self, messages: list[bytes]) -> None:
        self.messages = messages
        self.framed = b"".join([_framed(message) for message in messages])
        """The messages as WebSocket frames, the same for every connection."""


class Reader(lib0.Reader):
    """Reads a message from its start. Raises `InvalidMessage`."""

    malformed = InvalidMessage

    def exact(self) -> int:
        """A number that JavaScript keeps exactly; its clients can read no other."""
        number = self.number()
        if number >= 2**53:
            raise InvalidMessage("a number beyond 2^53")
        return number


def _framed(message: bytes) -> bytes:
    """A binary frame that is not masked (RFC 6455, 5.2)."""
    length = len(message)
    if length < 126:
        return bytes((_BINARY, length)) + message
    if length < 2**16:
        return bytes((_BINARY, 126)) + length.to_bytes(2, "big") + message
    return bytes((_BINARY, 127)) + length.to_bytes(8, "big") + message
