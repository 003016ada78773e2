"""`algoroom erase`: one person, made nobody."""

from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from algoroom.cli import terminal
from algoroom.cli.database import fail, with_database
from algoroom.cli.export import Person, hint, names
from algoroom.clock import utc_now
from algoroom.errors import JournalDamaged

if TYPE_CHECKING:
    from algoroom.storage.database import Database


def erase(
    person: Person,
    with_sessions: Annotated[
        bool, typer.Option("--with-sessions", help="Remove the sessions that are theirs.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what there is, and change nothing.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Replace the ids and names of one person by a pseudonym, wherever they are."""
    ids = frozenset(person)

    async def count(database: "Database") -> None:
        from algoroom.personal.traces import traces

        found = await traces(database, ids)
        if not found.counts:
            fail(f"nothing is kept of {names(ids)}")
        for words, number in found.counts.items():
            typer.echo(f"{number:>8,}  {words}")
        hint(found)

    async def change(database: "Database") -> str:
        from algoroom.personal.erasure import erase as make_nobody
        from algoroom.personal.erasure import new_pseudonym

        pseudonym = new_pseudonym()
        await database.write_alone(
            partial(
                make_nobody,
                ids=ids,
                pseudonym=pseudonym,
                at=utc_now(),
                with_sessions=with_sessions,
            )
        )
        return pseudonym

    with_database(count)
    typer.echo(_what_happens(with_sessions=with_sessions))
    if dry_run:
        return
    if not yes:
        if not terminal.is_one():
            fail("nobody can be asked here; --yes says that it is wanted")
        typer.confirm(f"Erase {names(ids)}?", abort=True)
    try:
        typer.echo(f"They are {with_database(change)} from now on.")
    except JournalDamaged as error:
        fail(str(error))


def _what_happens(*, with_sessions: bool) -> str:
    theirs = "are removed" if with_sessions else "stay, as nobody's"
    return (
        f"Their sessions {theirs}. What they wrote into sessions of others stays there. It cannot "
        "be undone."
    )
