"""What a client would rather have: a page or JSON."""

from collections.abc import Iterable, Sequence
from typing import Final

_HTML: Final = ("text/html", "application/xhtml+xml", "text/*")
_JSON: Final = ("application/json", "application/*", "*/*")


def prefers_html(accept: Sequence[str]) -> bool:
    """Whether the `Accept` headers name HTML, and JSON not before it.

    `*/*` alone names no page: it is what programs send.
    """
    weights = dict(_weighted(accept))
    html = max((weights[kind] for kind in _HTML if kind in weights), default=0.0)
    json = next((weights[kind] for kind in _JSON if kind in weights), 0.0)
    return html > 0 and html >= json


def _weighted(accept: Iterable[str]) -> Iterable[tuple[str, float]]:
    for part in ",".join(accept).split(","):
        kind, *parameters = (piece.strip().lower() for piece in part.split(";"))
        weight = 1.0
        for parameter in parameters:
            name, _, value = parameter.partition("=")
            if name.strip() == "q":
                weight = _weight(value.strip())
        yield kind, weight


def _weight(value: str) -> float:
    try:
        weight = float(value)
    except ValueError:
        return 0.0
    return weight if 0 <= weight <= 1 else 0.0
