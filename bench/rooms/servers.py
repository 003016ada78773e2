"""The servers that are measured: ours, and the peers as they come, each on a core of its own."""

import json
import os
import shutil
import socket
import subprocess
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from typing import Protocol

from bench.peers import PeerMissing
from bench.rooms import wire
from bench.rooms.plan import Address
from bench.rooms.process import placed, prefer, rest
from tests.serving import Server, free_port

TOOLS = Path(__file__).parents[2] / ".tools"
NODE_PEERS = TOOLS / "rooms"
PYTHON_PEER = TOOLS / "pycrdt-websocket" / "bin" / "python"
SAVED_SUBPROTOCOL = "algoroom.sync.v1"
READY_WITHIN_S = 30.0
POLL_S = 0.02
QUIET_S = 1.0
AUTHENTICATION, TOKEN = 2, 0


class Rooms(Protocol):
    """A server that runs."""

    port: int

    @property
    def pid(self) -> int: ...

    def room(self, name: str) -> Address:
        """The address of a room that nobody was in yet, empty."""
        ...


class Ours:
    """Algoroom with all that it does: journal, presence, limits, though no program is run here."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.port = server.port

    @property
    def pid(self) -> int:
        return self.server.pid

    def room(self, name: str) -> Address:
        request = urllib.request.Request(  # noqa: S310  # always our own server
            f"{self.server.url}/api/sessions",
            json.dumps({"title": name}).encode(),
            {"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request) as answer:  # noqa: S310
            session = json.load(answer)["sessionId"]
        return Address(f"/ws/sync/{session}", subprotocol=SAVED_SUBPROTOCOL)


class Peer:
    """A peer's process."""

    def __init__(self, process: "subprocess.Popen[bytes]", port: int, *, is_named: bool) -> None:
        self._process = process
        self.port = port
        self._is_named = is_named

    @property
    def pid(self) -> int:
        return self._process.pid

    def room(self, name: str) -> Address:
        if not self._is_named:
            return Address(f"/{name}")
        token = wire.number(AUTHENTICATION) + wire.number(TOKEN) + wire.sized(b"none")
        return Address("/", wire.sized(name.encode()), token)


@contextmanager
def ours(core: int | None, settings: Mapping[str, str] | None = None) -> Iterator[Ours]:
    server = Server(settings)
    with ExitStack() as owned:
        with placed(core):
            owned.enter_context(server)
        if core is not None:
            rest(server.pid, QUIET_S)
            prefer(server.pid)
        # It answers when the languages are tried, which is work that no room is to be charged with.
        with urllib.request.urlopen(f"{server.url}/api/languages"):  # noqa: S310
            yield Ours(server)


@contextmanager
def y_websocket(core: int | None) -> Iterator[Peer]:
    """The server of y-websocket's authors, on Node. Raises PeerMissing."""
    program = NODE_PEERS / "node_modules" / "@y" / "websocket-server" / "src" / "server.js"
    with _peer([_node(program), str(program)], core) as peer:
        yield peer


@contextmanager
def hocuspocus(core: int | None) -> Iterator[Peer]:
    """Raises PeerMissing."""
    program = NODE_PEERS / "hocuspocus.mjs"
    with _peer([_node(program), str(program)], core, is_named=True) as peer:
        yield peer


@contextmanager
def pycrdt_websocket(core: int | None) -> Iterator[Peer]:
    """Raises PeerMissing."""
    if not PYTHON_PEER.exists():
        raise PeerMissing("pycrdt-websocket is not installed: scripts/bench-peers rooms")
    program = Path(__file__).parent / "peers" / "pycrdt_server.py"
    with _peer([str(PYTHON_PEER), str(program)], core) as peer:
        yield peer


def _node(program: Path) -> str:
    found = shutil.which("node")
    if found is None:
        raise PeerMissing("Node.js is not installed")
    if not program.exists():
        raise PeerMissing(f"{program.name} is not installed: scripts/bench-peers rooms")
    return found


@contextmanager
def _peer(argv: list[str], core: int | None, *, is_named: bool = False) -> Iterator[Peer]:
    port = free_port()
    environment = {"PATH": os.environ["PATH"], "HOST": "127.0.0.1", "PORT": str(port)}
    with placed(core):
        process = subprocess.Popen(
            argv, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL
        )
    try:
        _wait_until_open(process, port, argv[-1])
        if core is not None:
            prefer(process.pid)
        yield Peer(process, port, is_named=is_named)
    finally:
        process.kill()
        process.wait()


def _wait_until_open(process: "subprocess.Popen[bytes]", port: int, name: str) -> None:
    deadline = time.monotonic() + READY_WITHIN_S
    while time.monotonic() < deadline and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(POLL_S)
    raise PeerMissing(f"{name} does not start here")


# A server on a core, by the name that the tables have.
Started = AbstractContextManager[Rooms]
Start = Callable[[int | None], Started]
OURS = "Algoroom"
PEERS: Mapping[str, Start] = {
    "y-websocket": y_websocket,
    "Hocuspocus": hocuspocus,
    "pycrdt-websocket": pycrdt_websocket,
}
