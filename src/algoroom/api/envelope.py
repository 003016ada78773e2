"""What every answer carries: the request's id, how much is left of the limit, and headers that tell
browsers to do no more with it than is needed."""

from typing import Final

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
Header = tuple[bytes, bytes]
"""Its name, in lower case, and its value."""

_ID: Final = request_id.HEADER.lower().encode()
_A_YEAR_S: Final = 31_536_000
_UNKEPT: Final = (b"cache-control", b"no-store")
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
                headers = [*message.get("headers", ()), *_told(name, allowance)]
                there = {header for header, _ in headers}
                headers += [pair for pair in self._standing if pair[0] not in there]
                if there.isdisjoint((b"etag", b"cache-control")):
                    headers.append(_UNKEPT)
                message["headers"] = headers
            await send(message)

        token = request_id.current.set(name)
        try:
            await self._app(scope, receive, send_enveloped)
        finally:
            request_id.current.reset(token)


def _told(name: str, allowance: Allowance) -> list[Header]:
    """What is told of this request alone."""
    return [
        (_ID, name.encode("latin-1")),
        (b"x-ratelimit-limit", b"%d" % allowance.limit),
        (b"x-ratelimit-remaining", b"%d" % allowance.remaining),
        (b"x-ratelimit-reset", b"%d" % allowance.resets_in_s),
    ]


def _standing(settings: Settings) -> list[Header]:
    """What is said where nothing else was said, as it goes out: it is part of every answer."""
    said = dict(_ALWAYS)
    if (settings.public_url or "").startswith("https://"):
        said["Strict-Transport-Security"] = f"max-age={_A_YEAR_S}"
    return [(name.lower().encode(), value.encode()) for name, value in said.items()]
