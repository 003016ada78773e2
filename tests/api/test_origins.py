"""Whose requests a cookie speaks for, and what a page of another site cannot change."""

import pytest
from fastapi import APIRouter, Request, WebSocket
from starlette.testclient import TestClient

from tests.api.asking import URL, application, client

router = APIRouter()
LISTED = "http://localhost:3000"
OURS = (URL, "https://public.example")


@router.get("/cookies")
@router.post("/cookies")
async def read_cookies(request: Request) -> dict[str, str]:
    return request.cookies


@router.websocket("/cookies")
async def tell_cookies(websocket: WebSocket) -> None:
    await websocket.accept()
    await websocket.send_json(websocket.cookies)
    await websocket.close()


async def cookies(method: str, headers: dict[str, str]) -> int:
    """How many cookies the application sees of one that is sent; 403 where it is not asked."""
    app = application(router, public_url="https://public.example")
    async with client(app) as http:
        answer = await http.request(method, "/cookies", headers={"Cookie": "login=x", **headers})
        return len(answer.json()) if answer.status_code == 200 else answer.status_code


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_our_pages_and_programs_have_their_cookies(method: str) -> None:
    assert await cookies(method, {}) == 1
    for origin in OURS:
        assert await cookies(method, {"Origin": origin}) == 1
        assert await cookies(method, {"Origin": origin, "Sec-Fetch-Site": "same-origin"}) == 1
    assert await cookies(method, {"Sec-Fetch-Site": "same-origin"}) == 1
    assert await cookies(method, {"Sec-Fetch-Site": "none"}) == 1


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_listed_page_of_another_site_may_write_without_cookies(method: str) -> None:
    assert await cookies(method, {"Origin": LISTED}) == 0
    assert await cookies(method, {"Origin": LISTED, "Sec-Fetch-Site": "cross-site"}) == 0
    assert await cookies(method, {"Origin": "https://evil.github.dev"}) == 0


async def test_a_listed_page_of_the_same_site_is_as_good_as_ours() -> None:
    for site in ("same-site", "same-origin"):
        assert await cookies("POST", {"Origin": LISTED, "Sec-Fetch-Site": site}) == 1


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "https://evil.example", "Sec-Fetch-Site": "same-site"},
        {"Origin": "https://evil.example", "Sec-Fetch-Site": "same-origin"},
        {"Origin": "null"},
        {"Origin": "null", "Sec-Fetch-Site": "none"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "anything"},
    ],
)
async def test_a_foreign_page_changes_nothing(headers: dict[str, str]) -> None:
    """A form, an image, a fetch of another site: what a browser sends of each."""
    assert await cookies("POST", headers) == 403
    assert await cookies("POST", {**headers, "Content-Type": "text/plain"}) == 403


async def test_a_link_on_another_site_leads_here_with_cookies() -> None:
    assert await cookies("GET", {"Sec-Fetch-Site": "cross-site"}) == 1


async def test_a_foreign_page_reads_nothing_by_cookies() -> None:
    for origin in ("https://evil.example", "null", "http://rooms.example:8001"):
        assert await cookies("GET", {"Origin": origin}) == 0


def test_cookies_open_no_socket_for_a_page_of_another_site() -> None:
    with TestClient(application(router)) as http:
        for origin, sent in (("http://testserver", 1), (LISTED, 0)):
            headers = {"Origin": origin, "Cookie": "login=x"}
            with http.websocket_connect("/cookies", headers=headers) as socket:
                assert len(socket.receive_json()) == sent
