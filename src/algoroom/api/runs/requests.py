"""From bodies to what the engine takes."""

from algoroom.api.runs import models
from algoroom.api.runs.content import bytes_of
from algoroom.api.runs.limits import asked_of
from algoroom.node import Node
from algoroom.runs.model import Case, RunRequest, SourceFile, Terminal


def request_of(
    node: Node, language: str, code: str, body: models.Options, *, party: str, client: str
) -> RunRequest:
    """The request that a body stands for, within the operator's limits.

    Raises LanguageUnavailable and LimitNotAllowed.
    """
    return RunRequest(
        language=language,
        source=code,
        stdin=bytes_of(body.stdin),
        limits=node.limits(language, asked=asked_of(body.limits), is_interactive=body.interactive),
        files=tuple(SourceFile(path, bytes_of(data)) for path, data in body.files.items()),
        arguments=tuple(body.arguments),
        terminal=None if body.terminal is None else terminal_of(body.terminal),
        cases=tuple(map(case_of, body.cases)),
        stops_at_failure=body.stop_at_first_failure,
        party=party,
        client=client,
    )


def terminal_of(terminal: models.Terminal) -> Terminal:
    """A window's size."""
    return Terminal(terminal.rows, terminal.columns)


def case_of(case: models.Case) -> Case:
    """A test case."""
    return Case(
        stdin=bytes_of(case.stdin),
        expected=bytes_of(case.expected),
        comparison=case.comparison,
        tolerance=case.tolerance,
        name=case.name,
        hidden=case.hidden,
    )
