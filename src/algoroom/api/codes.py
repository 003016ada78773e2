"""The codes with which a socket is closed."""

from enum import IntEnum


class CloseCode(IntEnum):
    """4400 to 4499 are for good; 4500 to 4599 mean that coming back may work."""

    GOING_AWAY = 1001
    INVALID_UTF8 = 1007
    SESSION_GONE = 1008
    FRAME_TOO_LARGE = 1009
    INTERNAL_ERROR = 1011
    TOO_SLOW = 1013
    BAD_MESSAGE = 4400
    NOT_SIGNED_IN = 4401
    READ_ONLY = 4403
    NO_SESSION = 4404
    NOT_ADMITTED = 4407
    REMOVED = 4410
    TOO_LARGE = 4413
    DAMAGED = 4422
    OUT_OF_STEP = 4500
    NOT_SAVED = 4503
    ROOM_FULL = 4504
    IDLE = 4508
    TOO_MANY = 4529

    @property
    def meaning(self) -> str:
        """What it says to a client, in one line."""
        return _MEANINGS[self]


_MEANINGS = {
    CloseCode.GOING_AWAY: "The server is shutting down; come back in a moment.",
    CloseCode.INVALID_UTF8: "A text frame was not valid UTF-8.",
    CloseCode.SESSION_GONE: "The session was deleted or has expired.",
    CloseCode.FRAME_TOO_LARGE: "A frame was larger than the server accepts.",
    CloseCode.INTERNAL_ERROR: "The server failed; the session is kept.",
    CloseCode.TOO_SLOW: "The client did not read what it was sent; coming back may work.",
    CloseCode.BAD_MESSAGE: "A message was not of the protocol, or no edit of this document.",
    CloseCode.NOT_SIGNED_IN: "A credential is needed that holds and is for this; sign in again.",
    CloseCode.READ_ONLY: "The connection may only read, and tried to write.",
    CloseCode.NOT_ADMITTED: "A host has to let the client into this session first.",
    CloseCode.REMOVED: "A host sent the client away, or nobody is let in unasked any more.",
    CloseCode.NO_SESSION: "There is no such session, or it was deleted or has expired.",
    CloseCode.TOO_LARGE: "An update, or the text with it, would be too large.",
    CloseCode.DAMAGED: "What is stored of the session is damaged; its operator has to mend it.",
    CloseCode.OUT_OF_STEP: "What came builds on changes that the server lacks; sync again.",
    CloseCode.NOT_SAVED: "The database fails or is far behind; nothing is read or taken for now.",
    CloseCode.ROOM_FULL: "The room has as many connections as it may have.",
    CloseCode.IDLE: "Nothing came from the client, no answer to a ping either.",
    CloseCode.TOO_MANY: "The client has as many sockets as it may have.",
}
