"""Statements that are sent together do what they would one after the other."""

import random
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

from sqlalchemy import Column, Table, exists, select

from algoroom.rooms import attendance, journal, notes
from algoroom.rooms.notes import Kind, Note
from algoroom.sessions import repository
from algoroom.sessions.model import Session
from algoroom.storage import tables
from algoroom.storage.database import Database
from algoroom.storage.statement import Statement
from algoroom.storage.transaction import Transaction, together
from tests.storage.sample import NOW, entry, session

SCRIPTS = 8
STEPS = 40


def coming(owner: Session, number: int) -> list[Statement]:
    """What is stored of somebody who joins."""
    note = Note(number, 1, NOW, f"user {number}", Kind.JOINED, "Ann")
    return [
        attendance.joined(stay_id(owner, number), owner.id, f"user {number}", "Ann", NOW),
        notes.insert(owner.id, note),
        repository.update(replace(owner, title=f"Number {number} is here")),
    ]


def stay_id(owner: Session, number: int) -> str:
    return f"{owner.id[:30]}{number:06}"


def test_many_who_join_are_a_few_statements() -> None:
    owner = session()
    groups = together([made for number in range(40) for made in coming(owner, number)])
    assert [len(group) for group in groups] == [40, 40, 40]


def test_what_is_of_one_table_stays_in_order() -> None:
    owner = session()
    left, closed = attendance.left("stay", NOW), attendance.close_open(owner.id, NOW)
    one, other = coming(owner, 1)[0], coming(owner, 2)[0]
    assert together([one, left, other, closed]) == [[one], [left], [other], [closed]]


def test_nothing_moves_past_a_session_that_is_made_or_deleted() -> None:
    owner = session()
    first, second = journal.append(owner.id, entry(1)), journal.append(owner.id, entry(2))
    for bound in (repository.insert(owner), repository.delete(owner.id)):
        assert together([first, bound, second]) == [[first], [bound], [second]]


def test_nothing_moves_past_what_reads_another_table_nor_does_that_itself() -> None:
    owner = session()
    is_there = exists(select(tables.people.c.id).where(tables.people.c.session_id == owner.id))
    reading = Statement(tables.sessions.update().where(is_there).values(title="Not alone"))
    first, second = journal.append(owner.id, entry(1)), journal.append(owner.id, entry(2))
    assert together([first, reading, second]) == [[first], [reading], [second]]
    assert together([reading, first, reading]) == [[reading], [first], [reading]]


def test_values_of_other_names_are_another_statement() -> None:
    owner = session()
    both = [repository.update(owner), repository.set_access(owner)]
    assert together(both) == [[both[0]], [both[1]]]


def script(owner: Session, seed: int) -> list[Statement]:
    """Anything that may happen, some of it to the same rows."""
    chance = random.Random(seed)
    made = [repository.insert(owner)]
    for number in range(STEPS):
        at = NOW + timedelta(seconds=number)
        match chance.randrange(6):
            case 0:
                made += coming(owner, number)
            case 1:
                made.append(attendance.left(stay_id(owner, chance.randrange(STEPS)), at))
            case 2:
                made.append(attendance.close_open(owner.id, at))
            case 3:
                made.append(journal.append(owner.id, entry(number)))
            case 4:
                made.append(repository.update(replace(owner, title=f"At {number}")))
            case _ if chance.randrange(5) == 0:
                made += [repository.delete(owner.id), repository.insert(owner)]
            case _:
                made.append(repository.set_access(owner))
    return made


async def rows(database: Database, owner: Session) -> list[list[tuple[object, ...]]]:
    """All that is stored of a session, without its ids."""
    found = []
    async with database.connect() as connection:
        for table, own in (
            (tables.sessions, tables.sessions.c.id),
            (tables.attendance, tables.attendance.c.session_id),
            (tables.journal, tables.journal.c.session_id),
            (tables.journal_notes, tables.journal_notes.c.session_id),
        ):
            stored = await connection.execute(select(*_comparable(table)).where(own == owner.id))
            found.append(sorted(map(tuple, stored), key=repr))
    return found


def execute(statements: list[Statement], transaction: Transaction) -> None:
    transaction.execute(statements)


def _comparable(table: Table) -> list[Column[Any]]:
    return [column for column in table.columns if column.name not in ("id", "session_id")]


async def test_together_they_leave_what_they_leave_one_after_the_other(database: Database) -> None:
    for seed in range(SCRIPTS):
        one, other = session(), session()
        at_once, singly = script(one, seed), script(other, seed)
        assert len(together(at_once)) < len(at_once)
        await database.write(partial(execute, at_once))
        for statement in singly:
            await database.write(partial(execute, [statement]))
        assert await rows(database, one) == await rows(database, other)
