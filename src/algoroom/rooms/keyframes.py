"""Keyframes: what a document was after some of its updates, so that no moment of it is far.

They are beside the journal and replace nothing of it: where one is missing or cannot be read, the
replay begins earlier.
"""

import sys
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import sqlalchemy as sql
from sqlalchemy.ext.asyncio import AsyncConnection

from algoroom.storage.statement import Statement, insert_once
from algoroom.storage.tables import keyframes

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

_OPTIONS: Final[dict[int, int]] = {
    zstd.CompressionParameter.compression_level: 3,
    zstd.CompressionParameter.checksum_flag: 1,
}
_INSERT = insert_once(keyframes)


class KeyframeDamaged(ValueError):
    """Bytes that are no packed state, or not the one that was packed."""


@dataclass(frozen=True, slots=True)
class Keyframe:
    """The whole document after update `seq`, which was made at the time `at`; `data` is its state
    as `pack` makes it."""

    seq: int
    at: datetime
    data: bytes


def pack(state: bytes) -> bytes:
    """A document's state, smaller and with a checksum."""
    return zstd.compress(state, options=_OPTIONS)


def unpack(data: bytes) -> bytes:
    """What was packed. Raises `KeyframeDamaged`."""
    try:
        return zstd.decompress(data)
    except zstd.ZstdError as error:
        raise KeyframeDamaged(str(error)) from error


def insert(session_id: str, keyframe: Keyframe) -> Statement:
    """One more, unless there is one of this update."""
    return Statement(
        _INSERT,
        {
            "session_id": session_id,
            "seq": keyframe.seq,
            "at": keyframe.at,
            "data": keyframe.data,
        },
    )


async def latest(
    connection: AsyncConnection, session_id: str, upto: int, time: datetime | None
) -> Keyframe | None:
    """The last one of update `upto` or an earlier one, and not made later than a time."""
    frame = keyframes.c
    query = sql.select(frame.seq, frame.at, frame.data).where(
        frame.session_id == session_id, frame.seq <= upto
    )
    if time is not None:
        query = query.where(frame.at <= time)
    row = (await connection.execute(query.order_by(frame.seq.desc()).limit(1))).one_or_none()
    return None if row is None else Keyframe(*row)


async def last_seq(connection: AsyncConnection, session_id: str) -> int:
    """The update of the last one, 0 where there is none."""
    query = sql.select(sql.func.max(keyframes.c.seq)).where(keyframes.c.session_id == session_id)
    return (await connection.scalar(query)) or 0
