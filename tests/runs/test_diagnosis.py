"""What a person is told about this machine."""

import os
from pathlib import Path

import pytest

from algoroom.errors import SandboxUnavailable
from algoroom.runs.diagnosis import diagnose
from algoroom.runs.engine import Engine
from algoroom.runs.model import RunRequest
from algoroom.runs.sandbox import seccomp

pytestmark = pytest.mark.asyncio(loop_scope="session")

ATTEMPTS = [
    "the server's environment", "files of this machine", "the system's programs", "the network",
    "rights of programs", "new namespaces", "other processes", "settings of the kernel",
    "dangerous system calls", "unusual sockets", "letters into terminals",
    *(["32-bit system calls"] if os.uname().machine == "x86_64" else []),
    "limit of memory", "limit of memory in files", "limit of processor time",
    "limit of time on the clock", "limit of processes", "limit of output", "limits of files",
]  # fmt: skip


async def test_every_guard_and_every_toolchain_is_told(engine: Engine) -> None:
    findings = {finding.name: finding for finding in await diagnose(engine)}
    assert list(findings) == [
        "bubblewrap", "user namespaces", "system call filter", "control groups", "separate user",
        *ATTEMPTS, "warm starts",
        *(language.display_name for language in engine.languages),
    ]  # fmt: skip
    for finding in findings.values():
        assert finding.meaning
        assert finding.ok or finding.remedy
        assert finding.version or not finding.ok
    assert findings["bubblewrap"].ok
    assert findings["control groups"].ok == engine.strength.grouped
    assert [name for name in ATTEMPTS if not findings[name].ok] == []
    assert findings["warm starts"].version == f"{engine.sandbox.waiting} wait for programs"
    assert engine.sandbox.waiting >= engine.sandbox.starts  # runtimes that wait are among them


async def test_a_guard_that_gives_way_is_found_by_trying(
    monkeypatch: pytest.MonkeyPatch, state_file: Path
) -> None:
    """The filter is there and lets dangerous calls pass: only an attempt can tell."""
    monkeypatch.setattr(seccomp, "REFUSED", ())
    async with Engine(at_once=1, state_file=state_file, starters_memory_bytes=0) as engine:
        findings = {finding.name: finding for finding in await diagnose(engine)}
    assert findings["system call filter"].ok
    assert not findings["warm starts"].ok
    broken = findings["dangerous system calls"]
    assert (broken.ok, broken.needed) == (False, True)
    assert "io_uring" in broken.meaning
    assert "hole" in broken.remedy
    assert findings["new namespaces"].ok  # no user namespace can be made without the filter too


async def test_where_the_filter_is_missing_that_is_told_and_not_each_of_its_effects(
    monkeypatch: pytest.MonkeyPatch, state_file: Path
) -> None:
    def missing(*, counted: bool = True) -> bytes:
        raise seccomp.FilterUnavailable("libseccomp is not installed")

    monkeypatch.setattr(seccomp, "build", missing)
    async with Engine(at_once=1, state_file=state_file, starters_memory_bytes=0) as engine:
        assert not engine.strength.enough_for_strangers
        findings = {finding.name: finding for finding in await diagnose(engine)}
    assert not findings["system call filter"].ok
    broken = findings["dangerous system calls"]
    assert (broken.ok, broken.needed, broken.remedy) == (False, False, "apt install libseccomp2")


async def test_where_no_sandbox_comes_up_runs_and_diagnosis_say_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A system's bubblewrap of a good version that then cannot make namespaces."""
    broken = tmp_path / "bwrap"
    broken.write_text(
        '#!/bin/sh\n[ "$1" = --version ] && echo bubblewrap 1.2.3 && exit\n'
        "echo 'No permissions to create new namespace' >&2\nexit 1\n"
    )
    broken.chmod(0o755)
    for folder in (tmp_path, *tmp_path.parents[:2]):
        folder.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    async with Engine(at_once=1) as engine:
        with pytest.raises(SandboxUnavailable, match="No permissions to create new namespace"):
            await engine.outcome(RunRequest("python", "print(1)"))
        findings = {finding.name: finding for finding in await diagnose(engine)}
    namespaces = findings["user namespaces"]
    assert (namespaces.ok, namespaces.needed) == (False, True)
    assert "sysctl" in namespaces.remedy
    assert not findings["Python"].ok
