"""A client that costs next to nothing, so that the server is what is measured.

One thread, one connection for each run under way, nothing of a response read but its length and
whether the program's output is in it.
"""

import json
import selectors
import socket
import time
from collections.abc import Iterable, Iterator

from bench.figures import Measure
from bench.processor import Account

END_OF_HEAD = b"\r\n\r\n"
LENGTH = b"content-length:"
TIMEOUT_S = 60.0
# Servers close connections that were idle for some seconds.
FRESH_S = 2.0


class RunFailed(Exception):
    """The server did not run a program as it should."""


class Connection:
    """A kept-alive connection with one request under way at most."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), TIMEOUT_S)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._received = b""
        self._used_at = time.monotonic()

    @property
    def is_fresh(self) -> bool:
        return time.monotonic() - self._used_at < FRESH_S

    def send(self, request: bytes) -> None:
        self._received = b""
        self._used_at = time.monotonic()
        self.socket.sendall(request)

    def receive(self) -> bytes | None:
        """The whole response once it is there. Raises RunFailed."""
        data = self.socket.recv(65536)
        if not data:
            raise RunFailed("the server closed a connection")
        self._received += data
        head, found, body = self._received.partition(END_OF_HEAD)
        if not found:
            return None
        place = head.lower().index(LENGTH) + len(LENGTH)
        length = int(head[place:].split(b"\r\n", 1)[0])
        return self._received if len(body) >= length else None

    def close(self) -> None:
        self.socket.close()


class Client:
    """Runs programs on the server at `port`, whose processor time `account` counts."""

    def __init__(self, port: int, account: Account) -> None:
        self._port = port
        self._account = account
        self._connections: list[Connection] = []

    def measure(self, requests: Iterable[bytes], at_once: int, expected: bytes) -> Measure:
        """Send all of `requests`, `at_once` under way.

        Raises RunFailed where one is not answered with `expected` in it.
        """
        for connection in [one for one in self._connections if not one.is_fresh]:
            connection.close()
            self._connections.remove(connection)
        while len(self._connections) < at_once:
            self._connections.append(Connection(self._port))
        used_s = self._account.used_s()
        began = time.perf_counter()
        count = self._exchange(iter(requests), self._connections[:at_once], expected)
        wall_s = time.perf_counter() - began
        return Measure(count, wall_s, self._account.used_s() - used_s)

    def _exchange(
        self, requests: Iterator[bytes], connections: list[Connection], expected: bytes
    ) -> int:
        count = 0
        with selectors.EpollSelector() as selector:
            for connection in connections:
                if (request := next(requests, None)) is None:
                    break
                connection.send(request)
                selector.register(connection.socket, selectors.EVENT_READ, connection)
            while selector.get_map():
                for key, _ in selector.select(TIMEOUT_S):
                    connection = key.data
                    if (response := connection.receive()) is None:
                        continue
                    if expected not in response:
                        raise RunFailed(response.decode(errors="replace"))
                    count += 1
                    if (request := next(requests, None)) is None:
                        selector.unregister(connection.socket)
                    else:
                        connection.send(request)
        return count

    def close(self) -> None:
        for connection in self._connections:
            connection.close()
        self._connections.clear()


def execution(language: str, code: str) -> bytes:
    """The request that runs `code`."""
    body = json.dumps({"language": language, "code": code, "timeout": 10}).encode()
    head = (
        "POST /api/execute HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body
