"""The bodies of the routes of tasks. Keys are camelCase on the wire."""

from typing import Annotated

from pydantic import Field

from algoroom.api.access.models import Flag
from algoroom.api.bodies import Code, Revision, Text, UserId
from algoroom.api.camel import CamelModel, CamelRequest
from algoroom.api.languages import LanguageName, declared_languages
from algoroom.api.runs.content import Content
from algoroom.api.runs.models import Case
from algoroom.api.timestamps import Timestamp
from algoroom.runs.checks import MOST_CASES
from algoroom.runs.model import Comparison

LONGEST_TEXT = 100_000


class TaskCase(CamelModel):
    """A test case. `number` is its place among all, from 1 on, as results name it."""

    number: int
    stdin: Content
    expected: Content
    comparison: Comparison
    tolerance: float
    name: str
    hidden: bool


class Task(CamelModel):
    """The task of a session, as far as whoever asks may see it. One that nobody wrote has the
    revision 0."""

    session_id: str
    revision: int
    text: str = Field(description="Markdown.")
    shared: bool = Field(
        description="Whether those who are no hosts see the text, and the cases that are not "
        "hidden; else both are empty for them."
    )
    starters: dict[str, str] = Field(description="Code to begin with, by language.")
    cases: list[TaskCase] = Field(description="Those that whoever asks may see.")
    case_count: int = Field(description="How many a run over them has for whoever asks.")
    changed_at: Timestamp | None
    user_id: str | None = Field(description="Who wrote it last.")


class WriteTask(CamelRequest):
    """A whole task. With the `revision` that it was made of it is refused where somebody changed
    that meanwhile. `userId` is whose edit the starter code is."""

    revision: Revision | None = None
    text: Annotated[Text, Field(max_length=LONGEST_TEXT)] = ""
    shared: Flag = True
    starters: Annotated[dict[LanguageName, Code], Field(max_length=len(declared_languages()))] = (
        Field(default={}, description="Code to begin with, by language.")
    )
    cases: Annotated[list[Case], Field(max_length=MOST_CASES)] = Field(default=[])
    user_id: UserId | None = None
