"""What happened in a session, as JSON lines and as bytes. docs/rooms.md tells both forms."""

import base64
from collections.abc import Callable, Mapping
from typing import Any

from algoroom.api.bodies import compact_json
from algoroom.api.timestamps import written
from algoroom.rooms.blocks import Entries, moment
from algoroom.rooms.lib0 import write_number
from algoroom.rooms.notes import Kind, Note
from algoroom.runs.record import Ending

Line = dict[str, Any]

_MORE: Mapping[Kind, Callable[[Note], Line]] = {
    Kind.JOINED: lambda note: {"name": note.subject},
    Kind.LANGUAGE: lambda note: {"language": note.subject, "before": note.detail},
    Kind.TITLE: lambda note: {"title": note.subject, "before": note.detail},
    Kind.RUN_STARTED: lambda note: {"runId": note.subject, "language": note.detail},
    Kind.RUN_FINISHED: lambda note: {"runId": note.subject, "verdict": note.detail},
    Kind.SNAPSHOT: lambda note: {"snapshotId": note.subject},
    Kind.VERSION: lambda note: {"versionId": note.subject, "name": note.detail},
    Kind.RESTORED: lambda note: {"from": int(note.subject)},
}
_CONTROL, _UPDATE, _NOTE = 0, 1, 2


def note_of(note: Note, endings: Mapping[str, Ending]) -> Line:
    """A note; that of a run's end with what is known of it."""
    line: Line = {
        "type": note.kind.value,
        "seq": note.seq,
        "at": written(note.at),
        "userId": note.author,
    }
    if (more := _MORE.get(note.kind)) is not None:
        line |= more(note)
    if note.kind is Kind.RUN_FINISHED:
        line["run"] = f"/api/runs/{note.subject}"
        if (ending := endings.get(note.subject)) is not None:
            line |= {
                "language": ending.language,
                "exitCode": ending.exit_code,
                "stdoutBytes": ending.stdout_bytes,
                "stderrBytes": ending.stderr_bytes,
                "startedAt": written(ending.started_at),
            }
    return line


class Lines:
    """JSON, a line for each."""

    media_type = "application/x-ndjson"

    def updates(self, entries: Entries) -> bytes:
        return b"".join(
            self._line(
                {
                    "type": "update",
                    "seq": seq,
                    "at": written(moment(time)),
                    "userId": author,
                    "pasted": pasted,
                    "update": base64.b64encode(update).decode(),
                }
            )
            for seq, (time, author, pasted, update) in enumerate(_rows(entries), entries.first_seq)
        )

    def note(self, line: Line) -> bytes:
        return self._line(line)

    def last(self, line: Line) -> bytes:
        return self._line(line)

    def _line(self, line: Line) -> bytes:
        return compact_json(line).encode() + b"\n"


class Records:
    """Bytes: a length before each, and what it is in its first byte."""

    media_type = "application/octet-stream"

    def updates(self, entries: Entries) -> bytes:
        records = []
        for seq, (time, author, pasted, update) in enumerate(_rows(entries), entries.first_seq):
            name = author.encode()
            body = (
                bytes((_UPDATE,)),
                write_number(seq),
                time.to_bytes(8, "little", signed=True),
                write_number(len(name)),
                name,
                write_number(pasted),
                update,
            )
            records += [write_number(sum(map(len, body))), *body]
        return b"".join(records)

    def note(self, line: Line) -> bytes:
        return self._record(_NOTE, line)

    def last(self, line: Line) -> bytes:
        return self._record(_CONTROL, line)

    def _record(self, kind: int, line: Line) -> bytes:
        body = compact_json(line).encode()
        return write_number(len(body) + 1) + bytes((kind,)) + body


Form = Lines | Records


def _rows(entries: Entries) -> "zip[tuple[int, str, int, bytes]]":
    return zip(entries.times, entries.authors, entries.pasted, entries.updates, strict=True)
