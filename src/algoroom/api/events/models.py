"""The bodies of the Algoroom API. Keys are camelCase on the wire."""

from typing import Annotated, Literal

from pydantic import Field

from algoroom.api.bodies import Code, Text
from algoroom.api.camel import CamelModel, CamelRequest
from algoroom.api.timestamps import Timestamp

LanguageName = Literal["javascript", "python"]
"""What may be asked for; a session made through another contract may answer with more."""

Milliseconds = Annotated[float, Field(strict=True, ge=0, le=2**53, allow_inf_nan=False)]


class CreateSession(CamelRequest):
    """What a new session may be given."""

    language: LanguageName = "javascript"


class PutCode(CamelRequest):
    """The whole text, and a language where that changes too."""

    code: Code
    language: LanguageName | None = None


class ReportedResult(CamelRequest):
    """How a program ended that a client ran on its own machine."""

    success: Annotated[bool, Field(strict=True)]
    output: Text = ""
    error: Text | None = None
    execution_time: Milliseconds


class Session(CamelModel):
    """A session and its present text."""

    id: str
    code: str
    language: str
    created_at: Timestamp
    participants: Annotated[int, Field(ge=0)]


class ExecutionResult(CamelModel):
    """How a program ended. `output` is what it wrote on standard output, however it ended; `error`
    is null on success and else tells all there is to say; `executionTime` is in milliseconds."""

    success: bool
    output: str
    error: str | None
    execution_time: Annotated[int, Field(ge=0)]
