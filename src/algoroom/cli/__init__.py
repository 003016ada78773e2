"""The `algoroom` command: one module for each of its commands."""

from typing import Annotated

import typer

import algoroom
from algoroom.cli.audit import audit
from algoroom.cli.doctor import doctor
from algoroom.cli.erase import erase
from algoroom.cli.export import export
from algoroom.cli.keys import keys
from algoroom.cli.languages import languages
from algoroom.cli.run import run
from algoroom.cli.serve import serve

app = typer.Typer(
    name="algoroom",
    help="Open a room, share the link, write code together, run it for real.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"algoroom {algoroom.__version__}")
        raise typer.Exit


@app.callback()
def main(
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Show the version and exit."
        ),
    ] = False,
) -> None:
    """Open a room, share the link, write code together, run it for real."""


app.command()(serve)
app.command()(run)
app.command()(doctor)
app.command()(languages)
app.command()(audit)
app.command()(export)
app.command()(erase)
app.add_typer(keys)
