"""Errors in the shape of the Algoroom API."""

from collections.abc import Sequence
from typing import Final

from pydantic import BaseModel, Field

from algoroom.access.policy import Refusal
from algoroom.api import problem as problems
from algoroom.api.problem import Body, Complaint, Problem

_CODES: Final = frozenset(
    {
        "SESSION_NOT_FOUND",
        "PAYLOAD_TOO_LARGE",
        "RATE_LIMIT_EXCEEDED",
        "EXECUTION_SERVICE_ERROR",
        *(refusal.value for refusal in Refusal),
    }
)
_ANY_OTHER: Final = "HTTP_ERROR"


class EventsProblem(BaseModel):
    """Why a request was refused."""

    message: str
    code: str = Field(description="The code of the error, in upper case.")
    status: int = Field(description="The status of the answer.")


_DOCUMENTED_CODES: Final = {
    401: _ANY_OTHER,
    403: "HTTP_ERROR`, `NOT_ALLOWED` or `NOT_ADMITTED",
    404: "SESSION_NOT_FOUND",
    409: "SESSION_ENDED`, `EDITING_LOCKED` or `RUNNING_LOCKED",
    413: "PAYLOAD_TOO_LARGE",
    422: "MISSING_FIELD`, `INVALID_LANGUAGE`, `INVALID_JSON` or `INVALID_REQUEST",
    429: "RATE_LIMIT_EXCEEDED",
    500: "INTERNAL_SERVER_ERROR",
    503: "EXECUTION_SERVICE_ERROR` or `HTTP_ERROR",
}


def body(problem: Problem) -> Body:
    """The body of the answer."""
    if problem.status == 422:
        code = _code_of(problem.complaints)
    elif problem.status == 500:
        code = "INTERNAL_SERVER_ERROR"
    else:
        code = problem.error if problem.error in _CODES else _ANY_OTHER
    return {"message": problem.message, "code": code, "status": problem.status}


def documented(*statuses: int) -> dict[int | str, Body]:
    """What the document says about the errors of a route, beside those that all have."""
    return problems.documented(statuses, _DOCUMENTED_CODES, EventsProblem)


def _code_of(complaints: Sequence[Complaint]) -> str:
    """The code of the first complaint; one about the body's form comes before all others."""
    if not complaints:
        return "INVALID_REQUEST"
    first = complaints[0]
    if first["type"] == "json_invalid":
        return "INVALID_JSON"
    if first["type"] == "missing":
        return "MISSING_FIELD"
    if first["loc"][-1:] == ["language"]:
        return "INVALID_LANGUAGE"
    return "INVALID_REQUEST"
