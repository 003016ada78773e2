"""A transaction on the connection for writing, while it is under way."""

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import groupby
from typing import Any, Final, Protocol

from sqlalchemy import Connection, Executable
from sqlalchemy.dialects.sqlite import dialect as sqlite_dialect
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.sql.compiler import SQLCompiler

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
        """Make changes in their order. Raises `SQLAlchemyError` where one is refused."""

    def attempt(self, statements: Iterable[Statement]) -> SQLAlchemyError | None:
        """Make all of these changes, or none where one is refused: then the error is the answer.

        Raises `SQLAlchemyError` where the connection is lost.
        """


class SqlalchemyTransaction:
    """One of either database, by SQLAlchemy, which sends what is alike to a server together."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def execute(self, statements: Iterable[Statement]) -> None:
        for sql, same in _alike(statements):
            executable = sql.executable if isinstance(sql, Insertion) else sql
            self._connection.execute(executable, [dict(statement.values) for statement in same])

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
        for sql, same in _alike(statements):
            if isinstance(sql, Insertion):
                self._insert(sql, same)
                continue
            for statement in same:
                text, bind = _prepared(sql, tuple(statement.values))
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


def _alike(
    statements: Iterable[Statement],
) -> Iterator[tuple[Executable | Insertion, list[Statement]]]:
    """Neighbours that share their SQL."""
    for _, group in groupby(statements, key=lambda statement: id(statement.sql)):
        same = list(group)
        yield same[0].sql, same


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
