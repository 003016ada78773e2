"""Who gets no further than the credential they show: without one, where one is needed; with one
that does not hold, or that is not for what is asked."""

import re
from typing import Final

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from algoroom.access.caller import Scope as Use
from algoroom.access.refusals import LoginOver, NotSignedIn, ScopeMissing
from algoroom.api.accepting import prefers_html
from algoroom.api.callers import caller_in, refusal_in
from algoroom.api.cookies import LOGIN
from algoroom.api.problems import problem_of, respond
from algoroom.settings import Settings

FREE: Final = frozenset(
    {
        "/",
        "/health",
        "/api/health",
        "/docs",
        "/redoc",
        "/openapi.json",
        "/asyncapi.json",
        "/auth/login",
        "/auth/callback",
        "/auth/logout",
        "/auth/providers",
    }
)
"""What everybody may ask for, whatever they show: it tells nothing of anybody."""

_FREE_BELOW: Final = ("/static/", "/assets/")
_PAGES_BELOW: Final = ("/interview/", "/session/")
_READING: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_CREATING: Final = re.compile(r"(/api)?/sessions|/api/sessions/[^/]+/fork")
_OF_ONESELF: Final = frozenset({"/api/me"})


class Gate:
    """Lets requests pass or raises why not. Sockets have a gate of their own (`handshake`)."""

    def __init__(self, app: ASGIApp, *, settings: Settings) -> None:
        self._app = app
        self._is_required = settings.auth == "required"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and not is_free(scope["path"]):
            refusal = refusal_in(scope)
            if _is_page(scope) and (refusal is None or isinstance(refusal, LoginOver)):
                # It says where to sign in. A redirection would lose an invite on the way, which
                # stands in the fragment of the address.
                await self._app(scope, receive, send)
                return
            if isinstance(refusal, LoginOver):
                answer = respond(scope["path"], problem_of(refusal))
                answer.headers["Set-Cookie"] = LOGIN.forgotten(scope)
                await answer(scope, receive, send)
                return
            if refusal is not None:
                raise refusal
            self._check(scope)
        await self._app(scope, receive, send)

    def _check(self, scope: Scope) -> None:
        caller = caller_in(scope)
        if self._is_required and not caller.is_signed_in:
            raise NotSignedIn
        use = use_of(scope["method"], scope["path"])
        if use is not None and use not in caller.scopes:
            raise ScopeMissing(use)


def _is_page(scope: Scope) -> bool:
    """Whether a browser opens the page of a session, which tells nothing of anybody."""
    accept = Headers(scope=scope).getlist("accept")
    return (
        scope["method"] in _READING
        and scope["path"].startswith(_PAGES_BELOW)
        and prefers_html(accept)
    )


def is_free(path: str) -> bool:
    """Whether everybody may ask for this path."""
    return path in FREE or path.startswith(_FREE_BELOW)


def use_of(method: str, path: str) -> Use | None:
    """What a credential has to be for; None: anything."""
    if path in _OF_ONESELF:
        return None
    if method in _READING:
        return Use.READ
    return Use.CREATE if method == "POST" and _CREATING.fullmatch(path) else Use.WRITE
