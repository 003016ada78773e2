"""What a browser sees, and that it needs nothing from elsewhere."""

import re
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import httpx2
import pytest
from fastapi import FastAPI

from algoroom.api.accepting import prefers_html
from algoroom.main import create_app
from algoroom.sessions.model import Origin
from tests.api.asking import URL, client, settings

FIREFOX = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


@pytest.fixture
async def app(tmp_path: Path) -> AsyncIterator[FastAPI]:
    made = create_app(settings(database_url=f"sqlite:///{tmp_path}/pages.db"))
    async with made.router.lifespan_context(made):
        yield made


@pytest.fixture
async def http(app: FastAPI) -> AsyncIterator[httpx2.AsyncClient]:
    async with client(app) as connected:
        yield connected


async def session_called(app: FastAPI, title: str | None) -> str:
    life = timedelta(hours=1)
    made = await app.state.node.rooms.create(Origin.INTERVIEW, "python", title, life, "")
    return str(made.id)


@pytest.mark.parametrize(
    ("accept", "html"),
    [
        ([FIREFOX], True),
        (["text/html"], True),
        (["text/*"], True),
        (["TEXT/HTML; Q=0.5"], True),
        (["text/html;q=0.1, */*;q=0.1"], True),
        (["text/html", "application/json"], True),
        (["text/html;q=0.5, application/json"], False),
        (["text/html;q=0.1, */*"], False),
        (["text/html;q=0"], False),
        (["text/html;q=many"], False),
        (["text/html;q=nan"], False),
        (["*/*"], False),
        (["application/json, text/plain, */*"], False),
        ([""], False),
        ([], False),
        ([";;,,;q="], False),
    ],
)
def test_a_page_is_for_whoever_asks_for_one(accept: list[str], html: bool) -> None:
    assert prefers_html(accept) is html


async def test_the_front_page_shows_a_command_that_reaches_this_server(
    http: httpx2.AsyncClient,
) -> None:
    answer = await http.get("/", headers={"Accept": FIREFOX})
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["vary"].startswith("Accept")
    assert f"curl -X POST {URL}/api/sessions" in answer.text
    paths = set(re.findall(r'(?:href|src)="([^"]+)"', answer.text))
    # The languages wait for their self-tests.
    for path in paths - {"/api/languages"}:
        assert (await http.get(path)).status_code == 200, path


@pytest.mark.parametrize("path", ["/", "/interview/nobody", "/docs", "/api/health", "/nothing"])
async def test_browsers_are_told_to_do_no_more_than_is_needed(
    http: httpx2.AsyncClient, path: str
) -> None:
    answer = await http.get(path, headers={"Accept": FIREFOX})
    policy = answer.headers["content-security-policy"]
    for part in ("default-src 'none'", "base-uri 'none'", "frame-ancestors 'none'"):
        assert part in policy
    assert "script-src 'unsafe" not in policy
    assert "'unsafe-eval'" not in policy
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "same-origin"
    assert answer.headers["cross-origin-opener-policy"] == "same-origin"
    assert answer.headers["cross-origin-resource-policy"] == "same-origin"
    assert "camera=()" in answer.headers["permissions-policy"]
    assert answer.headers["cache-control"] == "no-store"
    assert "strict-transport-security" not in answer.headers


async def test_a_server_with_a_secure_address_is_asked_by_no_other(tmp_path: Path) -> None:
    app = create_app(settings(public_url="https://rooms.example"))
    async with client(app) as http:
        answer = await http.get("/health")
        assert answer.headers["strict-transport-security"] == "max-age=31536000"


async def test_the_front_page_shows_no_markup_of_the_request(http: httpx2.AsyncClient) -> None:
    headers = {"Accept": FIREFOX, "Host": 'x"><script>alert(1)</script>'}
    assert "<script" not in (await http.get("/", headers=headers)).text


async def test_a_program_is_told_where_the_documents_are(http: httpx2.AsyncClient) -> None:
    answer = await http.get("/")
    assert answer.json().keys() == {"name", "version", "docs"}
    assert answer.json()["docs"] == "/docs"


@pytest.mark.parametrize("path", ["interview", "session"])
async def test_the_link_of_a_session_shows_it(
    app: FastAPI, http: httpx2.AsyncClient, path: str
) -> None:
    session = await session_called(app, "Binary & <b>search</b> ${x} $x")
    answer = await http.get(f"/{path}/{session}")
    assert answer.status_code == 200
    assert "<h1>Binary &amp; &lt;b&gt;search&lt;/b&gt; ${x} $x</h1>" in answer.text
    assert "<b>" not in answer.text
    assert "python" in answer.text
    for link in re.findall(r'href="([^"]+)"', answer.text):
        assert (await http.get(link)).status_code == 200, link


async def test_a_session_without_a_title_has_a_page_too(
    app: FastAPI, http: httpx2.AsyncClient
) -> None:
    session = await session_called(app, None)
    assert "Untitled session" in (await http.get(f"/interview/{session}")).text


@pytest.mark.parametrize("name", ["nobody", "%3Cscript%3E", "%00", "a%20b", "%F0%9F%92%A9"])
async def test_the_link_of_no_session_says_so(http: httpx2.AsyncClient, name: str) -> None:
    answer = await http.get(f"/interview/{name}")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "No such session" in answer.text
    assert "<script" not in answer.text


@pytest.mark.parametrize("path", ["/docs", "/redoc"])
async def test_the_documents_are_shown_with_nothing_from_elsewhere(
    http: httpx2.AsyncClient, path: str
) -> None:
    answer = await http.get(path)
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self';" in policy
    assert not re.search(r"https?:", policy)
    assert not re.search(r"<script>|<style>|\son\w+=|style=", answer.text)
    addresses = re.findall(r'(?:href|src)="([^"]+)"', answer.text)
    assert len(addresses) >= 4
    for address in addresses:
        assert address.startswith("/")
        assert (await http.get(address)).status_code == 200, address


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/static/docs/swagger-ui-bundle.js", "text/javascript"),
        ("/static/docs/redoc.standalone.js", "text/javascript"),
        ("/static/docs/swagger-ui.css", "text/css"),
        ("/static/algoroom.svg", "image/svg+xml"),
    ],
)
async def test_files_of_pages_have_their_type(
    http: httpx2.AsyncClient, path: str, kind: str
) -> None:
    answer = await http.get(path)
    assert answer.headers["content-type"].startswith(kind)
    again = await http.get(path, headers={"If-None-Match": answer.headers["etag"]})
    assert again.status_code == 304


@pytest.mark.parametrize(
    "path", ["/static/nothing.js", "/static/..%2Fpages.py", "/static/docs/..%2f__init__.py"]
)
async def test_no_other_files_are_served(http: httpx2.AsyncClient, path: str) -> None:
    answer = await http.get(path)
    assert (answer.status_code, answer.json()["code"]) == (404, "HTTP_ERROR")
