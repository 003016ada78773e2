"""Which control groups this server may use, found from where it stands."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from algoroom.runs.sandbox.cgroups.group import Hierarchy, sweep
from algoroom.runs.sandbox.cgroups.version1 import NEEDED, Version1
from algoroom.runs.sandbox.cgroups.version2 import Version2


@dataclass(frozen=True, slots=True)
class Mount:
    """One mounted hierarchy: `root` is the group that `point` shows."""

    version: int
    controllers: frozenset[str]
    root: str
    point: Path


@dataclass(frozen=True, slots=True)
class Discovery:
    """`hierarchy` is None where there is none to use; `explanation` says why, in plain words."""

    hierarchy: Hierarchy | None
    explanation: str


def discover(proc: Path = Path("/proc/self")) -> Discovery:
    """Take the first hierarchy that bounds memory and processes and can be written."""
    try:
        found = mounts((proc / "mountinfo").read_text())
        own = memberships((proc / "cgroup").read_text())
    except OSError as error:
        return Discovery(None, f"control groups cannot be looked up: {error}")
    for mount in found:
        if mount.version == 2 or mount.controllers & {*NEEDED, "cpu"}:
            sweep(mount.point)
    refusals = []
    candidates: list[Callable[[], Hierarchy]] = [
        *(partial(Version2, place) for place in _version2(found, own)),
        *(partial(Version1, places) for places in _version1(found, own)),
    ]
    for candidate in candidates:
        try:
            hierarchy = candidate()
        except OSError as error:
            refusals.append(str(error))
            continue
        return Discovery(hierarchy, f"version {hierarchy.version}")
    if not refusals:
        return Discovery(None, "none that counts memory and processes is mounted")
    return Discovery(None, f"none that this server may use: {'; '.join(refusals)}")


def mounts(mountinfo: str) -> list[Mount]:
    """The cgroup mounts in the text of `/proc/self/mountinfo` (proc(5))."""
    found = []
    for line in mountinfo.splitlines():
        before, _, after = line.partition(" - ")
        kind, _, options = after.split(" ", 2)
        fields = before.split()
        if kind == "cgroup":
            names = frozenset(options.split(","))
            found.append(Mount(1, names, fields[3], Path(fields[4])))
        elif kind == "cgroup2":
            found.append(Mount(2, frozenset(), fields[3], Path(fields[4])))
    return found


def memberships(cgroup: str) -> dict[str, str]:
    """Controller to group path in the text of `/proc/self/cgroup`; version 2 is the key ``""``."""
    paths = {}
    for line in cgroup.splitlines():
        _, controllers, path = line.split(":", 2)
        for controller in controllers.split(","):
            paths[controller] = path
    return paths


def _place(mount: Mount, path: str) -> Path:
    """Where the group `path` is seen; the mount's top where it lies outside of what is shown."""
    if mount.root == "/":
        place = mount.point / path.lstrip("/")
    elif path == mount.root or path.startswith(mount.root + "/"):
        place = mount.point / path[len(mount.root) :].lstrip("/")
    else:
        place = mount.point
    return place if place.is_dir() else mount.point


def _version2(found: list[Mount], own: dict[str, str]) -> list[Path]:
    places = []
    for mount in found:
        if mount.version == 2:
            places.append(_place(mount, own.get("", "/")))
            places.append(mount.point)
    return list(dict.fromkeys(places))


def _version1(found: list[Mount], own: dict[str, str]) -> list[dict[str, Path]]:
    places = {}
    for controller in (*NEEDED, "cpu"):
        for mount in found:
            if mount.version == 1 and controller in mount.controllers:
                places[controller] = _place(mount, own.get(controller, "/"))
    return [places] if all(controller in places for controller in NEEDED) else []
