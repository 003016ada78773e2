"""Whose processes run in sandboxes: never root's, and each slot has an id of its own.

Ids of different slots cannot touch each other's processes and files even where a namespace
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
    """The ids of `slots` sandboxes that run at once; without root there is none to take."""

    def __init__(self, slots: int) -> None:
        self.drops_root = os.geteuid() == 0
        self._free: list[Identity] = []
        self._next_id = FIRST_ID
        self.grow(slots)

    def grow(self, more: int) -> None:
        """Have ids for so many more sandboxes at once."""
        if not self.drops_root:
            return
        first, end = self._next_id, self._next_id + more
        if _mapped(first) and _mapped(end):
            self._free += [Identity(number, number) for number in reversed(range(first, end))]
            self._next_id = end
        else:
            self._free += [Identity(NOBODY, NOBODY)] * more

    def take(self) -> Identity | None:
        """The id for one sandbox, None where the server's own unprivileged id has to do.

        Raises NoIdentityLeft where the server is root and more sandboxes are asked for than slots.
        """
        if not self.drops_root:
            return None
        if not self._free:
            raise NoIdentityLeft("no id is left for one more program")
        return self._free.pop()

    def give_back(self, identity: Identity | None) -> None:
        if identity is not None:
            self._free.append(identity)

    def retire(self, identity: Identity | None) -> None:
        """Never use the id again; another one takes its place where there is one."""
        if identity is None:
            return
        fresh = self._next_id
        if identity.uid != NOBODY and fresh < NOBODY and _mapped(fresh):
            self._next_id += 1
            self._free.append(Identity(fresh, fresh))


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
