"""The audit: who did what, when and from where. It outlives the sessions that it tells of.

No row of it has a text that people wrote but the names by which they came. The database refuses to
change or remove one; only what is too old goes, and a person who is erased.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import uuid4

import sqlalchemy as sql
from sqlalchemy.ext.asyncio import AsyncConnection

from algoroom.access.acting import who_acts
from algoroom.access.audited import Audited
from algoroom.access.caller import Caller
from algoroom.access.model import Access
from algoroom.access.policy import person_id
from algoroom.storage.statement import Statement, insert_once
from algoroom.storage.tables import audit, audit_opened

OPERATOR: Final = "operator"
"""Who acts at the command line."""
ANONYMOUS: Final = "anonymous"
"""Who acts where somebody asked, and neither showed nor said who they are."""
SERVER: Final = "server"
"""Who acts where nobody asked."""

_INSERT = insert_once(audit)
_OPEN = sql.insert(audit_opened).values(id=1)
_CLOSE = sql.delete(audit_opened)
_FORGET = sql.delete(audit).where(audit.c.at <= sql.bindparam("upto"))


Place = tuple[datetime, str]
"""A place in the audit: the time and the id of a row."""


@dataclass(frozen=True, slots=True)
class Row:
    """One thing that was done. `actor` begins with `user:`, `key:` or `guest:` where something
    showed who it was; else it is what somebody called themselves. Times are UTC."""

    id: str
    at: datetime
    actor: str
    address: str
    deed: str
    session_id: str | None
    subject: str
    detail: str

    @property
    def place(self) -> Place:
        return self.at, self.id


def record(
    deed: Audited,
    at: datetime,
    *,
    by: str = "",
    session_id: str | None = None,
    subject: str = "",
    detail: str = "",
    caller: Caller | None = None,
) -> Statement:
    """A row about what is stored with it. `by` is whom to name where the caller (`caller`, else who
    acts) showed nothing that tells who they are."""
    caller = caller or who_acts()
    nobody = SERVER if caller is None else ANONYMOUS
    return Statement(
        _INSERT,
        {
            "id": str(uuid4()),
            "at": at,
            "actor": (caller and person_id(caller)) or by or nobody,
            "address": "" if caller is None else caller.address,
            "deed": deed.value,
            "session_id": session_id,
            "subject": subject,
            "detail": detail,
        },
    )


def changes(before: Access, after: Access) -> Iterator[tuple[Audited, str, str]]:
    """What was done to make one access of a session another: the deed, its subject, its detail."""
    if (before.ended_at is None) is not (after.ended_at is None):
        yield Audited.REOPENED if after.ended_at is None else Audited.ENDED, "", ""
    for subject, was_locked, is_locked in (
        ("editing", before.editing_locked, after.editing_locked),
        ("running", before.running_locked, after.running_locked),
    ):
        if was_locked is not is_locked:
            yield Audited.LOCKED if is_locked else Audited.UNLOCKED, subject, ""
    if after.strangers is not None and after.strangers is not before.strangers:
        yield Audited.RULED, "strangers", after.strangers.value
    if after.deletion_takes_host is not before.deletion_takes_host:
        yield Audited.RULED, "deletion", "hosts" if after.deletion_takes_host else "everybody"


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which rows are wanted; None: whichever."""

    session_id: str | None = None
    actor: str | None = None
    deed: Audited | None = None
    since: datetime | None = None


async def page(
    connection: AsyncConnection, wanted: Wanted, limit: int, after: Place | None = None
) -> list[Row]:
    """The first `limit` rows behind a place, the oldest first."""
    query = sql.select(audit)
    for column, value in (
        (audit.c.session_id, wanted.session_id),
        (audit.c.actor, wanted.actor),
        (audit.c.deed, wanted.deed),
    ):
        if value is not None:
            query = query.where(column == value)
    if wanted.since is not None:
        query = query.where(audit.c.at >= wanted.since)
    if after is not None:
        at, id_ = after
        query = query.where((audit.c.at > at) | ((audit.c.at == at) & (audit.c.id > id_)))
    query = query.order_by(audit.c.at, audit.c.id).limit(limit)
    return [_row(row) for row in await connection.execute(query)]


async def last_of_oldest(
    connection: AsyncConnection, before: datetime, limit: int
) -> datetime | None:
    """The time of the last of the oldest `limit` rows that are from before a time; None: there are
    none."""
    oldest = (
        sql.select(audit.c.at).where(audit.c.at < before).order_by(audit.c.at).limit(limit)
    ).subquery()
    last: datetime | None = await connection.scalar(sql.select(sql.func.max(oldest.c.at)))
    return last


def forget(upto: datetime) -> list[Statement]:
    """Every row up to a time, gone."""
    return opened(Statement(_FORGET, {"upto": upto}))


def opened(*changes: Statement) -> list[Statement]:
    """Changes of rows that are there, in a transaction that may make them. No other sees it so."""
    return [Statement(_OPEN), *changes, Statement(_CLOSE)]


def _row(row: sql.Row[Any]) -> Row:
    return Row(
        id=row.id,
        at=row.at,
        actor=row.actor,
        address=row.address,
        deed=row.deed,
        session_id=row.session_id,
        subject=row.subject,
        detail=row.detail,
    )
