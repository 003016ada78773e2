"""What an update of the shared document holds, read before the document takes it.

Updates come from strangers, and the library that applies them trusts them: a forged one makes it
panic or crash. So each is read first, in the format of Yjs (update encoding, version 1), and only
one that could have come from an editor of this document passes: insertions and removals of text in
the shared text, values in the shared map, and nothing that refers to what the document lacks.
"""

import re
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from algoroom.errors import AlgoroomError
from algoroom.rooms.offsets import second_halves, utf16_length

# Ids are numbers that JavaScript keeps exactly; the library counts clocks in 32 bits.
_CLIENTS_BELOW = 2**53
_CLOCKS_BELOW = 2**31
_LONGEST_VARUINT = 10

_GARBAGE, _DELETED, _STRING, _ANY = 0, 1, 4, 8
_KIND, _HAS_ORIGIN, _HAS_RIGHT_ORIGIN, _HAS_KEY = 0x1F, 0x80, 0x40, 0x20
_NAMED_PARENT = 1
_WIDE = re.compile(rb"[\xf0-\xf4]")


class InvalidUpdate(AlgoroomError):
    """Bytes that are no update of this document; nothing of them is taken."""


class UpdateTooEarly(AlgoroomError):
    """An update that builds on changes which the document does not have."""


Clocks = dict[int, int]
"""For each client, by its id, how far its changes are known: the clock of the next one."""

Id = tuple[int, int]
"""One change: its client and its clock there. Each UTF-16 unit of text is one."""


@dataclass(frozen=True, slots=True)
class Contents:
    """What is in an update.

    `clocks`: how far the clients that it names are known after it. `is_simple`: nothing of it was
    known in part, so that they are so exactly. `units`: how many UTF-16 units of text are new.
    `is_new`: whether it can change anything; what it deletes may be deleted already. `halves`: the
    second units of characters that have two.
    """

    clocks: Clocks
    is_simple: bool
    units: int
    is_new: bool
    halves: frozenset[Id]


def read_clocks(vector: bytes) -> Clocks:
    """The clocks of an encoded state vector. Raises `InvalidUpdate`."""
    reader = _Reader(vector)
    clocks = {}
    for _ in range(reader.number()):
        client = reader.number()
        clocks[client] = reader.number()
    reader.expect_end()
    return clocks


def read(
    update: bytes, known: Clocks, types: frozenset[str], halves: AbstractSet[Id] = frozenset()
) -> Contents:
    """Read an update for a document that knows `known`, and whose shared types are `types`.

    `halves` are those of the text that is known: a change between the units of one character makes
    the library lose count. Raises `InvalidUpdate`, and `UpdateTooEarly` for an update that is sound
    but cannot be applied yet.
    """
    reader = _Reader(update)
    starts: Clocks = {}
    clocks: Clocks = {}
    units = 0
    is_simple = True
    for _ in range(reader.number()):
        structs = reader.number()
        client = reader.number()
        clock = starts[client] = reader.number()
        if client in clocks or client >= _CLIENTS_BELOW:
            raise InvalidUpdate("a client that cannot be, or that comes twice")
        known_clock = known.get(client, 0)
        if clock > known_clock:
            reader.needed.append((client, clock - 1))
        reader.cuts.append((client, known_clock))
        is_simple = is_simple and not clocks and clock == known_clock
        for _ in range(structs):
            length, in_text = _read_struct(reader, client, clock, types)
            clock += length
            if in_text and clock > known_clock:
                units += length
        if clock >= _CLOCKS_BELOW:
            raise InvalidUpdate("a clock beyond all bounds")
        clocks[client] = clock
    is_new = any(clock > known.get(client, 0) for client, clock in clocks.items())
    deletes = _read_deletes(reader)
    reader.expect_end()
    if (halves or reader.halves) and any(
        cut in halves or cut in reader.halves for cut in reader.cuts
    ):
        raise InvalidUpdate("a change between the halves of one character")
    for client, clock in reader.needed:
        is_here = client in clocks and starts[client] <= clock < clocks[client]
        if not is_here and clock >= known.get(client, 0):
            raise UpdateTooEarly(f"change {clock} of client {client} is missing")
    return Contents(clocks, is_simple, units, is_new or deletes, frozenset(reader.halves))


def read_halves(update: bytes) -> frozenset[Id]:
    """The second units of characters that have two, of the text in an update that is trusted."""
    # Their first byte in UTF-8; numbers have such bytes too.
    return frozenset(_walk(update).halves) if _WIDE.search(update) else frozenset()


def narrowed(update: bytes) -> bytes:
    """The same changes, with a one-byte character for each UTF-16 unit of text."""
    parts: list[bytes] = []
    at = 0
    for start, end, units in _walk(update).strings:
        parts += (update[at:start], write_number(units), b"." * units)
        at = end
    return b"".join((*parts, update[at:]))


def _walk(update: bytes) -> "_Reader":
    """Read the changes of an update that is trusted."""
    reader = _Reader(update)
    for _ in range(reader.number()):
        structs, client, clock = reader.number(), reader.number(), reader.number()
        for _ in range(structs):
            clock += _read_struct(reader, client, clock, None)[0]
    return reader


def write_number(number: int) -> bytes:
    """An unsigned number, seven bits a byte."""
    encoded = bytearray()
    while number >= 0x80:
        encoded.append(number & 0x7F | 0x80)
        number >>= 7
    encoded.append(number)
    return bytes(encoded)


def _read_struct(
    reader: "_Reader", client: int, clock: int, types: frozenset[str] | None
) -> tuple[int, bool]:
    """Read one change of a client; how many clocks it takes, and whether it is text."""
    info = reader.byte()
    kind = info & _KIND
    if kind == _GARBAGE:
        if info:
            raise InvalidUpdate("garbage with a place")
        return reader.length(), False
    if info & _HAS_ORIGIN:
        before = reader.neighbour(client, clock)
        reader.cuts.append((before[0], before[1] + 1))
    if info & _HAS_RIGHT_ORIGIN:
        reader.cuts.append(reader.neighbour(client, clock))
    if not info & (_HAS_ORIGIN | _HAS_RIGHT_ORIGIN):
        _read_parent(reader, info, types)
    return _read_content(reader, kind, client, clock)


def _read_parent(reader: "_Reader", info: int, types: frozenset[str] | None) -> None:
    if reader.number() != _NAMED_PARENT:
        raise InvalidUpdate("a change within a change")
    name = reader.text()
    if types is not None and name not in types:
        raise InvalidUpdate(f"there is no shared type {name[:40]!r} here")
    if info & _HAS_KEY:
        reader.text()


def _read_content(reader: "_Reader", kind: int, client: int, clock: int) -> tuple[int, bool]:
    if kind == _STRING:
        start = reader.at
        text = reader.text()
        if not text:
            raise InvalidUpdate("an insertion of nothing")
        units = utf16_length(text)
        if units != len(text):
            reader.halves |= {(client, clock + half) for half in second_halves(text)}
        reader.strings.append((start, reader.at, units))
        return units, True
    if kind == _DELETED:
        return reader.length(), False
    if kind == _ANY:
        values = reader.length()
        for _ in range(values):
            _skip_value(reader)
        return values, False
    raise InvalidUpdate(f"content of kind {kind}, which is no text and no plain value")


def _read_deletes(reader: "_Reader") -> bool:
    clients = reader.number()
    for _ in range(clients):
        client = reader.number()
        for _ in range(reader.number()):
            start = reader.number()
            end = start + reader.length()
            reader.needed.append((client, end - 1))
            reader.cuts += ((client, start), (client, end))
    return clients > 0


def _skip_value(reader: "_Reader") -> None:
    """Pass over a plain value: nothing, a boolean, a number, or a text."""
    match reader.byte():
        case 127 | 126 | 121 | 120:  # undefined, null, false, true
            pass
        case 125:
            reader.signed()
        case 124:
            reader.skip(4)
        case 123 | 122:
            reader.skip(8)
        case 119:
            reader.text()
        case kind:
            raise InvalidUpdate(f"a value of kind {kind}")


class _Reader:
    """Reads the numbers and texts of lib0's encoding, one after the other."""

    __slots__ = ("_data", "at", "cuts", "halves", "needed", "strings")

    def __init__(self, data: bytes) -> None:
        self._data = data
        self.at = 0
        self.strings: list[tuple[int, int, int]] = []
        """Where each piece of text begins and ends, its length in front included, and its units."""
        self.needed: list[Id] = []
        """What must be there."""
        self.cuts: list[Id] = []
        """What a change stands or begins in front of."""
        self.halves: set[Id] = set()

    def byte(self) -> int:
        at = self.at
        if at >= len(self._data):
            raise InvalidUpdate("it ends too early")
        self.at = at + 1
        return self._data[at]

    def number(self) -> int:
        """An unsigned number of seven bits a byte."""
        data, at = self._data, self.at
        end = len(data)
        number = shift = 0
        while at < end:
            byte = data[at]
            at += 1
            number |= (byte & 0x7F) << shift
            if byte < 0x80:
                self.at = at
                return number
            shift += 7
            if shift >= 7 * _LONGEST_VARUINT:
                raise InvalidUpdate("a number without end")
        raise InvalidUpdate("it ends too early")

    def neighbour(self, client: int, clock: int) -> Id:
        """What the change `clock` of a client stands beside."""
        neighbour = self.number(), self.number()
        if neighbour[0] == client and neighbour[1] >= clock:
            raise InvalidUpdate("a change beside a later one")
        self.needed.append(neighbour)
        return neighbour

    def length(self) -> int:
        """A number from one on."""
        number = self.number()
        if not 0 < number < _CLOCKS_BELOW:
            raise InvalidUpdate("a length that cannot be")
        return number

    def signed(self) -> None:
        """Pass over a signed number, whose first byte holds six bits."""
        byte = self.byte()
        if byte & 0x80:
            self.number()

    def text(self) -> str:
        """A text behind its length in bytes."""
        length = self.number()
        start = self.at
        self.skip(length)
        try:
            return self._data[start : start + length].decode()
        except UnicodeDecodeError as error:
            raise InvalidUpdate("a text that is no UTF-8") from error

    def skip(self, length: int) -> None:
        if length > len(self._data) - self.at:
            raise InvalidUpdate("it ends too early")
        self.at += length

    def expect_end(self) -> None:
        if self.at != len(self._data):
            raise InvalidUpdate("something follows its end")
