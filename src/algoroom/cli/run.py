"""`algoroom run`: one program on the terminal, run as a server would run it."""

import asyncio
import os
import sys
from contextlib import ExitStack, aclosing
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from algoroom.assembly import ceilings_from, engine_from
from algoroom.cli import terminal
from algoroom.cli.settings import settings_or_exit
from algoroom.cli.verdict import exit_code_of, in_words
from algoroom.errors import AlgoroomError, LanguageUnavailable, RunsBusy, SandboxUnavailable
from algoroom.runs.console import Console
from algoroom.runs.engine import Engine
from algoroom.runs.languages.catalogue import Catalogue, Language
from algoroom.runs.model import (
    Compiled,
    Ended,
    Outcome,
    Output,
    RunRequest,
    SourceFile,
    Started,
    Stream,
)

WRONG_COMMAND = 2
CANNOT_RUN = 70
INTERRUPTED = 130
NOBODY_READS = 141


def run(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="Program to run; - for this command's input.")
    ],
    arguments: Annotated[
        list[str] | None,
        typer.Argument(metavar="[ARGUMENT]...", help="What the program is started with."),
    ] = None,
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
    files: Annotated[
        list[str] | None,
        typer.Option("--file", metavar="FILE", help="File beside the program; may be repeated."),
    ] = None,
) -> None:
    """Run a program as a server would: the same sandbox, the same limits. Where input and output
    are a terminal, the program has one too, and time for a person to type."""
    settings = settings_or_exit()
    is_typed = stdin is None and str(file) != "-" and terminal.is_one()
    request = RunRequest(
        language=language or "",
        source=_text(file),
        stdin=b"" if stdin is None else _read(stdin),
        files=tuple(_beside(file, name) for name in files or ()),
        arguments=tuple(arguments or ()),
        terminal=terminal.size() if is_typed else None,
    )

    async def in_a_sandbox() -> Outcome:
        async with engine_from(settings) as engine:
            name = language or _language_of(file, engine.languages)
            usual = engine.languages.get(name).declaration.limits
            limits = ceilings_from(settings).limits(usual, is_interactive=is_typed)
            return await _stream(engine, replace(request, language=name, limits=limits))

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


def _beside(main: Path, name: str) -> SourceFile:
    """A file as the program finds it: as it lies below the main one, else by its name alone."""
    path = Path(name).resolve()
    folder = Path.cwd() if str(main) == "-" else main.resolve().parent
    shown = path.relative_to(folder) if path.is_relative_to(folder) else Path(path.name)
    return SourceFile(shown.as_posix(), _read(name))


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
    console = None if request.terminal is None else Console()
    compiles = engine.languages.get(request.language).declaration.compile is not None
    with ExitStack() as lent:
        async with aclosing(engine.run(request, console)) as events:
            async for event in events:
                match event:
                    case Started() | Compiled() if console is not None:
                        # Until the program is there, Ctrl-C still ends this command.
                        if isinstance(event, Compiled) or not compiles:
                            lent.enter_context(terminal.lent(console))
                    case Output(stream, data):
                        out = sys.stderr if stream is Stream.STDERR else sys.stdout
                        out.buffer.write(data)
                        out.buffer.flush()
                    case Ended(outcome):
                        lent.close()
                        sys.stderr.buffer.write(outcome.compiler_output)
                        sys.stderr.buffer.flush()
                        return outcome
                    case _:
                        pass
    raise RuntimeError("a run always ends with its outcome")
