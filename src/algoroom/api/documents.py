"""The OpenAPI and AsyncAPI documents, served and as files, and the tables of who may do what.

`python -m algoroom.api.documents --write` writes the files; `--check` says which of them are out
of date, and then ends with 1.
"""

import argparse
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from fastapi import FastAPI

from algoroom.api import asyncapi, openapi
from algoroom.api.access import table
from algoroom.settings import Settings

DIRECTORY: Final = Path("docs/api")
PAGE: Final = "access.md"
"""The page that shows who may do what, beside the directory of the documents."""
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
    """Write both documents, and the tables in the page beside their directory."""
    directory.mkdir(parents=True, exist_ok=True)
    for path, text in _files(app, directory):
        path.write_text(text, encoding="utf-8")


def outdated(app: FastAPI, directory: Path) -> list[Path]:
    """The files that are missing, or differ from what the application says."""
    return [
        path
        for path, text in _files(app, directory)
        if not path.exists() or path.read_text(encoding="utf-8") != text
    ]


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


def _files(app: FastAPI, directory: Path) -> Iterator[tuple[Path, str]]:
    """Each file, and what it has to say."""
    for name, document in documents(app).items():
        yield directory / name, _text(document)
    page = directory.parent / PAGE
    if page.exists():
        yield page, table.page(app, page.read_text(encoding="utf-8"))


def _text(document: dict[str, Any]) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    # The application imports this module.
    from algoroom.main import create_app

    sys.exit(main(create_app(default_settings())))
