"""`algoroom audit`: who did what, when and from where."""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Final

import typer

from algoroom.access.audited import Audited
from algoroom.cli.settings import settings_or_exit
from algoroom.clock import utc_now

if TYPE_CHECKING:
    from algoroom.access.audit import Row, Wanted
    from algoroom.storage.database import Database

FAILED = 1
PAGE: Final = 1_000
LOOK_EVERY_S: Final = 1.0
# A row is made before it is committed, and others may be committed before it.
LATE_BY: Final = timedelta(seconds=30)
_AGO: Final = re.compile(r"([0-9]{1,6})([smhd])")
_UNITS: Final = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def _time(text: str) -> datetime:
    """A moment in UTC, or so long ago."""
    if (ago := _AGO.fullmatch(text)) is not None:
        return utc_now() - timedelta(**{_UNITS[ago[2]]: int(ago[1])})
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter("a time such as 2026-01-31T12:00, or 30m, 12h, 7d ago") from None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment


def audit(
    session: Annotated[
        str | None, typer.Option(help="Only what was done in the session of this id.")
    ] = None,
    actor: Annotated[
        str | None, typer.Option(help="Only what was done by who has this id.")
    ] = None,
    deed: Annotated[Audited | None, typer.Option(help="Only this.")] = None,
    since: Annotated[
        datetime | None,
        typer.Option(
            parser=_time, metavar="TIME", help="Only from then on: a time in UTC, or 30m, 12h, 7d."
        ),
    ] = None,
    follow: Annotated[bool, typer.Option("--follow", help="Go on with what comes.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print a JSON object a line.")] = False,
) -> None:
    """Show who did what, when and from where, the oldest first."""
    from algoroom.access.audit import Wanted
    from algoroom.storage.database import Database, DatabaseUnavailable

    settings = settings_or_exit()
    wanted = Wanted(session, actor, deed, since)
    show = _as_json if as_json else _as_text

    async def read() -> None:
        database = Database(settings.database_url)
        try:
            async for row in _rows(database, wanted, follow=follow):
                typer.echo(show(row))
        finally:
            await database.close()

    try:
        asyncio.run(read())
    except DatabaseUnavailable as error:
        typer.echo(f"algoroom: {error}", err=True)
        raise typer.Exit(FAILED) from error
    except KeyboardInterrupt:
        raise typer.Exit from None


def shown(text: str) -> str:
    """What people chose, with everything escaped that a terminal would obey or not show."""
    return "".join(
        char if char.isprintable() and char != "\\" else char.encode("unicode_escape").decode()
        for char in text
    )


async def _rows(database: "Database", wanted: "Wanted", *, follow: bool) -> "AsyncIterator[Row]":
    from algoroom.access.audit import page

    told: dict[str, datetime] = {}
    after = None
    while True:
        async with database.connect() as connection:
            found = await page(connection, wanted, PAGE, after)
        for row in found:
            if row.id not in told:
                yield row
        told |= {row.id: row.at for row in found}
        late = max(told.values(), default=utc_now()) - LATE_BY
        told = {id_: at for id_, at in told.items() if at >= late}
        if len(found) == PAGE:
            after = found[-1].place
        elif not follow:
            return
        else:
            await asyncio.sleep(LOOK_EVERY_S)
            since = late if wanted.since is None else max(late, wanted.since)
            wanted, after = replace(wanted, since=since), None


def _as_text(row: "Row") -> str:
    who = f"{row.actor} ({row.address})" if row.address else row.actor
    parts = [f"{row.at:%Y-%m-%d %H:%M:%S}", who, row.deed, row.session_id or "-"]
    parts += filter(None, (row.subject, row.detail))
    return "  ".join(map(shown, parts))


def _as_json(row: "Row") -> str:
    fields = {
        "at": row.at.isoformat(),
        "actor": row.actor,
        "address": row.address,
        "deed": row.deed,
        "session": row.session_id,
        "subject": row.subject,
        "detail": row.detail,
    }
    return json.dumps(fields)
