"""`algoroom run`: one program on the terminal, run as a server would run it."""

import asyncio
import os
import sys
from contextlib import aclosing
from pathlib import Path
from typing import Annotated

import typer

from algoroom.assembly import engine_from, limits_from
from algoroom.cli.settings import settings_or_exit
from algoroom.cli.verdict import exit_code_of, in_words
from algoroom.errors import AlgoroomError, LanguageUnavailable, RunsBusy, SandboxUnavailable
from algoroom.runs.engine import Engine
from algoroom.runs.languages.catalogue import Catalogue, Language
from algoroom.runs.model import Ended, Outcome, Output, RunRequest, Stream

WRONG_COMMAND = 2
CANNOT_RUN = 70
INTERRUPTED = 130
NOBODY_READS = 141


def run(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="Program to run; - for this command's input.")
    ],
    language: Annotated[
        str | None,
        typer.Option(help="Language of the program; by default told by the file's name."),
    ] = None,
    stdin: Annotated[
        str | None,
        typer.Option(
            metavar="FILE",
            help="File that the program reads as its standard input; - for this command's own.",
        ),
    ] = None,
) -> None:
    """Run a program as a server would: the same sandbox, the same limits."""
    settings = settings_or_exit()
    source = _text(file)
    given = b"" if stdin is None else _read(stdin)

    async def in_a_sandbox() -> Outcome:
        async with engine_from(settings) as engine:
            name = language or _language_of(file, engine.languages)
            return await _stream(engine, RunRequest(name, source, given, limits_from(settings)))

    try:
        outcome = asyncio.run(in_a_sandbox())
    except AlgoroomError as error:
        typer.echo(f"algoroom: {error}", err=True)
        ours = isinstance(error, SandboxUnavailable | RunsBusy)
        raise typer.Exit(CANNOT_RUN if ours else WRONG_COMMAND) from error
    except BrokenPipeError:
        # Nothing can be said any more, not even by the interpreter's own last flush.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise typer.Exit(NOBODY_READS) from None
    except KeyboardInterrupt:
        raise typer.Exit(INTERRUPTED) from None
    typer.echo(f"algoroom: {in_words(outcome)}", err=True)
    raise typer.Exit(exit_code_of(outcome))


def _read(name: str) -> bytes:
    try:
        return sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
    except OSError as error:
        raise _wrong(f"{name} cannot be read: {error.strerror}") from error


def _text(file: Path) -> str:
    try:
        return _read(str(file)).decode()
    except UnicodeDecodeError as error:
        raise _wrong(f"{file} is not a text in UTF-8: {error}") from error


def _wrong(words: str) -> typer.Exit:
    typer.echo(f"algoroom: {words}", err=True)
    return typer.Exit(WRONG_COMMAND)


def endings(language: Language) -> tuple[str, ...]:
    """How the names of the language's files end, the usual ending first."""
    usual = Path(language.declaration.file).suffix
    others = (f".{alias}" for alias in language.aliases)
    return (usual, *(ending for ending in others if ending != usual))


def _language_of(file: Path, languages: Catalogue) -> str:
    """The language that a file of this name is written in. Raises LanguageUnavailable."""
    for language in languages:
        if file.suffix in endings(language):
            return language.name
    raise LanguageUnavailable(
        file.name, f"its name tells no language; say it by --language: {', '.join(languages.names)}"
    )


async def _stream(engine: Engine, request: RunRequest) -> Outcome:
    """Show the output as it comes, byte by byte what the program wrote."""
    async with aclosing(engine.run(request)) as events:
        async for event in events:
            match event:
                case Output(stream, data):
                    out = sys.stderr if stream is Stream.STDERR else sys.stdout
                    out.buffer.write(data)
                    out.buffer.flush()
                case Ended(outcome):
                    sys.stderr.buffer.write(outcome.compiler_output)
                    sys.stderr.buffer.flush()
                    return outcome
    raise RuntimeError("a run always ends with its outcome")
