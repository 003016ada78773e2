"""What every answer carries: the request's id, how much is left of the limit, and headers that tell
browsers to do no more with it than is needed."""

from collections.abc import Mapping
from typing import Final

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from algoroom.api import request_id
from algoroom.api.callers import caller_in
from algoroom.api.limits import Allowance, RateLimits
from algoroom.settings import Settings

ALLOWANCE: Final = "algoroom.allowance"
"""Where in the scope the allowance of a request or a handshake is."""

NOTHING: Final = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
"""The content policy of what is no page: a browser that shows it loads and runs nothing."""

_ALWAYS: Final = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": NOTHING,
    # Our own pages may know where somebody comes from, no other site may: links are secrets.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "accelerometer=(), camera=(), display-capture=(), geolocation=(), "
    "gyroscope=(), magnetometer=(), microphone=(), midi=(), payment=(), usb=()",
}
_A_YEAR_S: Final = 31_536_000
_STARTS: Final = frozenset({"http.response.start", "websocket.http.response.start"})


class Envelope:
    """Names the request, counts it, and says both in the headers of whatever is answered.

    `X-RateLimit-Reset` is in seconds from now: until the client has at least one request more. A
    socket's handshake is a request; it is answered with these headers where it is refused.
    """

    def __init__(self, app: ASGIApp, *, limits: RateLimits, settings: Settings) -> None:
        self._app = app
        self._limits = limits
        self._standing = _standing(settings)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        sent = [value for name, value in scope["headers"] if name == b"x-request-id"]
        name = request_id.chosen(sent[0] if sent else None)
        allowance: Allowance = await self._limits.request(caller_in(scope))
        scope[ALLOWANCE] = allowance

        async def send_enveloped(message: Message) -> None:
            if message["type"] in _STARTS:
                headers = MutableHeaders(scope=message)
                headers[request_id.HEADER] = name
                headers["X-RateLimit-Limit"] = str(allowance.limit)
                headers["X-RateLimit-Remaining"] = str(allowance.remaining)
                headers["X-RateLimit-Reset"] = str(allowance.resets_in_s)
                for header, value in self._standing.items():
                    headers.setdefault(header, value)
                if "etag" not in headers:
                    headers.setdefault("Cache-Control", "no-store")
            await send(message)

        token = request_id.current.set(name)
        try:
            await self._app(scope, receive, send_enveloped)
        finally:
            request_id.current.reset(token)


def _standing(settings: Settings) -> Mapping[str, str]:
    if (settings.public_url or "").startswith("https://"):
        return {**_ALWAYS, "Strict-Transport-Security": f"max-age={_A_YEAR_S}"}
    return _ALWAYS
