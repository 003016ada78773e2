"""Settings as `docs/settings.md` shows them."""

from dataclasses import dataclass

from algoroom.settings import Settings, variable
from algoroom.settings_of_runs import RunSettings
from algoroom.settings_of_sign_in import SignInSettings
from algoroom.settings_of_web import WebSettings


@dataclass(frozen=True, slots=True)
class Documented:
    """A row of the table in `docs/settings.md`."""

    variable: str
    default: str
    meaning: str


def documentation() -> list[Documented]:
    """Every setting, its default and meaning in words: those of signing in, of the web and of runs
    come last."""
    rows = []
    fields = Settings.model_fields
    chapters = (SignInSettings, WebSettings, RunSettings)
    for name in sorted(fields, key=lambda name: sum(name in of.model_fields for of in chapters)):
        field = fields[name]
        extra = field.json_schema_extra
        words = extra.get("default_in_words") if isinstance(extra, dict) else None
        default = str(words) if words else f"`{_as_written(field.default)}`"
        rows.append(Documented(variable(name), default, field.description or ""))
    return rows


def _as_written(default: object) -> str:
    if isinstance(default, bool):
        return "on" if default else "off"
    if isinstance(default, tuple):
        return ",".join(map(str, default))
    return str(default)
