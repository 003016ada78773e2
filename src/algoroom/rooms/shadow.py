"""What a connection that speaks in whole texts may have in its editor, and what it did to it.

Such a connection sends the text it has after an edit, without a sign of what it had before. The
shadow keeps the texts that it can have had: the last that it sent itself, and those that it was
sent since the one on which that was based (one may still have been on its way when it wrote). The
nearest of them is the base; only the difference from there is applied, moved past everything that
happened in the room meanwhile. So two who type at different places at once both keep their text.

*Nearest* is the fewest characters removed and inserted, with exceptions that rest on what the
connection is known to have received (docs/decisions/0004-base-of-a-whole-text.md):

- While the newest text may not have reached its editor, a candidate to which something was only
  added, or from which something was only removed, wins over one in which something was replaced:
  words that two people type in one place look alike. Among such candidates one that is surely
  still on its way comes last: nobody has added to it yet, however little that would have been.
  Of two that are as near, the one changed in one place wins, then the one that it had last.
- Once it surely has, a text that equals an older one is an undo or a deletion, no late echo.
"""

import sys
import time
from bisect import bisect_right
from collections import deque
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field

from algoroom.errors import InvalidChange
from algoroom.rooms.delta import Delta, Splice, apply, from_splices, rebase
from algoroom.rooms.difference import MOST_CELLS, MOST_SPLICES, difference, distance
from algoroom.rooms.events import Written
from algoroom.rooms.offsets import Utf16
from algoroom.rooms.room import Room

# By then an editor shows what its connection received, however busy it is.
SETTLED_AFTER_S = 2.0
MOST_CANDIDATES = 512
# So many are compared to the character; the others as what one edit in one place would make.
MOST_COMPARED = 64
MOST_BYTES = 8 * 2**20
# A text that was received this long ago, and is not the newest since, is in no editor any more.
FORGOTTEN_AFTER_S = 10.0
LONGEST_PATH = 1_024


@dataclass(slots=True)
class Known:
    """A text that the connection sent or was sent. `path` leads from it to the room's text at
    `revision`; `seen` is the newest revision that its author had been sent."""

    text: str
    revision: int
    seen: int
    order: int
    at: float
    path: Sequence[Delta] = field(default=())
    confirmed_at: float | None = None


class Shadow:
    """The view of one connection on one room."""

    def __init__(self, room: Room, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._room = room
        self._monotonic = monotonic
        self._order = 0
        self._arrived = 0
        self._sent: deque[Known] = deque()
        self._bytes = 0
        self._written: Known | None = None
        self._written_after = 0

    @property
    def held(self) -> str:
        """The text that the connection has once it has received everything."""
        return self._newest().text

    @property
    def has_written(self) -> bool:
        """Whether the connection has written anything yet."""
        return self._written is not None

    def sent(self, text: str, revision: int, *, is_announced: bool = False) -> int:
        """Note that the connection was sent a text; returns a token for `confirm`, and for `arrive`
        where it `is_announced`: nothing is written on that text before `arrive` is called."""
        self._order += 1
        if not is_announced:
            self._arrived = self._order
        self._sent.append(Known(text, revision, revision, self._order, self._monotonic()))
        self._bytes += sys.getsizeof(text)
        while len(self._sent) > 2 and self._may_forget(self._sent[1]):
            # The first stays: a client that shows no updates still writes on that one.
            self._bytes -= sys.getsizeof(self._sent[1].text)
            del self._sent[1]
        return self._order

    def arrive(self, token: int) -> None:
        """Note that the connection may have received everything up to the text of this token."""
        self._arrived = max(self._arrived, token)

    def confirm(self, token: int) -> None:
        """Note that the connection has received everything up to the text of this token."""
        self.arrive(token)
        now = self._monotonic()
        for known in self._sent:
            if known.order <= token and known.confirmed_at is None:
                known.confirmed_at = now

    def write_text(self, text: str, user_id: str, source: Hashable) -> Written:
        """Take the connection's whole text. Raises as `Room.write` does."""
        base = self._base_of(text)
        return self._write(base, difference(base.text, text), text, user_id, source)

    def write_changes(
        self,
        changes: Sequence[tuple[int, int, str]],
        version: int | None,
        user_id: str,
        source: Hashable,
    ) -> Written:
        """Take `(from, to, insert)` in UTF-16 units, all of the text that the connection had last:
        the one of revision `version` where that is given, with what it wrote itself since.

        Raises `InvalidChange` where offsets do not fit that text, else as `Room.write` does.
        """
        base = self._newest()
        if version is not None:
            older = [known for known in self._candidates() if known.seen <= version]
            # What it wrote before it saw that version is not in the text that it has now.
            base = max(older, key=lambda known: (known.seen, known.order), default=base)
        offsets = Utf16(base.text)
        splices = sorted(
            (
                Splice(offsets.to_code_points(start), offsets.to_code_points(end), insert)
                for start, end, insert in changes
            ),
            key=lambda splice: (splice.start, splice.end),
        )
        for before, after in zip([Splice(0, 0, ""), *splices], splices, strict=False):
            _check_order(before, after)
        delta = from_splices(splices)
        text = apply(delta, base.text)
        if len(splices) > MOST_SPLICES:
            delta = difference(base.text, text)
        return self._write(base, delta, text, user_id, source)

    def _may_forget(self, known: Known) -> bool:
        if len(self._sent) > MOST_CANDIDATES or self._bytes > MOST_BYTES:
            return True
        received = known.confirmed_at
        return received is not None and self._monotonic() - received > FORGOTTEN_AFTER_S

    def _candidates(self) -> list[Known]:
        return [*self._sent] if self._written is None else [self._written, *self._sent]

    def _newest(self) -> Known:
        return max(self._candidates(), key=lambda known: known.order)

    def _by_turn(self) -> list[Known]:
        """The candidates as they were in the editor, the last first: what had come when the
        connection wrote was there before its own text, what came since is there after that. Those
        that surely have not come stand at the end, where few need a closer look."""
        came = [known for known in self._sent if known.order <= self._arrived]
        ahead = [known for known in self._sent if known.order > self._arrived]
        if self._written is not None:
            at = bisect_right(came, self._written_after, key=lambda known: known.order)
            came.insert(at, self._written)
        return came[::-1] + ahead[::-1]

    def _base_of(self, text: str) -> Known:
        newest = self._newest()
        if text == newest.text:
            return newest
        now = self._monotonic()
        received = newest.confirmed_at
        certain = received is not None and now - received >= SETTLED_AFTER_S
        typing = self._written is not None and now - self._written.at < SETTLED_AFTER_S
        in_doubt = not certain and (typing or received is None)

        def cost(
            known: Known, removed: int, inserted: int, is_one_place: bool = True
        ) -> tuple[bool, bool, int, bool]:
            is_replaced = removed > 0 and inserted > 0
            is_ahead = known.order > self._arrived and known is not self._written
            return (
                in_doubt and is_replaced,
                is_ahead and not is_replaced,
                removed + inserted,
                not is_one_place,
            )

        candidates = self._by_turn()
        best = candidates[0]
        best_cost = cost(best, *distance(best.text, text))
        compared = 0
        for known in candidates:
            if known.text == text:
                return newest if certain else known
            grown = len(text) - len(known.text)
            if cost(known, max(0, -grown), max(0, grown)) >= best_cost:
                continue
            compared += 1
            most_cells = MOST_CELLS if compared <= MOST_COMPARED else 0
            known_cost = cost(known, *distance(known.text, text, most_cells))
            if known_cost < best_cost:
                best, best_cost = known, known_cost
        return best

    def _write(
        self, base: Known, delta: Delta, text: str, user_id: str, source: Hashable
    ) -> Written:
        room = self._room
        since = room.revisions.path_from(base.revision)
        path = (
            [difference(base.text, room.text)]
            if since is None or len(base.path) + len(since) > LONGEST_PATH
            else [*base.path, *since]
        )
        moved, path_after = rebase(delta, path)
        written = room.write(moved, user_id=user_id, source=source)
        if base is not self._written:
            # It had this one, so it has left those before it behind.
            while self._sent and self._sent[0].order <= base.order:
                self._bytes -= sys.getsizeof(self._sent.popleft().text)
        self._order += 1
        self._written_after = self._arrived
        self._written = Known(
            text,
            room.revision,
            base.seen,
            self._order,
            self._monotonic(),
            [step for step in path_after if step] if room.text != text else (),
        )
        return written


def _check_order(before: Splice, after: Splice) -> None:
    if not before.end <= after.start <= after.end:
        raise InvalidChange("Changes of one frame must not overlap, and each ends after its start")
