"""A person's ids and names, replaced wherever they are.

What they wrote stays where it is shared: in the texts of sessions, in programs that ran there, in
notes. It has an author still, who is nobody any more.
"""

import secrets
from collections.abc import Collection
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sql
from sqlalchemy import Connection

from algoroom.access import audit
from algoroom.access.audited import Audited
from algoroom.personal.traces import IDS, KEY, NAMES, of_person, sessions_with
from algoroom.rooms.blocks import pack_checked
from algoroom.rooms.journal import Block
from algoroom.rooms.reading import unpacked
from algoroom.storage import tables
from algoroom.storage.statement import Statement
from algoroom.storage.transaction import SqlalchemyTransaction

_GOES: Final = (tables.people, tables.logins)
"""Tables whose rows say nothing but what a person is or may do: they go."""


def new_pseudonym() -> str:
    """Who a person is from now on. It tells nothing of them, and nobody has it twice."""
    return f"erased-{secrets.token_hex(8)}"


def erase(
    connection: Connection,
    ids: Collection[str],
    pseudonym: str,
    at: datetime,
    *,
    with_sessions: bool,
) -> None:
    """Make the person of these ids nobody, or, `with_sessions`, remove their sessions first. Nobody
    else may use the database meanwhile. Raises `JournalDamaged`, then nothing has changed."""
    if with_sessions:
        _remove_sessions(connection, ids, at)
    for session_id in list(connection.scalars(sessions_with(ids))):
        _rewrite_blocks(connection, session_id, ids, pseudonym)
    done = audit.record(Audited.ERASED, at, by=audit.OPERATOR, subject=pseudonym)
    SqlalchemyTransaction(connection).execute((*audit.opened(*_changes(ids, pseudonym)), done))


def _changes(ids: Collection[str], pseudonym: str) -> list[Statement]:
    """Names first, as they are found by the ids."""
    mine_in_audit = of_person(tables.audit.c.actor, ids)
    changes: list[Any] = [
        sql.update(column.table).where(of_person(id_, ids), condition).values({column: pseudonym})
        for column, id_, condition in NAMES
    ]
    changes.append(sql.update(tables.audit).where(mine_in_audit).values(address=""))
    keys = [id_.removeprefix(KEY) for id_ in ids if id_.startswith(KEY)]
    changes.append(sql.delete(tables.api_keys).where(tables.api_keys.c.id.in_(keys)))
    for column in IDS.values():
        mine = of_person(column, ids)
        if column.table in _GOES:
            changes.append(sql.delete(column.table).where(mine))
        else:
            changes.append(sql.update(column.table).where(mine).values({column: pseudonym}))
    return [Statement(change) for change in changes]


def _remove_sessions(connection: Connection, ids: Collection[str], at: datetime) -> None:
    mine = of_person(tables.sessions.c.owner, ids)
    for session_id in list(connection.scalars(sql.select(tables.sessions.c.id).where(mine))):
        done = audit.record(Audited.DELETED, at, by=audit.OPERATOR, session_id=session_id)
        SqlalchemyTransaction(connection).execute([done])
    connection.execute(sql.delete(tables.sessions).where(mine))


def _rewrite_blocks(
    connection: Connection, session_id: str, ids: Collection[str], pseudonym: str
) -> None:
    block = tables.journal_blocks.c
    of_session = block.session_id == session_id
    mine = set(ids)
    firsts = sql.select(block.first_seq).where(of_session)
    for first_seq in list(connection.scalars(firsts)):
        one = of_session & (block.first_seq == first_seq)
        query = sql.select(
            block.first_seq, block.last_seq, block.first_at, block.last_at, block.data
        ).where(one)
        entries = unpacked(session_id, Block(*connection.execute(query).one()))
        if not mine & set(entries.authors):
            continue
        authors = [pseudonym if author in mine else author for author in entries.authors]
        data = pack_checked(replace(entries, authors=authors))
        connection.execute(sql.update(tables.journal_blocks).where(one).values(data=data))
