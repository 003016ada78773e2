"""The commonest updates read in a few steps: a piece of text typed beside others, a piece removed.

They pass here only where `rooms.update.read` would let them pass, which judges all others.
"""

from typing import Final

from algoroom.rooms.marks import Marks
from algoroom.rooms.offsets import utf16_length
from algoroom.rooms.update import CLIENTS_BELOW, CLOCKS_BELOW, Clocks, Contents

_TYPED: Final = b"\x01\x01"
"""How an update of one change by one client begins."""

_REMOVED: Final = b"\x00\x01"
"""How an update begins that removes what one client wrote."""

_END: Final = b"\x00"
_AFTER, _BEFORE, _BETWEEN = 0x84, 0x44, 0xC4
"""Text behind a neighbour, in front of one, between two."""

_NUMBERS_BEHIND: Final = {_AFTER: 3, _BEFORE: 3, _BETWEEN: 5}
"""The neighbours, and the length of what is typed."""

_LONGEST_NUMBER = 8
_NOTHING_MARKED: Final = frozenset[tuple[int, int]]()


def read(update: bytes, known: Clocks, marks: Marks) -> Contents | None:
    """What such an update holds, as `rooms.update.read` says it, or None where it is another."""
    try:
        if update.startswith(_TYPED):
            return _typed(update, known, marks)
        if update.startswith(_REMOVED):
            return _removed(update, known, marks)
    except (IndexError, UnicodeDecodeError):
        pass
    return None


def _typed(update: bytes, known: Clocks, marks: Marks) -> Contents | None:
    (client, clock), at = _numbers(update, 2, 2)
    if clock != known.get(client, 0) or client >= CLIENTS_BELOW:
        return None
    halves = marks.halves
    if halves and (client, clock) in halves:
        return None
    info = update[at]
    if info not in _NUMBERS_BEHIND:
        return None
    (*neighbours, size), at = _numbers(update, at + 1, _NUMBERS_BEHIND[info])
    if info != _BEFORE and not _is_text(neighbours[0], neighbours[1], 1, known, marks):
        return None
    if info != _AFTER and not _is_text(neighbours[-2], neighbours[-1], 0, known, marks):
        return None
    end = at + size
    if update[end:] != _END:
        return None
    text = update[at:end].decode()
    units = utf16_length(text)
    if not units or units != len(text) or clock + units >= CLOCKS_BELOW:
        return None
    return Contents({client: clock + units}, True, units, True, _NOTHING_MARKED, ())


def _is_text(client: int, clock: int, cut: int, known: Clocks, marks: Marks) -> bool:
    """Whether this is known text, and no character is cut so many units behind its start."""
    return (
        clock < known.get(client, 0)
        and not (marks.halves and (client, clock + cut) in marks.halves)
        and not marks.in_record((client, clock))
    )


def _removed(update: bytes, known: Clocks, marks: Marks) -> Contents | None:
    (client, pieces, start, length), at = _numbers(update, 2, 4)
    end = start + length
    if pieces != 1 or at != len(update) or not length or end > known.get(client, 0):
        return None
    if marks.halves and not marks.halves.isdisjoint(((client, start), (client, end))):
        return None
    return Contents({}, True, 0, True, _NOTHING_MARKED, ())


def _numbers(data: bytes, at: int, count: int) -> tuple[list[int], int]:
    """So many numbers as lib0 writes them, and where they end. Raises `IndexError`."""
    found = []
    for _ in range(count):
        number = data[at]
        if number >= 0x80:
            number &= 0x7F
            shift = 7
            while (byte := data[at := at + 1]) >= 0x80:
                number |= (byte & 0x7F) << shift
                shift += 7
                if shift >= 7 * _LONGEST_NUMBER:
                    raise IndexError("a number that is no one's here")
            number |= byte << shift
        at += 1
        found.append(number)
    return found, at
