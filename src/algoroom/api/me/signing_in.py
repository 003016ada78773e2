"""Where a browser signs in at the provider of identities, comes back, and signs out."""

import base64
import binascii
import hmac
import logging
from datetime import timedelta
from typing import Annotated, Final
from urllib.parse import quote, urlsplit

from fastapi import APIRouter, Query, Request
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from algoroom.access.provider import Attempt, Provider
from algoroom.access.refusals import CredentialRefused, ProviderUnavailable
from algoroom.access.secrets import new_secret
from algoroom.api.callers import OfCaller
from algoroom.api.cookies import LOGIN, Cookie
from algoroom.api.dependencies import OfNode
from algoroom.api.events.problems import documented
from algoroom.api.links import base_url
from algoroom.api.me import models
from algoroom.api.pages import page
from algoroom.api.tags import SIGN_IN
from algoroom.node import Node

logger = logging.getLogger(__name__)
router = APIRouter(prefix="/auth", tags=[SIGN_IN])

_ATTEMPT: Final = Cookie("algoroom-signing-in")
_ATTEMPT_FOR_S: Final = 600
_LONGEST_PATH: Final = 1_000


@router.get("/providers", responses=documented())
async def get_providers(node: OfNode) -> models.SignInProviders:
    """Where browsers sign in, and whether they have to."""
    settings = node.settings
    providers = []
    if settings.oidc_issuer is not None:
        name = urlsplit(settings.oidc_issuer).hostname or settings.oidc_issuer
        providers.append(models.SignInProvider(name=name, url="/auth/login"))
    return models.SignInProviders(required=settings.auth == "required", providers=providers)


@router.get("/login", status_code=303, response_class=Response, responses=documented(404))
async def log_in(
    request: Request,
    node: OfNode,
    next_page: Annotated[
        str,
        Query(alias="next", description="A path of this server, to go to afterwards."),
    ] = "/",
) -> Response:
    """Send the browser to the provider of identities. A `next` that is no path here is left out."""
    provider = _provider(node)
    attempt = Attempt(new_secret())
    address = await provider.address(attempt, _back_to(request))
    kept = base64.urlsafe_b64encode((next_page if is_local(next_page) else "/").encode()).decode()
    answer = RedirectResponse(address, 303)
    cookie = _ATTEMPT.kept(request.scope, f"{attempt.secret}.{kept.rstrip('=')}", _ATTEMPT_FOR_S)
    answer.headers["Set-Cookie"] = cookie
    return answer


@router.get("/callback", include_in_schema=False)
async def come_back(
    request: Request,
    node: OfNode,
    caller: OfCaller,
    code: str = "",
    state: str = "",
    error: str = "",
    iss: str | None = None,
) -> Response:
    """Begin the login of whom the provider vouches for, and go on to where the browser wanted."""
    provider = _provider(node)
    secret, _, kept = (_ATTEMPT.read(request.scope) or "").partition(".")
    next_page = _decoded(kept)
    attempt = Attempt(secret)
    lifetime = timedelta(hours=node.settings.login_hours)
    answer: Response
    try:
        if not secret or not _are_equal(state, attempt.state):
            raise CredentialRefused("This sign-in was not begun here, or too long ago")
        if iss is not None and iss != node.settings.oidc_issuer:
            raise CredentialRefused("This is the answer of another provider")
        if error or not code:
            raise CredentialRefused("The provider has not signed you in")
        identity = await provider.identity(attempt, code, _back_to(request))
        await node.credentials.end_login(caller)
        login, _ = await node.credentials.begin_login(
            identity.user_id, identity.name, identity.email, lifetime
        )
    except (CredentialRefused, ProviderUnavailable) as refused:
        reason = refused.reason if isinstance(refused, ProviderUnavailable) else str(refused)
        logger.warning("a sign-in failed: %s", reason)
        again = f"/auth/login?next={quote(next_page, safe='')}"
        values = {"why": str(refused), "again": again}
        answer = page("Not signed in", "not_signed_in.html", values, status=403)
    else:
        answer = RedirectResponse(next_page, 303)
        cookie = LOGIN.kept(request.scope, login, round(lifetime.total_seconds()))
        answer.headers.append("Set-Cookie", cookie)
    answer.headers.append("Set-Cookie", _ATTEMPT.forgotten(request.scope))
    return answer


@router.post("/logout", status_code=204, response_class=Response, responses=documented())
async def log_out(request: Request, node: OfNode, caller: OfCaller) -> Response:
    """End the browser's login and close its sockets. The provider's own goes on."""
    await node.credentials.end_login(caller)
    return Response(status_code=204, headers={"Set-Cookie": LOGIN.forgotten(request.scope)})


def is_local(path: str) -> bool:
    """Whether a browser that is sent to this path stays on this server.

    Browsers take `//` and `/\\` for the beginning of another host, and leave out line ends.
    """
    return (
        path.startswith("/")
        and path[1:2] not in ("/", "\\")
        and len(path) <= _LONGEST_PATH
        and path.isascii()
        and path.isprintable()
        and not set(path) & {"\\", " "}
    )


def _provider(node: Node) -> Provider:
    if node.provider is None:
        raise HTTPException(404, "Browsers cannot sign in here")
    return node.provider


def _back_to(request: Request) -> str:
    return f"{base_url(request)}/auth/callback"


def _decoded(kept: str) -> str:
    try:
        path = base64.urlsafe_b64decode(kept + "=" * (-len(kept) % 4)).decode()
    except (ValueError, binascii.Error):
        return "/"
    return path if is_local(path) else "/"


def _are_equal(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode(errors="replace"), other.encode())
