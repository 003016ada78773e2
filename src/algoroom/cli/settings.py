"""How commands come by their settings."""

import os

import typer

from algoroom.environment import load_settings
from algoroom.errors import SettingsError
from algoroom.settings import Settings

WRONG_SETTING = 2


def settings_or_exit(**wanted: str | int | None) -> Settings:
    """The settings of the environment, with what the command line says in their place.

    `wanted` maps variables to values, None where the command line is silent. They are put into
    the environment, so that processes started later see the same. Ends the command with a line
    for each wrong value.
    """
    os.environ.update({name: str(value) for name, value in wanted.items() if value is not None})
    try:
        return load_settings()
    except SettingsError as error:
        for line in error.lines:
            typer.echo(f"algoroom: {line}", err=True)
        raise typer.Exit(WRONG_SETTING) from error
