"""Self-tests that were passed, remembered across restarts."""

import contextlib
import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Passed:
    """A toolchain that passed: its version, and which optional arguments it takes."""

    version: str
    optional_arguments: tuple[str, ...]


class Remembered:
    """Passed self-tests by the toolchain's identity, in one JSON file; None keeps nothing.

    A file that cannot be read counts as empty: the tests are then made again.
    """

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._passed: dict[str, Passed] = {}
        if path is None:
            return
        with contextlib.suppress(OSError, ValueError, TypeError, AttributeError, KeyError):
            for identity, row in json.loads(path.read_text(encoding="utf-8")).items():
                arguments = tuple(map(str, row["optional_arguments"]))
                self._passed[identity] = Passed(str(row["version"]), arguments)

    def get(self, identity: str) -> Passed | None:
        return self._passed.get(identity)

    def keep(self, identity: str, passed: Passed) -> None:
        """Remember it. A file that cannot be written costs only the time of the next test."""
        self._passed[identity] = passed
        if self._path is None:
            return
        rows = {key: asdict(value) for key, value in self._passed.items()}
        fresh = self._path.with_name(f"{self._path.name}.{os.getpid()}")
        with contextlib.suppress(OSError):
            fresh.write_text(json.dumps(rows, indent=1), encoding="utf-8")
            fresh.replace(self._path)
