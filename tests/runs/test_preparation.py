"""What a toolchain makes once is shown to its compiler from then on, and lost without harm."""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from algoroom.runs.engine import Engine
from algoroom.runs.languages.preparation import Preparations
from algoroom.runs.model import RunRequest, Verdict
from algoroom.runs.sandbox import mounts

pytestmark = pytest.mark.asyncio(loop_scope="session")

# The compiler says what was prepared: a number that is another one each time.
ORACLE = """
name = "oracle"
display_name = "Oracle"
comment = "#"
file = "main.txt"
[toolchain]
programs = ["python3"]
version = ["{python3}", "--version"]
version_pattern = 'Python (\\S+)'
remedy = ""
[prepare]
argv = ["{python3}", "-c", '''
import os
assert open("out/given/text").read() == "a text"
assert os.environ["PLACE"] == "/code/out"
open("out/number", "w").write(os.urandom(8).hex())
''']
files = { "given/text" = "a text" }
folders = ["empty"]
[compile]
argv = ["{python3}", "-c", '''
import os
place = "{prepared}"
assert place == os.environ["PLACE"]
said = sorted(os.listdir(place)) + [open(place + "/number").read()] if os.path.isdir(place) else 0
try: open(place + "/number", "w")
except OSError as error: print(error.strerror)
open("out/main.py", "w").write("print(%r)" % said if "tell" in open("main.txt").read() else "")
''']
environment = { PLACE = "{prepared}" }
[run]
argv = ["{python3}", "main.py"]
[self_test]
source = ""
stdout = ""
"""


@pytest.fixture
def folder() -> Iterator[Path]:
    """In a directory that whoever runs programs may read, which pytest's are not."""
    with tempfile.TemporaryDirectory(prefix="algoroom-cache-") as place:
        Path(place).chmod(0o755)
        yield Path(place) / "cache"


async def told(tmp_path: Path, cache: Path | None, text: str = ORACLE) -> tuple[str, str]:
    declarations = tmp_path / "languages"
    declarations.mkdir(exist_ok=True)
    (declarations / "oracle.toml").write_text(text)
    async with Engine(at_once=1, declarations=declarations, cache_folder=cache) as engine:
        outcome = await engine.outcome(RunRequest("oracle", "tell"))
    assert outcome.verdict is Verdict.OK, outcome
    return outcome.stdout.decode().strip(), outcome.compiler_output.decode()


async def test_it_is_made_once_and_cannot_be_written_to(tmp_path: Path, folder: Path) -> None:
    first, refused = await told(tmp_path, folder)
    assert first.startswith("['empty', 'given', 'number', ")
    assert "Read-only file system" in refused
    assert (await told(tmp_path, folder))[0] == first
    another, _ = await told(tmp_path, folder, ORACLE.replace("urandom(8)", "urandom(9)"))
    assert another.startswith("['empty'")
    assert another != first
    assert sorted(path.stat().st_mode & 0o777 for path in folder.rglob("number")) == [0o444] * 2


async def test_without_a_directory_nothing_is_prepared(tmp_path: Path) -> None:
    assert (await told(tmp_path, None))[0] == "0"


async def test_what_cannot_be_prepared_is_done_without(
    tmp_path: Path, folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    broken = ORACLE.replace('== "a text"', '== "another"')
    assert (await told(tmp_path, folder, broken))[0] == "0"
    assert "nothing is prepared for oracle" in caplog.text
    assert "AssertionError" in caplog.text


async def test_a_directory_that_others_may_write_to_is_not_used(folder: Path) -> None:
    folder.mkdir()
    folder.chmod(0o777)
    assert Preparations(folder).folder is None


@pytest.mark.skipif(os.geteuid() != 0, reason="the server's user is who runs programs then")
async def test_a_directory_that_programs_cannot_read_is_not_used(folder: Path) -> None:
    folder.mkdir()
    folder.chmod(0o700)
    assert Preparations(folder).folder is None


async def test_the_longest_unused_makes_room(tmp_path: Path, folder: Path) -> None:
    folder.mkdir()
    for age, name in enumerate(("new", "old", "older")):
        (folder / name).mkdir()
        (folder / name / "file").write_bytes(bytes(1000))
        os.utime(folder / name, (1_000_000 - age, 1_000_000 - age))
    preparations = Preparations(folder, most_bytes=2_500)
    declarations = tmp_path / "languages"
    declarations.mkdir()
    (declarations / "oracle.toml").write_text(ORACLE)
    async with Engine(at_once=1, declarations=declarations) as engine:
        await engine.languages.settled()
        oracle = engine.languages.get("oracle")
        assert oracle.toolchain is not None

        place = await preparations.of(
            oracle.declaration,
            oracle.toolchain,
            lambda command: engine.sandbox.run(command, lambda *_: None),
        )
    kept = {path.name for path in folder.iterdir()}
    assert kept == {"new", "old", Path(place).name}


async def test_cpp_and_go_find_theirs(engine: Engine) -> None:
    for language, file in (("cpp", "bits/stdc++.h.gch"), ("go", "README")):
        place = engine.languages.get(language).prepared
        assert Path(place).parent == Path(mounts.PREPARED)
        source = f"import os\nprint(os.path.getsize('{place}/{file}') > 0)"
        assert (await engine.outcome(RunRequest("python", source))).stdout == b"True\n"


@pytest.mark.parametrize(
    "head",
    [
        "#include <bits/stdc++.h>",
        "#include <iostream>",
        "#include <vector>\n#include <iostream>",
        "#define X\n#include <iostream>\n#include <bits/stdc++.h>",
        "int x;\n#include <bits/stdc++.h>",
    ],
)
async def test_headers_work_wherever_they_stand(engine: Engine, head: str) -> None:
    source = head + '\nint main() { std::cout << "here" << std::endl; }'
    outcome = await engine.outcome(RunRequest("cpp", source))
    assert (outcome.stdout, outcome.compiler_output) == (b"here\n", b"")


async def test_what_a_crash_left_unfinished_is_swept_and_what_is_being_written_is_not(
    folder: Path,
) -> None:
    abandoned, begun = folder / ".new.abandoned", folder / ".new.begun"
    for place in (abandoned, begun):
        place.mkdir(parents=True)
        (place / "half").write_bytes(b"x")
    os.utime(abandoned, (0, 0))
    Preparations(folder)
    assert [place.name for place in folder.iterdir()] == [begun.name]
