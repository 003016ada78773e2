"""A server inside the test's own process: real connections, and a clock that the test holds."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx2
import uvicorn

from algoroom.api.wire import Protocol
from algoroom.cli.heads import BoundedHeads
from algoroom.main import create_app
from algoroom.settings import Settings
from tests.serving import Server


class HeldClock:
    """Stands still until it is told otherwise."""

    def __init__(self) -> None:
        self.now_s = 1_000.0

    def __call__(self) -> float:
        return self.now_s


class _Announced(uvicorn.Server):
    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.has_started = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.has_started.set()


@contextlib.asynccontextmanager
async def inside(clock: HeldClock, data_dir: Path, **fields: Any) -> AsyncIterator[str]:
    """The address of a node that counts by this clock, `host:port`."""
    Server.lend_languages(data_dir)
    app = create_app(Settings(data_dir=data_dir, **fields), seconds=clock)
    config = uvicorn.Config(
        app,
        http=BoundedHeads,
        ws=Protocol,
        ws_ping_interval=None,
        ws_per_message_deflate=False,
        proxy_headers=False,
        lifespan="on",
        log_config=None,
        access_log=False,
    )
    server = _Announced(config)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        serving = asyncio.create_task(server.serve([listener]))
        try:
            async with asyncio.timeout(60):
                await server.has_started.wait()
            yield "{}:{}".format(*listener.getsockname())
        finally:
            server.should_exit = True
            await serving


def client(address: str, **options: Any) -> httpx2.AsyncClient:
    """A client of its own connections."""
    return httpx2.AsyncClient(
        base_url=f"http://{address}", timeout=60, trust_env=False, verify=False, **options
    )
