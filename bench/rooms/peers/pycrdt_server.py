"""pycrdt-websocket as its documentation starts it, on a port of the loopback interface."""

import asyncio
import os

import uvicorn
from pycrdt.websocket import ASGIServer, WebsocketServer


async def main() -> None:
    rooms = WebsocketServer()
    port = int(os.environ["PORT"])
    config = uvicorn.Config(ASGIServer(rooms), host="127.0.0.1", port=port, log_level="warning")
    async with rooms:
        await uvicorn.Server(config).serve()


if __name__ == "__main__":
    asyncio.run(main())
