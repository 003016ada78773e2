"""Who came and who left, as it is kept."""

from datetime import timedelta
from uuid import uuid4

from algoroom.rooms import attendance
from algoroom.rooms.attendance import Attendance
from algoroom.sessions import repository
from algoroom.storage.database import Database
from algoroom.storage.writer import Writer
from tests.storage.sample import NOW, session

LATER = NOW + timedelta(minutes=5)


async def test_stays_are_kept_in_the_order_of_joining(database: Database) -> None:
    writer, owner, other = Writer(database), session(), session()
    ann, bob, again = (str(uuid4()) for _ in range(3))
    await writer.write(
        repository.insert(owner),
        repository.insert(other),
        attendance.joined(bob, owner.id, "bob", "Bob \0", NOW + timedelta(seconds=1)),
        attendance.joined(ann, owner.id, "ann", "Ann", NOW),
        attendance.joined(again, owner.id, "ann", "Ann", LATER),
        attendance.joined(str(uuid4()), other.id, "ann", "Ann", NOW),
        attendance.left(ann, LATER),
    )
    async with database.connect() as connection:
        assert await attendance.of_session(connection, owner.id) == [
            Attendance(ann, "ann", "Ann", NOW, LATER),
            Attendance(bob, "bob", "Bob \0", NOW + timedelta(seconds=1), None),
            Attendance(again, "ann", "Ann", LATER, None),
        ]


async def test_what_a_dead_server_left_open_is_closed(database: Database) -> None:
    writer, owner, other = Writer(database), session(), session()
    over, open_stay, elsewhere = (str(uuid4()) for _ in range(3))
    await writer.write(
        repository.insert(owner),
        repository.insert(other),
        attendance.joined(over, owner.id, "ann", "Ann", NOW),
        attendance.left(over, NOW + timedelta(seconds=1)),
        attendance.joined(open_stay, owner.id, "bob", "Bob", NOW + timedelta(seconds=1)),
        attendance.joined(elsewhere, other.id, "bob", "Bob", NOW),
        attendance.close_open(owner.id, LATER),
    )
    async with database.connect() as connection:
        here = await attendance.of_session(connection, owner.id)
        there = await attendance.of_session(connection, other.id)
    assert [stay.left_at for stay in here] == [NOW + timedelta(seconds=1), LATER]
    assert [stay.left_at for stay in there] == [None]
