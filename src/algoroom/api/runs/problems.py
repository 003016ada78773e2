"""What the routes of runs say of their errors; their shape is that of all below `/api`."""

from typing import Final

from algoroom.api import problem as problems
from algoroom.api.interview.problems import InterviewProblem, ValidationProblem
from algoroom.api.problem import Body

_DOCUMENTED_CODES: Final = {
    401: "UNAUTHORIZED",
    403: "FORBIDDEN`, `INSUFFICIENT_SCOPE`, `NOT_ALLOWED` or `NOT_ADMITTED",
    404: "RUN_NOT_FOUND` or `SESSION_NOT_FOUND",
    409: "RUN_ENDED`, `STDIN_CLOSED`, `STDIN_FULL`, `NO_TERMINAL`, `SESSION_ENDED` or "
    "`RUNNING_LOCKED",
    413: "PAYLOAD_TOO_LARGE",
    422: "INVALID_REQUEST",
    429: "RATE_LIMIT_EXCEEDED",
    500: "INTERNAL_SERVER_ERROR",
    503: "EXECUTION_SERVICE_ERROR`, `STORAGE_UNAVAILABLE` or `SIGN_IN_UNAVAILABLE",
}


def documented(*statuses: int) -> dict[int | str, Body]:
    """What the document says about the errors of a route, beside those that all have."""
    return problems.documented(
        statuses, _DOCUMENTED_CODES, InterviewProblem, validation_model=ValidationProblem
    )
