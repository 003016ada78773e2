"""What a person is told about this machine."""

from pathlib import Path

import pytest

from algoroom.errors import SandboxUnavailable
from algoroom.runs.diagnosis import diagnose
from algoroom.runs.engine import Engine
from algoroom.runs.model import RunRequest

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_every_guard_and_every_toolchain_is_told(engine: Engine) -> None:
    findings = {finding.name: finding for finding in await diagnose(engine)}
    assert list(findings) == [
        "bubblewrap", "user namespaces", "system call filter", "control groups", "separate user",
        *(language.display_name for language in engine.languages),
    ]  # fmt: skip
    for finding in findings.values():
        assert finding.meaning
        assert finding.ok or finding.remedy
        assert finding.version or not finding.ok
    assert findings["bubblewrap"].ok
    assert findings["control groups"].ok == engine.strength.grouped


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
