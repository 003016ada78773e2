"""One change to the database, not yet made."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final

from sqlalchemy import Executable, Table, TextClause, bindparam, text

_AROUND: Final = 600
"""What a statement takes in memory beside its texts and bytes, roughly."""


class Insertion:
    """An insertion into a table, of all its columns, and what is done where a row of its key is
    there."""

    def __init__(self, table: Table, action: str) -> None:
        self.table = table
        self._action = action

    @cached_property
    def executable(self) -> TextClause:
        """The insertion of one row, for SQLAlchemy."""
        columns = self.table.columns
        names = ", ".join(f":{column.name}" for column in columns)
        return text(self.text(f"({names})")).bindparams(
            *(bindparam(column.name, type_=column.type) for column in columns)
        )

    def text(self, rows: str) -> str:
        """The SQL, where `rows` are the places for values: `(?, ?), (?, ?)`."""
        columns = ", ".join(f'"{column.name}"' for column in self.table.columns)
        key = ", ".join(column.name for column in self.table.primary_key)
        return (
            f"INSERT INTO {self.table.name} ({columns}) VALUES {rows}"  # noqa: S608 - our own names
            f" ON CONFLICT ({key}) DO {self._action}"
        )


@dataclass(frozen=True, slots=True)
class Statement:
    """SQL and the values for it.

    Whoever builds many of one kind shares the `sql` object among them: the writer sends neighbours
    that share it as one.
    """

    sql: Executable | Insertion
    values: Mapping[str, Any] = field(default_factory=dict)

    @property
    def size(self) -> int:
        """The bytes that it takes in memory, roughly."""
        size = _AROUND
        for value in self.values.values():
            if type(value) is bytes or type(value) is str:
                size += len(value)
        return size


def insert_once(table: Table, telling: str | None = None) -> Insertion:
    """An insertion that may be made again: a row that is there already stays as it is.

    Whether a write whose connection broke is stored cannot be known, so it is made again. With a
    column that is `telling`, another row of the same key is refused: the null that takes its place
    then may not be there.
    """
    action = "NOTHING"
    if telling is not None:
        new, old = f'excluded."{telling}"', f'{table.name}."{telling}"'
        action = f'UPDATE SET "{telling}" = CASE WHEN {old} = {new} THEN {new} END'
    return Insertion(table, action)


def insert_or_replace(table: Table) -> Insertion:
    """An insertion that takes the place of a row of the same key."""
    keys = set(table.primary_key.columns)
    others = [column.name for column in table.columns if column not in keys]
    return Insertion(
        table, "UPDATE SET " + ", ".join(f'"{name}" = excluded."{name}"' for name in others)
    )
