"""A sandbox of its own for one program: bubblewrap makes it, and it is gone with the program."""

from algoroom.runs.model import Terminal
from algoroom.runs.sandbox import mounts
from algoroom.runs.sandbox.cgroups.group import Hierarchy
from algoroom.runs.sandbox.identity import Identity
from algoroom.runs.sandbox.launch import Parts, pipes, spawn
from algoroom.runs.sandbox.process import to_the_end
from algoroom.runs.sandbox.reports import READY
from algoroom.runs.sandbox.residence import Residence
from algoroom.runs.sandbox.start import NotStarted, Start


class Cold(Residence):
    """The place of one cold start."""

    async def gone(self, *, orderly: bool) -> bool:
        if not orderly:
            self.kill()
        return await self.ended()

    async def left(self) -> bool:
        return await self.removed()


async def start(
    parts: Parts,
    hierarchy: Hierarchy | None,
    identity: Identity | None,
    terminal: Terminal | None,
) -> Start:
    """A new sandbox, ready for its job. Raises NotStarted; nothing of it is left then."""
    place = Cold()
    begun: Start | None = None
    try:
        try:
            place.join(hierarchy)
            ours, theirs = pipes(identity, terminal)
            begun = Start(place, ours)
            try:
                python = str(parts.interpreter.path)
                inside = (python, "-I", "-S", "-B", mounts.INIT)
                place.child = await spawn(
                    parts,
                    (*inside, str(theirs.control), str(theirs.report)),
                    standard=theirs.standard(),
                    descriptors=(theirs.control, theirs.report),
                    identity=identity,
                    group=place.group,
                )
            finally:
                theirs.close()
        except OSError as error:
            raise NotStarted(f"the sandbox does not start: {error}") from error
        await begun.until(READY)
    except BaseException as error:
        await to_the_end(_give_up(place, begun, error))
        raise
    return begun


async def _give_up(place: Cold, begun: Start | None, error: BaseException) -> None:
    dead = await place.gone(orderly=False) and await place.left()
    if isinstance(error, NotStarted):
        error.undead = not dead
        if begun is not None and (complaint := begun.complaint()):
            error.args = (f"{error}: {complaint}",)
    if begun is not None:
        begun.discard()
