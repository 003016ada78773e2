"""A plan: which clients connect to which rooms, and what each of them sends, and when.

`write` puts it into the file that player.c reads; player_files.h has the same order of numbers.
"""

import struct
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from bench.rooms import wire
from bench.rooms.wire import Kind, Mark

NO_MARK = 0xFFFFFFFF
OPENED_AT_ONCE = 16
DRAIN_S = 10.0


@dataclass(frozen=True, slots=True)
class Address:
    """Where a room is, and how a server wants to be spoken to.

    `prefix` stands before every message; the message `greeting`, if any, is sent first.
    """

    path: str
    prefix: bytes = b""
    greeting: bytes = b""
    subprotocol: str | None = None

    def frame(self, message: bytes) -> bytes:
        return wire.frame(self.prefix + message)


@dataclass(frozen=True, slots=True)
class _Client:
    address: Address
    hello: bytes
    documents_in_hello: int
    recorded: bool
    alone: bool


@dataclass(frozen=True, slots=True)
class _Sending:
    at_us: int
    connection: int
    mark: int
    to_document: bool
    frame: bytes


@dataclass
class Plan:
    """Clients that connect in the order of `connect`, then send each at its time.

    `at_once` is how many may be between connecting and being in step; `drain_s` how long
    nothing of what was sent may arrive after the last was sent.
    """

    at_once: int = OPENED_AT_ONCE
    drain_s: float = DRAIN_S
    _clients: list[_Client] = field(default_factory=list)
    _sendings: list[_Sending] = field(default_factory=list)
    _marks: list[tuple[Mark, int]] = field(default_factory=list)
    _sizes: Counter[Address] = field(default_factory=Counter)

    def connect(
        self,
        address: Address,
        *,
        writes: Sequence[bytes] = (),
        presence: bytes | None = None,
        recorded: bool = False,
    ) -> int:
        """A client of a room; its number.

        It asks for all that is there, tells its `presence` (a message), and sends the updates
        `writes`. What it receives of the document is kept where it is `recorded`.
        """
        messages = [address.greeting] if address.greeting else []
        messages.append(wire.step_1())
        if presence is not None:
            messages.append(presence)
        messages += map(wire.update, writes)
        # The first of a room comes alone: not every server bears two who open one room.
        opens = address not in self._sizes
        self._sizes[address] += 1
        hello = b"".join(map(address.frame, messages))
        self._clients.append(_Client(address, hello, len(writes), recorded, opens))
        return len(self._clients) - 1

    def edit(self, at_s: float, connection: int, change: bytes, mark: Mark) -> None:
        """Send an update, which all others in the room should get."""
        self._send(at_s, connection, wire.update(change), mark, to_document=True)

    def point(self, at_s: float, connection: int, mark: Mark, state: object) -> None:
        """Tell where the cursor is."""
        message = wire.awareness(mark.client, mark.clock, state)
        self._send(at_s, connection, message, mark, to_document=False)

    def _send(
        self, at_s: float, connection: int, message: bytes, mark: Mark, *, to_document: bool
    ) -> None:
        frame = self._clients[connection].address.frame(message)
        number = len(self._marks)
        self._marks.append((mark, connection))
        self._sendings.append(
            _Sending(round(at_s * 1e6), connection, number, to_document, frame),
        )

    @property
    def clients(self) -> int:
        return len(self._clients)

    @property
    def edits(self) -> int:
        return sum(mark.kind is not Kind.AWARENESS for mark, _ in self._marks)

    @property
    def recorded(self) -> list[int]:
        return [number for number, client in enumerate(self._clients) if client.recorded]

    @property
    def expected(self) -> int:
        """Deliveries: one for each edit and each other client of its room."""
        return sum(
            self._sizes[self._clients[connection].address] - 1
            for mark, connection in self._marks
            if mark.kind is not Kind.AWARENESS
        )

    def write(self, path: Path, port: int) -> None:
        self._sendings.sort(key=lambda sending: sending.at_us)
        with path.open("wb") as file:
            _numbers(
                file, port, self.at_once, round(self.drain_s * 1e6), len(self._clients),
                len(self._sendings), len(self._marks), self.expected,
            )  # fmt: skip
            for client in self._clients:
                address = client.address
                _slice(file, wire.upgrade(address.path, port, address.subprotocol))
                _slice(file, address.prefix)
                _slice(file, client.hello)
                _slice(file, address.frame(wire.step_2()))
                _numbers(file, client.documents_in_hello, int(client.recorded), int(client.alone))
            for mark, connection in self._marks:
                _numbers(file, mark.client, mark.clock, int(mark.kind), connection)
            for sending in self._sendings:
                _numbers(
                    file, sending.at_us, sending.connection, sending.mark, int(sending.to_document)
                )
                _slice(file, sending.frame)


def _numbers(file: BinaryIO, *values: int) -> None:
    file.write(struct.pack(f"={len(values)}I", *values))


def _slice(file: BinaryIO, data: bytes) -> None:
    _numbers(file, len(data))
    file.write(data)
