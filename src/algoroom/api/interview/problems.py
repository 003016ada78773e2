"""Errors in the shape of the Interview API."""

from typing import Any, Final

from pydantic import BaseModel, Field

from algoroom.api import problem as problems
from algoroom.api.problem import Body, Problem


class InterviewProblem(BaseModel):
    """Why a request was refused."""

    detail: str = Field(description="The message, in few words.")
    error: str = Field(description="The code of the error, in upper case.")
    message: str = Field(description="The message, whole.")
    statusCode: int = Field(description="The status of the answer.")  # noqa: N815


class Complaint(BaseModel):
    """One thing that is wrong with the request."""

    type: str = Field(description="The rule that it breaks.")
    loc: list[str | int] = Field(description="The path to it, from `body`, `query` or `path`.")
    msg: str
    input: Any = Field(default=None, description="What stood there, shortened.")
    ctx: dict[str, Any] | None = Field(default=None, description="What the rule knows of it.")


class ValidationProblem(BaseModel):
    """What is wrong with a request that does not validate."""

    detail: list[Complaint]
    error: str = Field(description="`INVALID_REQUEST`.")
    message: str
    statusCode: int = Field(description="422.")  # noqa: N815


_DOCUMENTED_CODES: Final = {
    401: "UNAUTHORIZED",
    403: "FORBIDDEN`, `INSUFFICIENT_SCOPE`, `NOT_ALLOWED` or `NOT_ADMITTED",
    404: "SESSION_NOT_FOUND",
    409: "SESSION_ENDED`, `EDITING_LOCKED` or `RUNNING_LOCKED",
    413: "PAYLOAD_TOO_LARGE",
    422: "INVALID_REQUEST",
    429: "RATE_LIMIT_EXCEEDED",
    500: "INTERNAL_SERVER_ERROR",
    503: "EXECUTION_SERVICE_ERROR`, `STORAGE_UNAVAILABLE` or `SIGN_IN_UNAVAILABLE",
}


def body(problem: Problem) -> Body:
    """The body of the answer."""
    return {
        "detail": list(problem.complaints) or problem.detail or problem.message,
        "error": problem.error,
        "message": problem.message,
        "statusCode": problem.status,
    }


def documented(*statuses: int) -> dict[int | str, Body]:
    """What the document says about the errors of a route, beside those that all have."""
    return problems.documented(
        statuses, _DOCUMENTED_CODES, InterviewProblem, validation_model=ValidationProblem
    )
