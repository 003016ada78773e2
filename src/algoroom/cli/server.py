"""The server process: uvicorn, with our socket protocol, start screen and way to stop."""

import asyncio
import contextlib
import gc
import logging
import socket
from pathlib import Path
from types import FrameType
from typing import cast

import uvicorn

import algoroom
from algoroom.cli.crowd import Config, room_for
from algoroom.cli.heads import BoundedHeads
from algoroom.cli.log import log_to_stderr
from algoroom.cli.screen import print_start_screen
from algoroom.node import Node
from algoroom.settings import Settings

log = logging.getLogger(__name__)

STOP_WITHIN_S = 10
# New objects until those of them that refer to each other are looked for. What an edit makes is
# there until it is saved, and is looked through in vain the more often the lower this is.
GARBAGE_AFTER = 20_000
REMEMBERED_WITHIN_S = 2


def configuration(settings: Settings, *, reload: bool = False) -> Config:
    """How uvicorn serves the application that the environment's settings describe."""
    return Config(
        "algoroom.main:app",
        most_connections=room_for(settings.max_connections),
        host=settings.host,
        port=settings.port,
        http=BoundedHeads,
        ws="algoroom.api.wire:Protocol",
        ws_max_size=settings.max_frame_bytes,
        ws_ping_interval=None,
        ws_per_message_deflate=False,
        lifespan="on",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_graceful_shutdown=STOP_WITHIN_S,
        reload=reload,
        reload_dirs=[str(Path(algoroom.__file__).parent)] if reload else None,
    )


class NodeServer(uvicorn.Server):
    """Says what it offers once it listens, and takes leave of everybody before it stops."""

    def __init__(self, config: uvicorn.Config, settings: Settings) -> None:
        super().__init__(config)
        self._settings = settings
        self._screen: asyncio.Task[None] | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    def run(self, sockets: list[socket.socket] | None = None) -> None:
        # The process of --reload starts here, without the command that came before.
        log_to_stderr(self._settings.log_level)
        super().run(sockets)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            # What is there now stays; looking through it again and again takes time from rooms.
            gc.collect()
            gc.freeze()
            gc.set_threshold(GARBAGE_AFTER, *gc.get_threshold()[1:])
            self._loop = asyncio.get_running_loop()
            self._screen = asyncio.create_task(self._show_screen(), name="start screen")

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Stop at the first signal, give no more grace at the second, wait for nothing at the
        third, as uvicorn does at an interrupt."""
        asked_before = len(self._captured_signals)
        super().handle_exit(sig, frame)
        self.force_exit = asked_before > 1
        if asked_before and self._loop is not None:
            self._loop.call_soon_threadsafe(self._node.engine.hurry)

    async def _show_screen(self) -> None:
        """Say what there is; languages that were tested before are known at once."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(REMEMBERED_WITHIN_S):
                await self._node.engine.languages.settled()
        port = self.servers[0].sockets[0].getsockname()[1]
        print_start_screen(self._node, port)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        if self._screen is not None:
            self._screen.cancel()
            await asyncio.wait([self._screen])
        for server in self.servers:
            server.close()
        # While the sockets are open, so that rooms see how their runs end.
        await self._node.engine.drain(self._settings.runs_grace_seconds)
        try:
            async with asyncio.timeout(STOP_WITHIN_S):
                await self._node.close_rooms()
        except TimeoutError:
            log.warning("rooms did not close within %d s", STOP_WITHIN_S)
        await super().shutdown(sockets)

    @property
    def _node(self) -> Node:
        return cast(Node, self.config.loaded_app.state.node)
