"""Loads: rooms of people who type, each in a paragraph of their own, what a trace says.

Updates are made ahead, by documents that are not the server's. As nobody's edit needs another's,
they can be sent whenever their time comes.
"""

import itertools
from dataclasses import dataclass
from functools import lru_cache

from bench.rooms import wire
from bench.rooms.editor import Editor
from bench.rooms.plan import Address, Plan
from bench.rooms.traces import Patch, Trace
from bench.rooms.wire import Kind, Mark

FIRST_CLIENT = 1_000
LONGEST_EDIT = 200  # what a person types, and no paste of a whole file
START_S = 0.2
Patches = tuple[Patch, ...]


@dataclass(frozen=True, slots=True)
class Load:
    """So many rooms, of so many clients, with so many edits a second in each room.

    Of the clients of a room the first `writers` type, in turn; with None all do. With `cursors`
    those who type are present, and tell with each edit where the cursor is.
    """

    rooms: int
    clients: int
    edits_a_second: float
    seconds: float
    writers: int | None = None
    cursors: bool = False

    def has_cursor(self, place: int) -> bool:
        """Whether the client at this place in its room is present."""
        return self.cursors and (self.writers is None or place < self.writers)

    def __str__(self) -> str:
        return f"{self.rooms} × {self.clients} @ {self.edits_a_second:g}"


@dataclass(frozen=True, slots=True)
class Written:
    """A plan, with what each room's text has to hold at the end, and of each which client is
    recorded, and the updates that this one sends itself: not every server sends them back."""

    plan: Plan
    texts: list[str]
    recorded: list[int]
    sent: list[list[bytes]]


class Paragraph:
    """One who types a trace into a paragraph that begins with a line of its own."""

    def __init__(self, client: int, opening: Editor, name: str, changes: list[Patches]) -> None:
        self.editor = Editor(client)
        self.editor.receive(opening.missing())
        self._offset = self.editor.content.index(name) + len(name)
        self._patches = itertools.cycle(changes)
        self._length = 0

    def type(self) -> tuple[bytes, Mark]:
        """The next edit."""
        while True:
            patches = [(min(at, self._length), gone, new) for at, gone, new in next(self._patches)]
            patches = [(at, min(gone, self._length - at), new) for at, gone, new in patches]
            change = self.editor.change(patches, self._offset)
            if change is None:
                continue
            self._length += sum(len(new) - gone for _, gone, new in patches)
            mark = wire.mark_of(change, self.editor.client, self.editor.clock)
            if mark is not None:
                return change, mark


def _is_typing(patches: Patches) -> bool:
    return len(patches) == 1 and patches[0][1] + len(patches[0][2]) <= LONGEST_EDIT


@dataclass(frozen=True, slots=True)
class Script:
    """What is typed in one room: updates made ahead, and the text that they lead to.

    Each edit has the place of its writer among the room's clients.
    """

    opening: bytes
    clients: tuple[int, ...]
    edits: tuple[tuple[int, bytes, Mark], ...]
    text: str


@lru_cache(maxsize=1)
def scripts(load: Load, trace: Trace) -> tuple[Script, ...]:
    """A script for each room, the same for every server."""
    changes = [one.patches for one in trace.transactions if _is_typing(one.patches)]
    return tuple(_script(load, changes, index) for index in range(load.rooms))


def _script(load: Load, changes: list[Patches], room: int) -> Script:
    count = load.clients if load.writers is None else load.writers
    names = [f"\n#{number}\n" for number in range(count)]
    first_client = FIRST_CLIENT + room * (load.clients + 1)
    clients = tuple(range(first_client + 1, first_client + 1 + load.clients))
    opening = Editor(first_client)
    first = opening.change([(0, 0, "".join(names))])
    assert first is not None
    writers = [
        Paragraph(client, opening, name, changes)
        for client, name in zip(clients, names, strict=False)
    ]
    edits = tuple(
        (number % count, *writers[number % count].type())
        for number in range(round(load.edits_a_second * load.seconds))
    )
    for writer in writers:
        opening.receive(writer.editor.missing(opening.state))
    return Script(first, clients, edits, opening.content)


def write(load: Load, addresses: list[Address], trace: Trace) -> Written:
    """The plan of a load in the rooms at `addresses`. The last client of each is recorded."""
    plan = Plan()
    made = scripts(load, trace)
    recorded = [
        _write_room(plan, load, script, address, index / len(addresses))
        for index, (script, address) in enumerate(zip(made, addresses, strict=True))
    ]
    last = load.clients - 1
    sent = [[change for place, change, _ in script.edits if place == last] for script in made]
    return Written(plan, [script.text for script in made], recorded, sent)


def _write_room(plan: Plan, load: Load, script: Script, address: Address, phase: float) -> int:
    connections = [
        plan.connect(
            address,
            writes=[script.opening] if place == 0 else [],
            presence=wire.awareness(client, 1, _person(place)) if load.has_cursor(place) else None,
            recorded=place == load.clients - 1,
        )
        for place, client in enumerate(script.clients)
    ]
    for number, (place, change, mark) in enumerate(script.edits):
        at_s = START_S + (number + phase) / load.edits_a_second
        plan.edit(at_s, connections[place], change, mark)
        if load.cursors:
            where = Mark(Kind.AWARENESS, script.clients[place], number + 2)
            state = {**_person(place), "cursor": {"head": mark.clock}}
            plan.point(at_s, connections[place], where, state)
    return connections[-1]


def _person(place: int) -> dict[str, object]:
    return {"user": {"name": f"Person {place}"}}
