"""The table of who may do what, as docs/access.md shows it, made from what the code declares."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum
from http import HTTPStatus
from typing import Final

from fastapi import FastAPI
from fastapi.routing import APIRoute, iter_route_contexts

from algoroom.access.caller import EVERY_SCOPE
from algoroom.access.model import ANYBODY, Access
from algoroom.access.policy import USUAL_RULES, Forbidden, Refusal, Standing
from algoroom.access.roles import Deed, Outside, Role, Seat
from algoroom.api.access.deeds import deed_of
from algoroom.api.codes import CloseCode
from algoroom.api.interview import frames
from algoroom.api.problems import problem_of
from algoroom.api.sync import protocol


class Kind(Enum):
    """Where something is asked, which decides how it is refused."""

    ROUTE = "HTTP"
    HANDSHAKE = "Handshakes of sockets"
    FRAME = "Frames of the Interview API"
    MESSAGE = "Messages of the sync socket"


@dataclass(frozen=True, slots=True)
class Row:
    """One thing that can be asked for, and which deed it is."""

    kind: Kind
    name: str
    deed: Deed


@dataclass(frozen=True, slots=True)
class Column:
    """One who asks, in a session of some state."""

    title: str
    seat: Seat
    access: Access = ANYBODY


_ENDED: Final = Access(ended_at=datetime.min.replace(tzinfo=UTC))

COLUMNS: Final = (
    Column("host", Role.HOST),
    Column("editor", Role.EDITOR),
    Column("viewer", Role.VIEWER),
    Column("not let in", Outside.STRANGER),
    Column("host, it has ended", Role.HOST, _ENDED),
    Column("editor, it has ended", Role.EDITOR, _ENDED),
    Column("editor, editing is locked", Role.EDITOR, Access(editing_locked=True)),
    Column("editor, running is locked", Role.EDITOR, Access(running_locked=True)),
)

_BEGIN: Final = "<!-- made by `make documents` from here on -->\n"
_END: Final = "<!-- to here -->"

HANDSHAKES: Final = ("/ws/sessions/{session_id}", "/ws/sync/{session_id}")

# Which message begins with which numbers, and is called how.
_MESSAGES: Final[Mapping[protocol.Kind, str]] = {
    protocol.Kind.SYNC: "sync",
    protocol.Kind.AWARENESS: "awareness",
    protocol.Kind.AUTH: "auth",
    protocol.Kind.QUERY_AWARENESS: "query awareness",
    protocol.Kind.STDIN: "stdin",
}


def rows(app: FastAPI) -> list[Row]:
    """Everything that can be asked for in a session."""
    return [
        *_routes(app),
        *(Row(Kind.HANDSHAKE, path, Deed.READ) for path in HANDSHAKES),
        *(Row(Kind.FRAME, kind, deed) for kind, deed in _frames()),
        *(Row(Kind.MESSAGE, message, deed) for message, deed in _messages()),
    ]


def refusal_in(row: Row, column: Column) -> Refusal | None:
    """Why it is refused; None where it is allowed."""
    return Standing(column.seat, column.access, USUAL_RULES, EVERY_SCOPE).refusal(row.deed)


def told(row: Row, refusal: Refusal) -> str:
    """How whoever asks is told."""
    match row.kind:
        case Kind.ROUTE:
            return f"{problem_of(Forbidden(refusal)).status} `{refusal.value}`"
        case Kind.HANDSHAKE if row.name == HANDSHAKES[1]:
            return f"{CloseCode.NOT_ADMITTED.value}, or waits"
        case Kind.HANDSHAKE:
            return f"{HTTPStatus.FORBIDDEN.value}"
        case Kind.FRAME:
            return f"`error` `{refusal.value}`"
        case Kind.MESSAGE if row.deed is Deed.TYPE:
            return "`stdin-refused`"
        case Kind.MESSAGE:
            return f"{CloseCode.READ_ONLY.value}"


def page(app: FastAPI, text: str) -> str:
    """The text of docs/access.md with the tables as they are."""
    before, _, rest = text.partition(_BEGIN)
    return f"{before}{_BEGIN}\n{_markdown(app)}{_END}{rest.partition(_END)[2]}"


def _markdown(app: FastAPI) -> str:
    """The tables, one for each kind."""
    found = rows(app)
    return "\n".join(_table(kind, [row for row in found if row.kind is kind]) for kind in Kind)


def _table(kind: Kind, found: list[Row]) -> str:
    titles = ["", "deed", *(column.title for column in COLUMNS)]
    lines = [f"### {kind.value}", "", _line(titles), _line(["---"] * len(titles))]
    for row in found:
        cells = [_cell(row, column) for column in COLUMNS]
        lines.append(_line([f"`{row.name}`", row.deed.value, *cells]))
    return "\n".join([*lines, ""])


def _cell(row: Row, column: Column) -> str:
    if row.kind in (Kind.FRAME, Kind.MESSAGE) and isinstance(column.seat, Outside):
        return "no socket"
    refusal = refusal_in(row, column)
    return "yes" if refusal is None else told(row, refusal)


def _line(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _routes(app: FastAPI) -> Iterator[Row]:
    for context in iter_route_contexts(app.routes):
        route = context.original_route
        if isinstance(route, APIRoute) and (found := deed_of(route)) is not None:
            methods = ", ".join(sorted(route.methods or ()))
            yield Row(Kind.ROUTE, f"{methods} {route.path}", found.deed)


def _frames() -> Iterator[tuple[str, Deed]]:
    for frame, deed in frames.DEEDS.items():
        kind = frame.model_json_schema()["properties"]["type"]["const"]
        yield kind, deed


def _messages() -> Iterator[tuple[str, Deed]]:
    for (kind, step), deed in protocol.DEEDS.items():
        name = f"{kind.value} {_MESSAGES[kind]}"
        yield (name if step is None else f"{name}, {step.value} {step.name.lower()}"), deed
