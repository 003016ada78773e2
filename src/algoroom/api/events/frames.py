"""The frames of the Algoroom API, `algoroom.events.v1`. The server speaks, clients listen."""

from typing import Literal

from algoroom.api.camel import CamelModel
from algoroom.api.events.models import ExecutionResult
from algoroom.api.timestamps import Timestamp


class Frame(CamelModel):
    """One frame. Every key is always there, null where it does not apply:

    - `participant_joined`, `participant_left`: `participants`, the count now
    - `code_update`: `code`, the whole text, and `language`
    - `execution_result`: `executionResult`
    """

    type: Literal["participant_joined", "participant_left", "code_update", "execution_result"]
    session_id: str
    code: str | None = None
    language: str | None = None
    participants: int | None = None
    execution_result: ExecutionResult | None = None
    timestamp: Timestamp

    def encoded(self) -> str:
        """The frame as it goes out."""
        return self.model_dump_json(by_alias=True)
