"""Errors in the shape of the Interview API."""

from typing import Any, Final

from pydantic import BaseModel, Field

from algoroom.api.problem import Problem

Body = dict[str, Any]


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


_MEANINGS: Final = {
    403: ("FORBIDDEN", "The page that sent this has an origin that may not write here."),
    404: ("SESSION_NOT_FOUND", "There is no such session, or nothing of this name in it."),
    405: ("METHOD_NOT_ALLOWED", "This address does not know the method."),
    408: ("REQUEST_TIMEOUT", "The body of the request took too long to arrive."),
    413: ("PAYLOAD_TOO_LARGE", "The body, or the code it would make, is larger than allowed."),
    422: ("INVALID_REQUEST", "The request does not validate."),
    429: ("RATE_LIMIT_EXCEEDED", "Too many requests or runs; `Retry-After` says how long to wait."),
    500: ("INTERNAL_SERVER_ERROR", "The server failed."),
    503: ("EXECUTION_SERVICE_ERROR", "The program cannot be run, or not now."),
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
    """What the OpenAPI document says about the errors of a route; 429 and 500 are everywhere."""
    return {status: _documented(status) for status in sorted({*statuses, 429, 500})}


def _documented(status: int) -> Body:
    code, meaning = _MEANINGS[status]
    model = ValidationProblem if status == 422 else InterviewProblem
    return {"model": model, "description": f"`{code}`: {meaning}"}
