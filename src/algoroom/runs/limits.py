"""Which limits hold for a run: what its language has, what was asked for, what may be asked for."""

from dataclasses import dataclass, fields
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from algoroom.errors import LimitNotAllowed
from algoroom.runs.model import Limits

Seconds = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Count = Annotated[int, Field(ge=1)]


class SomeLimits(BaseModel):
    """Some of the `Limits`, by the same names; None leaves a limit to others."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    cpu_s: Seconds | None = None
    wall_s: Seconds | None = None
    memory_bytes: Count | None = None
    processes: Count | None = None
    output_bytes: Count | None = None
    file_bytes: Count | None = None
    open_files: Count | None = None

    @property
    def given(self) -> dict[str, Any]:
        """Those that are not None."""
        found = ((name, getattr(self, name)) for name in _NAMES)
        return {name: value for name, value in found if value is not None}


NO_LIMITS = SomeLimits()
GENERAL = Limits()
_NAMES = tuple(field.name for field in fields(Limits))


def _values(limits: Limits) -> dict[str, Any]:
    return {name: getattr(limits, name) for name in _NAMES}


HIGHEST = Limits(
    cpu_s=86_400,
    wall_s=86_400,
    memory_bytes=2**40,
    processes=2**20,
    output_bytes=2**30,
    file_bytes=2**40,
    open_files=2**20,
)
"""What no operator may allow more of: the kernel has no room for many more processes (2**22), by
default none for more open files (fs.nr_open), and nobody has use for more of the rest."""


@dataclass(frozen=True, slots=True)
class Ceilings:
    """What no run may exceed. One that somebody types to has a clock of its own, which is also
    what it has where it asks for nothing else."""

    most: Limits
    interactive_wall_s: float

    def limits(
        self, *usual: SomeLimits, asked: SomeLimits = NO_LIMITS, is_interactive: bool = False
    ) -> Limits:
        """The limits of a run.

        `usual` are those that nobody asked for, the later ones before the earlier, all of them
        before what runs have in general: they are lowered to the ceilings. Raises
        LimitNotAllowed where what is `asked` for is above its ceiling.
        """
        most, found = _values(self.most), _values(GENERAL)
        for some in usual:
            found |= some.given
        if is_interactive:
            most["wall_s"] = found["wall_s"] = self.interactive_wall_s
        found = {name: min(value, most[name]) for name, value in found.items()}
        for name, value in asked.given.items():
            if value > most[name]:
                raise LimitNotAllowed(name, value, most[name])
        return Limits(**{**found, **asked.given})
