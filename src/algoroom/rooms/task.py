"""What the people in a session are to do: a text, code to begin with, test cases. Hosts write it.

Starter code and test cases are JSON in one column each: nothing searches them.
"""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sql
from sqlalchemy.ext.asyncio import AsyncConnection

from algoroom.runs.model import Case, Comparison
from algoroom.storage.statement import Statement, insert_or_replace
from algoroom.storage.tables import tasks

_KEEP = insert_or_replace(tasks)


@dataclass(frozen=True, slots=True)
class Task:
    """A task as its hosts wrote it. One that nobody wrote has the revision 0.

    `text` is Markdown. `starters` is code by the language that it is in. `revision` counts the
    times that it was written.
    """

    text: str = ""
    is_shared: bool = False
    """Whether those who are no hosts see the text, and the cases that are not hidden."""
    starters: Mapping[str, str] = field(default_factory=dict)
    cases: tuple[Case, ...] = ()
    revision: int = 0
    changed_at: datetime | None = None
    changed_by: str = ""

    def of_others(self) -> "Task":
        """What those have of it who are no hosts: nothing of what only hosts see. They have the
        code to begin with, which is meant for the room whoever puts it there."""
        if not self.is_shared:
            return replace(self, text="", cases=())
        return replace(self, cases=tuple(case for case in self.cases if not case.hidden))

    def numbered(self, *, for_hosts: bool) -> list[tuple[int, Case]]:
        """The cases that somebody sees, each with its number among all, from 1 on."""
        return [
            (number, case)
            for number, case in enumerate(self.cases, start=1)
            if for_hosts or (self.is_shared and not case.hidden)
        ]

    def trial(self, *, for_hosts: bool) -> tuple[Case, ...]:
        """All cases as a run takes them: whatever only hosts see is hidden, and has no name there,
        since everybody sees how the run goes. Empty where somebody may not try them."""
        if not (for_hosts or self.is_shared):
            return ()
        return tuple(
            replace(case, hidden=True, name="") if case.hidden or not self.is_shared else case
            for case in self.cases
        )


def keep(session_id: str, task: Task) -> Statement:
    """The whole task anew."""
    return Statement(
        _KEEP,
        {
            "session_id": session_id,
            "text": task.text,
            "is_shared": task.is_shared,
            "starters": json.dumps(dict(task.starters)),
            "cases": json.dumps([_case_json(case) for case in task.cases]),
            "revision": task.revision,
            "changed_at": task.changed_at,
            "changed_by": task.changed_by,
        },
    )


async def of_session(connection: AsyncConnection, session_id: str) -> Task:
    """The task of a session."""
    query = sql.select(tasks).where(tasks.c.session_id == session_id)
    row = (await connection.execute(query)).one_or_none()
    if row is None:
        return Task()
    return Task(
        text=row.text,
        is_shared=row.is_shared,
        starters=json.loads(row.starters),
        cases=tuple(map(_case, json.loads(row.cases))),
        revision=row.revision,
        changed_at=row.changed_at,
        changed_by=row.changed_by,
    )


def _case_json(case: Case) -> dict[str, Any]:
    return {
        "stdin": base64.b64encode(case.stdin).decode(),
        "expected": base64.b64encode(case.expected).decode(),
        "comparison": case.comparison.value,
        "tolerance": case.tolerance,
        "name": case.name,
        "hidden": case.hidden,
    }


def _case(stored: dict[str, Any]) -> Case:
    return Case(
        **{
            **stored,
            "stdin": base64.b64decode(stored["stdin"]),
            "expected": base64.b64decode(stored["expected"]),
            "comparison": Comparison(stored["comparison"]),
        }
    )
