"""API keys: for servers that ask on their own behalf. What is stored of one is its digest."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import uuid4

import sqlalchemy as sql
from sqlalchemy.ext.asyncio import AsyncConnection

from algoroom.access.caller import Scope
from algoroom.access.secrets import SECRET_BYTES, digest, new_secret
from algoroom.storage.statement import Statement
from algoroom.storage.tables import api_keys

PREFIX: Final = "algo_"
"""How every key begins, so that a search for secrets finds one that went astray."""

LENGTH: Final = len(PREFIX) + (SECRET_BYTES * 4 + 2) // 3
LONGEST_NAME: Final = 100

_INSERT = sql.insert(api_keys)
_REVOKE = (
    sql.update(api_keys)
    .where(api_keys.c.id == sql.bindparam("of_key"), api_keys.c.revoked_at.is_(None))
    .values(revoked_at=sql.bindparam("at"))
)
_USED = (
    sql.update(api_keys)
    .where(api_keys.c.id == sql.bindparam("of_key"))
    .values(last_used_at=sql.bindparam("at"))
)


@dataclass(frozen=True, slots=True)
class ApiKey:
    """What is known of a key. Times are UTC."""

    id: str
    name: str
    scopes: frozenset[str]
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None = None
    last_used_at: datetime | None = None

    def is_over(self, now: datetime) -> bool:
        """Whether it opens nothing any more."""
        expired = self.expires_at is not None and self.expires_at <= now
        return expired or self.revoked_at is not None


def make(
    name: str, scopes: Iterable[Scope], now: datetime, expires_at: datetime | None = None
) -> tuple[str, ApiKey, Statement]:
    """A new key: the secret to show once, what is known of it, and what stores that."""
    secret = PREFIX + new_secret()
    key = ApiKey(str(uuid4()), name, frozenset(scope.value for scope in scopes), now, expires_at)
    row = {
        "id": key.id,
        "name": key.name,
        "digest": digest(secret),
        "scopes": " ".join(sorted(key.scopes)),
        "created_at": key.created_at,
        "expires_at": key.expires_at,
    }
    return secret, key, Statement(_INSERT, row)


def revoke(key_id: str, at: datetime) -> Statement:
    """The key opens nothing any more."""
    return Statement(_REVOKE, {"of_key": key_id, "at": at})


def used(key_id: str, at: datetime) -> Statement:
    """The key was used."""
    return Statement(_USED, {"of_key": key_id, "at": at})


def could_be_key(secret: str) -> bool:
    """Whether it is worth looking for."""
    return len(secret) == LENGTH and secret.startswith(PREFIX) and secret.isascii()


async def find(connection: AsyncConnection, secret: str) -> ApiKey | None:
    """The key with this secret, over or not."""
    query = sql.select(api_keys).where(api_keys.c.digest == digest(secret))
    row = (await connection.execute(query)).one_or_none()
    return None if row is None else _key(row)


async def everyone(connection: AsyncConnection) -> list[ApiKey]:
    """All keys, the newest first, those included that are over."""
    query = sql.select(api_keys).order_by(api_keys.c.created_at.desc(), api_keys.c.id)
    return [_key(row) for row in await connection.execute(query)]


async def still_open(connection: AsyncConnection, ids: Iterable[str]) -> set[str]:
    """Which of these keys have not been revoked."""
    mine = api_keys.c.id.in_(list(ids)) & api_keys.c.revoked_at.is_(None)
    return set(await connection.scalars(sql.select(api_keys.c.id).where(mine)))


def _key(row: sql.Row[Any]) -> ApiKey:
    return ApiKey(
        id=row.id,
        name=row.name,
        scopes=frozenset(row.scopes.split()),
        created_at=row.created_at,
        expires_at=row.expires_at,
        revoked_at=row.revoked_at,
        last_used_at=row.last_used_at,
    )
