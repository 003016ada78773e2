"""A large update as several, of which none takes long.

To put a change in its place the library walks over all that stands between its two neighbours. That
is next to nothing where an editor put it and the whole document where somebody forged it, and which
of both it is shows nowhere before. So what could take long is taken in parts, and everybody else
has a turn between them.
"""

from collections import defaultdict, deque
from collections.abc import Iterator, Mapping, Sequence

from algoroom.rooms.lib0 import write_number
from algoroom.rooms.marks import Span
from algoroom.rooms.update import Clocks, Piece, UpdateReader, in_order, read_struct, removals_at

# So far the library may walk for one part, in changes: at most 50 ms of a slow core.
MOST_STEPS = 300_000
# So many changes are always taken at once.
AT_ONCE = 8
# A change takes so many bytes of a document's state or more.
LEAST_BYTES = 4
_SHORT = AT_ONCE * LEAST_BYTES


def is_small(update: bytes) -> bool:
    """Whether an update is known at a glance to have `AT_ONCE` changes at most, as nearly all."""
    return len(update) <= _SHORT or update[0] == 0 or (update[0] == 1 and update[1] <= AT_ONCE)


def parts(update: bytes, known: Clocks, beside: int = 0) -> Iterator[bytes]:
    """The new changes of an update that is trusted, or was read before, for a document that knows
    `known` and has `beside` changes. A part builds on the document and on the parts before it."""
    chains, removals = _read(update, known)
    left = _Removals(removals, known)
    pieces: defaultdict[int, list[Piece]] = defaultdict(list)
    count = 0
    # The highest client first, as the library does: of several that stand at one place each is put
    # in front of those there, and walks over none.
    chains = dict(sorted(chains.items(), reverse=True))
    for client, piece in in_order(chains, known):
        if count >= AT_ONCE and (count + 1) * beside > MOST_STEPS:
            yield _encoded(update, pieces) + left.take(pieces)
            pieces, count = defaultdict(list), 0
        pieces[client].append(piece)
        count += 1
        beside += 1
    yield _encoded(update, pieces) + left.take(pieces)


def _read(update: bytes, known: Clocks) -> tuple[dict[int, list[Piece]], list[Span]]:
    """For each client the changes that somebody who has `known` lacks, and what is removed."""
    reader = UpdateReader(update, len(update))
    chains: dict[int, list[Piece]] = {}
    for _ in range(reader.number()):
        structs, client, clock = reader.number(), reader.number(), reader.number()
        known_clock = known.get(client, 0)
        for _ in range(structs):
            first, at = len(reader.needed), reader.at
            start, clock = clock, clock + read_struct(reader, client, clock)[0]
            if clock > known_clock:
                piece = Piece(start, clock, reader.needed[first:], at, reader.at)
                chains.setdefault(client, []).append(piece)
    return chains, removals_at(reader)


def _encoded(update: bytes, pieces: Mapping[int, Sequence[Piece]]) -> bytes:
    """So many changes of an update."""
    found = [write_number(len(pieces))]
    for client, chain in pieces.items():
        found += map(write_number, (len(chain), client, chain[0].clock))
        found.append(update[chain[0].start : chain[-1].stop])
    return b"".join(found)


class _Removals:
    """What is to be removed: each as soon as it is there."""

    def __init__(self, removals: Sequence[Span], known: Clocks) -> None:
        self._left: defaultdict[int, deque[tuple[int, int]]] = defaultdict(deque)
        for client, start, end in removals:
            self._left[client].append((start, end))
        self._due = {client: known.get(client, 0) for client in self._left}

    def take(self, pieces: Mapping[int, Sequence[Piece]]) -> bytes:
        """The end of an update that brings these: what of them, and of what was there before, is
        to be removed."""
        due, self._due = self._due, {}
        due.update((client, chain[-1].end) for client, chain in pieces.items())
        taken = {
            client: spans for client, end in due.items() if (spans := self._below(client, end))
        }
        found = [write_number(len(taken))]
        for client, spans in taken.items():
            found += map(write_number, (client, len(spans)))
            for start, end in spans:
                found += (write_number(start), write_number(end - start))
        return b"".join(found)

    def _below(self, client: int, most: int) -> list[tuple[int, int]]:
        spans, left = [], self._left.get(client)
        while left and left[0][0] < most:
            start, end = left.popleft()
            spans.append((start, min(end, most)))
            if end > most:
                left.appendleft((most, end))
        return spans
