"""Who is let in at all: requests and handshakes that are meant for this server, that come no faster
than they may, and that no foreign page has sent in order to change something."""

from typing import Final

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from algoroom.api.envelope import ALLOWANCE
from algoroom.api.hosts import Hosts
from algoroom.api.limits import Allowance, RateLimitExceeded
from algoroom.api.origins import Origins
from algoroom.api.problem import Problem
from algoroom.api.problems import problem_of, respond

_READING: Final = frozenset({"GET", "HEAD", "OPTIONS"})


class Admission:
    """Answers whoever is not let in, a handshake too: it can then not be completed."""

    def __init__(self, app: ASGIApp, *, hosts: Hosts, origins: Origins) -> None:
        self._app = app
        self._hosts = hosts
        self._origins = origins

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] in ("http", "websocket"):
            problem = self._refusal(scope)
            if problem is not None:
                await _refuse(problem, scope, receive, send)
                return
        await self._app(scope, receive, send)

    def _refusal(self, scope: Scope) -> Problem | None:
        allowance: Allowance = scope[ALLOWANCE]
        if not allowance.allowed:
            return problem_of(RateLimitExceeded("requests", max(1, allowance.resets_in_s)))
        headers = Headers(scope=scope)
        is_socket = scope["type"] == "websocket"
        if not self._hosts.answers(scope):
            message = (
                "This server does not go by the name that it is called by: "
                "ALGOROOM_PUBLIC_URL or ALGOROOM_ALLOWED_HOSTS tells it its names"
            )
            return Problem(403 if is_socket else 421, "MISDIRECTED_REQUEST", message)
        if is_socket or scope["method"] not in _READING:
            if not self._origins.may_write(scope):
                page = headers.get("origin") or "another site"
                return Problem(403, "FORBIDDEN", f"Pages of {page} may not write here")
            if headers.get("content-encoding", "identity").strip().lower() != "identity":
                message = "Bodies are taken as they are, not compressed"
                return Problem(
                    415, "UNSUPPORTED_MEDIA_TYPE", message, {"Accept-Encoding": "identity"}
                )
        return None


async def _refuse(problem: Problem, scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "websocket" and "websocket.http.response" not in scope["extensions"]:
        # The server beneath has one answer for all refusals of a handshake: 403.
        await send({"type": "websocket.close"})
        return
    await respond(scope["path"], problem)(scope, receive, send)
