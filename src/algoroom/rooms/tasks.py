"""The tasks of sessions: read, written, put into rooms that nobody has written in."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from weakref import WeakValueDictionary

from algoroom.clock import Clock
from algoroom.errors import TaskChanged
from algoroom.rooms import events
from algoroom.rooms import task as stored
from algoroom.rooms.registry import Rooms
from algoroom.rooms.room import Room
from algoroom.rooms.task import Task
from algoroom.storage.database import Database
from algoroom.storage.writer import Writer


class Tasks:
    """The task of any session. Every method raises `SessionNotFound`.

    `is_untouched` says of a language and a text in it whether nobody has written that.
    """

    def __init__(
        self,
        database: Database,
        writer: Writer,
        rooms: Rooms,
        clock: Clock,
        is_untouched: Callable[[str, str], bool],
    ) -> None:
        self._database = database
        self._writer = writer
        self._rooms = rooms
        self._clock = clock
        self._is_untouched = is_untouched
        # Held by whoever writes a session's task.
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def get(self, session_id: str) -> Task:
        """The task of a session, whole."""
        await self._rooms.session(session_id)
        async with self._database.connect() as connection:
            return await stored.of_session(connection, session_id)

    async def write(
        self, session_id: str, wanted: Task, *, by: str, author: str, based_on: int | None = None
    ) -> Task:
        """Replace a task by another, which everybody in the room is told of. Its starter code goes
        into a room that nobody has written in, as an edit of `author`'s.

        Raises `TaskChanged` where it has another revision than the one that this is `based_on`,
        and `TextTooLong`.
        """
        async with self._lock(session_id), self._rooms.enter(session_id) as room:
            before = await self.get(session_id)
            if based_on is not None and based_on != before.revision:
                raise TaskChanged(before.changed_by)
            now = self._clock()
            task = replace(wanted, revision=before.revision + 1, changed_at=now, changed_by=by)
            await self._writer.write(stored.keep(session_id, task))
            room.tell(events.TaskChanged(author, now, task.revision))
            self._begin(room, before, task, author)
            await room.saved()
        return task

    def _begin(self, room: Room, before: Task, task: Task, author: str) -> None:
        """Put the starter code where nothing is but what was there to begin with."""
        language, text = room.language, room.text
        code = task.starters.get(language, "")
        is_untouched = self._is_untouched(language, text) or text == before.starters.get(language)
        if code and is_untouched and room.session.access.ended_at is None:
            room.rewrite(code, user_id=author)

    def _lock(self, session_id: str) -> asyncio.Lock:
        return self._locks.setdefault(session_id, asyncio.Lock())
