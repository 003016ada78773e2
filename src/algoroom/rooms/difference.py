"""What somebody did to a text, told from the text before and after."""

import re
from collections.abc import Sequence
from typing import NamedTuple

from rapidfuzz.distance import Indel

from algoroom.rooms.delta import UNCHANGED, Delta, Splice, from_splices

# Aligning two sequences takes memory and time by the product of their lengths: this many cells are
# a quarter of a megabyte and well below a millisecond.
MOST_CELLS = 2_000_000

# Two texts with more differences than this are two texts, not one that was edited.
MOST_SPLICES = 32

_WORDS = re.compile(r"\w+|\s|[^\w\s]")
_LINES = re.compile(r"[^\n]*\n|[^\n]+")


def difference(before: str, after: str) -> Delta:
    """A short delta that leads from one text to the other.

    One edit in one place comes out exactly as it was made. Several at once are told apart by words,
    in a large text by lines, and more than `MOST_SPLICES` are one replacement: what two unrelated
    texts happen to share is no sign of what was kept, and each splice costs the document time.
    """
    if before == after:
        return UNCHANGED
    start = common_prefix(before, after)
    stop = common_suffix(before, after, start)
    return from_splices(
        _aligned(before[start : len(before) - stop], after[start : len(after) - stop], start)
    )


class Distance(NamedTuple):
    """The fewest characters to remove and to insert between two texts; whether in one place."""

    removed: int
    inserted: int
    is_one_place: bool = True


def distance(before: str, after: str, most_cells: int = MOST_CELLS) -> Distance:
    """How far one text is from another.

    Where that would take long to find, all that lies between their common start and end counts.
    `most_cells` bounds the product of the lengths of what lies there.
    """
    start = common_prefix(before, after)
    stop = common_suffix(before, after, start)
    old, new = before[start : len(before) - stop], after[start : len(after) - stop]
    if not old or not new or len(old) * len(new) > most_cells:
        return Distance(len(old), len(new))
    removed = (Indel.distance(old, new) + len(old) - len(new)) // 2
    return Distance(removed, removed + len(new) - len(old), removed == len(old))


def common_prefix(a: str, b: str) -> int:
    """How many characters two texts share at their start; by halving, as slices compare fast."""
    low, high = 0, min(len(a), len(b))
    while low < high:
        middle = (low + high + 1) // 2
        if a[low:middle] == b[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low


def common_suffix(a: str, b: str, prefix: int) -> int:
    """How many characters two texts share at their end, behind a prefix counted before."""
    low, high = 0, min(len(a), len(b)) - prefix
    while low < high:
        middle = (low + high + 1) // 2
        if a[len(a) - middle : len(a) - low] == b[len(b) - middle : len(b) - low]:
            low = middle
        else:
            high = middle - 1
    return low


def _aligned(before: str, after: str, offset: int) -> list[Splice]:
    if not before or not after:
        return [Splice(offset, offset + len(before), after)]
    for pattern in (_WORDS, _LINES):
        old, new = pattern.findall(before), pattern.findall(after)
        if len(old) * len(new) <= MOST_CELLS:
            splices = _by_parts(old, new, offset)
            if len(splices) <= MOST_SPLICES:
                return splices
    return [Splice(offset, offset + len(before), after)]


def _by_parts(old: Sequence[str], new: Sequence[str], offset: int) -> list[Splice]:
    starts = [offset]
    for part in old:
        starts.append(starts[-1] + len(part))
    hunks: list[list[int]] = []
    for step in Indel.opcodes(old, new):
        if step.tag == "equal":
            continue
        if hunks and hunks[-1][1] == step.src_start and hunks[-1][3] == step.dest_start:
            hunks[-1][1], hunks[-1][3] = step.src_end, step.dest_end
        else:
            hunks.append([step.src_start, step.src_end, step.dest_start, step.dest_end])
    splices = []
    for src_start, src_end, dest_start, dest_end in hunks:
        gone, come = "".join(old[src_start:src_end]), "".join(new[dest_start:dest_end])
        head = common_prefix(gone, come)
        tail = common_suffix(gone, come, head)
        splices.append(
            Splice(
                starts[src_start] + head,
                starts[src_end] - tail,
                come[head : len(come) - tail],
            )
        )
    return splices
