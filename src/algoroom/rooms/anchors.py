"""Places in the shared text that stay with their neighbours, as Yjs clients exchange them."""

from typing import Any

from pycrdt import Assoc, Doc, StickyIndex, Text

from algoroom.errors import InvalidChange
from algoroom.rooms.lib0 import write_number
from algoroom.rooms.update import Clocks, walk

Anchor = dict[str, Any]
"""A relative position of Yjs, as its JSON."""


class Narrowed:
    """A copy of a text with one byte for each UTF-16 unit.

    The library counts what is before a block in UTF-8 and what is in it in UTF-16; here both are
    the same. Making one takes as long as the text's history is.
    """

    def __init__(self, name: str, state: bytes) -> None:
        self._doc: Doc[Any] = Doc()
        self.text: Text = self._doc.get(name, type=Text)
        self.follow(state)

    def follow(self, update: bytes) -> None:
        """Take a change of the text."""
        self._doc.apply_update(_narrowed(update))


def anchor_at(text: Text, name: str, units: int) -> Anchor:
    """The anchor of an offset in the shared text `name`, which is in ASCII or `Narrowed`."""
    if units >= len(text):
        return {"type": None, "tname": name, "item": None, "assoc": 0}
    sticky = text.sticky_index(units, Assoc.AFTER)
    return {**sticky.to_json(), "type": None, "tname": None}


def units_at(text: Text, name: str, anchor: object, known: Clocks) -> int:
    """Where an anchor is now in the shared text `name`, which is in ASCII or `Narrowed`.

    Raises `InvalidChange` where it is none.
    """
    assoc = anchor.get("assoc") if isinstance(anchor, dict) else None
    is_before = isinstance(assoc, int) and assoc < 0
    match anchor:
        # What is not there makes the library panic, and so do truth values.
        case {"item": {"client": int(client), "clock": int(clock)}} if not (
            isinstance(client, bool) or isinstance(clock, bool)
        ):
            if not 0 <= clock < known.get(client, 0):
                raise InvalidChange("a position that is not in the text")
            item = {"item": {"client": client, "clock": clock}, "assoc": -is_before}
            return StickyIndex.from_json(item, text).get_index()
        case {"tname": str(found)} if found == name:
            return 0 if is_before else len(text)
        case _:
            raise InvalidChange("no position in the text")


def _narrowed(update: bytes) -> bytes:
    """The same changes, with a one-byte character for each UTF-16 unit of text."""
    parts: list[bytes] = []
    at = 0
    for start, end, units in walk(update).strings:
        parts += (update[at:start], write_number(units), b"." * units)
        at = end
    return b"".join((*parts, update[at:]))
