"""`algoroom doctor`: what is here, what is missing, what that means and how to mend it."""

import asyncio
import json
from dataclasses import asdict
from typing import Annotated

import typer
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.markup import escape
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from algoroom.assembly import engine_from, too_weak
from algoroom.cli.settings import settings_or_exit
from algoroom.runs.diagnosis import Finding, diagnose

NOT_WELL = 1
REMEDY = "Mend the guards above, listen on 127.0.0.1, or set ALGOROOM_WEAK_SANDBOX=allow"


def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="Print a JSON list.")] = False,
) -> None:
    """Look at each guard of the sandbox, each toolchain and each store."""
    from algoroom.cli.stores import diagnose_stores

    settings = settings_or_exit()

    async def look() -> list[Finding]:
        async with engine_from(settings) as engine:
            found = [*await diagnose(engine), *await diagnose_stores(settings)]
            if (reason := too_weak(settings, engine)) is not None:
                found.append(Finding("sandbox for strangers", False, True, "", reason, REMEDY))
            return found

    findings = asyncio.run(look())
    if as_json:
        typer.echo(json.dumps([asdict(finding) for finding in findings], indent=2))
    else:
        _print_table(findings)
    if any(finding.needed and not finding.ok for finding in findings):
        raise typer.Exit(NOT_WELL)


def _print_table(findings: list[Finding]) -> None:
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for heading in ("", "what", "version"):
        table.add_column(heading, overflow="fold")
    for finding in findings:
        table.add_row(_mark(finding), Text(finding.name), Text(finding.version))
    console = Console(highlight=False)
    console.print(table)
    for finding in findings:
        if not finding.ok:
            console.print(f"{_mark(finding)} [bold]{escape(finding.name)}[/]")
            console.print(Padding(Text(f"{finding.meaning}."), (0, 2)))
            console.print(Padding(Text(f"To mend it: {finding.remedy}."), (0, 2, 1, 2)))
    console.print(_summary(findings))


def _mark(finding: Finding) -> str:
    if finding.ok:
        return "[green]ok[/]"
    return "[red]missing[/]" if finding.needed else "[yellow]absent[/]"


def _summary(findings: list[Finding]) -> str:
    needed = [finding.name for finding in findings if finding.needed and not finding.ok]
    if needed:
        return f"[red]Needed and missing: {', '.join(needed)}.[/]"
    absent = [finding.name for finding in findings if not finding.ok]
    if absent:
        return f"All that is needed is here. Not here: {', '.join(absent)}."
    return "All is here."
