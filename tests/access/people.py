"""People and servers that sign in to a server under test."""

import asyncio
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import httpx2

from tests.access.identities import claims, signed
from tests.cli.commands import Said, invoked
from tests.contracts.wire import client
from tests.serving import Server


def token(**said: Any) -> str:
    """A token that is good now, of Ann where it says nothing else."""
    return signed(claims(datetime.now(UTC), **said))


def bearer(**said: Any) -> dict[str, str]:
    return {"Authorization": f"Bearer {token(**said)}"}


def as_ann(server: Server, **said: Any) -> httpx2.AsyncClient:
    return client(server, headers=bearer(**said))


async def keys(server: Server, *arguments: str) -> Said:
    """`algoroom keys` beside the running server."""
    return await asyncio.to_thread(invoked, server.data_dir / "data", "keys", *arguments)


async def new_key(server: Server, *arguments: str) -> tuple[str, str]:
    """The secret of a new key, and its id."""
    name = uuid4().hex
    made = await keys(server, "create", name, *arguments)
    assert made.code == 0, made.err
    lines = (await keys(server, "list")).out.splitlines()
    shown = next(line for line in lines if name in line)
    return made.out.strip(), shown.split()[0]
