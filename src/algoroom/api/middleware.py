"""What every HTTP answer has in common, from the outside to the inside.

    Callers     who asks
    Envelope    the request's id, and headers that tell of the limit
    CORS        what pages of other origins may read
    Failures    an answer to what nobody foresaw
    Admission   too many requests, and writes from foreign pages
    BodyLimit   bodies of a bearable size

Sockets pass through all of them but the first untouched.
"""

from typing import Final

from fastapi import FastAPI
from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from algoroom.api import request_id
from algoroom.api.body_limit import BodyLimit
from algoroom.api.callers import Callers
from algoroom.api.limits import Allowance, RateLimitExceeded, RateLimits, address_of
from algoroom.api.origins import Origins
from algoroom.api.problem import Problem
from algoroom.api.problems import problem_of, respond
from algoroom.settings import Settings

_ALLOWANCE: Final = "algoroom.allowance"
_READING: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_EXPOSED: Final = (
    request_id.HEADER,
    "X-RateLimit-Limit",
    "X-RateLimit-Remaining",
    "X-RateLimit-Reset",
    "Retry-After",
)


class Envelope:
    """Names the request, counts it, and says both in the headers of whatever is answered.

    `X-RateLimit-Reset` is in seconds from now: until the client has at least one request more.
    """

    def __init__(self, app: ASGIApp, *, limits: RateLimits) -> None:
        self._app = app
        self._limits = limits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        sent = [value for name, value in scope["headers"] if name == b"x-request-id"]
        name = request_id.chosen(sent[0] if sent else None)
        allowance = await self._limits.request(address_of(scope))
        scope[_ALLOWANCE] = allowance

        async def send_enveloped(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers[request_id.HEADER] = name
                headers["X-RateLimit-Limit"] = str(allowance.limit)
                headers["X-RateLimit-Remaining"] = str(allowance.remaining)
                headers["X-RateLimit-Reset"] = str(allowance.resets_in_s)
                headers["X-Content-Type-Options"] = "nosniff"
            await send(message)

        token = request_id.current.set(name)
        try:
            await self._app(scope, receive, send_enveloped)
        finally:
            request_id.current.reset(token)


class Failures:
    """Answers errors that no route foresaw, inside CORS, so that pages can read the answer."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = False

        async def send_watched(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self._app(scope, receive, send_watched)
        except Exception as error:
            if started:
                raise
            await respond(scope["path"], problem_of(error))(scope, receive, send)


class Admission:
    """Refuses who asks too often, and writes from pages of origins that may not write."""

    def __init__(self, app: ASGIApp, *, origins: Origins) -> None:
        self._app = app
        self._origins = origins

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            allowance: Allowance = scope[_ALLOWANCE]
            if not allowance.allowed:
                raise RateLimitExceeded("requests", max(1, allowance.resets_in_s))
            if scope["method"] not in _READING and not self._origins.may_write(scope):
                origin = Headers(scope=scope)["origin"]
                message = f"Pages of the origin {origin} may not write here"
                answer = respond(scope["path"], Problem(403, "FORBIDDEN", message))
                await answer(scope, receive, send)
                return
        await self._app(scope, receive, send)


def install(app: FastAPI, settings: Settings, limits: RateLimits) -> None:
    """Put all of it around the application. What is added last stands outermost."""
    app.add_middleware(BodyLimit, most_bytes=settings.max_body_bytes)
    app.add_middleware(Admission, origins=Origins(settings))
    app.add_middleware(Failures)
    app.add_middleware(
        CORSMiddleware,
        allow_origin_regex=settings.cors_pattern.pattern,
        allow_credentials=True,
        allow_methods=["*"],
        allow_headers=["*"],
        expose_headers=_EXPOSED,
    )
    app.add_middleware(Envelope, limits=limits)
    app.add_middleware(Callers)
