"""A sandbox as the host sees it: a child of the server with all below it, and a control group."""

import asyncio
import logging
import time

from algoroom.runs.sandbox.cgroups import group as cgroups
from algoroom.runs.sandbox.cgroups.group import Group, Hierarchy
from algoroom.runs.sandbox.process import Child, within

log = logging.getLogger(__name__)

GRACE_S = 2.0
# What was killed and is not gone by then hangs in the kernel.
DEATH_S = 10.0
REMOVAL_S = 10.0
LONGEST_PAUSE_S = 0.05


class Residence:
    """What has to be ended and removed. There may be no child yet, and no group at all."""

    def __init__(self) -> None:
        self.child: Child | None = None
        self.group: Group | None = None

    def join(self, hierarchy: Hierarchy | None) -> None:
        """Take a group of its own. Raises OSError."""
        self.group = hierarchy.create() if hierarchy is not None else None

    def kill(self) -> None:
        """End every process, now."""
        if self.child is not None:
            self.child.kill()
        if self.group is not None:
            self._kill_group(self.group)

    async def ended(self) -> bool:
        """Wait for the end of what was killed or ends by itself; False where it lives on."""
        if self.child is None or await within(GRACE_S, self.child.exited.wait()):
            return True
        self.kill()
        if await within(DEATH_S, self.child.exited.wait()):
            return True
        log.error("process %d was killed and does not die", self.child.pid)
        return False

    async def removed(self) -> bool:
        """Remove the group; False where a process in it does not die."""
        if self.group is None:
            return True
        self.group.close()
        pause_s, deadline = 0.001, time.monotonic() + REMOVAL_S
        left = self.group.folders()
        while left := [folder for folder in left if not cgroups.remove(folder)]:
            if time.monotonic() > deadline:
                log.error("these control groups hold a process that does not die: %s", left)
                return False
            self._kill_group(self.group)
            await asyncio.sleep(pause_s)
            pause_s = min(pause_s * 2, LONGEST_PAUSE_S)
        return True

    def _kill_group(self, group: Group) -> None:
        try:
            cgroups.kill(group)
        except OSError as error:  # it is tried again until the group is gone
            log.warning("%s cannot be killed yet: %s", group.folders(), error)
