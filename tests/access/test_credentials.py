"""Keys and logins: stored as digests, found by their secrets, over when they are."""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sql

from algoroom.access import audit, keys, logins
from algoroom.access.caller import EVERY_SCOPE, Caller, Kind, Scope
from algoroom.access.credentials import Credentials, Shown
from algoroom.access.live import EXPIRED, REVOKED
from algoroom.access.refusals import CredentialRefused, LoginOver
from algoroom.access.tokens import Expected, Tokens
from algoroom.storage.database import Database
from algoroom.storage.tables import api_keys
from algoroom.storage.tables import logins as stored_logins
from algoroom.storage.writer import Writer
from tests.access.identities import NOW, SECRET, claims, signed

HERE = "192.0.2.1"


class Clock:
    """The time that a test says it is."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def writer(database: Database) -> AsyncIterator[Writer]:
    yield Writer(database)
    await database.alter(lambda connection: connection.execute(api_keys.delete()))
    await database.alter(lambda connection: connection.execute(stored_logins.delete()))


@pytest.fixture
def credentials(database: Database, writer: Writer, clock: Clock) -> Credentials:
    tokens = Tokens(clock, Expected(), secret=SECRET, keys=None)
    return Credentials(database, writer, clock, tokens)


async def refused(credentials: Credentials, shown: Shown) -> CredentialRefused:
    with pytest.raises(CredentialRefused) as caught:
        await credentials.caller(shown, HERE)
    return caught.value


async def test_a_key_says_whose_it_is_and_what_it_is_for(
    credentials: Credentials, writer: Writer
) -> None:
    secret, key, statement = keys.make("ci", [Scope.READ], NOW)
    await writer.write(statement)
    caller = await credentials.caller(Shown(keys=(secret,)), HERE)
    assert (caller.kind, caller.id, caller.name) == (Kind.KEY, f"key:{key.id}", "ci")
    assert caller.scopes == {"session:read"}
    assert (caller.expires_at, caller.credential) == (None, caller.id)


async def test_no_secret_is_stored(
    credentials: Credentials, database: Database, writer: Writer
) -> None:
    secret, _, statement = keys.make("ci", Scope, NOW)
    await writer.write(statement)
    login, _ = await credentials.begin_login("user:ann", "Ann", None, timedelta(hours=1))
    async with database.connect() as connection:
        rows = [
            *await connection.execute(sql.select(api_keys)),
            *await connection.execute(sql.select(stored_logins)),
        ]
    assert len(rows) == 2
    assert secret not in str(rows)
    assert secret.removeprefix(keys.PREFIX) not in str(rows)
    assert login not in str(rows)


async def test_a_key_that_is_unknown_over_or_revoked_is_refused(
    credentials: Credentials, writer: Writer, clock: Clock
) -> None:
    short, _, kept = keys.make("short", Scope, NOW, NOW + timedelta(days=1))
    other, key, also_kept = keys.make("other", Scope, NOW)
    await writer.write(kept, also_kept)
    for secret in ("", "algo_", other[:-1], other + "x", "x" + other[1:], f"algo_{'x' * 43}", "é"):
        assert (await refused(credentials, Shown(keys=(secret,)))).reason == "The key is unknown"
    clock.now += timedelta(days=1)
    await refused(credentials, Shown(keys=(short,)))
    assert (await credentials.caller(Shown(keys=(other,)), HERE)).name == "other"
    await writer.write(keys.revoke(key.id, clock.now))
    await refused(credentials, Shown(keys=(other,)))


async def test_it_is_known_to_the_minute_when_a_key_was_used(
    credentials: Credentials, database: Database, writer: Writer, clock: Clock
) -> None:
    secret, key, statement = keys.make("ci", Scope, NOW)
    await writer.write(statement)
    for _ in range(5):
        clock.now += timedelta(seconds=20)
        await credentials.caller(Shown(keys=(secret,)), HERE)
    await writer.write(keys.revoke("", NOW))  # comes after what was submitted before
    async with database.connect() as connection:
        found = {one.id: one for one in await keys.everyone(connection)}[key.id]
    assert found.last_used_at == NOW + timedelta(seconds=80)


async def test_a_login_says_who_uses_a_browser_until_it_ends(
    credentials: Credentials, clock: Clock
) -> None:
    secret, login = await credentials.begin_login("user:ann", "Ann", "a@b.c", timedelta(hours=1))
    shown = Shown(login=secret)
    caller = await credentials.caller(shown, HERE)
    assert (caller.id, caller.name, caller.email) == ("user:ann", "Ann", "a@b.c")
    assert caller.scopes == EVERY_SCOPE
    assert caller.expires_at == login.expires_at == NOW + timedelta(hours=1)
    clock.now += timedelta(hours=1)
    assert isinstance(await refused(credentials, shown), LoginOver)


async def test_a_login_that_was_ended_is_over(credentials: Credentials) -> None:
    secret, _ = await credentials.begin_login("user:ann", "Ann", None, timedelta(hours=1))
    other, _ = await credentials.begin_login("user:ann", "Ann", None, timedelta(hours=1))
    await credentials.end_login(await credentials.caller(Shown(login=secret), HERE))
    assert isinstance(await refused(credentials, Shown(login=secret)), LoginOver)
    assert (await credentials.caller(Shown(login=other), HERE)).id == "user:ann"
    for wrong in ("", "x", "x" * logins.LENGTH, "é" * logins.LENGTH):
        if wrong:
            await refused(credentials, Shown(login=wrong))


async def test_signing_in_and_out_is_in_the_audit(
    credentials: Credentials, database: Database
) -> None:
    secret, login = await credentials.begin_login("user:ann", "Ann", None, timedelta(hours=1))
    await credentials.end_login(await credentials.caller(Shown(login=secret), HERE))
    async with database.connect() as connection:
        rows = await audit.page(connection, audit.Wanted(), 10)
    told = {(row.deed, row.subject, row.detail) for row in rows}
    assert told == {
        ("signed-in", "user:ann", login.id),
        ("signed-out", "user:ann", login.id),
    }
    assert not any(secret in str(row) for row in rows)


async def test_logins_that_have_expired_are_forgotten(
    credentials: Credentials, database: Database, clock: Clock
) -> None:
    await credentials.begin_login("user:ann", "Ann", None, timedelta(hours=1))
    clock.now += timedelta(hours=1)
    await credentials.begin_login("user:bob", "Bob", None, timedelta(hours=1))
    async with database.connect() as connection:
        found = list(await connection.scalars(sql.select(stored_logins.c.user_id)))
    assert found == ["user:bob"]


async def test_what_is_shown_on_purpose_comes_before_a_browsers_login(
    credentials: Credentials, writer: Writer
) -> None:
    login, _ = await credentials.begin_login("user:ann", "Ann", None, timedelta(hours=1))
    key, known, statement = keys.make("ci", Scope, NOW)
    await writer.write(statement)
    token = signed(claims(sub="bob"))
    shown = Shown(tokens=(token,), login=login)
    assert (await credentials.caller(shown, HERE)).id == "user:bob"
    assert (await credentials.caller(Shown(keys=(key,), login=login), HERE)).id == f"key:{known.id}"
    await refused(credentials, Shown(tokens=("wrong",), login=login))


async def test_of_several_credentials_none_is_taken(credentials: Credentials) -> None:
    token = signed(claims())
    for shown in (Shown(tokens=(token, token)), Shown(tokens=(token,), keys=("algo_x",))):
        assert "one credential" in (await refused(credentials, shown)).reason


def test_credentials_are_shown_in_no_log() -> None:
    assert "secret" not in repr(Shown(tokens=("secret",), keys=("secret",), login="secret"))


async def test_sockets_end_when_their_credential_is_revoked_here(credentials: Credentials) -> None:
    secret, _ = await credentials.begin_login("user:ann", "Ann", None, timedelta(hours=1))
    caller = await credentials.caller(Shown(login=secret), HERE)
    ended: list[str] = []
    others: list[str] = []
    live = credentials.live
    with live.watch(caller, ended.append), live.watch(Caller(HERE), others.append):
        with live.watch(caller, others.append):
            pass
        await credentials.end_login(caller)
    assert (ended, others) == ([REVOKED], [])


async def test_sockets_end_when_their_credential_is_revoked_elsewhere(
    credentials: Credentials, writer: Writer
) -> None:
    secret, key, statement = keys.make("ci", Scope, NOW)
    login, kept = await credentials.begin_login("user:ann", "Ann", None, timedelta(hours=1))
    await writer.write(statement)
    by_key = await credentials.caller(Shown(keys=(secret,)), HERE)
    by_login = await credentials.caller(Shown(login=login), HERE)
    ended: list[str] = []
    live = credentials.live
    with (
        live.watch(by_key, lambda _: ended.append("key")),
        live.watch(by_login, lambda _: ended.append("login")),
    ):
        await live.look()
        assert ended == []
        await writer.write(keys.revoke(key.id, NOW))
        await live.look()
        assert ended == ["key"]
        await writer.write(logins.end(kept.id))
        await live.look()
    assert ended == ["key", "login"]


async def test_sockets_end_when_their_credential_expires(credentials: Credentials) -> None:
    ended = asyncio.get_running_loop().create_future()
    caller = Caller(HERE, expires_at=NOW + timedelta(milliseconds=20))
    with credentials.live.watch(caller, ended.set_result):
        async with asyncio.timeout(10):
            assert await ended == EXPIRED
