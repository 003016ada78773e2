"""What a browser sees, and that it needs nothing from elsewhere."""

import re
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import httpx2
import pytest
from fastapi import FastAPI

from algoroom.api import pages
from algoroom.api.accepting import prefers_html
from algoroom.main import create_app
from algoroom.sessions.model import Origin
from tests.api.asking import client, settings

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


async def test_the_front_page_and_the_link_of_a_session_show_the_client(
    app: FastAPI, http: httpx2.AsyncClient
) -> None:
    session = await session_called(app, "Binary search")
    for path in ("/", f"/interview/{session}", f"/session/{session}"):
        answer = await http.get(path, headers={"Accept": FIREFOX})
        assert answer.status_code == 200
        assert answer.headers["content-type"] == "text/html; charset=utf-8"
        addresses = set(re.findall(r'(?:href|src)="([^"]+)"', answer.text))
        assert len(addresses) >= 3
        for address in addresses:
            assert address.startswith("/")
            assert (await http.get(address)).status_code == 200, address
    assert (await http.get("/", headers={"Accept": FIREFOX})).headers["vary"].startswith("Accept")


async def test_each_page_of_the_client_has_a_nonce_of_its_own(http: httpx2.AsyncClient) -> None:
    nonces = set()
    for _ in range(2):
        answer = await http.get("/", headers={"Accept": FIREFOX})
        [nonce] = set(re.findall(r'nonce="([^"]+)"', answer.text))
        policy = answer.headers["content-security-policy"]
        assert f"style-src 'self' 'nonce-{nonce}';" in policy
        assert "script-src 'self';" in policy
        assert "unsafe" not in policy
        nonces.add(nonce)
    assert len(nonces) == 2


async def test_files_of_the_client_are_kept_for_long_and_sent_compressed(
    http: httpx2.AsyncClient,
) -> None:
    page = (await http.get("/", headers={"Accept": FIREFOX})).text
    [script] = re.findall(r'src="(/assets/[^"]+)"', page)
    plain = await http.get(script, headers={"Accept-Encoding": "identity"})
    small = await http.get(script, headers={"Accept-Encoding": "br, gzip"})
    assert small.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in plain.headers
    assert small.content == plain.content
    assert int(small.headers["content-length"]) < len(plain.content) / 2
    for answer in (plain, small):
        assert answer.headers["content-type"].startswith("text/javascript")
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert answer.headers["vary"].startswith("Accept-Encoding")
    missing = await http.get("/assets/nothing.js")
    assert missing.status_code == 404
    assert missing.headers["cache-control"] == "no-store"


async def test_a_server_whose_client_was_not_built_says_so(
    http: httpx2.AsyncClient, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(pages, "_CLIENT", tmp_path)
    answer = await http.get("/", headers={"Accept": FIREFOX})
    assert answer.status_code == 503
    assert "make client" in answer.text
    for path in re.findall(r'href="([^"]+)"', answer.text):
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


async def test_a_program_is_told_where_the_documents_are(http: httpx2.AsyncClient) -> None:
    answer = await http.get("/")
    assert answer.json().keys() == {"name", "version", "docs"}
    assert answer.json()["docs"] == "/docs"


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
