"""What this machine offers to runs: each guard and each toolchain, in words for a person."""

import os
from dataclasses import dataclass

from algoroom.errors import SandboxUnavailable
from algoroom.runs.engine import Engine
from algoroom.runs.languages.catalogue import Language
from algoroom.runs.probes import attempt_all
from algoroom.runs.sandbox import bubblewrap, seccomp

NAMESPACES_REMEDY = (
    "Allow unprivileged user namespaces: sysctl kernel.unprivileged_userns_clone=1 (Debian), "
    "sysctl kernel.apparmor_restrict_unprivileged_userns=0 (Ubuntu), or in a container a seccomp "
    "profile that permits them"
)
GROUPS_REMEDY = (
    "Start the server as root or by `systemd-run --user --scope -p Delegate=yes`; with strangers "
    "as users that is a must"
)
FILTER_REMEDY = "apt install libseccomp2"
STARTS_REMEDY = "Give them memory: ALGOROOM_STARTERS_MEMORY_BYTES"
HOLE_REMEDY = (
    "Do not let strangers run programs here. Where nothing above is missing, it is a hole: "
    "docs/security.md says how to report it"
)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that runs use.

    `needed` is False where something else stands in. `version` is empty where there is none to
    tell. `meaning` is what its absence means, `remedy` how to mend it.
    """

    name: str
    ok: bool
    needed: bool
    version: str
    meaning: str
    remedy: str


async def diagnose(engine: Engine) -> list[Finding]:
    """Look at everything that a started engine uses and try to break each guard; waits for the
    languages' self-tests."""
    findings = [_bubblewrap(), _namespaces(engine), _seccomp(), _groups(engine), _identity()]
    await engine.languages.settled()
    findings += await _attempts(engine)
    await engine.ready()
    return [*findings, *_starts(engine)] + [_language(language) for language in engine.languages]


async def _attempts(engine: Engine) -> list[Finding]:
    try:
        sandbox = engine.sandbox
    except SandboxUnavailable:
        return []
    filtered = sandbox.strength.filtered
    return [
        Finding(
            probe.name,
            ok=not attempt.broken,
            # Where the filter is missing as a whole, that is told once.
            needed=filtered or not probe.is_filters,
            version="" if attempt.broken else "held",
            meaning=f"{probe.breach} ({attempt.broken})" if attempt.broken else probe.breach,
            remedy=HOLE_REMEDY if filtered or not probe.is_filters else FILTER_REMEDY,
        )
        for attempt in await attempt_all(sandbox)
        for probe in (attempt.probe,)
    ]


def _starts(engine: Engine) -> list[Finding]:
    try:
        waiting = engine.sandbox.waiting
    except SandboxUnavailable:
        return []
    told = f"{waiting} wait for programs" if waiting else ""
    meaning = "Every program starts cold, which takes several times as long"
    return [Finding("warm starts", waiting > 0, False, told, meaning, STARTS_REMEDY)]


def _bubblewrap() -> Finding:
    meaning = "No program can be run"
    try:
        found = bubblewrap.find()
    except SandboxUnavailable as error:
        return Finding(
            "bubblewrap", False, True, "", f"{meaning}: {error.reason}", "apt install bubblewrap"
        )
    origin = "bundled" if found.bundled else str(found.path)
    return Finding("bubblewrap", True, True, f"{found.version} ({origin})", meaning, "")


def _namespaces(engine: Engine) -> Finding:
    meaning = "No program can be run: sandboxes cannot be separated from this machine"
    try:
        ok = engine.sandbox is not None
    except SandboxUnavailable as error:
        return Finding(
            "user namespaces", False, True, "", f"{meaning} ({error.reason})", NAMESPACES_REMEDY
        )
    return Finding("user namespaces", ok, True, f"Linux {os.uname().release}", meaning, "")


def _seccomp() -> Finding:
    meaning = "Programs may make every system call that the kernel offers; only namespaces guard"
    try:
        seccomp.build()
        version = seccomp.library_version()
    except seccomp.FilterUnavailable as error:
        return Finding(
            "system call filter",
            False,
            False,
            "",
            f"{meaning} ({error})",
            FILTER_REMEDY,
        )
    return Finding("system call filter", True, False, f"libseccomp {version}", meaning, "")


def _groups(engine: Engine) -> Finding:
    meaning = (
        "Memory and processor time are counted by a watcher that looks 50 times a second, so a "
        "quick program can pass its limits for a moment; the figures are less exact"
    )
    try:
        grouped, told = engine.sandbox.grouped, engine.sandbox.groups
    except SandboxUnavailable:
        grouped, told = False, "not looked for, since no sandbox comes up"
    if grouped:
        return Finding("control groups", True, False, told, meaning, "")
    return Finding("control groups", False, False, "", f"{meaning} ({told})", GROUPS_REMEDY)


def _identity() -> Finding:
    meaning = "Programs run under the server's own user, kept apart by namespaces alone"
    if os.geteuid() == 0:
        told = "each program runs under an unprivileged id of its own"
        return Finding("separate user", True, False, told, meaning, "")
    remedy = "Start the server as root if programs shall have ids of their own; it is not needed"
    return Finding("separate user", False, False, "", meaning, remedy)


def _language(language: Language) -> Finding:
    meaning = f"{language.display_name} is not offered"
    if language.available:
        told = f"{language.version}, self-test passed"
        return Finding(language.display_name, True, False, told, meaning, "")
    reason = language.reason or "not tested"
    return Finding(
        language.display_name,
        False,
        False,
        language.version or "",
        f"{meaning}: {reason}",
        language.remedy,
    )
