"""`algoroom languages`: what this machine can run."""

import asyncio

import typer
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from algoroom.assembly import engine_from
from algoroom.cli.settings import settings_or_exit
from algoroom.runs.languages.catalogue import Language

NONE_RUNS = 1


def languages() -> None:
    """List the languages that this machine runs, and why the others are not offered."""
    settings = settings_or_exit()

    async def settled() -> list[Language]:
        async with engine_from(settings) as engine:
            await engine.languages.settled()
            return list(engine.languages)

    known = asyncio.run(settled())
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for heading in ("name", "language", "version", "also called", "not offered because"):
        table.add_column(heading, overflow="fold")
    for language in known:
        cells = (
            language.name,
            language.display_name,
            language.version or "",
            ", ".join(language.aliases),
            "" if language.available else _why(language),
        )
        table.add_row(*map(Text, cells))
    Console().print(table)
    if not any(language.available for language in known):
        raise typer.Exit(NONE_RUNS)


def _why(language: Language) -> str:
    return f"{language.reason or 'unknown'} ({language.remedy})"
