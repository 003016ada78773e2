"""What a server says once it listens, in one screen."""

import sys

from rich.console import Console
from rich.table import Table
from rich.text import Text

import algoroom
from algoroom.errors import SandboxUnavailable
from algoroom.node import Node
from algoroom.runs.engine import Engine
from algoroom.runs.languages.catalogue import Language, Status

EVERY_ADDRESS = ("0.0.0.0", "::")  # noqa: S104 - compared with, not listened on


def print_start_screen(node: Node, port: int) -> None:
    """Where the server is, what it keeps and runs, what is missing and how to get it."""
    settings, engine = node.settings, node.engine
    address = settings.public_url or _address(settings.host, port)
    rows = [
        ("open", address),
        ("docs", f"{address}/docs"),
        ("data", f"{node.database.kind}; files in {settings.data_dir}"),
        ("sandbox", _sandbox(engine)),
        ("languages", _languages(engine)),
        *(("missing", line) for line in _missing(engine)),
    ]
    table = Table.grid(padding=(0, 2))
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    for name, words in rows:
        table.add_row(f"  {name}", Text(words))
    console = Console(file=sys.stdout, highlight=False)
    console.print(f"\n  [bold]Algoroom {algoroom.__version__}[/] is ready.\n")
    console.print(table)
    console.print("\n  Ctrl-C stops it.\n")
    sys.stdout.flush()


def _address(host: str, port: int) -> str:
    if host in EVERY_ADDRESS:
        host = "127.0.0.1" if host == EVERY_ADDRESS[0] else "::1"
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _sandbox(engine: Engine) -> str:
    try:
        strength = engine.strength
    except SandboxUnavailable as error:
        return f"none, so no program runs: {error.reason}"
    if strength.enough_for_strangers:
        return f"full: namespaces, system call filter, control groups {engine.sandbox.groups}"
    lacking = [
        *(() if strength.filtered else ("system call filter",)),
        *(() if strength.grouped else ("control groups",)),
    ]
    return f"weak, not for strangers: without {' and '.join(lacking)}; algoroom doctor says more"


def _languages(engine: Engine) -> str:
    offered = [_named(language) for language in engine.languages if _offered(language)]
    return ", ".join(offered) or "none"


def _offered(language: Language) -> bool:
    return language.status is not Status.UNAVAILABLE


def _named(language: Language) -> str:
    if language.status is Status.TESTING:
        return f"{language.display_name} (checking)"
    return f"{language.display_name} {language.version}"


def _missing(engine: Engine) -> list[str]:
    missing = [
        f"{language.display_name}: {language.reason}; {language.remedy}"
        for language in engine.languages
        if not _offered(language)
    ]
    return [*missing, "algoroom doctor says more"] if missing else []
