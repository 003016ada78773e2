"""Bytes on the wire: a string where they are text in UTF-8, else an object that holds base64.

So whatever a program reads or writes arrives as it was, and what is text reads as text.
"""

import base64
import binascii
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic_core import PydanticCustomError

from algoroom.api.bodies import Text

_PATTERN = "^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$"


def _is_base64(text: str) -> str:
    try:
        base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise PydanticCustomError("base64", "Must be base64 (RFC 4648, section 4)") from error
    return text


class Encoded(BaseModel):
    """Bytes that are no text in UTF-8."""

    model_config = ConfigDict(extra="forbid")

    base64: Annotated[
        str,
        Field(
            strict=True, json_schema_extra={"format": "byte", "pattern": "^([A-Za-z0-9+/]{4})*$"}
        ),
        AfterValidator(_is_base64),
    ]


Content = Text | Encoded
"""Bytes, as a string where they are text."""


def bytes_of(content: str | Encoded) -> bytes:
    """What a request holds."""
    return content.encode() if isinstance(content, str) else base64.b64decode(content.base64)


def content_of(data: bytes) -> str | Encoded:
    """What an answer holds."""
    try:
        return data.decode()
    except UnicodeDecodeError:
        return Encoded(base64=base64.b64encode(data).decode())
