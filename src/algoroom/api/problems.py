"""Every error at the edge: what it means to a client, in the shape of the contract it spoke to."""

import json
import logging
import re
from collections.abc import Callable
from dataclasses import replace
from functools import cache, singledispatch
from http import HTTPStatus
from typing import Final

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match, compile_path

from algoroom.access.policy import Forbidden
from algoroom.access.refusals import (
    CredentialRefused,
    NotSignedIn,
    ProviderUnavailable,
    ScopeMissing,
)
from algoroom.api import request_id
from algoroom.api.events import problems as events
from algoroom.api.interview import problems as interview
from algoroom.api.limits import RateLimitExceeded
from algoroom.api.problem import Problem, complaints_of, tame_text
from algoroom.api.runs.limits import refusal_of
from algoroom.errors import (
    AlgoroomError,
    ClientBusy,
    InputClosed,
    InputFull,
    InvalidChange,
    InvalidRun,
    InviteNotFound,
    InviteRefused,
    JournalDamaged,
    LanguageUnavailable,
    LimitNotAllowed,
    NoSuchMoment,
    NoTerminal,
    NotesChanged,
    PartyBusy,
    PersonNotFound,
    RoomFull,
    RunNotFound,
    RunOver,
    RunsBusy,
    SandboxUnavailable,
    SessionNotFound,
    SnapshotNotFound,
    TaskChanged,
    TextTooLong,
    TooManyInvites,
    TooManyVersions,
    TooManyWait,
    VersionNotFound,
)
from algoroom.storage.database import DatabaseUnavailable
from algoroom.storage.writer import WriterClosed

__all__ = ["Problem", "install", "problem_of", "respond"]

logger = logging.getLogger(__name__)

_METHODS: Final = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
_LONGEST_MESSAGE: Final = 1_000
RETRY_AFTER_S: Final = "1"


@singledispatch
def problem_of(error: Exception) -> Problem:
    """What an error means to a client. What nobody foresaw is logged and its inside kept back."""
    logger.error("request %s failed", request_id.current.get(), exc_info=error)
    return Problem(500, "INTERNAL_SERVER_ERROR", "The server failed; this was not your fault")


@problem_of.register
def _(error: SessionNotFound) -> Problem:
    return Problem(404, "SESSION_NOT_FOUND", str(error), detail="Session not found")


@problem_of.register
def _(error: Forbidden) -> Problem:
    status = 409 if error.refusal.is_of_the_moment else 403
    return Problem(status, error.refusal.value, str(error))


@problem_of.register
def _(error: PersonNotFound) -> Problem:
    return Problem(404, "PERSON_NOT_FOUND", str(error), detail="Person not found")


@problem_of.register
def _(error: InviteNotFound) -> Problem:
    return Problem(404, "INVITE_NOT_FOUND", str(error), detail="Invite not found")


@problem_of.register
def _(error: InviteRefused) -> Problem:
    return Problem(403, "INVITE_REFUSED", str(error))


@problem_of.register
def _(error: TooManyInvites) -> Problem:
    return Problem(409, "TOO_MANY_INVITES", str(error))


@problem_of.register
def _(error: TooManyWait) -> Problem:
    return Problem(409, "TOO_MANY_WAIT", str(error))


@problem_of.register
def _(error: NotSignedIn) -> Problem:
    return Problem(401, "UNAUTHORIZED", str(error), {"WWW-Authenticate": "Bearer"})


@problem_of.register
def _(error: CredentialRefused) -> Problem:
    challenge = {"WWW-Authenticate": 'Bearer error="invalid_token"'}
    return Problem(401, "UNAUTHORIZED", str(error), challenge)


@problem_of.register
def _(error: ScopeMissing) -> Problem:
    scope = error.scope.value
    challenge = f'Bearer error="insufficient_scope", scope="{scope}"'
    return Problem(403, "INSUFFICIENT_SCOPE", str(error), {"WWW-Authenticate": challenge})


@problem_of.register
def _(error: ProviderUnavailable) -> Problem:
    logger.error("request %s: %s", request_id.current.get(), error.reason)
    headers = {"Retry-After": RETRY_AFTER_S}
    return Problem(503, "SIGN_IN_UNAVAILABLE", str(error), headers)


@problem_of.register
def _(error: SnapshotNotFound) -> Problem:
    return Problem(404, "SNAPSHOT_NOT_FOUND", str(error), detail="Snapshot not found")


@problem_of.register
def _(error: VersionNotFound) -> Problem:
    return Problem(404, "VERSION_NOT_FOUND", str(error), detail="Version not found")


@problem_of.register
def _(error: TooManyVersions) -> Problem:
    return Problem(409, "TOO_MANY_VERSIONS", str(error))


@problem_of.register
def _(error: TaskChanged) -> Problem:
    return Problem(409, "TASK_CHANGED", str(error))


@problem_of.register
def _(error: NotesChanged) -> Problem:
    return Problem(409, "NOTES_CHANGED", str(error))


@problem_of.register
def _(error: NoSuchMoment) -> Problem:
    return Problem(409, "NO_SUCH_MOMENT", f"{error.part}: {error}")


@problem_of.register
def _(error: RunNotFound) -> Problem:
    return Problem(404, "RUN_NOT_FOUND", str(error), detail="Run not found")


@problem_of.register
def _(error: RunOver) -> Problem:
    return Problem(409, "RUN_ENDED", str(error))


@problem_of.register
def _(error: InputClosed) -> Problem:
    return Problem(409, "STDIN_CLOSED", str(error))


@problem_of.register
def _(error: InputFull) -> Problem:
    return Problem(409, "STDIN_FULL", str(error), {"Retry-After": "1"})


@problem_of.register
def _(error: NoTerminal) -> Problem:
    return Problem(409, "NO_TERMINAL", str(error))


@problem_of.register
def _(error: InvalidRun) -> Problem:
    complaint = {
        "type": "value_error",
        "loc": ["body", error.part],
        "msg": tame_text(error.reason),
    }
    return Problem(422, "INVALID_REQUEST", str(error), complaints=[complaint])


@problem_of.register
def _(error: LimitNotAllowed) -> Problem:
    return refusal_of(error)


@problem_of.register
def _(error: TextTooLong) -> Problem:
    return Problem(413, "PAYLOAD_TOO_LARGE", str(error))


@problem_of.register
def _(error: JournalDamaged) -> Problem:
    logger.error("request %s: %s", request_id.current.get(), error)
    return Problem(500, "JOURNAL_DAMAGED", str(error))


@problem_of.register(DatabaseUnavailable)
@problem_of.register(WriterClosed)
def _(error: AlgoroomError) -> Problem:
    logger.error("request %s met storage that fails: %s", request_id.current.get(), error)
    message = "The server cannot store or read anything at the moment; try again"
    return Problem(503, "STORAGE_UNAVAILABLE", message, {"Retry-After": RETRY_AFTER_S})


@problem_of.register(LanguageUnavailable)
@problem_of.register(SandboxUnavailable)
def _(error: AlgoroomError) -> Problem:
    return Problem(503, "EXECUTION_SERVICE_ERROR", str(error))


@problem_of.register
def _(error: RunsBusy) -> Problem:
    headers = {"Retry-After": str(error.retry_after_s)}
    return Problem(503, "EXECUTION_SERVICE_ERROR", str(error), headers)


@problem_of.register(ClientBusy)
@problem_of.register(PartyBusy)
@problem_of.register(RateLimitExceeded)
def _(error: ClientBusy | PartyBusy | RateLimitExceeded) -> Problem:
    headers = {"Retry-After": str(error.retry_after_s)}
    return Problem(429, "RATE_LIMIT_EXCEEDED", str(error), headers)


@problem_of.register
def _(error: RoomFull) -> Problem:
    return Problem(503, "ROOM_FULL", str(error))


@problem_of.register
def _(error: InvalidChange) -> Problem:
    complaint = {"type": "value_error", "loc": ["body"], "msg": tame_text(str(error))}
    return Problem(422, "INVALID_REQUEST", str(error), complaints=[complaint])


@problem_of.register
def _(error: RequestValidationError) -> Problem:
    complaints = complaints_of(error.errors())
    first = complaints[0]
    where = ".".join(map(str, first["loc"]))
    message = f"{where}: {first['msg']}" if where else first["msg"]
    if len(complaints) > 1:
        message += f" (and {len(complaints) - 1} more)"
    return Problem(422, "INVALID_REQUEST", message, complaints=complaints)


@problem_of.register
def _(error: HTTPException) -> Problem:
    status = HTTPStatus(error.status_code)
    return Problem(status, status.name, error.detail or status.phrase, error.headers or {})


def respond(path: str, problem: Problem) -> Response:
    """The answer to a request of this path: in the Interview API's shape below `/api`."""
    shape: Callable[[Problem], dict[str, object]] = (
        interview.body if path == "/api" or path.startswith("/api/") else events.body
    )
    content = shape(_tamed(problem))
    return Response(
        json.dumps(content, allow_nan=False).encode(),
        problem.status,
        dict(problem.headers),
        media_type="application/json",
    )


def _tamed(problem: Problem) -> Problem:
    return Problem(
        problem.status,
        problem.error,
        tame_text(problem.message, _LONGEST_MESSAGE),
        problem.headers,
        None if problem.detail is None else tame_text(problem.detail, _LONGEST_MESSAGE),
        problem.complaints,
    )


async def _refuse(request: Request, error: Exception) -> Response:
    problem = problem_of(error)
    if problem.status == HTTPStatus.METHOD_NOT_ALLOWED:
        # A route knows of its own methods only, where several share a path.
        problem = replace(problem, headers={"Allow": ", ".join(_methods(request))})
    return respond(request.scope["path"], problem)


def _methods(request: Request) -> list[str]:
    """The methods that the path of a request takes. A word that stands in a route is no id of
    another route: `DELETE /invites/redeem` would find no invite."""
    routed = [
        method
        for method in _METHODS
        for route in request.app.routes
        if route.matches({**request.scope, "method": method})[0] is Match.FULL
    ]
    paths = request.app.openapi()["paths"]
    found = [path for path in paths if _pattern(path).match(request.scope["path"])]
    if len(found) < 2:
        return routed
    nearest = paths[min(found, key=lambda path: path.count("{"))]
    return [method for method in routed if method.lower() in nearest]


@cache
def _pattern(path: str) -> re.Pattern[str]:
    return compile_path(path)[0]


def install(app: FastAPI) -> None:
    """Have every foreseen error of a route answered. The middleware answers all others."""
    for kind in (AlgoroomError, HTTPException, RequestValidationError):
        app.add_exception_handler(kind, _refuse)
