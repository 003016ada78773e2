"""`uvicorn algoroom.main:app`, without the command line's own server around it."""

import json
import os
import subprocess
import sys
import urllib.request
from pathlib import Path

from websockets.sync.client import connect

from tests.serving import free_port

WITHIN_S = 60


def test_a_plain_uvicorn_serves_rooms_and_sockets(tmp_path: Path) -> None:
    port = free_port()
    with subprocess.Popen(
        [sys.executable, "-m", "uvicorn", "algoroom.main:app", f"--port={port}"],
        env={"PATH": os.environ["PATH"], "ALGOROOM_DATA_DIR": str(tmp_path)},
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stderr is not None
        for line in process.stderr:
            if "Uvicorn running" in line:
                break
        try:
            creation = urllib.request.Request(
                f"http://127.0.0.1:{port}/api/sessions", method="POST"
            )
            with urllib.request.urlopen(creation, timeout=WITHIN_S) as answer:
                session = json.load(answer)["sessionId"]
            address = f"ws://127.0.0.1:{port}/ws/sessions/{session}"
            with connect(address, proxy=None) as ann, connect(address, proxy=None) as bob:
                for socket in (ann, bob):
                    assert json.loads(socket.recv(WITHIN_S))["type"] == "welcome"
                ann.send(json.dumps({"type": "code-update", "data": {"code": "hello"}}))
                assert json.loads(bob.recv(WITHIN_S))["data"]["code"] == "hello"
        finally:
            process.terminate()
            process.communicate(timeout=WITHIN_S)
