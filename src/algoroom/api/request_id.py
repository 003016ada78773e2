"""The name of the request under way, by which its client and the log speak of the same thing."""

import re
from contextvars import ContextVar
from typing import Final
from uuid import uuid4

HEADER: Final = "X-Request-ID"

current: ContextVar[str] = ContextVar("request_id", default="-")
"""The id of the request that this task answers; `-` outside of requests."""

_ACCEPTED: Final = re.compile(rb"[\x21-\x7e]{1,128}")


def chosen(sent: bytes | None) -> str:
    """The id that the client sent, where it fits a header and a log line, else a new one."""
    if sent is not None and _ACCEPTED.fullmatch(sent):
        return sent.decode("ascii")
    return uuid4().hex
