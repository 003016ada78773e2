"""The environment as settings, and in words what is wrong with it."""

import difflib
import os
from collections.abc import Mapping

from pydantic import ValidationError

from algoroom.errors import SettingsError
from algoroom.settings import Settings, variable
from algoroom.settings_of_runs import PREFIX


def load_settings() -> Settings:
    """The settings that the environment asks for.

    Raises:
        SettingsError: a value is wrong, or a variable of our prefix means nothing to us.
    """
    wrong = _unknown_variables(os.environ)
    try:
        settings = Settings()
    except ValidationError as error:
        raise SettingsError(_wrong_values(error) + wrong) from error
    if wrong:
        raise SettingsError(wrong)
    return settings


def _unknown_variables(environment: Mapping[str, str]) -> list[str]:
    known = {variable(field) for field in Settings.model_fields}
    words = [name.removeprefix(PREFIX) for name in known if name.startswith(PREFIX)]
    lines = []
    for name in sorted(environment):
        if name.upper().startswith(PREFIX) and name not in known:
            word = name.upper().removeprefix(PREFIX)
            near = difflib.get_close_matches(word, words, n=1)
            hint = f"; did you mean {PREFIX}{near[0]}?" if near else ""
            lines.append(f"{name}: there is no such setting{hint}")
    return lines


def _wrong_values(error: ValidationError) -> list[str]:
    lines = []
    secret = {variable(name) for name, field in Settings.model_fields.items() if not field.repr}
    for problem in error.errors(include_url=False):
        if problem["type"] == "default_factory_not_called":
            continue
        name = str(problem["loc"][0])
        shown = name if name in secret else f"{name}={problem['input']}"
        lines.append(f"{shown}: {_in_words(problem['type'], problem['msg'])}")
    return lines


def _in_words(kind: str, message: str) -> str:
    if kind in ("int_parsing", "int_type", "int_from_float"):
        return "must be a whole number"
    if kind in ("float_parsing", "float_type", "finite_number"):
        return "must be a number"
    return message.removeprefix("Value error, ").replace("Input should be", "must be")
