"""Nothing of the server can be reached from a program: its secrets, its files, its ports."""

import contextlib
import os
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import algoroom
from algoroom.runs.engine import Engine
from algoroom.runs.model import Limits, RunRequest, Verdict

pytestmark = [
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.usefixtures("nothing_left"),
]
SECRET = "never-shown-to-anybody"


async def printed(engine: Engine, source: str) -> str:
    outcome = await engine.outcome(RunRequest("python", source, limits=Limits(wall_s=8)))
    assert outcome.verdict is Verdict.OK, outcome
    return outcome.stdout.decode()


@contextlib.contextmanager
def listening(family: int, address: str | tuple[str, int]) -> Iterator[socket.socket]:
    """A server that must never be reached."""
    with socket.socket(family, socket.SOCK_STREAM) as server:
        server.bind(address)
        server.listen()
        server.setblocking(False)
        yield server
        with pytest.raises(BlockingIOError):
            server.accept()


async def test_no_port_and_no_socket_of_the_host_answers(engine: Engine, tmp_path: Path) -> None:
    abstract = f"\0algoroom-test-{os.getpid()}"
    path = str(tmp_path / "socket")
    with (
        listening(socket.AF_INET, ("127.0.0.1", 0)) as loopback,
        listening(socket.AF_INET, ("0.0.0.0", 0)) as anywhere,
        listening(socket.AF_UNIX, abstract),
        listening(socket.AF_UNIX, path),
    ):
        port, other = loopback.getsockname()[1], anywhere.getsockname()[1]
        own = socket.gethostbyname(socket.gethostname())
        source = (
            "import socket\n"
            f"for host in ('127.0.0.1', 'localhost', '0.0.0.0', {own!r}, '10.0.2.2'):\n"
            f"  for port in ({port}, {other}):\n"
            "    try: socket.create_connection((host, port), timeout=1); print(host, port)\n"
            "    except OSError: pass\n"
            f"for place in ({abstract!r}, {path!r}):\n"
            "  try: socket.socket(socket.AF_UNIX).connect(place); print('connected')\n"
            "  except OSError: pass"
        )
        assert await printed(engine, source) == ""


async def test_nobody_outside_reaches_what_a_program_listens_on(engine: Engine) -> None:
    source = (
        "import socket\n"
        "server = socket.create_server(('0.0.0.0', {port}))\n"
        "print('begun', flush=True)\n"
        "server.settimeout(0.5)\n"
        "try: server.accept(); print('reached')\n"
        "except TimeoutError: pass"
    )
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    async for event in engine.run(RunRequest("python", source.format(port=port))):
        if b"begun" in getattr(event, "data", b""):
            with pytest.raises(ConnectionRefusedError):
                socket.create_connection(("127.0.0.1", port), timeout=1)
        assert b"reached" not in getattr(event, "data", b"")


async def test_no_secret_of_the_server_is_anywhere(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In its environment, its database, its source, in what it opened."""
    monkeypatch.setenv("ALGOROOM_SECRET", SECRET)
    database = tmp_path / "algoroom.db"
    database.write_text(SECRET)
    database.chmod(0o666)
    home = Path.home() / f".algoroom-test-{os.getpid()}"
    home.write_text(SECRET)
    opened = os.open(database, os.O_RDONLY)
    os.set_inheritable(opened, True)
    try:
        places = [
            str(database), str(home), str(Path(algoroom.__file__).parent), sys.prefix,
            str(Path.cwd()), f"/proc/{os.getpid()}/environ", f"/proc/{os.getppid()}/environ",
            f"/proc/{os.getpid()}/fd/{opened}", f"/proc/{os.getpid()}/root{database}",
            f"/proc/1/root{database}", f"/proc/self/root{database}",
        ]  # fmt: skip
        source = (
            "import os\n"
            f"for place in {places!r}:\n"
            "  try:\n"
            "    seen = os.listdir(place) if os.path.isdir(place) else open(place, 'rb').read()\n"
            "    print(place, seen[:9]) if seen else None\n"
            "  except OSError: pass\n"
            f"half = {SECRET[:11]!r}\n"
            "for top in ('/proc/self', '/proc/1', '/code', '/tmp', '/dev', '/run', '/etc'):\n"
            "  for folder, _, names in os.walk(top):\n"
            "    for name in names:\n"
            "      try:\n"
            "        place = os.path.join(folder, name)\n"
            "        with open(os.open(place, os.O_RDONLY | os.O_NONBLOCK), 'rb') as file:\n"
            "          if (half.encode() + b'-to') in (file.read(1 << 16) or b''): print(place)\n"
            "      except OSError: pass\n"
        )
        assert await printed(engine, source) == ""
    finally:
        os.close(opened)
        home.unlink()
