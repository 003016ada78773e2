"""A program outside of `/usr` is shown with its installation, and with nothing else."""

from pathlib import Path

import pytest

from algoroom.runs.languages.catalogue import DECLARATIONS
from algoroom.runs.languages.declaration import read
from algoroom.runs.languages.toolchain import ToolchainMissing, find
from algoroom.runs.sandbox.interpreter import Program, TreeTooWide, located


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    place = tmp_path / "people" / "ada"
    place.mkdir(parents=True)
    monkeypatch.setenv("HOME", str(place))
    return place


@pytest.mark.parametrize(
    ("program", "tree"),
    [
        (".pyenv/versions/3.12.1/bin/python3", ".pyenv/versions/3.12.1"),
        (".local/share/uv/python/cpython-3.12/bin/python3", ".local/share/uv/python/cpython-3.12"),
        ("node-22/node", "node-22"),
    ],
)
def test_an_installation_of_its_own_is_shown(home: Path, program: str, tree: str) -> None:
    assert located(home / program) == Program((home / program).resolve(), (home / tree).resolve())


def test_an_installation_for_all_users_is_shown(home: Path) -> None:
    assert located(Path("/opt/node-22/bin/node")).tree == Path("/opt/node-22")
    assert located(Path("/usr/bin/env")).tree is None


@pytest.mark.parametrize(
    "program", ["node", "bin/node", ".local/bin/node", "../node", "../../node"]
)
def test_a_home_is_never_shown(home: Path, program: str) -> None:
    with pytest.raises(TreeTooWide, match="install it for all users"):
        located(home / program)


@pytest.mark.parametrize(
    "program",
    ["/node", "/opt/bin/node", "/opt/node", "/srv/bin/node", "/var/bin/node", "/root/bin/node",
     "/root/.local/bin/node", "/home/bin/node", "/home/nobody-known/bin/node"],
)  # fmt: skip
def test_a_place_of_many_things_is_never_shown(program: str) -> None:
    with pytest.raises(TreeTooWide, match="to every program"):
        located(Path(program))


def test_the_servers_data_are_never_shown(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with pytest.raises(TreeTooWide, match="data"):
        located(data / "bin" / "node", (data,))
    assert located(data / "node-22" / "bin" / "node", (data,)).tree == data.resolve() / "node-22"


def test_a_language_says_why_its_program_is_not_shown(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = home / "bin" / "quince"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(program.parent))
    text = (DECLARATIONS / "python.toml").read_text()
    (tmp_path / "quince.toml").write_text(
        text.replace('["python3"]\nversion', '["quince"]\nversion').replace("{python3}", "{quince}")
    )
    with pytest.raises(ToolchainMissing, match=f"would show all of {home}.*: install it for all"):
        find(read(tmp_path / "quince.toml"))
