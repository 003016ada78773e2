"""A room on a real database."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from algoroom.clock import utc_now
from algoroom.rooms.limits import RoomLimits
from algoroom.rooms.registry import Rooms
from algoroom.rooms.room import Room
from algoroom.sessions.model import Origin, Session
from algoroom.storage.database import Database
from algoroom.storage.writer import Writer

LIMITS = RoomLimits(most_units=1_000, paste_units=200, tail_entries=100, is_language=str.islower)


@pytest.fixture
async def writer(database: Database) -> AsyncIterator[Writer]:
    opened = Writer(database)
    yield opened
    await opened.close()


@pytest.fixture
async def rooms(database: Database, writer: Writer) -> AsyncIterator[Rooms]:
    opened = Rooms(database, writer, utc_now, limits=LIMITS, idle_s=0, sweep_s=60)
    yield opened
    await asyncio.gather(*opened._packs.values())


@pytest.fixture
async def session(rooms: Rooms) -> Session:
    return await rooms.create(Origin.INTERVIEW, "python", None, timedelta(hours=1), "hello world")


@pytest.fixture
async def room(rooms: Rooms, session: Session) -> AsyncIterator[Room]:
    async with rooms.enter(session.id) as entered:
        yield entered
