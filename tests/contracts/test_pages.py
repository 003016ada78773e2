"""What is neither a session nor a run: the front page, health, documents, languages, addresses."""

from __future__ import annotations

import os
import socket
import subprocess
import sys

import httpx2
import pytest

from tests.contracts.wire import strict_json
from tests.serving import Server

HEALTHY = {"status": "healthy"}


@pytest.mark.contract("I-15")
@pytest.mark.parametrize("accept", ["application/json", "*/*"])
async def test_the_root_tells_a_program_where_the_documents_are(
    http: httpx2.AsyncClient, accept: str
) -> None:
    response = await http.get("/", headers={"Accept": accept})
    assert response.status_code == 200
    body = strict_json(response)
    assert set(body) == {"name", "version", "docs"}
    assert body["docs"] == "/docs"


@pytest.mark.contract("I-15")
async def test_the_root_is_a_page_for_a_browser(http: httpx2.AsyncClient) -> None:
    accept = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
    response = await http.get("/", headers={"Accept": accept})
    assert response.status_code == 200
    assert response.headers["content-type"].startswith("text/html")


@pytest.mark.contract("I-16", "A-08")
@pytest.mark.parametrize("path", ["/health", "/api/health"])
async def test_health_is_exactly_one_key(http: httpx2.AsyncClient, path: str) -> None:
    response = await http.get(path)
    assert response.status_code == 200
    assert strict_json(response) == HEALTHY


@pytest.mark.contract("I-17")
@pytest.mark.parametrize("path", ["/docs", "/redoc", "/openapi.json"])
async def test_the_documents_are_served(http: httpx2.AsyncClient, path: str) -> None:
    response = await http.get(path, follow_redirects=True)
    assert response.status_code == 200


@pytest.mark.contract("I-17")
async def test_the_openapi_document_has_every_route_of_both_contracts(
    http: httpx2.AsyncClient,
) -> None:
    document = (await http.get("/openapi.json")).json()
    found = {
        f"{method.upper()} {path.split('{')[0]}{'{}'.join(['', *path.split('}')[1:]])}"
        for path, methods in document["paths"].items()
        for method in methods
    }
    assert {
        "POST /api/sessions",
        "GET /api/sessions/{}",
        "PATCH /api/sessions/{}",
        "DELETE /api/sessions/{}",
        "GET /api/sessions/{}/code",
        "POST /api/sessions/{}/code",
        "POST /api/execute",
        "GET /api/sessions/{}/participants",
        "GET /api/sessions/{}/history",
        "GET /api/languages",
        "POST /sessions",
        "GET /sessions/{}",
        "PUT /sessions/{}/code",
        "POST /sessions/{}/execute",
        "POST /sessions/{}/execution-result",
        "GET /health",
    } <= found


@pytest.mark.contract("I-14", "I-19")
async def test_the_languages_are_listed(http: httpx2.AsyncClient) -> None:
    response = await http.get("/api/languages")
    assert response.status_code == 200
    for language in ("javascript", "python", "java", "cpp"):
        assert f'"{language}"' in response.text


@pytest.mark.contract("A-26")
async def test_host_and_port_say_where_it_listens(server: Server, http: httpx2.AsyncClient) -> None:
    assert (await http.get("/health")).json() == HEALTHY
    with pytest.raises(OSError, match="refused"):
        socket.create_connection(("127.0.0.2", server.port), timeout=5)


@pytest.mark.contract("A-26")
def test_a_wrong_port_stops_the_start_with_one_line() -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "algoroom", "serve"],
        env={"PATH": os.environ["PATH"], "PORT": "http"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode != 0
    said = ended.stderr.strip()
    assert "PORT" in said
    assert "Traceback" not in said
    assert len(said.splitlines()) == 1
