"""Tokens as somebody else signs them, and an address that tells the keys."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from joserfc import jwt
from joserfc.jwk import Key, OctKey
from joserfc.jws import JWSRegistry

NOW = datetime(2026, 1, 31, 12, tzinfo=UTC)
SECRET = "0123456789abcdef" * 2
ALL = "session:create session:read session:write"


def claims(now: datetime = NOW, **changed: Any) -> dict[str, Any]:
    """What a token says that is good for an hour; None leaves a claim out."""
    usual = {
        "sub": "ann",
        "email": "ann@example.org",
        "exp": int(now.timestamp()) + 3_600,
        "scope": ALL,
    }
    return {name: value for name, value in (usual | changed).items() if value is not None}


def signed(said: dict[str, Any], key: Key | None = None, **header: Any) -> str:
    """A token that says this."""
    wanted = {"alg": "HS256", **header}
    registry = JWSRegistry(algorithms=[wanted["alg"]], strict_check_header=False)
    return jwt.encode(wanted, said, key or OctKey.import_key(SECRET), registry=registry)


class KeyAddress:
    """An address of public keys that can change, fail, and counts who asks."""

    def __init__(self) -> None:
        self.keys: list[dict[str, Any]] = []
        self.status = 200
        self.asked = 0
        self.url = ""

    def show(self, *keys: Key) -> None:
        self.keys = [key.as_dict(private=False) for key in keys]


@contextmanager
def key_address() -> Iterator[KeyAddress]:
    """A real server of keys, while the context lasts."""
    address = KeyAddress()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            address.asked += 1
            body = json.dumps({"keys": address.keys}).encode()
            self.send_response(address.status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    address.url = f"http://127.0.0.1:{server.server_port}/jwks.json"
    try:
        yield address
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
