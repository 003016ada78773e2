"""Settings as `docs/settings.md` shows them."""

from dataclasses import dataclass

from algoroom.settings import Settings, variable
from algoroom.settings_of_runs import RunSettings


@dataclass(frozen=True, slots=True)
class Documented:
    """A row of the table in `docs/settings.md`."""

    variable: str
    default: str
    meaning: str


def documentation() -> list[Documented]:
    """Every setting, those of runs at the end, its default and meaning in words."""
    rows = []
    fields = Settings.model_fields
    for name in sorted(fields, key=RunSettings.model_fields.__contains__):
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
