"""Roles in a session, deeds, and the one table of who may do what."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final


class Role(StrEnum):
    """What somebody is in a session who has been let in; the first may most."""

    HOST = "host"
    EDITOR = "editor"
    VIEWER = "viewer"


class Outside(StrEnum):
    """What somebody is who has not been let in."""

    STRANGER = "stranger"
    """Has the link and nothing else, where that is not enough."""
    WAITING = "waiting"
    """Asked to be let in."""
    BANNED = "banned"
    """May not come in, nor ask."""


Seat = Role | Outside
"""What somebody is in a session."""


class Strangers(StrEnum):
    """What those are who have a session's link and nothing else."""

    EDITOR = "editor"
    VIEWER = "viewer"
    ASK = "ask"
    """Nothing: they ask, and a host lets them in."""


class Deed(StrEnum):
    """What can be done in a session."""

    KNOCK = "knock"
    """Learn what one may do, ask to be let in, redeem an invite."""
    READ = "read"
    """See the text, who is present, what was done and run."""
    APPEAR = "appear"
    """Be shown to the others: a name and a cursor."""
    FORK = "fork"
    """Begin a new session with what this one is, or was."""
    EDIT = "edit"
    """Change the text."""
    DESCRIBE = "describe"
    """Set the language and the title."""
    SAVE = "save"
    """Replace the text and keep it as a snapshot."""
    RESTORE = "restore"
    """Make the text again what it was."""
    NAME = "name"
    """Name versions, and take names away."""
    RUN = "run"
    """Run programs in front of the room, or show it how one ran elsewhere."""
    TYPE = "type"
    """Type to a program that runs, and size its terminal."""
    CANCEL = "cancel"
    """End a program that runs."""
    DELETE = "delete"
    """Remove the session for good."""
    INVITE = "invite"
    """Make, list and revoke links that give a role."""
    SEAT = "seat"
    """See who has which role, let people in, change their roles."""
    REMOVE = "remove"
    """Send people away, for now or for good."""
    RULE = "rule"
    """Lock editing or running, end and reopen the session, say what strangers are."""
    NOTES = "notes"
    """Read and write the hosts' own notes."""
    TASK = "task"
    """Write the task, and see what of it is for hosts alone."""


_VIEWER: Final = frozenset({Deed.KNOCK, Deed.READ, Deed.APPEAR, Deed.FORK})
_EDITOR: Final = _VIEWER | {
    Deed.EDIT,
    Deed.DESCRIBE,
    Deed.SAVE,
    Deed.RESTORE,
    Deed.NAME,
    Deed.RUN,
    Deed.TYPE,
    Deed.CANCEL,
    Deed.DELETE,
}

DEEDS: Final[Mapping[Seat, frozenset[Deed]]] = {
    Role.HOST: frozenset(Deed),
    Role.EDITOR: _EDITOR,
    Role.VIEWER: _VIEWER,
    Outside.STRANGER: frozenset({Deed.KNOCK}),
    Outside.WAITING: frozenset({Deed.KNOCK}),
    Outside.BANNED: frozenset({Deed.KNOCK}),
}
"""Who may do what while nothing is locked and the session has not ended."""

CHANGING: Final = _EDITOR - _VIEWER - {Deed.DELETE}
"""What nobody does in a session that has ended."""

EDITING: Final = frozenset({Deed.EDIT, Deed.DESCRIBE, Deed.SAVE, Deed.RESTORE})
"""What only hosts do while editing is locked."""

RUNNING: Final = frozenset({Deed.RUN, Deed.TYPE})
"""What only hosts do while running is locked."""
