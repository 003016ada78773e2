"""Participants as the awareness of Yjs clients has them, and the other way round.

The fields are those of `y-codemirror.next`: `user` with a name and colours, and `cursor` with
relative positions of its `anchor` and `head`.
"""

import json
from collections.abc import Iterable
from typing import Any, NoReturn
from zlib import crc32

from algoroom.errors import InvalidChange
from algoroom.rooms.document import Document
from algoroom.rooms.places import offset_at, position_at
from algoroom.rooms.presence import LONGEST_NAME, Cursor, Participant

LARGEST_STATE = 16_384
MOST_LEVELS = 32


def state_of(participant: Participant, document: Document) -> str:
    """The awareness state of somebody who has none of their own."""
    hue = crc32(participant.user_id.encode(errors="replace")) % 360
    fields: dict[str, Any] = {
        "user": {
            "name": participant.name,
            "color": f"hsl({hue}, 70%, 45%)",
            "colorLight": f"hsla({hue}, 70%, 45%, 0.2)",
            "id": participant.user_id,
        }
    }
    if (cursor := participant.cursor) is not None:
        start, end = cursor.selection or (cursor.position, cursor.position)
        if end != cursor.position:
            start, end = end, start
        fields["cursor"] = {
            "anchor": document.anchor(offset_at(document.text, start)),
            "head": document.anchor(offset_at(document.text, end)),
        }
    return json.dumps(fields, ensure_ascii=False)


def is_state(state: str) -> bool:
    """Whether it is an object in JSON as every client can read it, of a size that may be."""
    return len(state) <= LARGEST_STATE and _read(state) is not None


def fields_of(state: str) -> dict[str, Any]:
    """A client's awareness state; nothing where it is none."""
    return _read(state) or {}


def _read(state: str) -> dict[str, Any] | None:
    try:
        fields = json.loads(state, parse_constant=_refuse)
    except (ValueError, RecursionError):
        return None
    return fields if isinstance(fields, dict) and _is_shallow(fields) else None


def _is_shallow(value: object) -> bool:
    """Clients compare states level by level, and run out of stack where there are very many."""
    level = [value]
    for _ in range(MOST_LEVELS):
        level = [part for whole in level for part in _parts(whole)]
        if not level:
            return True
    return False


def _parts(value: object) -> Iterable[object]:
    match value:
        case dict():
            return value.values()
        case list():
            return value
        case _:
            return ()


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no JSON")


def name_in(fields: dict[str, Any]) -> str | None:
    """The name that a client gives its user."""
    user = fields.get("user")
    name = user.get("name") if isinstance(user, dict) else None
    if not isinstance(name, str) or not name.strip():
        return None
    return name.replace("\0", "")[:LONGEST_NAME].encode(errors="replace").decode()


def id_in(fields: dict[str, Any]) -> str | None:
    """By which id a client says that its user goes."""
    user = fields.get("user")
    claimed = user.get("id") if isinstance(user, dict) else None
    return claimed if isinstance(claimed, str) else None


def cursor_in(fields: dict[str, Any], document: Document) -> Cursor | None:
    """The cursor that a client shows, None where it shows none that can be found in the text."""
    cursor = fields.get("cursor")
    if not isinstance(cursor, dict):
        return None
    try:
        anchor = document.offset_of(cursor.get("anchor"))
        head = document.offset_of(cursor.get("head"))
    except InvalidChange:
        return None
    position = position_at(document.text, head)
    if anchor == head:
        return Cursor(position)
    return Cursor(position, (position_at(document.text, anchor), position))
