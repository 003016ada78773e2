"""`algoroom keys`: what servers show in place of a person's login."""

from datetime import timedelta
from typing import TYPE_CHECKING, Annotated

import typer
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from algoroom.access.audited import Audited
from algoroom.access.caller import Scope
from algoroom.cli.database import fail, with_database, write
from algoroom.clock import utc_now

if TYPE_CHECKING:
    from algoroom.access.keys import ApiKey
    from algoroom.storage.database import Database


keys = typer.Typer(
    name="keys",
    help="Make, list and revoke API keys, which servers show as X-API-Key.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)


@keys.command()
def create(
    name: Annotated[str, typer.Argument(help="What the key is for; people see it in rooms.")],
    scope: Annotated[
        list[Scope] | None,
        typer.Option(help="What it may be used for; may be repeated.", show_default="all"),
    ] = None,
    days: Annotated[
        float | None,
        typer.Option(min=0, help="Days until it expires.", show_default="never"),
    ] = None,
) -> None:
    """Make a key and show it, this once."""
    from algoroom.access import keys as api_keys
    from algoroom.access.audit import OPERATOR, record

    name = name.strip()
    if not name or len(name) > api_keys.LONGEST_NAME or not name.isprintable():
        fail(f"a name has 1 to {api_keys.LONGEST_NAME} characters, all of which can be shown")

    async def make(database: "Database") -> str:
        now = utc_now()
        try:
            until = None if days is None else now + timedelta(days=days)
        except OverflowError:
            fail("that is too many days")
        secret, key, statement = api_keys.make(name, scope or list(Scope), now, until)
        done = record(Audited.KEY_MADE, now, by=OPERATOR, subject=key.id, detail=name)
        await write(database, statement, done)
        return secret

    print(with_database(make))
    typer.echo("Keep it now: it is stored nowhere and shown never again.", err=True)


@keys.command("list")
def show() -> None:
    """List the keys, those included that are over."""
    from algoroom.access import keys as api_keys

    async def read(database: "Database") -> "list[ApiKey]":
        async with database.connect() as connection:
            return await api_keys.everyone(connection)

    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for heading in ("id", "name", "scopes", "made", "used", "state"):
        table.add_column(heading, overflow="fold")
    for key in with_database(read):
        cells = (
            key.id,
            key.name,
            " ".join(sorted(key.scopes)),
            f"{key.created_at:%Y-%m-%d}",
            "never" if key.last_used_at is None else f"{key.last_used_at:%Y-%m-%d %H:%M}",
            _state(key),
        )
        table.add_row(*map(Text, cells))
    Console().print(table)


@keys.command()
def revoke(
    key_id: Annotated[str, typer.Argument(metavar="ID", help="The id that `list` shows.")],
) -> None:
    """Have a key open nothing any more; its sockets are closed within a second."""
    from algoroom.access import keys as api_keys
    from algoroom.access.audit import OPERATOR, record

    async def end(database: "Database") -> bool:
        async with database.connect() as connection:
            known = {key.id: key for key in await api_keys.everyone(connection)}
        if key_id not in known:
            return False
        now = utc_now()
        done = record(Audited.REVOKED, now, by=OPERATOR, subject=key_id)
        await write(database, api_keys.revoke(key_id, now), done)
        return True

    if not with_database(end):
        fail(f"there is no key {key_id}; `algoroom keys list` shows them")


def _state(key: "ApiKey") -> str:
    if key.revoked_at is not None:
        return f"revoked {key.revoked_at:%Y-%m-%d}"
    if key.expires_at is None:
        return "open"
    return (
        f"{'expired' if key.is_over(utc_now()) else 'open until'} {key.expires_at:%Y-%m-%d %H:%M}"
    )
