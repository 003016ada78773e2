"""Invites in the database. Of the secret of one only the digest is there."""

from datetime import datetime

import sqlalchemy as sql
from sqlalchemy.ext.asyncio import AsyncConnection

from algoroom.access.model import Invite
from algoroom.access.roles import Role
from algoroom.access.secrets import digest
from algoroom.storage.statement import Statement, insert_once
from algoroom.storage.tables import invite_uses, invites

MOST = 200
"""What a session may have of them."""

_INSERT = insert_once(invites)
_REVOKE = sql.delete(invites).where(invites.c.id == sql.bindparam("of_id"))
# Whoever comes second finds the row of the first, and is refused.
_USE = insert_once(invite_uses, telling="person")
_SELECT = sql.select(invites, invite_uses.c.person).join(invite_uses, isouter=True)


def insert(session_id: str, invite: Invite, secret: str) -> Statement:
    """A new invite."""
    return Statement(
        _INSERT,
        {
            "id": invite.id,
            "session_id": session_id,
            "secret": digest(secret),
            "role": invite.role.value,
            "is_single_use": invite.is_single_use,
            "made_at": invite.made_at,
            "made_by": invite.made_by,
            "expires_at": invite.expires_at,
        },
    )


def revoke(invite_id: str) -> Statement:
    """The invite gives nothing any more; what it gave stays."""
    return Statement(_REVOKE, {"of_id": invite_id})


def use(invite: Invite, person_id: str, at: datetime) -> Statement:
    """Somebody redeemed an invite for a single use. The writer refuses a second person."""
    return Statement(_USE, {"invite_id": invite.id, "person": person_id, "at": at})


async def of_session(connection: AsyncConnection, session_id: str) -> list[Invite]:
    """Every invite of a session, the oldest first."""
    query = _SELECT.where(invites.c.session_id == session_id).order_by(
        invites.c.made_at, invites.c.id
    )
    return [_invite(row) for row in await connection.execute(query)]


async def by_secret(connection: AsyncConnection, session_id: str, secret: str) -> Invite | None:
    """The session's invite that has this secret."""
    query = _SELECT.where(invites.c.session_id == session_id, invites.c.secret == digest(secret))
    row = (await connection.execute(query)).one_or_none()
    return None if row is None else _invite(row)


def _invite(row: sql.Row[tuple[str, str]]) -> Invite:
    return Invite(
        id=row.id,
        role=Role(row.role),
        is_single_use=row.is_single_use,
        made_at=row.made_at,
        made_by=row.made_by,
        expires_at=row.expires_at,
        used_by=row.person,
    )
