"""`python -m algoroom.api.documents`: the OpenAPI and AsyncAPI documents, as files.

`--write` writes them, `--check` says which of them are out of date and then ends with 1.
"""

import argparse
import json
import sys
from pathlib import Path
from typing import Any, Final

from algoroom.api import asyncapi
from algoroom.main import create_app
from algoroom.settings import Settings

DIRECTORY: Final = Path("docs/api")


def documents() -> dict[str, dict[str, Any]]:
    """Each document by its file name, as a server with default settings serves it."""
    # Nothing of the environment: this neither validates nor reads it.
    settings = Settings.model_construct(
        data_dir=Path("/nowhere"), database_url="sqlite:////nowhere/algoroom.db", runs_at_once=1
    )
    return {"openapi.json": create_app(settings).openapi(), "asyncapi.json": asyncapi.document()}


def write(directory: Path) -> None:
    """Write both documents."""
    directory.mkdir(parents=True, exist_ok=True)
    for name, document in documents().items():
        (directory / name).write_text(_text(document), encoding="utf-8")


def outdated(directory: Path) -> list[Path]:
    """The files that are missing, or differ from what the code says."""
    found = []
    for name, document in documents().items():
        path = directory / name
        if not path.exists() or path.read_text(encoding="utf-8") != _text(document):
            found.append(path)
    return found


def _text(document: dict[str, Any]) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def main() -> int:
    """Do what the command line asks; the exit code."""
    parser = argparse.ArgumentParser(prog="python -m algoroom.api.documents")
    wish = parser.add_mutually_exclusive_group(required=True)
    wish.add_argument("--write", action="store_true", help="write the documents")
    wish.add_argument("--check", action="store_true", help="compare them with the code")
    parser.add_argument("directory", nargs="?", type=Path, default=DIRECTORY)
    asked = parser.parse_args()
    if asked.write:
        write(asked.directory)
        return 0
    stale = outdated(asked.directory)
    for path in stale:
        sys.stderr.write(f"{path} is out of date; `make documents` writes it anew\n")
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
