"""What happened in a session, streamed page by page."""

import base64
import binascii
import logging
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from typing import Annotated, Final

from fastapi import APIRouter, Header, Query
from starlette.responses import Response, StreamingResponse

from algoroom.access.roles import Deed
from algoroom.api.access.deeds import may
from algoroom.api.bodies import Digits, JsonRoute
from algoroom.api.dependencies import OfNode
from algoroom.api.problems import problem_of
from algoroom.api.rooms.encoding import Form, Lines, Records, note_of
from algoroom.api.rooms.problems import documented
from algoroom.api.tags import ROOMS
from algoroom.errors import AlgoroomError, NoSuchMoment
from algoroom.node import Node
from algoroom.rooms.blocks import Entries
from algoroom.rooms.notes import Kind
from algoroom.rooms.playback import Playback, Position
from algoroom.runs import record

logger = logging.getLogger(__name__)
router = APIRouter(prefix="/api/sessions/{session_id}", tags=[ROOMS], route_class=JsonRoute)

USUAL_LIMIT: Final = 10_000
MOST: Final = 1_000_000
# What is encoded at once: updates, and their bytes.
TOGETHER: Final = 256
TOGETHER_BYTES: Final = 256 * 1024


@router.get(
    "/playback",
    response_class=Response,
    responses={
        200: {
            "description": "What happened, in order, and in the end how to go on. "
            "The forms are told in docs/rooms.md.",
            "content": {
                Lines.media_type: {"schema": {"type": "string"}},
                Records.media_type: {"schema": {"type": "string", "format": "binary"}},
            },
        },
        **documented(403, 404, 409, 422),
    },
    dependencies=[may(Deed.READ)],
)
async def get_playback(
    node: OfNode,
    session_id: str,
    after: Annotated[
        str,
        Query(
            max_length=100,
            pattern="^[A-Za-z0-9_-]*$",
            description="The cursor with which the last page ended.",
        ),
    ] = "",
    limit: Annotated[int, Query(ge=1, le=MOST), Digits] = USUAL_LIMIT,
    accept: Annotated[str, Header(description="`application/octet-stream` for bytes.")] = "",
) -> Response:
    """Everything that happened, with its time and by whom: updates of the document, people who
    came and went, runs, languages, titles, snapshots and versions. JSON lines, or bytes."""
    form: Form = Records() if Records.media_type in accept else Lines()
    playback = await node.past.playback(session_id, _position(after), limit)
    return StreamingResponse(
        _encoded(node, playback, form),
        media_type=form.media_type,
        headers={"Cache-Control": "no-store", "Vary": "Accept"},
    )


async def parts_of(node: Node, playback: Playback, form: Form) -> AsyncGenerator[bytes, None]:
    """What happened, piece by piece. Raises `JournalDamaged`."""
    async with aclosing(playback.parts()) as parts:
        async for part in parts:
            if isinstance(part, Entries):
                for piece in part.pieces(TOGETHER, TOGETHER_BYTES):
                    yield form.updates(piece)
            else:
                ids = [note.subject for note in part if note.kind is Kind.RUN_FINISHED]
                async with node.database.connect() as connection:
                    endings = await record.endings(connection, ids) if ids else {}
                yield b"".join(form.note(note_of(note, endings)) for note in part)


async def _encoded(node: Node, playback: Playback, form: Form) -> AsyncIterator[bytes]:
    try:
        async with aclosing(parts_of(node, playback, form)) as parts:
            async for part in parts:
                yield part
    except AlgoroomError as error:
        # The status has been sent; what is left is to say so and to give no cursor.
        problem = problem_of(error)
        yield form.last({"type": "error", "error": problem.error, "message": problem.message})
        return
    cursor = _cursor(playback.position)
    yield form.last({"type": "next", "cursor": cursor, "more": not playback.is_at_the_end})


def _cursor(position: Position) -> str:
    text = f"{position.seq}.{position.note}"
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _position(cursor: str) -> Position:
    if not cursor:
        return Position()
    try:
        padded = cursor.encode() + b"=" * (-len(cursor) % 4)
        seq, note = base64.b64decode(padded, altchars=b"-_", validate=True).decode().split(".")
        if seq.isascii() and note.isascii() and seq.isdecimal() and note.isdecimal():
            return Position(int(seq), int(note))
    except (ValueError, binascii.Error):
        pass
    raise NoSuchMoment("after", "This is no cursor of this session")
