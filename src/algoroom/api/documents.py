"""The OpenAPI and AsyncAPI documents: served, and as files.

`python -m algoroom.api.documents --write` writes the files; `--check` says which of them are out
of date, and then ends with 1.
"""

import argparse
import json
import sys
from pathlib import Path
from typing import Any, Final

from fastapi import FastAPI

from algoroom.api import asyncapi, openapi
from algoroom.settings import Settings

DIRECTORY: Final = Path("docs/api")
DESCRIPTION: Final = openapi.DESCRIPTION
"""What the application is made with."""


def install(app: FastAPI) -> None:
    """Serve both documents: `/openapi.json` and `/asyncapi.json`."""
    openapi.install(app)
    app.include_router(asyncapi.router)


def documents(app: FastAPI) -> dict[str, dict[str, Any]]:
    """Each document by its file name."""
    return {"openapi.json": app.openapi(), "asyncapi.json": asyncapi.document()}


def default_settings() -> Settings:
    """Settings that depend neither on the environment nor on the machine."""
    return Settings.model_construct(
        data_dir=Path("/nowhere"), database_url="sqlite:////nowhere/algoroom.db", runs_at_once=1
    )


def write(app: FastAPI, directory: Path) -> None:
    """Write both documents."""
    directory.mkdir(parents=True, exist_ok=True)
    for name, document in documents(app).items():
        (directory / name).write_text(_text(document), encoding="utf-8")


def outdated(app: FastAPI, directory: Path) -> list[Path]:
    """The files that are missing, or differ from what the application says."""
    found = []
    for name, document in documents(app).items():
        path = directory / name
        if not path.exists() or path.read_text(encoding="utf-8") != _text(document):
            found.append(path)
    return found


def main(app: FastAPI) -> int:
    """Do what the command line asks; the exit code."""
    parser = argparse.ArgumentParser(prog="python -m algoroom.api.documents")
    wish = parser.add_mutually_exclusive_group(required=True)
    wish.add_argument("--write", action="store_true", help="write the documents")
    wish.add_argument("--check", action="store_true", help="compare them with the code")
    parser.add_argument("directory", nargs="?", type=Path, default=DIRECTORY)
    asked = parser.parse_args()
    if asked.write:
        write(app, asked.directory)
        return 0
    stale = outdated(app, asked.directory)
    for path in stale:
        sys.stderr.write(f"{path} is out of date; `make documents` writes it anew\n")
    return 1 if stale else 0


def _text(document: dict[str, Any]) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    # The application imports this module.
    from algoroom.main import create_app

    sys.exit(main(create_app(default_settings())))
