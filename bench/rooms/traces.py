"""Editing traces: what people typed, keystroke by keystroke.

A trace is a file of JSON, packed by gzip or not, as the public collection of editing traces has
them: `endContent` and `txns`, each with `patches` [position, deleted, inserted] in code points. In
a concurrent one a transaction has an `agent` and `parents`, the indexes of earlier ones whose merge
is the text that its positions refer to.
"""

import gzip
import json
from dataclasses import dataclass
from pathlib import Path

Patch = tuple[int, int, str]


@dataclass(frozen=True, slots=True)
class Transaction:
    """Patches that one author made at once, applied in order."""

    author: int
    parents: tuple[int, ...]
    patches: tuple[Patch, ...]


@dataclass(frozen=True, slots=True)
class Trace:
    """What was typed, and the texts that it began and ended with."""

    name: str
    start: str
    end: str
    transactions: tuple[Transaction, ...]
    authors: int = 1

    @property
    def is_concurrent(self) -> bool:
        return self.authors > 1


def read(path: Path) -> Trace:
    """The trace in a file. Raises OSError, or ValueError where it holds none."""
    data = path.read_bytes()
    if data[:2] == b"\x1f\x8b":
        data = gzip.decompress(data)
    try:
        content = json.loads(data)
        return Trace(
            path.name.removesuffix(".gz").removesuffix(".json"),
            content.get("startContent") or "",
            content["endContent"],
            tuple(
                Transaction(
                    entry.get("agent", 0),
                    tuple(entry.get("parents", (index - 1,) if index else ())),
                    tuple((at, deleted, text) for at, deleted, text in entry["patches"]),
                )
                for index, entry in enumerate(content["txns"])
            ),
            content.get("numAgents", 1),
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"{path} holds no trace") from error


def find(folder: Path) -> list[Path]:
    """The traces in a folder, by name."""
    return sorted([*folder.glob("*.json"), *folder.glob("*.json.gz")])
