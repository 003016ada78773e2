"""A transaction on the connection for writing, while it is under way."""

import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any, Final, Protocol

from sqlalchemy import Connection, Executable, Table, Update
from sqlalchemy.dialects.sqlite import dialect as sqlite_dialect
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.util import find_tables

from algoroom.storage.statement import Insertion, Statement

_DIALECT: Final = sqlite_dialect(paramstyle="qmark")
_MOST_ROWS: Final = 64
"""Rows that go into one statement; where there are fewer, the next lower power of two."""

_PREPARED: Final = 256
_Values = Mapping[str, Any]
_Bind = Callable[[_Values], Sequence[Any]]


class Transaction(Protocol):
    """What the writer does in one transaction."""

    def execute(self, statements: Iterable[Statement]) -> None:
        """Make changes as in their order. Raises `SQLAlchemyError` where one is refused."""

    def attempt(self, statements: Iterable[Statement]) -> SQLAlchemyError | None:
        """Make all of these changes, or none where one is refused: then the error is the answer.

        Raises `SQLAlchemyError` where the connection is lost.
        """


class SqlalchemyTransaction:
    """One of either database, by SQLAlchemy, which sends what is alike to a server together."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def execute(self, statements: Iterable[Statement]) -> None:
        for group in together(statements):
            sql = group[0].sql
            executable = sql.executable if isinstance(sql, Insertion) else sql
            self._connection.execute(executable, [dict(statement.values) for statement in group])

    def attempt(self, statements: Iterable[Statement]) -> SQLAlchemyError | None:
        savepoint = self._connection.begin_nested()
        try:
            self.execute(statements)
        except SQLAlchemyError as error:
            if isinstance(error, DBAPIError) and error.connection_invalidated:
                raise
            savepoint.rollback()
            return error
        savepoint.commit()
        return None


class FileTransaction:
    """One of SQLite, through its driver: SQLAlchemy's way there takes several times as long as all
    that SQLite does. Rows of one table are one statement, because the interpreter's lock is let go
    and waited for at each.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def begin(self) -> None:
        self._run("BEGIN IMMEDIATE")

    def commit(self) -> None:
        self._run("COMMIT")

    def execute(self, statements: Iterable[Statement]) -> None:
        for group in together(statements):
            sql = group[0].sql
            if isinstance(sql, Insertion):
                self._insert(sql, group)
                continue
            text, bind = _prepared(sql, tuple(group[0].values))
            for statement in group:
                self._run(text, bind, statement.values)

    def attempt(self, statements: Iterable[Statement]) -> SQLAlchemyError | None:
        self._run("SAVEPOINT attempt")
        try:
            self.execute(statements)
        except SQLAlchemyError as error:
            self._run("ROLLBACK TO attempt")
            return error
        finally:
            if self._connection.in_transaction:
                self._run("RELEASE attempt")
        return None

    def _insert(self, sql: Insertion, statements: Sequence[Statement]) -> None:
        at = 0
        while at < len(statements):
            rows = min(_MOST_ROWS, 1 << (len(statements) - at).bit_length() - 1)
            values = [statement.values for statement in statements[at : at + rows]]
            self._run(*_insertion(sql, rows), values)
            at += rows

    def _run(
        self, text: str, bind: Callable[[Any], Sequence[Any]] = tuple, values: Any = ()
    ) -> None:
        try:
            self._connection.execute(text, bind(values))
        except Exception as error:  # told as SQLAlchemy tells it, also what the driver cannot bind
            raise DBAPIError.instance(
                text, None, error, sqlite3.Error, hide_parameters=True
            ) from error


def together(statements: Iterable[Statement]) -> list[list[Statement]]:
    """Statements in groups that share their SQL and the names of their values.

    One may move up to others of its table, past statements of other tables, where that makes no
    difference: many people who come at once are a few statements then, not a few for each.
    """
    groups: list[list[Statement]] = []
    latest: dict[Table, list[Statement]] = {}
    group: list[Statement] | None = None
    for statement in statements:
        table = _table_alone(statement.sql)
        if table is not None:
            group = latest.get(table)
        elif groups:
            group = groups[-1]
        if group is None or not _is_alike(group[0], statement):
            group = []
            groups.append(group)
            if table is not None:
                latest[table] = group
            else:
                latest.clear()
        group.append(statement)
    return groups


def _is_alike(one: Statement, other: Statement) -> bool:
    return one.sql is other.sql and one.values.keys() == other.values.keys()


@lru_cache(_PREPARED)
def _table_alone(sql: Executable | Insertion) -> Table | None:
    """The only table that a statement has to do with. None where it reads another one, or others
    may refer to its row, or it removes what others refer to."""
    if isinstance(sql, Insertion):
        return None if _is_referred_to(sql.table) else sql.table
    if isinstance(sql, Update) and isinstance(sql.table, Table):
        return sql.table if set(find_tables(sql, include_crud=True)) == {sql.table} else None
    return None


def _is_referred_to(table: Table) -> bool:
    keys = (key for other in table.metadata.tables.values() for key in other.foreign_keys)
    return any(key.column.table is table for key in keys)


@lru_cache(_PREPARED)
def _insertion(sql: Insertion, rows: int) -> tuple[str, Callable[[Sequence[_Values]], list[Any]]]:
    """The text that inserts so many rows, and what makes its parameters."""
    columns = [(column.name, _processor(column.type)) for column in sql.table.columns]

    def bind(every: Sequence[_Values]) -> list[Any]:
        return [
            values[name] if process is None else process(values[name])
            for values in every
            for name, process in columns
        ]

    return sql.text(", ".join(["(" + ", ".join("?" * len(columns)) + ")"] * rows)), bind


@lru_cache(_PREPARED)
def _prepared(sql: Executable, names: tuple[str, ...]) -> tuple[str, _Bind]:
    """The text of a statement, and what makes its parameters of values of these names."""
    compiled = sql.compile(dialect=_DIALECT, column_keys=list(names))  # type: ignore[attr-defined]
    assert isinstance(compiled, SQLCompiler)
    own = compiled.params
    binds = [
        (name, _processor(compiled.binds[name].type), own[name])
        for name in compiled.positiontup or ()
    ]

    def bind(values: _Values) -> list[Any]:
        found = [(values.get(name, value), process) for name, process, value in binds]
        return [value if process is None else process(value) for value, process in found]

    return compiled.string, bind


def _processor(kind: Any) -> Callable[[Any], Any] | None:
    """What makes a value of a column's type one that the driver takes."""
    made: Callable[[Any], Any] | None = kind.dialect_impl(_DIALECT).bind_processor(_DIALECT)
    return made
