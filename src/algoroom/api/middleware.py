"""What every request and socket comes through, from the outside to the inside.

    Proxies         who is at the other end, where proxies stand between
    ForeignCookies  no cookies of what pages of other sites ask for
    Callers         who asks
    Envelope        the request's id, and what every answer carries
    CORS            what pages of other origins may read
    Failures        an answer to what nobody foresaw
    Admission       for whom nothing is done here
    Gate            who gets no further than the credential they show
    BodyLimit       bodies of a bearable size

CORS, Failures, Gate and BodyLimit let sockets pass.
"""

from typing import Final

from fastapi import FastAPI
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from algoroom.api import request_id
from algoroom.api.admission import Admission
from algoroom.api.body_limit import BodyLimit
from algoroom.api.callers import Callers
from algoroom.api.envelope import Envelope
from algoroom.api.gate import Gate
from algoroom.api.hosts import Hosts
from algoroom.api.limits import RateLimits
from algoroom.api.origins import ForeignCookies, Origins
from algoroom.api.problems import problem_of, respond
from algoroom.api.proxies import Proxies
from algoroom.settings import Settings

_EXPOSED: Final = (
    request_id.HEADER,
    "X-RateLimit-Limit",
    "X-RateLimit-Remaining",
    "X-RateLimit-Reset",
    "Retry-After",
)


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


def install(app: FastAPI, settings: Settings, limits: RateLimits) -> None:
    """Put all of it around the application. What is added last stands outermost."""
    origins = Origins(settings)
    app.add_middleware(BodyLimit, most_bytes=settings.max_body_bytes)
    app.add_middleware(Gate, settings=settings)
    app.add_middleware(Admission, hosts=Hosts(settings), origins=origins)
    app.add_middleware(Failures)
    app.add_middleware(
        CORSMiddleware,
        allow_origin_regex=settings.cors_pattern.pattern,
        allow_credentials=True,
        allow_methods=["*"],
        allow_headers=["*"],
        expose_headers=_EXPOSED,
    )
    app.add_middleware(Envelope, limits=limits, settings=settings)
    app.add_middleware(Callers, settings=settings)
    app.add_middleware(ForeignCookies, origins=origins)
    app.add_middleware(Proxies, trusted=settings.trusted_proxies)
