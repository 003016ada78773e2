"""Credentials: whose what a request or a socket shows is."""

import asyncio
import logging
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from algoroom.access import audit, keys, logins
from algoroom.access.audited import Audited
from algoroom.access.caller import Caller, Kind
from algoroom.access.live import Live
from algoroom.access.logins import Login
from algoroom.access.refusals import CredentialRefused, LoginOver
from algoroom.access.tokens import Tokens
from algoroom.clock import Clock
from algoroom.storage.database import Database
from algoroom.storage.statement import Statement
from algoroom.storage.writer import Writer, WriterClosed

logger = logging.getLogger(__name__)

# How exactly it is known when a key was used last.
_NOTED_EVERY: Final = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Shown:
    """The credentials that somebody shows; None or empty: none of this kind."""

    tokens: tuple[str, ...] = field(default=(), repr=False)
    keys: tuple[str, ...] = field(default=(), repr=False)
    login: str | None = field(default=None, repr=False)

    def __bool__(self) -> bool:
        return bool(self.tokens or self.keys or self.login)


class Credentials:
    """Tells callers by what they show, and ends logins."""

    def __init__(self, database: Database, writer: Writer, clock: Clock, tokens: Tokens) -> None:
        self.live = Live(database, clock)
        self._database = database
        self._writer = writer
        self._clock = clock
        self._tokens = tokens
        self._noted: dict[str, datetime] = {}

    async def caller(self, shown: Shown, address: str) -> Caller:
        """Whose the credentials are. A token or a key comes before the login of a browser, which
        shows it unasked.

        Raises `CredentialRefused`, `ProviderUnavailable`, `DatabaseUnavailable`.
        """
        if len(shown.tokens) + len(shown.keys) > 1:
            raise CredentialRefused("Show one credential, not several")
        if shown.tokens:
            return await self._tokens.caller(shown.tokens[0], address)
        if shown.keys:
            return await self._of_key(shown.keys[0], address)
        if shown.login is not None:
            return await self._of_login(shown.login, address)
        return Caller(address)

    async def begin_login(
        self, user_id: str, name: str, email: str | None, lifetime: timedelta
    ) -> tuple[str, Login]:
        """A new login, committed: the secret for the browser to keep, and what is known of it."""
        now = self._clock()
        secret, login, statement = logins.make(user_id, name, email, now, now + lifetime)
        done = audit.record(Audited.SIGNED_IN, now, subject=user_id, detail=login.id)
        await self._writer.write(logins.sweep(now), statement, done)
        return secret, login

    async def end_login(self, caller: Caller) -> None:
        """End the login that a caller has shown, and its sockets. Others have none to end."""
        kind, _, login_id = caller.credential.partition(":")
        if kind == "login":
            done = audit.record(
                Audited.SIGNED_OUT,
                self._clock(),
                subject=caller.id,
                detail=login_id,
                caller=caller,
            )
            await self._writer.write(logins.end(login_id), done)
            self.live.revoke(caller.credential)

    async def _of_key(self, secret: str, address: str) -> Caller:
        if not keys.could_be_key(secret):
            raise CredentialRefused("The key is unknown")
        async with self._database.connect() as connection:
            key = await keys.find(connection, secret)
        now = self._clock()
        if key is None:
            raise CredentialRefused("The key is unknown")
        if key.is_over(now):
            raise CredentialRefused("The key has expired or was revoked")
        self._note_use(key.id, key.last_used_at, now)
        named = f"{Kind.KEY.value}:{key.id}"
        return Caller(
            address,
            kind=Kind.KEY,
            id=named,
            name=key.name,
            scopes=key.scopes,
            expires_at=key.expires_at,
            credential=named,
        )

    async def _of_login(self, secret: str, address: str) -> Caller:
        login = None
        if logins.could_be_login(secret):
            async with self._database.connect() as connection:
                login = await logins.find(connection, secret)
        if login is None or login.expires_at <= self._clock():
            raise LoginOver
        return Caller(
            address,
            kind=Kind.USER,
            id=login.user_id,
            name=login.name,
            email=login.email,
            expires_at=login.expires_at,
            credential=f"login:{login.id}",
        )

    def _note_use(self, key_id: str, noted: datetime | None, now: datetime) -> None:
        latest = max(filter(None, (noted, self._noted.get(key_id))), default=None)
        if latest is None or now - latest >= _NOTED_EVERY:
            self._noted[key_id] = now
            self._note(keys.used(key_id, now))

    def _note(self, statement: Statement) -> None:
        """Store what nobody waits for, and what may be lost."""
        try:
            stored = self._writer.submit(statement)
        except WriterClosed:
            return
        stored.add_done_callback(_look_at)


def _look_at(stored: asyncio.Future[None]) -> None:
    if not stored.cancelled() and (error := stored.exception()) is not None:
        logger.warning("the use of a key could not be noted: %s", error)
