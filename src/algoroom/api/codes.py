"""The codes with which a socket is closed."""

from enum import IntEnum


class CloseCode(IntEnum):
    """4400 to 4499 would be for good; 4500 to 4599 mean that coming back may work."""

    GOING_AWAY = 1001
    INVALID_UTF8 = 1007
    SESSION_GONE = 1008
    FRAME_TOO_LARGE = 1009
    INTERNAL_ERROR = 1011
    TOO_SLOW = 1013
    IDLE = 4508

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
    CloseCode.IDLE: "Nothing came from the client, no answer to a ping either.",
}
