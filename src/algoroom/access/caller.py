"""Who is asking: the caller of one request or one socket."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final


class Kind(StrEnum):
    """As what somebody asks."""

    ANONYMOUS = "anonymous"
    USER = "user"
    KEY = "key"


class Scope(StrEnum):
    """What a credential may be used for at all, whatever its holder may do elsewhere."""

    CREATE = "session:create"
    READ = "session:read"
    WRITE = "session:write"


EVERY_SCOPE: Final = frozenset(scope.value for scope in Scope)


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks, as far as credentials show it, and from where.

    `id` is stable, unique among users and keys, and begins with the kind: `user:…` or `key:…`; an
    anonymous caller has none (`""`). `scopes` is what the credential may be used for: everything
    where none was needed. `expires_at` is when the credential ends, in UTC; `credential` names one
    that can be revoked: `key:…` or `login:…`.
    """

    address: str
    kind: Kind = Kind.ANONYMOUS
    id: str = ""
    name: str | None = None
    email: str | None = None
    scopes: frozenset[str] = EVERY_SCOPE
    expires_at: datetime | None = None
    credential: str = ""
    host_tokens: tuple[str, ...] = field(default=(), repr=False)
    """Secrets that make whoever shows one a host of its session."""
    guest_token: str = field(default="", repr=False)
    """A secret by which sessions know an anonymous person again; empty: none was shown."""

    @property
    def is_signed_in(self) -> bool:
        """Whether a credential said who this is."""
        return self.kind is not Kind.ANONYMOUS
