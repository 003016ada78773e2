"""Logins: browsers that a provider of identities has vouched for, each until it ends."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import uuid4

import sqlalchemy as sql
from sqlalchemy.ext.asyncio import AsyncConnection

from algoroom.access.secrets import SECRET_BYTES, digest, new_secret
from algoroom.storage.statement import Statement
from algoroom.storage.tables import logins

LENGTH: Final = (SECRET_BYTES * 4 + 2) // 3

_INSERT = sql.insert(logins)
_END = sql.delete(logins).where(logins.c.id == sql.bindparam("of_login"))
_SWEEP = sql.delete(logins).where(logins.c.expires_at <= sql.bindparam("now"))


@dataclass(frozen=True, slots=True)
class Login:
    """Who uses a browser. `user_id` is that of a caller. Times are UTC."""

    id: str
    user_id: str
    name: str
    email: str | None
    created_at: datetime
    expires_at: datetime


def make(
    user_id: str, name: str, email: str | None, now: datetime, expires_at: datetime
) -> tuple[str, Login, Statement]:
    """A new login: the secret for the browser to keep, what is known of it, what stores that."""
    secret = new_secret()
    login = Login(str(uuid4()), user_id, name, email, now, expires_at)
    row = {
        "id": login.id,
        "digest": digest(secret),
        "user_id": user_id,
        "name": name,
        "email": email,
        "created_at": now,
        "expires_at": expires_at,
    }
    return secret, login, Statement(_INSERT, row)


def end(login_id: str) -> Statement:
    """The login is over."""
    return Statement(_END, {"of_login": login_id})


def sweep(now: datetime) -> Statement:
    """Forget all that have expired."""
    return Statement(_SWEEP, {"now": now})


def could_be_login(secret: str) -> bool:
    """Whether it is worth looking for."""
    return len(secret) == LENGTH and secret.isascii()


async def find(connection: AsyncConnection, secret: str) -> Login | None:
    """The login with this secret, expired or not."""
    query = sql.select(logins).where(logins.c.digest == digest(secret))
    row = (await connection.execute(query)).one_or_none()
    if row is None:
        return None
    return Login(row.id, row.user_id, row.name, row.email, row.created_at, row.expires_at)


async def still_open(connection: AsyncConnection, ids: Iterable[str]) -> set[str]:
    """Which of these logins have not been ended."""
    query = sql.select(logins.c.id).where(logins.c.id.in_(list(ids)))
    return set(await connection.scalars(query))
