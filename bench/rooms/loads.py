"""Loads: rooms of people who type, each in a paragraph of their own, what a trace says.

Updates are made ahead, by documents that are not the server's. As nobody's edit needs another's,
they can be sent whenever their time comes.
"""

import itertools
from dataclasses import dataclass

from bench.rooms import wire
from bench.rooms.editor import Editor
from bench.rooms.plan import Address, Plan
from bench.rooms.traces import Trace
from bench.rooms.wire import Kind, Mark

FIRST_CLIENT = 1_000
LONGEST_EDIT = 200  # what a person types, and no paste of a whole file
START_S = 0.2


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

    def __str__(self) -> str:
        return f"{self.rooms} × {self.clients} @ {self.edits_a_second:g}"


@dataclass(frozen=True, slots=True)
class Written:
    """A plan, with what each room's text has to hold at the end."""

    plan: Plan
    texts: list[str]
    recorded: list[int]


class Paragraph:
    """One who types a trace into a paragraph that begins with a line of its own."""

    def __init__(self, client: int, opening: Editor, name: str, trace: Trace) -> None:
        self.editor = Editor(client)
        self.editor.receive(opening.missing())
        self._offset = self.editor.content.index(name) + len(name)
        self._patches = itertools.cycle(
            [one.patches for one in trace.transactions if _is_typing(one.patches)]
        )
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


def _is_typing(patches: tuple[tuple[int, int, str], ...]) -> bool:
    return len(patches) == 1 and patches[0][1] + len(patches[0][2]) <= LONGEST_EDIT


def write(load: Load, addresses: list[Address], trace: Trace) -> Written:
    """The plan of a load in the rooms at `addresses`."""
    plan = Plan()
    numbers = itertools.count(FIRST_CLIENT)
    texts, recorded = [], []
    for index, address in enumerate(addresses):
        text, observer = _write_room(plan, load, address, trace, numbers, index / len(addresses))
        texts.append(text)
        recorded.append(observer)
    return Written(plan, texts, recorded)


def _write_room(
    plan: Plan,
    load: Load,
    address: Address,
    trace: Trace,
    numbers: "itertools.count[int]",
    phase: float,
) -> tuple[str, int]:
    count = load.clients if load.writers is None else load.writers
    names = [f"\n#{number}\n" for number in range(count)]
    opening = Editor(next(numbers))
    first = opening.change([(0, 0, "".join(names))])
    assert first is not None
    writers = [Paragraph(next(numbers), opening, name, trace) for name in names]
    connections = []
    for place in range(load.clients):
        client = writers[place].editor.client if place < count else next(numbers)
        here = wire.awareness(client, 1, {"user": {"name": f"Person {place}"}})
        connections.append(
            plan.connect(
                address,
                writes=[first] if place == 0 else [],
                presence=here if load.cursors and place < count else None,
                recorded=place == load.clients - 1,
            )
        )
    cursor = itertools.count(2)
    for number in range(round(load.edits_a_second * load.seconds)):
        at_s = START_S + (number + phase) / load.edits_a_second
        place = number % count
        change, mark = writers[place].type()
        plan.edit(at_s, connections[place], change, mark)
        if load.cursors:
            where = Mark(Kind.AWARENESS, writers[place].editor.client, next(cursor))
            state = {"user": {"name": f"Person {place}"}, "cursor": {"head": mark.clock}}
            plan.point(at_s, connections[place], where, state)
    for writer in writers:
        opening.receive(writer.editor.missing(opening.state))
    return opening.content, connections[-1]
