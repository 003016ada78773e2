"""Cookies that the server alone reads, and that speak for nobody on pages of other sites."""

from typing import Final

from starlette.datastructures import Headers
from starlette.requests import cookie_parser
from starlette.types import Scope


class Cookie:
    """One cookie by its name. Over https browsers take it from this host alone, for all of it, and
    never send it in the clear (`__Host-`)."""

    def __init__(self, name: str) -> None:
        self._bare = name

    def read(self, scope: Scope) -> str | None:
        """What a browser shows; None where it shows none."""
        sent = ";".join(Headers(scope=scope).getlist("cookie"))
        return cookie_parser(sent).get(self._name(scope)) or None if sent else None

    def kept(self, scope: Scope, value: str, for_s: int) -> str:
        """The header `Set-Cookie` that has a browser keep it for a time."""
        parts = [f"{self._name(scope)}={value}", f"Max-Age={for_s}"]
        parts += ["Path=/", "HttpOnly", "SameSite=Lax"]
        if _is_secure(scope):
            parts.append("Secure")
        return "; ".join(parts)

    def forgotten(self, scope: Scope) -> str:
        """The header `Set-Cookie` that has a browser forget it."""
        return self.kept(scope, "", 0)

    def _name(self, scope: Scope) -> str:
        return f"__Host-{self._bare}" if _is_secure(scope) else self._bare


LOGIN: Final = Cookie("algoroom-login")
"""The login of a browser."""

GUEST: Final = Cookie("algoroom-guest")
"""By which rooms know again who has no login."""


def _is_secure(scope: Scope) -> bool:
    public_url: str | None = scope["app"].state.settings.public_url
    if public_url is not None:
        return public_url.startswith("https://")
    return scope["scheme"] in ("https", "wss")
