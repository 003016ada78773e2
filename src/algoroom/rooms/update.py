"""What an update of the shared document holds, read before the document takes it.

Updates come from strangers, and the library that applies them trusts them: a forged one makes it
panic, crash, or lose count of its own text. So each is read first, in the format of Yjs (update
encoding, version 1), and only one that could have come from an editor of this document passes:
insertions and removals of text in the shared text, values of known keys in the shared map, neither
beside the other, and nothing that refers to what the document lacks.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from algoroom.errors import AlgoroomError
from algoroom.rooms.lib0 import Malformed, Reader
from algoroom.rooms.marks import Id, Marks, Span
from algoroom.rooms.offsets import second_halves, utf16_length

# The names of the shared types: the text that editors bind to, and the session's record beside it.
TEXT_NAME = "code"
RECORD_NAME = "session"
RECORD_KEYS = frozenset({"language", "title"})

# Ids are numbers that JavaScript keeps exactly; the library counts clocks in 32 bits.
CLIENTS_BELOW = 2**53
CLOCKS_BELOW = 2**31

_DELETED, _STRING, _ANY = 1, 4, 8
_KIND, _HAS_ORIGIN, _HAS_RIGHT_ORIGIN, _HAS_KEY = 0x1F, 0x80, 0x40, 0x20
_NAMED_PARENT = 1
# The library takes more than in proportion for many; all of a book that was typed is half of this.
MOST_CHANGES = 20_000
# What one change may set, in bytes; it has several values where a client keeps those it set before.
LARGEST_VALUES = 8_192
# The first bytes of characters that have two units, and of changes of the record.
_MARKED = re.compile(rb"[\xf0-\xf4\x21\x28\xa1\xa8]")


class InvalidUpdate(Malformed):
    """Bytes that are no update of this document; nothing of them is taken."""


class UpdateTooEarly(AlgoroomError):
    """An update that builds on changes which the document does not have."""


class TooManyChanges(AlgoroomError):
    """An update of so many pieces that taking it would hold up everybody else."""

    def __init__(self) -> None:
        super().__init__(f"An update has at most {MOST_CHANGES:,} changes")


Clocks = dict[int, int]
"""For each client, by its id, how far its changes are known: the clock of the next one."""


class Piece(NamedTuple):
    """One change of a client: its clock, the one behind it, what it builds on, and where its bytes
    start and stop in the update."""

    clock: int
    end: int
    needed: Sequence[Id]
    start: int
    stop: int


class Contents(NamedTuple):
    """What is in an update.

    `clocks`: how far the clients that it names are known after it. `is_simple`: nothing of it was
    known in part, so that they are so exactly. `units`: how many UTF-16 units of text are new.
    `is_new`: whether it can change anything; what it deletes may be deleted already. `halves` and
    `values`: what `Marks` are to have of it.
    """

    clocks: Clocks
    is_simple: bool
    units: int
    is_new: bool
    halves: frozenset[Id]
    values: tuple[Span, ...]


def read_clocks(vector: bytes) -> Clocks:
    """The clocks of an encoded state vector. Raises `InvalidUpdate`."""
    reader = UpdateReader(vector)
    clocks = {}
    for _ in range(reader.number()):
        client = reader.number()
        clocks[client] = reader.number()
    reader.expect_end()
    return clocks


def read(
    update: bytes, known: Clocks, marks: Marks, *, most_changes: int = MOST_CHANGES
) -> Contents:
    """Read an update for a document that knows `known`, with these `marks`.

    Raises `InvalidUpdate`, `TooManyChanges`, and `UpdateTooEarly` for an update that is sound but
    cannot be applied yet.
    """
    reader = UpdateReader(update, most_changes)
    starts: Clocks = {}
    clocks: Clocks = {}
    chains: dict[int, list[Piece]] = {}
    units = 0
    is_simple = True
    for _ in range(reader.number()):
        structs = reader.changes()
        client = reader.number()
        clock = starts[client] = reader.number()
        if not structs or client in clocks or client >= CLIENTS_BELOW:
            raise InvalidUpdate("a client that cannot be, that comes twice, or that did nothing")
        known_clock = known.get(client, 0)
        if clock > known_clock:
            reader.needed.append((client, clock - 1))
        reader.cuts.append((client, known_clock))
        is_simple = is_simple and clock == known_clock
        chain = chains[client] = []
        for _ in range(structs):
            first, at = len(reader.needed), reader.at
            length, in_text = read_struct(reader, client, clock, known_clock)
            clock += length
            if clock > known_clock:
                units += length if in_text else 0
                needed = reader.needed[first:]
                chain.append(Piece(clock - length, clock, needed, at, reader.at))
        if clock >= CLOCKS_BELOW:
            raise InvalidUpdate("a clock beyond all bounds")
        clocks[client] = clock
    is_new = any(clock > known.get(client, 0) for client, clock in clocks.items())
    deletes = _read_deletes(reader)
    reader.expect_end()
    # What is known already is as it is, whatever an update says of it.
    reader.halves = {half for half in reader.halves if half[1] >= known.get(half[0], 0)}
    _check_cuts(reader, marks)
    for client, clock in reader.needed:
        is_here = client in clocks and starts[client] <= clock < clocks[client]
        if not is_here and clock >= known.get(client, 0):
            raise UpdateTooEarly(f"change {clock} of client {client} is missing")
    _check_neighbours(reader, marks)
    if len(chains) > 1:
        for _ in in_order(chains, known):
            pass
    return Contents(
        clocks,
        is_simple,
        units,
        is_new or deletes,
        frozenset(reader.halves),
        tuple(reader.values),
    )


def mark(marks: Marks, update: bytes) -> None:
    """Note what is in an update that is trusted."""
    if _MARKED.search(update):
        reader = walk(update)
        marks.add(reader.halves, reader.values)


def in_order(chains: Mapping[int, Sequence[Piece]], known: Clocks) -> Iterator[tuple[int, Piece]]:
    """The changes of several clients, each behind those that it builds on.

    Raises `InvalidUpdate` where some wait for each other: in the library they would for ever.
    """
    at = dict.fromkeys(chains, 0)
    done = {client: known.get(client, 0) for client in chains}
    for client, chain in chains.items():
        waiting = {client: chain[-1].end if chain else 0}
        while waiting:
            current, wanted = next(reversed(waiting.items()))
            if done[current] >= wanted:
                del waiting[current]
                continue
            piece = chains[current][at[current]]
            lacks = next(
                (one for one in piece.needed if one[1] >= done.get(one[0], one[1] + 1)), None
            )
            if lacks is None or lacks[0] == current:
                done[current] = piece.end
                at[current] += 1
                yield current, piece
            elif lacks[0] in waiting:
                raise InvalidUpdate("changes that wait for each other")
            else:
                waiting[lacks[0]] = lacks[1] + 1


def read_removals(update: bytes) -> list[Span]:
    """What an update that is trusted, or was read before, removes; in order for each client."""
    return removals_at(walk(update))


def removals_at(reader: "UpdateReader") -> list[Span]:
    """The removals that end an update, of which the changes were read."""
    removals = []
    for _ in range(reader.number()):
        client = reader.number()
        for _ in range(reader.number()):
            start = reader.number()
            removals.append((client, start, start + reader.length()))
    return removals


def walk(update: bytes) -> "UpdateReader":
    """Read the changes of an update that is trusted."""
    reader = UpdateReader(update)
    for _ in range(reader.number()):
        structs, client, clock = reader.number(), reader.number(), reader.number()
        for _ in range(structs):
            clock += read_struct(reader, client, clock)[0]
    return reader


def read_struct(
    reader: "UpdateReader", client: int, clock: int, known_clock: int = 0
) -> tuple[int, bool]:
    """Read one change of a client; how many clocks it takes, and whether it is text."""
    info = reader.byte()
    in_record = bool(info & _HAS_KEY)
    neighbours: list[Id] = []
    if info & _HAS_ORIGIN:
        before = reader.neighbour(client, clock)
        neighbours.append(before)
        reader.cuts.append((before[0], before[1] + 1))
    if info & _HAS_RIGHT_ORIGIN:
        if in_record:
            raise InvalidUpdate("a value in front of another")
        after = reader.neighbour(client, clock)
        neighbours.append(after)
        reader.cuts.append(after)
    if not neighbours:
        _read_parent(reader, in_record=in_record)
    length = _read_content(reader, info & _KIND, client, clock, in_record=in_record)
    end = clock + length
    if end > known_clock:
        if clock < known_clock:
            neighbours.append((client, known_clock - 1))
        reader.neighbours += [(neighbour, in_record) for neighbour in neighbours]
        if in_record:
            reader.values.append((client, max(clock, known_clock), end))
    return length, not in_record


def _read_parent(reader: "UpdateReader", *, in_record: bool) -> None:
    if reader.number() != _NAMED_PARENT:
        raise InvalidUpdate("a change within a change")
    name = reader.text()
    if name != (RECORD_NAME if in_record else TEXT_NAME):
        raise InvalidUpdate(f"a change that cannot be in a shared type {name[:40]!r}")
    if in_record and (key := reader.text()) not in RECORD_KEYS:
        raise InvalidUpdate(f"the record has no value {key[:40]!r}")


def _read_content(
    reader: "UpdateReader", kind: int, client: int, clock: int, *, in_record: bool
) -> int:
    """Read what a change is; how many clocks it takes."""
    if kind == _STRING and not in_record:
        start = reader.at
        text = reader.text()
        if not text:
            raise InvalidUpdate("an insertion of nothing")
        units = utf16_length(text)
        if units != len(text):
            reader.halves |= {(client, clock + half) for half in second_halves(text)}
        reader.strings.append((start, reader.at, units))
        return units
    if kind == _DELETED:
        return reader.length()
    if kind == _ANY and in_record:
        start, values = reader.at, reader.length()
        for _ in range(values):
            _skip_value(reader)
            if reader.at - start > LARGEST_VALUES:
                raise InvalidUpdate(f"a value of more than {LARGEST_VALUES:,} bytes")
        return values
    raise InvalidUpdate(f"content of kind {kind}, where it cannot be")


def _read_deletes(reader: "UpdateReader") -> bool:
    clients = reader.number()
    seen: set[int] = set()
    for _ in range(clients):
        client = reader.number()
        if client in seen:
            raise InvalidUpdate("removals of a client that comes twice")
        seen.add(client)
        last = 0
        for _ in range(reader.changes()):
            start = reader.number()
            end = start + reader.length()
            # In any other order they cost the library the square of their number.
            if start < last:
                raise InvalidUpdate("removals that are not in order")
            last = end
            reader.needed.append((client, end - 1))
            reader.cuts += ((client, start), (client, end))
    return clients > 0


def _check_cuts(reader: "UpdateReader", marks: Marks) -> None:
    """A change between the units of one character makes the library lose count."""
    if (marks.halves or reader.halves) and any(
        cut in marks.halves or cut in reader.halves for cut in reader.cuts
    ):
        raise InvalidUpdate("a change between the halves of one character")


def _check_neighbours(reader: "UpdateReader", marks: Marks) -> None:
    """Text stands beside text, and a value takes the place of a value."""
    here = Marks()
    here.add((), reader.values)
    for neighbour, in_record in reader.neighbours:
        if (marks.in_record(neighbour) or here.in_record(neighbour)) != in_record:
            raise InvalidUpdate("a change of the text beside one of the record")


def _skip_value(reader: "UpdateReader") -> None:
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


class UpdateReader(Reader):
    """Reads an update, and gathers what is to be judged of it as a whole."""

    __slots__ = ("_changes_left", "cuts", "halves", "needed", "neighbours", "strings", "values")

    malformed = InvalidUpdate

    def __init__(self, data: bytes, most_changes: int = MOST_CHANGES) -> None:
        super().__init__(data)
        self._changes_left = most_changes
        self.strings: list[tuple[int, int, int]] = []
        """Where each piece of text begins and ends, its length in front included, and its units."""
        self.needed: list[Id] = []
        """What must be there."""
        self.cuts: list[Id] = []
        """What a change stands or begins in front of."""
        self.halves: set[Id] = set()
        self.neighbours: list[tuple[Id, bool]] = []
        """What new changes stand beside, and whether those are of the record."""
        self.values: list[Span] = []

    def forget(self) -> None:
        """Let go of what was gathered so far."""
        for gathered in (self.strings, self.needed, self.cuts, self.neighbours, self.values):
            gathered.clear()
        self.halves.clear()

    def neighbour(self, client: int, clock: int) -> Id:
        """What the change `clock` of a client stands beside."""
        neighbour = self.number(), self.number()
        if neighbour[0] == client and neighbour[1] >= clock:
            raise InvalidUpdate("a change beside a later one")
        self.needed.append(neighbour)
        return neighbour

    def changes(self) -> int:
        """How many changes follow. Raises `TooManyChanges`."""
        number = self.number()
        self._changes_left -= number
        if self._changes_left < 0:
            raise TooManyChanges
        return number

    def length(self) -> int:
        """A number from one on."""
        number = self.number()
        if not 0 < number < CLOCKS_BELOW:
            raise InvalidUpdate("a length that cannot be")
        return number

    def signed(self) -> None:
        """Pass over a signed number, whose first byte holds six bits."""
        byte = self.byte()
        if byte & 0x80:
            self.number()
