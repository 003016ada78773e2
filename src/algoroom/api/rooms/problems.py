"""What the routes of rooms say of their errors; their shape is that of all below `/api`."""

from typing import Final

from algoroom.api import problem as problems
from algoroom.api.interview.problems import InterviewProblem, ValidationProblem
from algoroom.api.problem import Body

_DOCUMENTED_CODES: Final = {
    401: "UNAUTHORIZED",
    403: "FORBIDDEN`, `INSUFFICIENT_SCOPE`, `NOT_ALLOWED` or `NOT_ADMITTED",
    404: "SESSION_NOT_FOUND` or `VERSION_NOT_FOUND",
    409: "NO_SUCH_MOMENT`, `TOO_MANY_VERSIONS`, `SESSION_ENDED` or `EDITING_LOCKED",
    413: "PAYLOAD_TOO_LARGE",
    422: "INVALID_REQUEST",
    429: "RATE_LIMIT_EXCEEDED",
    500: "INTERNAL_SERVER_ERROR` or `JOURNAL_DAMAGED",
    503: "EXECUTION_SERVICE_ERROR`, `STORAGE_UNAVAILABLE` or `SIGN_IN_UNAVAILABLE",
}


def documented(*statuses: int) -> dict[int | str, Body]:
    """What the document says about the errors of a route, beside those that all have."""
    return problems.documented(
        statuses, _DOCUMENTED_CODES, InterviewProblem, validation_model=ValidationProblem
    )
