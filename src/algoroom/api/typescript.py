"""What the web client knows of the server's wire beside the OpenAPI document, as TypeScript.

`python -m algoroom.api.typescript --write` writes the file; `--check` says whether it is out of
date, and then ends with 1.
"""

import argparse
import sys
from collections.abc import Iterable
from enum import IntEnum, StrEnum
from json import dumps
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Final, Literal, NotRequired, Union, get_args, get_origin, get_type_hints

from algoroom.api.codes import CloseCode
from algoroom.api.rooms import lines
from algoroom.api.sync import shapes
from algoroom.api.sync.audience import STREAMS
from algoroom.api.sync.protocol import SUBPROTOCOL, Kind, Step

FILE: Final = Path("client/src/generated/protocol.ts")

_PRIMITIVES: Final = {str: "string", int: "number", float: "number", bool: "boolean"}


def text() -> str:
    """The whole file."""
    parts = (
        "// Written by `make documents` from the server's own definitions.",
        f"export const SUBPROTOCOL = {dumps(SUBPROTOCOL)}",
        _numbers("Kind", Kind),
        _numbers("Step", Step),
        _object("Stream", ((stream.name, str(number)) for stream, number in STREAMS.items())),
        _numbers("CloseCode", CloseCode),
        _object(
            "CLOSE_MEANINGS",
            ((str(code.value), dumps(code.meaning)) for code in CloseCode),
            typed="Readonly<Record<number, string>>",
        ),
        *_union("RoomEvent", shapes.RoomEvent, suffix="Event"),
        *_union("PlaybackLine", lines.PlaybackLine, suffix="Line"),
    )
    return "\n\n".join(parts) + "\n"


def main() -> int:
    """Do what the command line asks; the exit code."""
    parser = argparse.ArgumentParser(prog="python -m algoroom.api.typescript")
    wish = parser.add_mutually_exclusive_group(required=True)
    wish.add_argument("--write", action="store_true", help="write the file")
    wish.add_argument("--check", action="store_true", help="compare it with the code")
    if parser.parse_args().write:
        FILE.parent.mkdir(parents=True, exist_ok=True)
        FILE.write_text(text(), encoding="utf-8")
        return 0
    if FILE.exists() and FILE.read_text(encoding="utf-8") == text():
        return 0
    sys.stderr.write(f"{FILE} is out of date; `make documents` writes it anew\n")
    return 1


def _numbers(name: str, enum: type[IntEnum]) -> str:
    return _object(name, ((member.name, str(member.value)) for member in enum))


def _object(name: str, entries: Iterable[tuple[str, str]], typed: str = "") -> str:
    body = "".join(f"  {key}: {value},\n" for key, value in entries)
    if typed:
        return f"export const {name}: {typed} = {{\n{body}}}"
    return f"export const {name} = {{\n{body}}} as const"


def _union(name: str, union: UnionType, suffix: str) -> list[str]:
    """An interface for each member of a union of typed dictionaries, and the union itself."""
    members = get_args(union)
    names = [f"{member.__name__}{suffix}" for member in members]
    interfaces = [_interface(name, member) for name, member in zip(names, members, strict=True)]
    return [*interfaces, f"export type {name} = {' | '.join(names)}"]


def _interface(name: str, shape: Any) -> str:
    fields = "".join(
        f"  {key}{'' if key in shape.__required_keys__ else '?'}: {_type(hint)}\n"
        for key, hint in get_type_hints(shape).items()
    )
    comment = " ".join((shape.__doc__ or "").split())
    described = f"/** {comment} */\n" if comment else ""
    return f"{described}export interface {name} {{\n{fields}}}"


def _type(hint: Any) -> str:
    if hint in _PRIMITIVES:
        return _PRIMITIVES[hint]
    if hint is NoneType:
        return "null"
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is Literal:
        return " | ".join(map(dumps, arguments))
    if origin in (Union, UnionType):
        return " | ".join(map(_type, arguments))
    if origin is NotRequired:
        return _type(arguments[0])
    if origin is list:
        return f"readonly ({_type(arguments[0])})[]"
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        return " | ".join(dumps(member.value) for member in hint)
    raise TypeError(f"no TypeScript for {hint}")


if __name__ == "__main__":
    sys.exit(main())
