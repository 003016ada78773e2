"""`algoroom export`: all that is kept of one person, as one file."""

import json
import os
import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TextIO

import typer

from algoroom.access.audited import Audited
from algoroom.cli.audit import shown
from algoroom.cli.database import fail, with_database, write
from algoroom.clock import utc_now
from algoroom.errors import JournalDamaged

if TYPE_CHECKING:
    from algoroom.personal.traces import Traces
    from algoroom.storage.database import Database

Person = Annotated[
    list[str],
    typer.Argument(
        metavar="PERSON...", help="The id of the person, or all ids, as `algoroom audit` shows."
    ),
]


def export(
    person: Person,
    output: Annotated[
        Path | None, typer.Option(help="File to make, which only its owner reads.")
    ] = None,
) -> None:
    """Write all that is kept of one person, a JSON object a line."""
    ids = frozenset(person)

    async def collect(database: "Database") -> None:
        from algoroom.access.audit import OPERATOR, record
        from algoroom.personal.traces import traces

        found = await traces(database, ids)
        if not found.counts:
            fail(f"nothing is kept of {names(ids)}")
        now = utc_now()
        await write(
            database,
            *(record(Audited.EXPORTED, now, by=OPERATOR, subject=id_) for id_ in sorted(ids)),
        )
        if output is None:
            await _write_pieces(database, ids, sys.stdout)
        else:
            with _private(output) as file:
                await _write_pieces(database, ids, file)
        hint(found)

    try:
        with_database(collect)
    except JournalDamaged as error:
        fail(str(error))


def names(ids: frozenset[str]) -> str:
    """The ids of a person, for a person to read."""
    return ", ".join(map(shown, sorted(ids)))


def hint(found: "Traces") -> None:
    """Say by which other ids the person may have come."""
    if found.also:
        others = ", ".join(map(shown, found.also))
        typer.echo(
            f"Came to a session as well by: {others}. Name these too where they are theirs.",
            err=True,
        )


async def _write_pieces(database: "Database", ids: frozenset[str], file: TextIO) -> None:
    from algoroom.personal.export import export as pieces

    async for piece in pieces(database, ids):
        fields = {"kind": piece.kind, **piece.fields}
        file.write(json.dumps(fields, default=_in_json) + "\n")
    file.flush()


def _in_json(value: Any) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, bytes):
        return value.decode(errors="replace")
    raise TypeError(f"{type(value)} is not expected")


def _private(path: Path) -> TextIO:
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        fail(f"cannot make {path}: {(error.strerror or str(error)).lower()}")
    return os.fdopen(descriptor, "w", encoding="utf-8")
