"""Whose processes run in sandboxes: never root's, and each sandbox has an id of its own.

Ids of different sandboxes cannot touch each other's processes and files even where a namespace
failed to keep them apart. The range lies above those that distributions hand out to people and
services and below those of containers.
"""

import os
from dataclasses import dataclass
from pathlib import Path

FIRST_ID = 64_200
NOBODY = 65_534


@dataclass(frozen=True, slots=True)
class Identity:
    """User and group of a sandbox as the host sees them."""

    uid: int
    gid: int


class NoIdentityLeft(Exception):
    """Every id of this server is in use, and root must not stand in."""


class Identities:
    """Ids for sandboxes that run at once; without root there is none to take."""

    def __init__(self) -> None:
        self.drops_root = os.geteuid() == 0
        self._free: list[Identity] = []
        self._next_id = FIRST_ID

    def take(self) -> Identity | None:
        """The id for one sandbox, None where the server's own unprivileged id has to do.

        Only where root has few ids, as in some containers, do sandboxes share one. Raises
        NoIdentityLeft when all have been used up by processes that do not die.
        """
        if not self.drops_root:
            return None
        if self._free:
            return self._free.pop()
        if not _mapped(self._next_id):
            return Identity(NOBODY, NOBODY)
        if self._next_id == NOBODY:
            raise NoIdentityLeft("no id is left for one more program")
        fresh = Identity(self._next_id, self._next_id)
        self._next_id += 1
        return fresh

    def give_back(self, identity: Identity | None) -> None:
        """Have it used again. Not for one with a process left: that id is never free again."""
        if identity is not None and identity.uid != NOBODY:
            self._free.append(identity)


def _mapped(number: int) -> bool:
    """Root in a container may have only some ids."""
    try:
        rows = Path("/proc/self/uid_map").read_text().splitlines()
    except OSError:
        return True
    spans = [tuple(map(int, row.split())) for row in rows]
    return any(first <= number < first + count for first, _, count in spans)


def reachable(path: Path, *, directory: bool) -> bool:
    """Whether a sandbox may use `path`: the server's own rights, or anybody's where it is root."""
    if os.geteuid() != 0:
        return os.access(path, os.R_OK | os.X_OK)
    try:
        modes = [folder.stat().st_mode for folder in path.parents]
        own = path.stat().st_mode
    except OSError:
        return False
    wanted = 0o005 if directory else 0o001
    return all(mode & 0o001 for mode in modes) and own & wanted == wanted
