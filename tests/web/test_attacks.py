"""What strangers send to break in or to break something: to a real server, byte by byte."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Iterator
from urllib.parse import quote

import httpx2
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus
from websockets.typing import Origin

from tests.contracts.wire import (
    assert_events_error,
    assert_interview_error,
    code_of,
    events_session,
    interview,
    interview_session,
    run,
)
from tests.serving import Server
from tests.web.raw import head, raw

EVIL = "https://evil.example"


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """One that says as much as it can, and has a secret of its own."""
    with Server({"ALGOROOM_LOG_LEVEL": "debug", "SOME_SECRET": "secret-of-the-server"}) as running:
        yield running


# Pages of other sites


@pytest.mark.parametrize("path", ["/ws/sessions", "/ws/sync"])
@pytest.mark.parametrize("query", ["", "?contract=events", "?contract=interview"])
async def test_a_page_of_another_site_opens_no_socket(
    server: Server, http: httpx2.AsyncClient, path: str, query: str
) -> None:
    session = await interview_session(http)
    address = f"{server.socket_url}{path}/{session}{query}"
    for origin in (EVIL, "null", "http://localhost", server.url.replace("http:", "https:")):
        with pytest.raises(InvalidStatus) as refusal:
            async with connect(address, origin=Origin(origin), proxy=None):
                pass
        assert refusal.value.response.status_code == 403
    for known in (None, Origin(server.url), Origin("http://localhost:3000")):
        async with connect(address, origin=known, proxy=None):
            pass


async def test_a_page_whose_name_was_made_to_point_here_gets_nothing(
    server: Server, http: httpx2.AsyncClient
) -> None:
    session = await interview_session(http)
    rebound = {"Host": f"evil.example:{server.port}"}
    own = {**rebound, "Origin": f"http://evil.example:{server.port}"}
    assert_interview_error(
        await http.get(f"/api/sessions/{session}/code", headers=rebound), 421, "MISDIRECTED_REQUEST"
    )
    assert_events_error(await http.post("/sessions", headers=own), 421, "HTTP_ERROR")
    with pytest.raises(InvalidStatus) as refusal:
        async with connect(
            f"ws://evil.example:{server.port}/ws/sessions/{session}",
            host="127.0.0.1",
            port=server.port,
            origin=Origin(f"http://evil.example:{server.port}"),
            proxy=None,
        ):
            pass
    assert refusal.value.response.status_code == 403


FORMS = [
    {"Origin": EVIL, "Content-Type": "text/plain"},
    {"Origin": EVIL, "Content-Type": "application/x-www-form-urlencoded"},
    {"Origin": "null", "Content-Type": "multipart/form-data; boundary=x"},
    {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors", "Content-Type": "text/plain"},
    {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"},
]


@pytest.mark.parametrize("headers", FORMS)
async def test_a_form_of_another_site_changes_nothing(
    http: httpx2.AsyncClient, headers: dict[str, str]
) -> None:
    session = await interview_session(http)
    before = await code_of(http, session)
    body = json.dumps({"code": "owned"}).encode()
    for method, path in [
        ("POST", f"/api/sessions/{session}/code"),
        ("PATCH", f"/api/sessions/{session}"),
        ("DELETE", f"/api/sessions/{session}"),
        ("POST", "/api/execute"),
        ("POST", "/api/runs"),
        ("PUT", f"/sessions/{session}/code"),
        ("POST", "/sessions"),
    ]:
        answer = await http.request(method, path, content=body, headers=headers)
        assert answer.status_code == 403, (method, path)
    assert await code_of(http, session) == before


# Ids

TRAVERSALS = [
    "../../../../etc/passwd",
    "..%2f..%2f..%2fetc%2fpasswd",
    "%2e%2e/%2e%2e/secret",
    "..\\..\\windows",
    "....//....//etc/passwd",
    "%c0%ae%c0%ae%c0%af",
    "/etc/passwd",
    "file:///etc/passwd",
    "%00",
    "a%00.txt",
    "algoroom.db",
    "'; DROP TABLE sessions; --",
    "%25%32%65",
    "x" * 20_000,
]


async def test_an_id_is_a_name_and_never_a_path(server: Server, http: httpx2.AsyncClient) -> None:
    document = (await http.get("/openapi.json")).json()
    asked = 0
    for template, methods in document["paths"].items():
        if "{" not in template:
            continue
        for method in methods:
            for name in TRAVERSALS:
                sent = name if "%" in name else quote(name, safe="./\\")
                path = re.sub(r"\{[^}]*\}", lambda _: sent, template)  # noqa: B023
                async with raw(server) as connection:
                    await connection.send(
                        head(method.upper(), path, "Content-Length: 2", "Connection: close") + b"{}"
                    )
                    answer = await connection.rest()
                status = int(answer[9:12])
                assert status in (404, 405, 422), (method, path[:200], answer[:500])
                assert b"root:" not in answer
                assert b"Traceback" not in answer
                asked += 1
    assert asked > 300
    for folder in ("/static/", "/static/docs/", "/interview/", "/session/"):
        for name in TRAVERSALS:
            sent = name if "%" in name else quote(name, safe="./\\")
            async with raw(server) as connection:
                await connection.send(head("GET", folder + sent, "Connection: close"))
                answer = await connection.rest()
            assert int(answer[9:12]) == 404, (folder, name[:100])


# Headers


async def test_nothing_that_is_sent_becomes_a_header_of_the_answer(
    server: Server, http: httpx2.AsyncClient
) -> None:
    session = await interview_session(http)
    injected = "x%0d%0aSet-Cookie:%20owned=1%0d%0a%0d%0a<script>"
    for path in (
        f"/api/sessions/{injected}",
        f"/interview/{injected}",
        f"/{injected}/",
        f"/api/sessions/{session}/code/?{injected}",
        f"/api/sessions/{session}/history?limit={injected}",
        f"/api/sessions/{session}/playback?format={injected}",
        f"/docs/{injected}",
        f"/static/{injected}",
    ):
        for line in (
            "X-Request-ID: a\tb",
            f"Origin: {EVIL}%0d%0aX: 1",
            "X-Forwarded-For: 1.1.1.1%0d%0aX: 1",
            "Last-Event-ID: 1%0d%0aX: 1",
            'If-None-Match: W/"x%0d%0aX: 1"',
            "Accept: text/html",
        ):
            async with raw(server) as connection:
                await connection.send(head("GET", path, line, "Connection: close"))
                answer = (await connection.rest()).partition(b"\r\n\r\n")[0]
            names = {row.partition(b":")[0].lower() for row in answer.split(b"\r\n")[1:]}
            assert b"set-cookie" not in names, (path, line)
            assert b"x" not in names, (path, line)
            assert answer[9:10] in (b"2", b"3", b"4"), (path, line, answer)


@pytest.mark.parametrize(
    "head_sent",
    [
        b"GET /health HTTP/1.1\r\nHost: localhost\r\nX: a\x00b\r\n\r\n",
        b"GET /health HTTP/1.1\r\nHost: localhost\r\nX : y\r\n\r\n",
        b"GET /health HTTP/1.1\nHost: localhost\rX: y\n\n",
        b"POST /sessions HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n"
        b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /smuggled HTTP/1.1\r\n\r\n",
        b"POST /sessions HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\nContent-Length: 3\r\n"
        b"\r\n{}",
        b"POST /sessions HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: xchunked\r\n\r\n{}",
        b"POST /sessions HTTP/1.1\r\nHost: localhost\r\nContent-Length: +2\r\n\r\n{}",
        b"GET /\x00 HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    ],
)
async def test_a_request_that_two_readers_would_read_differently_is_refused(
    server: Server, head_sent: bytes
) -> None:
    async with raw(server) as connection:
        await connection.send(head_sent)
        answer = await connection.rest()
        assert re.fullmatch(rb"HTTP/1.1 (400|501|411) .*", answer, re.DOTALL), answer[:300]
        assert answer.count(b"HTTP/1.1 ") == 1


# Bombs


async def test_a_body_that_would_unfold_is_not_taken(http: httpx2.AsyncClient) -> None:
    session = await interview_session(http)
    bomb = gzip.compress(b'{"code": "' + b"x" * 50 * 2**20 + b'"}')
    assert len(bomb) < 100_000
    for encoding in ("gzip", "deflate", "br", "zstd", "gzip, gzip", "GZIP", "x-unknown"):
        headers = {"Content-Type": "application/json", "Content-Encoding": encoding}
        answer = await http.post(f"/api/sessions/{session}/code", content=bomb, headers=headers)
        assert_interview_error(answer, 415, "UNSUPPORTED_MEDIA_TYPE")
        assert answer.headers["accept-encoding"] == "identity"
        answer = await http.put(f"/sessions/{session}/code", content=bomb, headers=headers)
        assert_events_error(answer, 415, "HTTP_ERROR")
    headers = {"Content-Encoding": "identity"}
    answer = await http.post("/api/sessions", content=b"{}", headers=headers)
    assert answer.status_code == 201


MOST = 2**20
BOMBS = {
    "lists": b'{"code": [' + b"[]," * (MOST // 3 - 10) + b"[]]}",
    "objects": b'{"code": [' + b'{"a":1},' * (MOST // 8 - 10) + b"1]}",
    "keys": b"{" + b",".join(b'"%d":1' % number for number in range(90_000)) + b"}",
    "deep lists": b'{"code": ' + b"[" * 500_000 + b"]" * 500_000 + b"}",
    "deep objects": b'{"code":' * 100_000 + b"1" + b"}" * 100_000,
    "deep, but read by most": b'{"code": ' + b"[" * 900 + b"]" * 900 + b"}",
    "quotes": b'{"code": "' + b'\\"' * (MOST // 2 - 10),
    "commas": b"," * (MOST - 10),
    "digits": b'{"code": ' + b"9" * (MOST - 20) + b"}",
}


@pytest.mark.parametrize("body", BOMBS.values(), ids=BOMBS.keys())
async def test_a_body_that_is_much_work_for_its_size_is_refused(
    http: httpx2.AsyncClient, body: bytes
) -> None:
    session = await events_session(http)
    headers = {"Content-Type": "application/json"}
    for method, path in [
        ("POST", f"/api/sessions/{session}/code"),
        ("POST", "/api/runs"),
        ("POST", f"/api/sessions/{session}/fork"),
    ]:
        answer = await http.request(method, path, content=body, headers=headers)
        assert_interview_error(answer, 422, "INVALID_REQUEST")
        assert len(answer.content) < 5_000
    answer = await http.put(f"/sessions/{session}/code", content=body, headers=headers)
    assert_events_error(answer, 422, "INVALID_JSON")


@pytest.mark.parametrize("body", BOMBS.values(), ids=BOMBS.keys())
async def test_a_frame_that_is_much_work_for_its_size_is_refused(
    server: Server, http: httpx2.AsyncClient, body: bytes
) -> None:
    async with interview(server, await interview_session(http)) as socket:
        await socket.send_text(body.decode())
        refusal = await socket.expect("error")
        assert refusal["data"]["code"] == "INVALID_MESSAGE"
        assert len(refusal["data"]["message"]) < 500
        await socket.settle()


# The log


async def test_what_is_sent_begins_no_line_of_the_log(
    server: Server, http: httpx2.AsyncClient
) -> None:
    forged = "\r\n2026-01-01 00:00:00,000 CRITICAL algoroom: owned\x1b[2J\u2028\x85"
    session = await interview_session(http)
    # A malformed message is logged with who sent it.
    query = f"?userId={quote(forged)}&name={quote(forged)}"
    async with connect(f"{server.socket_url}/ws/sync/{session}{query}", proxy=None) as socket:
        await socket.send(b"\xff\xff\xff")
        await socket.wait_closed()
    await http.get(f"/api/sessions/{quote(forged)}")
    async with raw(server) as connection:
        await connection.send(b"GET /\x01 HTTP/9.9\r\n\r\n")
        await connection.rest()
    log = server.log
    assert "owned" in log
    assert "\x1b" not in log
    for line in re.split("[\r\n\x85\u2028]", log):
        assert not line.startswith("2026-01-01")


# Secrets

SECRETS = {
    "Authorization": "Bearer secret-of-a-token",
    "X-API-Key": "secret-of-a-key",
    "Cookie": "login=secret-of-a-cookie",
}


async def test_secrets_are_in_no_log_no_answer_and_no_program(
    server: Server, http: httpx2.AsyncClient
) -> None:
    session = await interview_session(http)
    said: list[str] = []
    for path in (f"/api/sessions/{session}", "/nothing", "/api/sessions/x", "/interview/x"):
        answer = await http.get(path, headers=SECRETS)
        said.append(f"{answer.headers} {answer.text}")
    answer = await http.post("/api/sessions", content=b"{", headers=SECRETS)
    said.append(f"{answer.headers} {answer.text}")
    address = f"{server.socket_url}/ws/sessions/{session}"
    async with connect(address, additional_headers=SECRETS, proxy=None) as socket:
        await socket.send("nonsense")
        said += [str(await socket.recv()), str(await socket.recv())]
    program = (
        "import os\nprint(dict(os.environ))\n"
        "for at in ('/proc/1/environ', '/proc/self/environ', '/proc/1/cmdline'):\n"
        "    try: print(open(at, 'rb').read())\n"
        "    except OSError as error: print(error)\n"
    )
    said += [str(await run(http, program, "python")), server.log_path.read_text("utf-8")]
    for text in said:
        assert "secret-of" not in text, text
