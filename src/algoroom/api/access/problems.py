"""What the routes of access say of their errors; their shape is that of all below `/api`."""

from typing import Final

from algoroom.api import problem as problems
from algoroom.api.interview.problems import InterviewProblem, ValidationProblem
from algoroom.api.problem import Body

_DOCUMENTED_CODES: Final = {
    401: "UNAUTHORIZED",
    403: "INSUFFICIENT_SCOPE`, `FORBIDDEN`, `NOT_ALLOWED`, `NOT_ADMITTED` or `INVITE_REFUSED",
    404: "SESSION_NOT_FOUND`, `PERSON_NOT_FOUND` or `INVITE_NOT_FOUND",
    409: "TOO_MANY_WAIT`, `TOO_MANY_INVITES` or `NOTES_CHANGED",
    413: "PAYLOAD_TOO_LARGE",
    422: "INVALID_REQUEST",
    429: "RATE_LIMIT_EXCEEDED",
    500: "INTERNAL_SERVER_ERROR",
    503: "STORAGE_UNAVAILABLE",
}


def documented(*statuses: int) -> dict[int | str, Body]:
    """What the document says about the errors of a route; 429, 500 and 503 are everywhere."""
    return problems.documented(
        statuses, _DOCUMENTED_CODES, InterviewProblem, validation_model=ValidationProblem
    )
