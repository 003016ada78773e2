"""What the README shows does what it says, against a real server."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.serving import Server

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```(sh|js)\n(.*?)```", README, re.DOTALL)
WITHIN_S = 60

# What the listener of the example does besides, so that there is something to hear.
WRITING = """
  if (frame.type === "participant_joined")
    fetch(new URL(`/sessions/${session}/code`, "http://127.0.0.1:8000"), {
      method: "PUT",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ code: "1 + 1" }),
    });
  """


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with Server(warm=True) as server:
        yield server.url


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the commands remember what they found out about the languages."""
    return tmp_path_factory.mktemp("data")


def example(kind: str, part: str) -> str:
    """The one block of this kind that holds `part`."""
    found: str
    (found,) = [text for language, text in BLOCKS if language == kind and part in text]
    return found


def shell(command: str, url: str, session: str = "") -> str:
    return subprocess.run(
        ["bash", "-ec", command.replace("http://127.0.0.1:8000", url)],
        env={"PATH": "/usr/bin:/bin", "SESSION": session},
        capture_output=True,
        check=True,
        text=True,
        timeout=WITHIN_S,
    ).stdout


def commands(block: str) -> list[str]:
    return block.strip().split("\n\n")


def script(block: str, url: str, session: str) -> list[str]:
    """Run JavaScript in Node; the lines that it prints. Node's own WebSocket may need a flag."""
    here = block.replace("127.0.0.1:8000", url.removeprefix("http://"))
    source = f'const session = "{session}";\n{here}'
    flag = subprocess.run(
        ["node", "-p", "typeof WebSocket"], capture_output=True, text=True, check=True, timeout=30
    )
    options = [] if flag.stdout.strip() == "function" else ["--experimental-websocket"]
    return subprocess.run(
        ["node", "--no-warnings", *options, "-e", source],
        capture_output=True,
        check=True,
        text=True,
        timeout=WITHIN_S,
    ).stdout.splitlines()


def test_the_interview_api_by_curl(url: str) -> None:
    create, save, execute = commands(example("sh", "/api/execute"))
    session = json.loads(shell(create, url))
    assert session["title"] == "Two sum"
    saved = json.loads(shell(save, url, session["sessionId"]))
    assert saved["sessionId"] == session["sessionId"]
    assert json.loads(shell(execute, url))["stdout"] == "hello\n"


def test_the_interview_api_in_javascript(url: str) -> None:
    create, *_ = commands(example("sh", "/api/execute"))
    session: str = json.loads(shell(create, url))["sessionId"]
    assert script(example("js", "algoroom.interview.v1"), url, session) == ["welcome", "pong"]
    code = json.loads(shell(f"curl -s {url}/api/sessions/{session}/code", url))["code"]
    assert code == "print('Ann was here')\n"


def test_the_algoroom_api_by_curl_and_javascript(url: str) -> None:
    create, put, execute = commands(example("sh", "/execute\n"))[-3:]
    session = json.loads(shell(create, url))["id"]
    watching = example("js", "algoroom.events.v1").replace(
        "console.log(frame.type,", f"{WRITING}console.log(frame.type,"
    )
    seen = script(watching, url, session)
    assert seen == ["participant_joined 1 null", "code_update null 1 + 1"]
    assert json.loads(shell(put, url, session))["code"] == "print(6 * 7)"
    assert json.loads(shell(execute, url, session))["output"] == "42\n"


@pytest.mark.parametrize("part", ["run hello.py", "languages ", "doctor "])
def test_the_commands(part: str, tmp_path: Path, data_dir: Path) -> None:
    line = next(line for line in example("sh", "algoroom doctor").splitlines() if part in line)
    (tmp_path / "hello.py").write_text("print('hello')\n", encoding="utf-8")
    arguments = line.split("#")[0].split()[1:]
    ended = subprocess.run(
        [sys.executable, "-m", "algoroom", *arguments],
        cwd=tmp_path,
        env={"PATH": "/usr/local/bin:/usr/bin:/bin", "ALGOROOM_DATA_DIR": str(data_dir)},
        capture_output=True,
        text=True,
        timeout=WITHIN_S,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout


def test_every_make_target_that_it_names_exists() -> None:
    help_text = subprocess.run(
        ["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True, timeout=30
    ).stdout
    for target in set(re.findall(r"\bmake ([a-z]+)", README)) - {"and"}:
        assert f"make {target}" in help_text


def test_every_link_leads_to_a_file() -> None:
    for link in re.findall(r"\]\(([^)]+)\)", README):
        assert (ROOT / link).exists(), link
