"""Pages for browsers: the front page, the documents, and what a shared link shows."""

from collections.abc import Mapping
from html import escape
from importlib.resources import files
from mimetypes import guess_type
from pathlib import Path
from secrets import token_urlsafe
from string import Template
from typing import Any, Final

from fastapi import APIRouter, FastAPI, Request
from fastapi.staticfiles import StaticFiles
from pydantic import BaseModel
from starlette.datastructures import Headers
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.types import Scope

import algoroom
from algoroom.api import tags
from algoroom.api.accepting import prefers_html
from algoroom.api.callers import caller_in
from algoroom.api.dependencies import node_of
from algoroom.api.events.problems import documented
from algoroom.errors import SessionNotFound
from algoroom.node import Node

_HERE: Final = Path(__file__).parent
_DOCUMENT_VIEWERS: Final = Path(str(files("fastapi_offline"))) / "static"

_CLIENT: Final = _HERE / "client"
"""The web client as it was built: two documents, and the files that they need."""
_FRONT: Final = "index.html"
_ROOM: Final = "room.html"

_PLAIN_POLICY: Final = (
    "default-src 'none'; style-src 'self'; img-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
# The editor, the terminal and the overlays make style elements, and give them the page's nonce.
_CLIENT_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'nonce-{nonce}'; "
    "img-src 'self' data:; font-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
# Both viewers write styles into the page; ReDoc searches in a worker that it makes from a blob.
_VIEWER_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; connect-src 'self'; worker-src blob:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)

router: Final = APIRouter()


class About(BaseModel):
    """What answers here, and where its documents are."""

    name: str
    version: str
    docs: str


@router.get(
    "/",
    tags=[tags.SERVER],
    summary="Front page",
    response_model=About,
    responses={
        200: {"description": "A page for a browser, else JSON.", "content": {"text/html": {}}},
        **documented(),
    },
)
async def front(request: Request) -> Response:
    """A page for whoever prefers `text/html`, and a few words of JSON for everybody else."""
    varying = {"Vary": "Accept"}
    if not prefers_html(request.headers.getlist("accept")):
        about = About(name="Algoroom", version=algoroom.__version__, docs="/docs")
        return JSONResponse(about.model_dump(), headers=varying)
    return _client(_FRONT, varying)


@router.get("/interview/{session_id}", include_in_schema=False)
@router.get("/session/{session_id}", include_in_schema=False)
async def session(request: Request, session_id: str) -> Response:
    """What the link of a session shows: the room, or in the client's own words why not. Whoever has
    to sign in first is not told whether it is there."""
    node, caller = node_of(request), caller_in(request.scope)
    if node.settings.auth == "required" and not caller.is_signed_in:
        return _room(node)
    try:
        await node.rooms.standing(session_id, caller)
    except SessionNotFound:
        return _page("No such session", _filled("missing.html", {}), status=404)
    return _room(node)


@router.get("/docs", include_in_schema=False)
async def swagger() -> Response:
    """The routes, to try out."""
    return _viewer("swagger.html")


@router.get("/redoc", include_in_schema=False)
async def redoc() -> Response:
    """The routes, to read."""
    return _viewer("redoc.html")


def install(app: FastAPI) -> None:
    """Add the pages and the files that they need, all from this machine."""
    app.include_router(router)
    app.mount("/static/docs", StaticFiles(directory=_DOCUMENT_VIEWERS), name="document viewers")
    app.mount("/assets", Hashed(directory=_CLIENT / "assets", check_dir=False), name="web client")
    app.mount("/static", StaticFiles(directory=_HERE / "static"), name="static files")


def page(title: str, template: str, values: Mapping[str, str], *, status: int) -> Response:
    """A page of this server's own, made from a template."""
    return _page(title, _filled(template, values), status=status)


class Hashed(StaticFiles):
    """Files whose names tell what is in them: they never change, and lie there compressed too."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        encodings = Headers(scope=scope).get("accept-encoding", "")
        compressed = f"{path}.gz"
        if "gzip" in encodings and self.lookup_path(compressed)[1] is not None:
            answer = await super().get_response(compressed, scope)
            answer.headers["Content-Encoding"] = "gzip"
            answer.headers["Content-Type"] = guess_type(path)[0] or "application/octet-stream"
        else:
            answer = await super().get_response(path, scope)
        answer.headers["Vary"] = "Accept-Encoding"
        answer.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        return answer


def _room(node: Node) -> Response:
    """The room, which is told how long its text may be, so that it lets nobody paste more."""
    return _client(_ROOM, values={"mostUnits": str(node.settings.max_document_units)})


def _client(
    document: str,
    headers: Mapping[str, str] | None = None,
    values: Mapping[str, str] | None = None,
) -> Response:
    """One of the web client's documents, with what it is told."""
    try:
        page = (_CLIENT / document).read_text(encoding="utf-8")
    except FileNotFoundError:
        return _page("Algoroom", _filled("unbuilt.html", {}), status=503, headers=headers)
    nonce = token_urlsafe(16)
    policy = {"Content-Security-Policy": _CLIENT_POLICY.format(nonce=nonce)}
    told = Template(page).safe_substitute({"nonce": nonce, **(values or {})})
    return HTMLResponse(told, headers={**policy, **(headers or {})})


def _filled(template: str, values: Mapping[str, str]) -> str:
    """A template with the values as text, never as markup."""
    text = (_HERE / "templates" / template).read_text(encoding="utf-8")
    return Template(text).substitute({name: escape(value) for name, value in values.items()})


def _page(title: str, content: str, *, status: int = 200, headers: Any = None) -> HTMLResponse:
    skeleton = (_HERE / "templates" / "page.html").read_text(encoding="utf-8")
    text = Template(skeleton).substitute(title=escape(title), content=content)
    policy = {"Content-Security-Policy": _PLAIN_POLICY}
    return HTMLResponse(text, status, {**policy, **(headers or {})})


def _viewer(template: str) -> HTMLResponse:
    text = (_HERE / "templates" / template).read_text(encoding="utf-8")
    return HTMLResponse(text, headers={"Content-Security-Policy": _VIEWER_POLICY})
