"""A real provider of identities (npm's `oidc-provider`) and a browser that signs in at it."""

import json
import re
import subprocess
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import httpx2

from tests.serving import Server, free_port

PLACE = Path(__file__).parent / "node"
CLIENT_ID, CLIENT_SECRET = "algoroom", "a-secret-of-the-client"
CLAIMS = {
    "ann": {"name": "Ann Ö", "email": "ann@example.org", "email_verified": True},
    "bob": {"email": "bob@example.org", "email_verified": False},
}


@contextmanager
def provider(server: Server, **client: Any) -> Iterator[str]:
    """A provider that knows the server, while the context lasts: its issuer."""
    assert (PLACE / "node_modules").exists(), "make test installs what tests/access/node needs"
    port = free_port()
    known = {"client_id": CLIENT_ID, "redirect_uris": [f"{server.url}/auth/callback"], **client}
    wanted = json.dumps({"port": port, "clients": [known], "claims": CLAIMS})
    # It ends when what it reads from does.
    process = subprocess.Popen(
        ["node", "provider.mjs", wanted],
        cwd=PLACE,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline().strip() == b"listening"
        yield f"http://127.0.0.1:{port}"
    finally:
        process.kill()
        process.communicate()


@contextmanager
def signing_in(client: Mapping[str, Any], **settings: str) -> Iterator[Server]:
    """A server that knows a provider, which knows the server as this client."""
    server = Server({"ALGOROOM_OIDC_CLIENT_ID": CLIENT_ID, **settings})
    with provider(server, **client) as issuer:
        server.settings["ALGOROOM_OIDC_ISSUER"] = issuer
        with server:
            yield server


class Browser:
    """What a browser does that knows no script: it follows, keeps cookies and fills in forms."""

    def __init__(self, server: Server) -> None:
        self.http = httpx2.AsyncClient(base_url=server.url, trust_env=False, verify=False)
        self.server = server

    async def open(self, url: str) -> httpx2.Response:
        return await self.http.get(url, headers={"Accept": "text/html"})

    async def sign_in(self, name: str, start: str = "/auth/login") -> httpx2.Response:
        """The server's answer to the coming back from the provider."""
        answer = await self.open(start)
        for _ in range(12):
            if "location" in answer.headers:
                there = urljoin(str(answer.url), answer.headers["location"])
                answer = await self.open(there)
                if there.startswith(f"{self.server.url}/auth/callback"):
                    return answer
                continue
            form = re.search(r'action="([^"]+)"', answer.text)
            prompt = re.search(r'name="prompt" value="([^"]+)"', answer.text)
            assert form, answer.text
            assert prompt, answer.text
            filled = {"prompt": prompt[1], "login": name, "password": "any"}
            answer = await self.http.post(urljoin(str(answer.url), form[1]), data=filled)
        raise AssertionError("the provider leads nowhere")

    async def me(self) -> dict[str, Any]:
        answer = await self.http.get("/api/me")
        found: dict[str, Any] = answer.json()
        return found

    @property
    def cookies(self) -> str:
        """The header by which a socket shows the browser's cookies of the server."""
        own = [one for one in self.http.cookies.jar if one.name.startswith("algoroom")]
        return "; ".join(f"{one.name}={one.value}" for one in own)


@asynccontextmanager
async def browser(server: Server) -> AsyncIterator[Browser]:
    opened = Browser(server)
    async with opened.http:
        yield opened
