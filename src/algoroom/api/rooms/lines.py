"""What the lines of a playback look like, by their `type`. docs/rooms.md tells them."""

from typing import Literal, NotRequired, TypedDict


class Update(TypedDict):
    """The document changed; `update` is a Yjs update in base64."""

    type: Literal["update"]
    seq: int
    at: str
    userId: str
    pasted: int
    update: str


class Came(TypedDict):
    """Somebody came."""

    type: Literal["joined"]
    seq: int
    at: str
    userId: str
    name: str


class Went(TypedDict):
    """Somebody's last connection is gone."""

    type: Literal["left"]
    seq: int
    at: str
    userId: str


class LanguageSet(TypedDict):
    """The language is another."""

    type: Literal["language"]
    seq: int
    at: str
    userId: str
    language: str
    before: str


class TitleSet(TypedDict):
    """The title is another; an empty one is none."""

    type: Literal["title"]
    seq: int
    at: str
    userId: str
    title: str
    before: str


class RunBegan(TypedDict):
    """A run has begun."""

    type: Literal["run-started"]
    seq: int
    at: str
    userId: str
    runId: str
    language: str


class RunEnded(TypedDict):
    """A run is over; `run` is where its output is, and of one that is stored there is more."""

    type: Literal["run-finished"]
    seq: int
    at: str
    userId: str
    runId: str
    verdict: str
    run: str
    language: NotRequired[str]
    exitCode: NotRequired[int | None]
    stdoutBytes: NotRequired[int]
    stderrBytes: NotRequired[int]
    startedAt: NotRequired[str]


class SnapshotKept(TypedDict):
    """The text was saved."""

    type: Literal["snapshot"]
    seq: int
    at: str
    userId: str
    snapshotId: str


class VersionNamed(TypedDict):
    """The text was given a name."""

    type: Literal["version"]
    seq: int
    at: str
    userId: str
    versionId: str
    name: str


# `from` is a word of Python.
TextRestored = TypedDict(
    "TextRestored",
    {"type": Literal["restored"], "seq": int, "at": str, "userId": str, "from": int},
)


class Next(TypedDict):
    """The last line: how to go on."""

    type: Literal["next"]
    cursor: str
    more: bool


class Broken(TypedDict):
    """The last line where the journal cannot be read any further."""

    type: Literal["error"]
    error: str
    message: str


PlaybackLine = (
    Update
    | Came
    | Went
    | LanguageSet
    | TitleSet
    | RunBegan
    | RunEnded
    | SnapshotKept
    | VersionNamed
    | TextRestored
    | Next
    | Broken
)
