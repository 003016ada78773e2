"""What holds for the project as a whole: all documented, all pinned, nothing too long."""

import json
import re
import shutil
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from algoroom.cli import app
from algoroom.cli.run import endings
from algoroom.runs.languages.catalogue import Catalogue

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src" / "algoroom"
LOCKS = (
    "requirements.lock",
    "requirements-dev.lock",
    "requirements-bench.lock",
    "requirements-bench-rooms.lock",
)


def text(name: str) -> str:
    return (ROOT / name).read_text("utf-8")


def commands() -> dict[str, Any]:
    group = get_command(app)
    return dict(group.commands)  # type: ignore[attr-defined]


def normalised(requirement: str) -> str:
    match = re.match(r"[A-Za-z0-9._-]+", requirement)
    assert match, requirement
    return re.sub(r"[-_.]+", "-", match.group()).lower()


def pinned(lock: str) -> dict[str, set[str]]:
    """Package to versions: a package may have one for each version of Python."""
    versions: dict[str, set[str]] = {}
    for name, version in re.findall(r"^([a-z0-9._-]+)==(\S+)", text(lock), re.MULTILINE):
        versions.setdefault(normalised(name), set()).add(version)
    return versions


def test_make_help_explains_every_target() -> None:
    targets = set(re.findall(r"^([a-z][a-z-]*):", text("Makefile"), re.MULTILINE))
    shown = subprocess.run(
        ["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True, timeout=30
    ).stdout
    explained = dict(re.findall(r"^  make (\S+)\s+(\S.*)$", shown, re.MULTILINE))
    assert set(explained) == targets
    assert {"run", "dev", "test", "check", "coverage"} <= targets


def test_every_target_is_known_to_make_by_name_alone() -> None:
    declared = set(re.findall(r"^\.PHONY: (\S+)$", text("Makefile"), re.MULTILINE))
    assert declared == set(re.findall(r"^([a-z][a-z-]*):", text("Makefile"), re.MULTILINE))


@pytest.mark.parametrize(
    "target",
    [
        "run", "test", "check", "coverage", "documents", "soak-kill", "soak-runs", "test-hostile",
        "test-guest",
        "compare-starts", "bench-runs", "bench-rooms", "replay-traces", "long-room",
        "soak-api", "soak-connections", "bench-client", "screenshots",
    ],
)  # fmt: skip
def test_what_make_would_run_exists(target: str) -> None:
    plan = subprocess.run(
        ["make", "--dry-run", target], cwd=ROOT, capture_output=True, text=True, timeout=30
    )
    assert plan.returncode == 0, plan.stderr
    for script in re.findall(r"\bscripts/[a-z-]+", plan.stdout):
        assert (ROOT / script).stat().st_mode & 0o100, script


def test_ci_runs_the_checks_and_the_test_suite() -> None:
    assert (ROOT / ".ci" / "run").stat().st_mode & 0o100
    steps = text(".ci/run").splitlines()
    assert "make check" in steps
    assert "make test" in steps


def test_every_command_and_option_is_documented() -> None:
    page = text("docs/cli.md")
    for name, command in commands().items():
        section = re.search(rf"(?ms)^## `algoroom {name}`\n(.*?)(?=^## |\Z)", page)
        assert section, f"docs/cli.md has no section on {name}"
        assert command.help, name
        parts = getattr(command, "commands", {})
        for part in parts:
            assert f"`algoroom {name} {part}" in section[1], f"{name} {part}"
        for one in (command, *parts.values()):
            assert one.help, f"{name} {one.name}"
            for parameter in one.params:
                for option in parameter.opts:
                    if option.startswith("--"):
                        assert f"`{option}`" in section[1], f"{name} {option}"


def test_the_page_of_commands_names_no_other() -> None:
    named = set(re.findall(r"^## `algoroom (\S+)`", text("docs/cli.md"), re.MULTILINE))
    assert named == set(commands())


def test_every_language_is_documented_with_its_endings() -> None:
    rows = [
        f"| `{language.name}` | {language.display_name} "
        f"| {', '.join(f'`{ending}`' for ending in endings(language))} | `{language.remedy}` |"
        for language in Catalogue()
    ]
    section = text("docs/cli.md").partition("## `algoroom languages`")[2]
    assert [line for line in section.splitlines() if line.startswith("| `")] == rows


def test_no_module_is_longer_than_400_lines() -> None:
    lengths = {
        str(module.relative_to(ROOT)): len(module.read_text("utf-8").splitlines())
        for module in SOURCE.rglob("*.py")
    }
    assert lengths
    assert {name: length for name, length in lengths.items() if length > 400} == {}


def test_the_locks_pin_what_the_project_asks_for() -> None:
    project = tomllib.loads(text("pyproject.toml"))
    needed = {normalised(entry) for entry in project["project"]["dependencies"]}
    wanted = {normalised(entry) for entry in project["dependency-groups"]["dev"]}
    assert needed <= pinned("requirements.lock").keys()
    assert needed | wanted <= pinned("requirements-dev.lock").keys()


def test_the_tests_run_with_the_versions_that_servers_run() -> None:
    served, tested = pinned("requirements.lock"), pinned("requirements-dev.lock")
    assert {name: tested.get(name) for name in served} == served


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_holds_hashes_and_no_address(lock: str) -> None:
    content = text(lock)
    assert "://" not in content
    entries = re.split(r"\n(?=\S)", content.strip())
    assert [entry for entry in entries if "--hash=sha256:" not in entry] == []


def test_the_lock_of_packages_of_node_holds_hashes_and_no_registry() -> None:
    packages = json.loads(text("bench/rooms/peers/package-lock.json"))["packages"]
    own = packages.pop("")
    wanted = json.loads(text("bench/rooms/peers/package.json"))["dependencies"]
    assert own["dependencies"] == wanted
    assert {name for name, entry in packages.items() if "integrity" not in entry} == set()
    assert {name for name, entry in packages.items() if "resolved" in entry} == set()


def test_no_record_of_download_addresses_is_tracked() -> None:
    git = shutil.which("git")
    assert git
    tracked = subprocess.run(
        [git, "ls-files", "--", "uv.lock"], cwd=ROOT, capture_output=True, text=True, timeout=30
    )
    assert tracked.returncode == 0, tracked.stderr
    assert tracked.stdout == ""
    assert "/uv.lock" in text(".gitignore").splitlines()
