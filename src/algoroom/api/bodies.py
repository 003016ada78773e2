"""Bodies of requests: JSON as browsers know it, and the texts that models may hold."""

import json
import re
from collections.abc import Callable, Coroutine
from typing import Annotated, Any, Final, NoReturn

from fastapi.routing import APIRoute
from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints
from pydantic_core import PydanticCustomError
from starlette.requests import Request
from starlette.responses import Response

from algoroom.rooms.presence import LONGEST_NAME, LONGEST_USER_ID
from algoroom.sessions.model import LONGEST_TITLE

# What a body of ours needs is three; whatever reads a value after this has room on its stack.
DEEPEST: Final = 32
# A megabyte of empty lists takes a hundred times as long to read as a megabyte of text.
MOST_VALUES: Final = 50_000
# A string, or the start of one that does not end; never tried twice at one place.
_STRING: Final = re.compile(r'"[^"\\]*+(?:\\.?[^"\\]*+)*+(?:"|\Z)', re.DOTALL)
_BRACKET: Final = re.compile(r"[\[\]{}]")
_DIGITS: Final = re.compile(r"-?[0-9]{1,20}")
_UNKNOWN_PLACE: Final = 0


class JsonRequest(Request):
    """A request whose body is JSON of RFC 8259 in UTF-8, or else no JSON at all."""

    async def json(self) -> Any:
        """The body's value. Raises `json.JSONDecodeError` whatever is wrong with it."""
        if not hasattr(self, "_json"):
            self._json = strict_json(await self.body())
        return self._json


class JsonRoute(APIRoute):
    """A route that answers 422 to every body that is no JSON, however it fails to be."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handler = super().get_route_handler()

        async def handle(request: Request) -> Response:
            return await handler(JsonRequest(request.scope, request.receive))

        return handle


def strict_json(text: bytes | str) -> Any:
    """The value of a JSON text. Raises `json.JSONDecodeError`.

    Refused beside what is plainly broken: anything but UTF-8, a byte order mark, `NaN` and
    `Infinity`, what `check_structure` refuses, integers longer than the interpreter takes.
    """
    try:
        decoded = text if isinstance(text, str) else text.decode()
        check_structure(decoded)
        return json.loads(decoded, parse_constant=_refuse_constant)
    except json.JSONDecodeError:
        raise
    except UnicodeDecodeError as error:
        raise json.JSONDecodeError("Not UTF-8", "", error.start) from error
    except ValueError as error:
        raise json.JSONDecodeError("A number has too many digits", "", _UNKNOWN_PLACE) from error


def check_structure(text: str) -> None:
    """Raise `json.JSONDecodeError` where a JSON text, valid or not, is nested deeper than `DEEPEST`
    or has more than about `MOST_VALUES` values. Takes no longer than to read a text of letters."""
    if text.count(",") + text.count("[") + text.count("{") <= DEEPEST:
        return
    bare = _STRING.sub("", text)
    if bare.count(",") + bare.count("[") + bare.count("{") > MOST_VALUES:
        raise json.JSONDecodeError("Too many values", "", _UNKNOWN_PLACE)
    depth = 0
    for bracket in _BRACKET.findall(bare):
        depth += 1 if bracket in "[{" else -1
        if depth > DEEPEST:
            raise json.JSONDecodeError("Nested too deeply", "", _UNKNOWN_PLACE)


def compact_json(value: object) -> str:
    """A JSON text of ours without a space too many, its characters as they are."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def _refuse_constant(name: str) -> NoReturn:
    raise json.JSONDecodeError(f"{name} is not JSON", "", _UNKNOWN_PLACE)


def _is_storable(text: str) -> str:
    if "\0" in text:
        raise PydanticCustomError("no_null_character", "Text may not hold a null character")
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError:
            raise PydanticCustomError(
                "no_lone_surrogate", "Text may not hold half of a surrogate pair"
            ) from None
    return text


def _digits(value: object) -> object:
    if isinstance(value, str) and _DIGITS.fullmatch(value) is None:
        raise PydanticCustomError("digits", "Must be a number, written in digits")
    return value


def _whole(value: object) -> object:
    return int(value) if isinstance(value, float) and value.is_integer() else value


Text = Annotated[
    str,
    StringConstraints(strict=True),
    AfterValidator(_is_storable),
    Field(json_schema_extra={"pattern": r"^[^\x00]*$"}),
]
"""Any text that a database and UTF-8 can hold."""

Code = Text
"""Source code; the room limits its length."""

Stdin = Text
"""What a program reads."""

Title = Annotated[Text, Field(max_length=LONGEST_TITLE)]
Name = Annotated[Text, Field(max_length=LONGEST_NAME)]
UserId = Annotated[Text, Field(min_length=1, max_length=LONGEST_USER_ID)]

Digits = BeforeValidator(_digits)
"""Takes digits for a number in a query, and not `1.0` or `1_0`. It stands behind the bounds."""

Whole = BeforeValidator(_whole)
"""Makes of `1.0` the integer that it is in JSON. It stands behind the bounds of a strict `int`."""

Revision = Annotated[int, Field(strict=True, ge=0, le=2**31 - 1), Whole]
"""How often something was changed; 0 where nobody wrote it yet."""
