"""Real servers for tests: `python -m algoroom serve` in a process and on a port of its own."""

from __future__ import annotations

import asyncio
import http.client
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import ClassVar, Self

READY_WITHIN_S = 60.0
ENDED_WITHIN_S = 30.0
POLL_S = 0.02
LOG_TAIL_BYTES = 8_192

# The suite is one client that is busier than a class: only tests of the limits want to meet them.
GENEROUS: Mapping[str, str] = {
    "ALGOROOM_REQUESTS_PER_MINUTE": "1000000",
    "ALGOROOM_RUNS_PER_MINUTE": "100000",
    "ALGOROOM_NEW_ROOMS_PER_HOUR": "1000000",
    "ALGOROOM_SOCKETS_PER_CLIENT": "10000",
    "ALGOROOM_FRAMES_PER_10_SECONDS": "1000000",
    "ALGOROOM_MESSAGES_PER_SECOND": "1000000",
}

# Most tests start a server to run few programs or none: what waits for programs would take the
# processor from everyone else.
COLD: Mapping[str, str] = {"ALGOROOM_STARTERS_MEMORY_BYTES": "0"}

# What a toolchain needs to be found; everything else of the caller's environment stays outside.
INHERITED = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "JAVA_HOME", "COVERAGE_PROCESS_START")


def free_port() -> int:
    """A TCP port of the loopback interface that nothing listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Server:
    """One server process with its data; `settings` are environment variables and win over ours;
    `prefix` is a command that starts the one behind it; programs start cold unless it is `warm`.

    Entering starts it and waits until `/health` answers; leaving ends it and removes the data,
    unless `data_dir` was given. `restart` keeps port and data.

    A new server starts with what others of this process have found out about the languages, as
    a server that starts again does: their self-tests take the processor from everyone else.
    """

    _running: ClassVar[set[Server]] = set()
    _languages: ClassVar[bytes] = b""

    def __init__(
        self,
        settings: Mapping[str, str] | None = None,
        *,
        data_dir: Path | None = None,
        prefix: Sequence[str] = (),
        warm: bool = False,
    ) -> None:
        self._owned_dir: Path | None = None
        if data_dir is None:
            data_dir = self._owned_dir = Path(tempfile.mkdtemp(prefix="algoroom-served-"))
        self.data_dir = data_dir
        self.log_path = self.data_dir / "server.log"
        self.port = free_port()
        self._prefix = prefix
        self.settings = {**GENEROUS, **({} if warm else COLD), **(settings or {})}
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def socket_url(self) -> str:
        return f"ws://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        """The process, while it runs."""
        assert self._process is not None
        return self._process.pid

    @property
    def log(self) -> str:
        """The end of what the server wrote to its standard output and standard error."""
        if not self.log_path.exists():
            return ""
        return self.log_path.read_bytes()[-LOG_TAIL_BYTES:].decode(errors="replace")

    def start(self) -> None:
        """Start the process and wait until it is ready. Raises `AssertionError` with its log."""
        environment = {name: os.environ[name] for name in INHERITED if name in os.environ}
        environment |= {
            "HOST": "127.0.0.1",
            "PORT": str(self.port),
            "ALGOROOM_DATA_DIR": str(self.data_dir / "data"),
            "PYTHONUNBUFFERED": "1",
            **self.settings,
        }
        self.lend_languages(self.data_dir / "data")
        with self.log_path.open("ab") as log:
            self._process = subprocess.Popen(
                [*self._prefix, sys.executable, "-m", "algoroom", "serve"],
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        Server._running.add(self)
        self._wait_until_ready()

    def kill(self) -> None:
        """End the process as a crash would (`kill -9`) and reap it."""
        self._end(signal.SIGKILL)

    def terminate(self) -> int:
        """Ask the process to stop (SIGTERM), wait for it, and return its exit code."""
        return self._end(signal.SIGTERM)

    def restart(self) -> None:
        """Start again on the same port and data; kills what still runs."""
        self.kill()
        self.start()

    def close(self) -> None:
        self.kill()
        Server._note_languages()
        Server._running.discard(self)
        if self._owned_dir is not None:
            shutil.rmtree(self._owned_dir, ignore_errors=True)

    @property
    def _languages_file(self) -> Path:
        return self.data_dir / "data" / "languages.json"

    @classmethod
    def _note_languages(cls) -> None:
        found = [
            server._languages_file.read_bytes()
            for server in cls._running
            if server._languages_file.exists()
        ]
        cls._languages = max([cls._languages, *found], key=len)

    @classmethod
    def lend_languages(cls, data_dir: Path) -> None:
        """Let a server with this data directory start with what others have found out."""
        cls._note_languages()
        file = data_dir / "languages.json"
        if cls._languages and not file.exists():
            data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
            file.write_bytes(cls._languages)

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + READY_WITHIN_S
        while not self._answers():
            assert self._process is not None
            if self._process.poll() is not None:
                raise AssertionError(f"the server ended while starting:\n{self.log}")
            if time.monotonic() > deadline:
                self.kill()
                raise AssertionError(f"not ready within {READY_WITHIN_S} s:\n{self.log}")
            time.sleep(POLL_S)

    def _answers(self) -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET", "/health")
            return connection.getresponse().status == 200
        except OSError:
            return False
        finally:
            connection.close()

    def _end(self, number: signal.Signals) -> int:
        process = self._process
        if process is None:
            return 0
        if process.poll() is None:
            process.send_signal(number)
        try:
            return process.wait(ENDED_WITHIN_S)
        except subprocess.TimeoutExpired as late:
            process.kill()
            process.wait()
            raise AssertionError(f"still there after {number.name}:\n{self.log}") from late
        finally:
            self._process = None

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if error is not None and self.log:
            error.add_note(f"server log:\n{self.log}")
        self.close()

    async def __aenter__(self) -> Self:
        return await asyncio.to_thread(self.__enter__)

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await asyncio.to_thread(self.__exit__, kind, error, trace)
