"""What a program leaves where files are collected: regular files of its own, and nothing else."""

import pytest

from algoroom.runs.engine import Engine
from algoroom.runs.model import Limits, Stream
from algoroom.runs.sandbox.command import Command, Result

pytestmark = [
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.usefixtures("nothing_left"),
]


async def made(engine: Engine, source: str, collect_bytes: int = 1 << 20) -> Result:
    command = Command(
        ("/usr/bin/python3", "-c", source),
        Limits(cpu_s=3, wall_s=5),
        folders=("out",),
        collect="out",
        collect_bytes=collect_bytes,
    )
    return await engine.sandbox.run(command, unheard)


def unheard(stream: Stream, data: bytes) -> None:
    """These programs print nothing."""


async def test_links_pipes_and_devices_are_left_behind(engine: Engine) -> None:
    result = await made(
        engine,
        "import os, socket\n"
        "os.symlink('/etc/shadow', 'out/shadow')\n"
        "os.symlink('/etc/passwd', 'out/passwd')\n"
        "os.symlink('/dev/zero', 'out/zero')\n"
        "os.symlink('/proc/1', 'out/folder')\n"
        "os.symlink('.', 'out/loop')\n"
        "os.mkfifo('out/pipe')\n"
        "socket.socket(socket.AF_UNIX).bind('out/socket')\n"
        "os.mkdir('out/sub')\n"
        "open('out/sub/real', 'w').write('mine')",
    )
    assert result.fault is None
    assert [(file.path, file.data) for file in result.files] == [("sub/real", b"mine")]


async def test_no_name_leads_out_of_the_folder(engine: Engine) -> None:
    result = await made(
        engine,
        "import os\n"
        "for name in (b'\\xff', b'a\\nfile 1 0 1', b'..a', b'n' * 255, b'-o', b' '):\n"
        "  open(b'out/' + name, 'w').write('mine')",
    )
    assert result.fault is None
    assert {file.data for file in result.files} == {b"mine"}
    names = {file.path.encode(errors="surrogateescape") for file in result.files}
    assert names == {b"\xff", b"a\nfile 1 0 1", b"..a", b"n" * 255, b"-o", b" "}


async def test_what_is_too_large_is_the_programs_doing(engine: Engine) -> None:
    result = await made(
        engine, "open('out/big', 'wb').write(bytes(2000))", collect_bytes=1000
    )
    assert (result.fault, result.files) == (None, ())
    assert result.unfit is not None


async def test_what_grows_and_changes_while_it_is_read_breaks_nothing(engine: Engine) -> None:
    """Children go on after the program's exit, until everything is collected."""
    result = await made(
        engine,
        "import os\n"
        "for number in range(200): open(f'out/{number}', 'w').write('mine')\n"
        "if os.fork() == 0:\n"
        "  os.setsid()\n"
        "  turn = 0\n"
        "  while True:\n"
        "    turn += 1\n"
        "    try:\n"
        "      os.symlink('/etc/passwd', 'link'); os.replace('link', f'out/{turn % 200}')\n"
        "      open('file', 'w').write('mine'); os.replace('file', f'out/{turn * 7 % 200}')\n"
        "    except OSError: pass\n",
    )
    assert result.fault is None, result
    assert {file.data for file in result.files} <= {b"mine", b""}
