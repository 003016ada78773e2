"""One change to the database, not yet made."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Executable, Table, TextClause, bindparam, text


@dataclass(frozen=True, slots=True)
class Statement:
    """SQL and the values for it.

    Whoever builds many of one kind shares the `sql` object among them: the writer sends neighbours
    that share it as one.
    """

    sql: Executable
    values: Mapping[str, Any] = field(default_factory=dict)


def insert_once(table: Table, telling: str | None = None) -> TextClause:
    """An insertion that may be made again: a row that is there already stays as it is.

    Whether a write whose connection broke is stored cannot be known, so it is made again. With a
    column that is `telling`, another row of the same key is refused: the null that takes its place
    then may not be there.
    """
    action = "NOTHING"
    if telling is not None:
        new, old = f'excluded."{telling}"', f'{table.name}."{telling}"'
        action = f'UPDATE SET "{telling}" = CASE WHEN {old} = {new} THEN {new} END'
    return _insertion(table, action)


def insert_or_replace(table: Table) -> TextClause:
    """An insertion that takes the place of a row of the same key."""
    keys = set(table.primary_key.columns)
    others = [column.name for column in table.columns if column not in keys]
    return _insertion(
        table, "UPDATE SET " + ", ".join(f'"{name}" = excluded."{name}"' for name in others)
    )


def _insertion(table: Table, action: str) -> TextClause:
    """An insertion, and what is done where a row of its key is there."""
    names = [column.name for column in table.columns]
    key = ", ".join(column.name for column in table.primary_key)
    columns = ", ".join(f'"{name}"' for name in names)
    values = ", ".join(f":{name}" for name in names)
    return text(
        f"INSERT INTO {table.name} ({columns}) VALUES ({values})"  # noqa: S608 - names of our own
        f" ON CONFLICT ({key}) DO {action}"
    ).bindparams(*(bindparam(column.name, type_=column.type) for column in table.columns))
