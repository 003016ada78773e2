"""Limits of runs as they are on the wire: keys are camelCase there, and times in milliseconds."""

from pydantic.alias_generators import to_camel

from algoroom.api.problem import Complaint, Problem, tame
from algoroom.api.runs import models
from algoroom.errors import LimitNotAllowed
from algoroom.runs.limits import SomeLimits
from algoroom.runs.model import Limits

_MS_IN_S = 1000


def asked_of(limits: models.Limits) -> SomeLimits:
    """What a body asks for."""
    asked = limits.model_dump(exclude_none=True)
    for name in ("cpu", "wall"):
        if f"{name}_ms" in asked:
            asked[f"{name}_s"] = asked.pop(f"{name}_ms") / _MS_IN_S
    return SomeLimits(**asked)


def limits_of(limits: Limits) -> models.Limits:
    """What holds."""
    return models.Limits(
        cpu_ms=round(limits.cpu_s * _MS_IN_S),
        wall_ms=round(limits.wall_s * _MS_IN_S),
        memory_bytes=limits.memory_bytes,
        processes=limits.processes,
        output_bytes=limits.output_bytes,
        file_bytes=limits.file_bytes,
        open_files=limits.open_files,
    )


def refusal_of(error: LimitNotAllowed) -> Problem:
    """The refusal of a limit: it names the key, what was asked for, and what may be."""
    in_s = error.name.endswith("_s")
    key = to_camel(f"{error.name.removesuffix('_s')}_ms" if in_s else error.name)
    value, most = (round(each * _MS_IN_S) if in_s else each for each in (error.value, error.most))
    complaint: Complaint = {
        "type": "less_than_equal",
        "loc": ["body", "limits", key],
        "msg": f"Input should be less than or equal to {most}",
        "input": tame(value),
        "ctx": {"le": most},
    }
    message = f"limits.{key}: {value} was asked for, and at most {most} is allowed here"
    return Problem(422, "INVALID_REQUEST", message, complaints=[complaint])
