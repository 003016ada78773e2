"""What went wrong with a request, as a value that each contract writes in its own shape."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final

from pydantic import BaseModel

Complaint = dict[str, Any]
"""What is wrong with one part of a request, in JSON: `type`, `loc` (its path), `msg`, `input`."""

Body = dict[str, Any]
"""An answer's body, or a part of the OpenAPI document."""

MEANINGS: Final = {
    401: "A credential is needed, or the one that was shown does not hold.",
    403: "The page that sent this may not write here, or the caller's role or credential does not "
    "allow it.",
    404: "There is no such session or run, or nothing of this name in it.",
    409: "The run or the session has ended or is locked, or what is asked for cannot be taken now.",
    413: "The body, or the code it would make, is larger than allowed.",
    422: "The request does not validate.",
    429: "Too many requests or runs; `Retry-After` says how long to wait.",
    500: "The server failed.",
    503: "The program cannot be run, nothing can be stored or no credential checked, or not now.",
}
"""What each status means that routes are documented with."""

EVERYWHERE: Final = (401, 403, 429, 500, 503)

MOST_COMPLAINTS: Final = 50
_MOST_CHARACTERS: Final = 200
_MOST_ITEMS: Final = 10
_DEEPEST: Final = 4
# Beyond these, readers of JSON differ in what they make of a number.
_LARGEST_INTEGER: Final = 2**53


@dataclass(frozen=True, slots=True)
class Problem:
    """A refusal. `complaints` says which parts of the request are wrong, where that is known."""

    status: int
    error: str
    """The code, in upper case: `SESSION_NOT_FOUND`."""
    message: str
    headers: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    detail: str | None = None
    """A shorter message for clients that know it by heart."""
    complaints: Sequence[Complaint] = ()


def documented(
    statuses: Sequence[int],
    codes: Mapping[int, str],
    model: type[BaseModel],
    validation_model: type[BaseModel] | None = None,
) -> dict[int | str, Body]:
    """What the OpenAPI document says about the errors of a route, and those of every route.

    A contract gives its code for each status and the model of its bodies, and another one for 422
    where that differs.
    """
    return {
        status: {
            "model": (validation_model or model) if status == 422 else model,
            "description": f"`{codes[status]}`: {MEANINGS[status]}",
        }
        for status in sorted({*statuses, *EVERYWHERE})
    }


def complaints_of(errors: Sequence[Mapping[str, Any]]) -> list[Complaint]:
    """Validation errors as JSON that every reader accepts, whatever the request held."""
    return [_complaint(error) for error in errors[:MOST_COMPLAINTS]]


def _complaint(error: Mapping[str, Any]) -> Complaint:
    complaint: Complaint = {
        "type": str(error.get("type", "value_error")),
        "loc": [part if isinstance(part, int) else tame(part) for part in error.get("loc", ())],
        "msg": tame(error.get("msg", "Invalid")),
    }
    if "input" in error:
        complaint["input"] = tame(error["input"])
    if error.get("ctx"):
        complaint["ctx"] = tame(error["ctx"])
    return complaint


def tame(value: object, depth: int = 0) -> Any:
    """`value` as JSON: short, shallow, finite, and of characters that UTF-8 has."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        return value if abs(value) <= _LARGEST_INTEGER else "(a large integer)"
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if isinstance(value, str):
        return tame_text(value)
    if isinstance(value, bytes | bytearray):
        return tame_text(bytes(value[: 4 * _MOST_CHARACTERS]).decode(errors="replace"))
    if depth >= _DEEPEST:
        return "…"
    if isinstance(value, Mapping):
        items = list(value.items())[:_MOST_ITEMS]
        return {tame_text(str(key)): tame(item, depth + 1) for key, item in items}
    if isinstance(value, list | tuple | set | frozenset):
        return [tame(item, depth + 1) for item in list(value)[:_MOST_ITEMS]]
    return tame_text(str(value))


def tame_text(text: str, most: int = _MOST_CHARACTERS) -> str:
    """The start of `text`, with `?` for each lone surrogate."""
    shown = text if len(text) <= most else text[: most - 1] + "…"
    return shown.encode(errors="replace").decode()
