"""Pages for browsers: the front page, the documents, and what a shared link shows."""

from collections.abc import Mapping
from html import escape
from importlib.resources import files
from pathlib import Path
from string import Template
from typing import Any, Final
from urllib.parse import quote

from fastapi import APIRouter, FastAPI, Request
from fastapi.staticfiles import StaticFiles
from pydantic import BaseModel
from starlette.responses import HTMLResponse, JSONResponse, Response

import algoroom
from algoroom.access.policy import Forbidden
from algoroom.access.roles import Deed
from algoroom.api import tags
from algoroom.api.accepting import prefers_html
from algoroom.api.callers import caller_in
from algoroom.api.dependencies import node_of
from algoroom.api.events.problems import documented
from algoroom.api.links import base_url
from algoroom.errors import SessionNotFound

_HERE: Final = Path(__file__).parent
_DOCUMENT_VIEWERS: Final = Path(str(files("fastapi_offline"))) / "static"

_PLAIN_POLICY: Final = (
    "default-src 'none'; style-src 'self'; img-src 'self'; "
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
    content = _filled("front.html", {"version": algoroom.__version__, "address": base_url(request)})
    return _page("Algoroom", content, headers=varying)


@router.get("/interview/{session_id}", include_in_schema=False)
@router.get("/session/{session_id}", include_in_schema=False)
async def session(request: Request, session_id: str) -> Response:
    """What the link of a session shows."""
    rooms = node_of(request).rooms
    try:
        (await rooms.standing(session_id, caller_in(request.scope))).check(Deed.READ)
        found, participants = await rooms.session(session_id)
    except SessionNotFound:
        return _page("No such session", _filled("missing.html", {}), status=404)
    except Forbidden as error:
        content = _filled("closed.html", {"why": error.refusal.meaning})
        return _page("Not let in", content, status=403)
    title = found.title or "Untitled session"
    content = _filled(
        "session.html",
        {
            "title": title,
            "language": found.language,
            "participants": str(participants),
            "created": f"{found.created_at:%Y-%m-%d %H:%M} UTC",
            "created_iso": found.created_at.isoformat(),
            "id": found.id,
            "link": quote(found.id, safe=""),
        },
    )
    return _page(title, content)


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
    app.mount("/static", StaticFiles(directory=_HERE / "static"), name="static files")


def page(title: str, template: str, values: Mapping[str, str], *, status: int) -> Response:
    """A page of this server's own, made from a template."""
    return _page(title, _filled(template, values), status=status)


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
