"""`algoroom serve`: a node that answers until it is stopped."""

import asyncio
import signal
import socket
import sys
from types import FrameType
from typing import Annotated

import typer

from algoroom.assembly import engine_from, too_weak
from algoroom.cli.log import log_to_stderr
from algoroom.cli.settings import settings_or_exit
from algoroom.errors import AlgoroomError
from algoroom.settings import Settings

CANNOT_START = 1


def serve(
    host: Annotated[
        str | None, typer.Option(help="Address to listen on.", show_default="127.0.0.1")
    ] = None,
    port: Annotated[
        int | None, typer.Option(help="Port; 0 takes any free one.", show_default="8000")
    ] = None,
    reload: Annotated[
        bool, typer.Option("--reload", help="Start again whenever the source changes.")
    ] = False,
    log_level: Annotated[
        str | None,
        typer.Option(help="critical, error, warning, info or debug.", show_default="info"),
    ] = None,
) -> None:
    """Serve rooms over HTTP and sockets until stopped."""
    settings = settings_or_exit(HOST=host, PORT=port, ALGOROOM_LOG_LEVEL=log_level)
    log_to_stderr(settings.log_level)
    signal.signal(signal.SIGTERM, _end_well)
    try:
        listener = _listen(settings.host, settings.port)
        asyncio.run(_prepare(settings))
        _serve(settings, listener, reload=reload)
    except AlgoroomError as error:
        typer.echo(f"algoroom: {error}", err=True)
        raise typer.Exit(CANNOT_START) from error
    except KeyboardInterrupt:
        raise typer.Exit from None


class _CannotServe(AlgoroomError):
    """The node cannot start, or must not."""


def _end_well(_number: int, _frame: FrameType | None) -> None:
    """Being asked to stop is no failure."""
    sys.exit(0)


def _listen(host: str, port: int) -> socket.socket:
    """A bound socket. Nothing is accepted before the server listens on it."""
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        if isinstance(error, socket.gaierror):
            raise _CannotServe(f"there is no address called {host}") from error
        reason = (error.strerror or str(error)).lower()
        raise _CannotServe(
            f"cannot listen on {host} port {port}: {reason}; another one is taken by --port or PORT"
        ) from error
    listener.set_inheritable(True)
    return listener


async def _prepare(settings: Settings) -> None:
    """Bring the tables up to date. Raises what a server cannot start without."""
    from algoroom.storage.database import Database

    database = Database(settings.database_url)
    try:
        await database.migrate()
    finally:
        await database.close()
    if not settings.loopback:
        # Nothing has to wait for programs there.
        cold = settings.model_copy(update={"starters_memory_bytes": 0})
        async with engine_from(cold) as engine:
            if (reason := too_weak(settings, engine)) is not None:
                raise _CannotServe(f"{reason}; ALGOROOM_WEAK_SANDBOX=allow starts it")


def _serve(settings: Settings, listener: socket.socket, *, reload: bool) -> None:
    from uvicorn.supervisors import ChangeReload

    from algoroom.cli.server import NodeServer, configuration

    config = configuration(settings, reload=reload)
    server = NodeServer(config, settings)
    if reload:
        ChangeReload(config, target=server.run, sockets=[listener]).run()
    else:
        server.run(sockets=[listener])
