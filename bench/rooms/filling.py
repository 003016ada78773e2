"""A room with a long history: everything that a trace says, sent by one client, edit by edit."""

from bench.rooms import wire
from bench.rooms.editor import Editor
from bench.rooms.measuring import LOAD_CORE, Place
from bench.rooms.plan import Address, Plan
from bench.rooms.player import LoadFailed, Player
from bench.rooms.servers import Rooms
from bench.rooms.traces import Trace
from bench.rooms.wire import Mark

WRITER = 7
LONGEST_S = 60.0
EDITS_A_SECOND = 3_000.0
Edits = list[tuple[bytes, Mark]]


def written(trace: Trace, length: int | None = None) -> tuple[Edits, str]:
    """The updates of a sequential trace, or of its beginning, and the text they lead to."""
    editor = Editor(WRITER)
    edits: Edits = []
    for patches in [[(0, 0, trace.start)], *(one.patches for one in trace.transactions[:length])]:
        change = editor.change(patches)
        mark = change and wire.mark_of(change, WRITER, editor.clock)
        if change and mark:
            edits.append((change, mark))
    return edits, editor.content


def fill(server: Rooms, address: Address, edits: Edits, place: Place) -> None:
    """Send all edits, at a pace that every server bears. Raises LoadFailed."""
    plan = Plan(drain_s=LONGEST_S)
    writer = plan.connect(address)
    plan.connect(address)
    for number, (change, mark) in enumerate(edits):
        plan.edit(number / EDITS_A_SECOND, writer, change, mark)
    with Player(place.player, plan, server.port, place.folder, LOAD_CORE) as player:
        player.play()
        result = player.result()
    if not result.is_complete:
        raise LoadFailed(
            f"the room took {result.delivered} of {result.expected} edits, and closed "
            f"{result.closed} connections"
        )
