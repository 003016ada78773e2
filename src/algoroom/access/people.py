"""Those who are more, or less, than strangers in a session, in the database."""

import sqlalchemy as sql
from sqlalchemy.ext.asyncio import AsyncConnection

from algoroom.access.model import Person
from algoroom.access.roles import Outside, Role, Seat
from algoroom.storage.statement import Statement, insert_or_replace
from algoroom.storage.tables import people

_KEEP = insert_or_replace(people)
_FORGET = sql.delete(people).where(
    people.c.session_id == sql.bindparam("of_session"), people.c.id == sql.bindparam("of_id")
)


def keep(session_id: str, person: Person) -> Statement:
    """What somebody is in a session now."""
    return Statement(
        _KEEP,
        {
            "session_id": session_id,
            "id": person.id,
            "name": person.name,
            "seat": person.seat.value,
            "at": person.at,
        },
    )


def forget(session_id: str, person_id: str) -> Statement:
    """Somebody is a stranger again."""
    return Statement(_FORGET, {"of_session": session_id, "of_id": person_id})


async def of_session(connection: AsyncConnection, session_id: str) -> list[Person]:
    """Everybody whom a session knows, in the order in which they became what they are."""
    query = (
        sql.select(people)
        .where(people.c.session_id == session_id)
        .order_by(people.c.at, people.c.id)
    )
    return [_person(row) for row in await connection.execute(query)]


async def get(connection: AsyncConnection, session_id: str, person_id: str) -> Person | None:
    """What a session knows of somebody."""
    query = sql.select(people).where(people.c.session_id == session_id, people.c.id == person_id)
    row = (await connection.execute(query)).one_or_none()
    return None if row is None else _person(row)


def _person(row: sql.Row[tuple[str, str, str, str]]) -> Person:
    return Person(row.id, row.name, _seat(row.seat), row.at)


def _seat(word: str) -> Seat:
    return Role(word) if word in list(Role) else Outside(word)
