"""`algoroom serve`: a node that answers until it is stopped."""

import asyncio
import signal
import socket
import sys
from types import FrameType
from typing import Annotated

import typer

from algoroom.cli.log import log_to_stderr
from algoroom.cli.settings import settings_or_exit
from algoroom.settings import Settings
from algoroom.storage.database import Database, DatabaseUnavailable

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
        asyncio.run(_migrate(settings))
        _serve(settings, listener, reload=reload)
    except (_NoListener, DatabaseUnavailable) as error:
        typer.echo(f"algoroom: {error}", err=True)
        raise typer.Exit(CANNOT_START) from error
    except KeyboardInterrupt:
        raise typer.Exit from None


class _NoListener(Exception):
    """The address cannot be listened on, in words."""


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
            raise _NoListener(f"there is no address called {host}") from error
        reason = (error.strerror or str(error)).lower()
        raise _NoListener(
            f"cannot listen on {host} port {port}: {reason}; another one is taken by --port or PORT"
        ) from error
    listener.set_inheritable(True)
    return listener


async def _migrate(settings: Settings) -> None:
    """Bring the tables up to date, and find out early whether there is a database at all."""
    database = Database(settings.database_url)
    try:
        await database.migrate()
    finally:
        await database.close()


def _serve(settings: Settings, listener: socket.socket, *, reload: bool) -> None:
    from uvicorn.supervisors import ChangeReload

    from algoroom.cli.server import NodeServer, configuration

    config = configuration(settings, reload=reload)
    server = NodeServer(config, settings)
    if reload:
        ChangeReload(config, target=server.run, sockets=[listener]).run()
    else:
        server.run(sockets=[listener])
