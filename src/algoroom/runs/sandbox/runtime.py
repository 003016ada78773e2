"""Programs that a waiting sandbox may be already when its job comes."""

from collections.abc import Mapping
from dataclasses import dataclass

from algoroom.runs.sandbox.command import Command, File

Twin = tuple[tuple[str, ...], tuple[tuple[str, str], ...]]
"""Arguments and environment: what decides whether two programs start alike."""


def twin(argv: tuple[str, ...], environment: Mapping[str, str]) -> Twin:
    return argv, tuple(sorted(environment.items()))


def twin_of(command: Command) -> Twin:
    return twin(command.argv, command.environment)


@dataclass(frozen=True, slots=True)
class NurseryProgram:
    """What a nursery is started as: the arguments and the environment of a program in Python."""

    argv: tuple[str, ...]
    environment: Mapping[str, str]

    @property
    def twin(self) -> Twin:
        return twin(self.argv, self.environment)


@dataclass(frozen=True, slots=True)
class Runtime:
    """A runtime that waits for its program in a hook of ours.

    It is started by `argv` and then stands in for a command of the arguments and environment
    `twin`. The hook opens the named pipe `GATE` and reads it to its end. It is one of `files`,
    which are there only until it waits.
    """

    twin: Twin
    argv: tuple[str, ...]
    environment: Mapping[str, str]
    files: tuple[File, ...]
