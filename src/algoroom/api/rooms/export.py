"""A whole session as one file. docs/rooms.md tells what is in it."""

import json
import re
import sys
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from urllib.parse import quote

from fastapi import APIRouter
from pydantic import BaseModel
from starlette.responses import Response, StreamingResponse

from algoroom.access.roles import Deed
from algoroom.api.access.deeds import may
from algoroom.api.bodies import JsonRoute
from algoroom.api.callers import OfCaller
from algoroom.api.dependencies import OfNode
from algoroom.api.rooms.archive import Archive, Content
from algoroom.api.rooms.encoding import Lines
from algoroom.api.rooms.playback import parts_of
from algoroom.api.rooms.problems import documented
from algoroom.api.runs.content import content_of
from algoroom.api.runs.encoding import stored_run_of
from algoroom.api.tags import ROOMS
from algoroom.api.tasks.routes import task_of
from algoroom.api.timestamps import written
from algoroom.errors import LanguageUnavailable
from algoroom.node import Node
from algoroom.rooms.playback import Playback, Position
from algoroom.rooms.task import Task
from algoroom.rooms.versions import Version
from algoroom.runs import record
from algoroom.runs.record import StoredRun
from algoroom.sessions.model import Session

router = APIRouter(prefix="/api/sessions/{session_id}", tags=[ROOMS], route_class=JsonRoute)

MEDIA_TYPE: Final = "application/zip"
RUNS: Final = 100
_LONGEST_NAME: Final = 60
README: Final = """\
A session of Algoroom, as it was when it was exported. All texts are UTF-8.

session.json     what the session is; times are UTC
code/            the text as it is now
task.md          what the people in it were to do, where there is a task
task.json        the same with starter code and test cases
versions/        texts that were given names; versions.json says who named them, and when
runs/            a directory for each run, named by its start:
  run.json       how it ended, with all it printed
  stdout.txt     what it printed, byte for byte
  stderr.txt
  stdin.txt      what it read
  program/       what was run
playback.jsonl   everything that happened, in order, a line of JSON each: updates of the Yjs
                 document, whose text is `code`, in base64, and what happened beside them
"""


@dataclass(frozen=True, slots=True)
class _Contents:
    """What is exported, as it was at one moment."""

    node: Node
    session: Session
    text: str
    task: Task
    for_hosts: bool
    versions: list[Version]
    playback: Playback


@router.get(
    "/export",
    response_class=Response,
    responses={
        200: {
            "description": "A zip file; docs/rooms.md tells what is in it.",
            "content": {MEDIA_TYPE: {"schema": {"type": "string", "format": "binary"}}},
        },
        **documented(403, 404, 409),
    },
    dependencies=[may(Deed.READ)],
)
async def export_session(node: OfNode, caller: OfCaller, session_id: str) -> Response:
    """The whole session as one zip file: code, task, versions, runs with their output, and what
    playback has; of the task what the caller may see. It is made while it is sent; where something
    cannot be read, it breaks off."""
    async with node.rooms.enter(session_id) as room:
        session, text = room.session, room.text
        for_hosts = room.members.standing_of(caller).may(Deed.TASK)
        await room.saved()
    contents = _Contents(
        node,
        session,
        text,
        await node.tasks.get(session_id),
        for_hosts,
        await node.past.versions(session_id),
        await node.past.playback(session_id, Position(), sys.maxsize),
    )
    name = _slug(session.title or "") or "session"
    return StreamingResponse(
        _archived(contents),
        media_type=MEDIA_TYPE,
        headers={
            "Cache-Control": "no-store",
            "Content-Disposition": f"attachment; filename*=UTF-8''{quote(name)}.zip",
        },
    )


async def _archived(contents: _Contents) -> AsyncIterator[bytes]:
    archive = Archive()
    async with aclosing(_files(contents)) as files:
        async for path, at, content in files:
            async with aclosing(archive.add(path, at, content)) as pieces:
                async for piece in pieces:
                    yield piece
    yield archive.end()


_File = tuple[str, datetime, Content]


async def _files(contents: _Contents) -> AsyncGenerator[_File, None]:
    node, session, task = contents.node, contents.session, contents.task
    now = node.clock()
    yield "README.txt", now, README.encode()
    yield "session.json", now, _json(_about(session, now))
    yield f"code/{_file_name(node, session.language)}", now, contents.text.encode()
    if task.revision and task.changed_at is not None:
        seen = task_of(session.id, task, for_hosts=contents.for_hosts)
        yield "task.md", task.changed_at, seen.text.encode()
        yield "task.json", task.changed_at, _json(seen)
    async with aclosing(_versions(contents)) as versions:
        async for file in versions:
            yield file
    async with aclosing(_runs(contents)) as runs:
        async for file in runs:
            yield file
    yield "playback.jsonl", now, parts_of(node, contents.playback, Lines())


async def _versions(contents: _Contents) -> AsyncGenerator[_File, None]:
    if not contents.versions:
        return
    listed: list[dict[str, Any]] = []
    versions = sorted(contents.versions, key=lambda version: version.seq)
    seqs = [version.seq for version in versions]
    async with aclosing(contents.node.past.moments(contents.session.id, seqs)) as moments:
        number = 0
        async for was in moments:
            version = versions[number]
            number += 1
            name = _file_name(contents.node, was.language)
            called = f"{number:03}-{_slug(version.name)}".strip("-")
            path = f"versions/{called}.{name.rpartition('.')[2]}"
            listed.append(
                {
                    "file": path,
                    "name": version.name,
                    "at": written(version.at),
                    "userId": version.author,
                    "seq": version.seq,
                    "language": was.language,
                }
            )
            yield path, version.at, was.text.encode()
    yield "versions/versions.json", contents.versions[-1].at, _json(listed)


async def _runs(contents: _Contents) -> AsyncGenerator[_File, None]:
    database, session_id = contents.node.database, contents.session.id
    before: str | None = None
    while True:
        async with database.connect() as connection:
            page = await record.page(connection, session_id, RUNS, before)
        for summary in page:
            async with database.connect() as connection:
                run = await record.get(connection, summary.id)
            if run is not None:
                for file in _run(contents.node, run):
                    yield file
        if len(page) < RUNS:
            return
        before = page[-1].id


def _run(node: Node, run: StoredRun) -> list[_File]:
    began = f"{run.started_at:%Y-%m-%dT%H-%M-%S}.{run.started_at.microsecond // 1000:03}"
    folder = f"runs/{began}-{run.id[:8]}"
    about = {
        **stored_run_of(run).model_dump(mode="json", by_alias=True),
        "userId": run.author,
        "arguments": run.arguments,
        "stdin": content_of(run.stdin),
    }
    program = f"{folder}/program"
    files = {
        f"{folder}/run.json": _json(about),
        f"{folder}/stdout.txt": run.outcome.stdout,
        f"{folder}/stderr.txt": run.outcome.stderr,
        **({f"{folder}/stdin.txt": run.stdin} if run.stdin else {}),
        f"{program}/{_file_name(node, run.language)}": run.source.encode(),
        **{f"{program}/{file.path}": file.data for file in run.files},
    }
    return [(path, run.ended_at, data) for path, data in files.items()]


def _about(session: Session, now: datetime) -> dict[str, Any]:
    return {
        "sessionId": session.id,
        "title": session.title,
        "language": session.language,
        "createdAt": written(session.created_at),
        "codeChangedAt": written(session.code_changed_at),
        "endedAt": None if session.access.ended_at is None else written(session.access.ended_at),
        "exportedAt": written(now),
    }


def _file_name(node: Node, language: str) -> str:
    try:
        return node.engine.languages.get(language).declaration.file
    except LanguageUnavailable:
        return "main.txt"


def _slug(name: str) -> str:
    """A name as file systems take it."""
    return re.sub(r"[^\w]+", "-", name).strip("-")[:_LONGEST_NAME]


def _json(value: object) -> bytes:
    if isinstance(value, BaseModel):
        value = value.model_dump(mode="json", by_alias=True)
    return (json.dumps(value, indent=2, ensure_ascii=False, default=_as_json) + "\n").encode()


def _as_json(value: object) -> Any:
    assert isinstance(value, BaseModel), value
    return value.model_dump(mode="json", by_alias=True)
