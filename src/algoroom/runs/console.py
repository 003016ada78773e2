"""The near side of a run that is under way: what is typed to it, its window, and the way to end it.

A console may be used from the moment its run is asked for: what is typed before the program is
there waits for it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from algoroom.errors import InputClosed, InputFull
from algoroom.runs.model import Terminal

MOST_WAITING_BYTES = 64 * 1024


class Keyboard(Protocol):
    """What leads to the program's standard input."""

    def wake(self) -> None:
        """There is more to write, or the input has ended."""

    def resize(self, terminal: Terminal) -> None:
        """The window has another size."""


@dataclass(frozen=True, slots=True)
class Used:
    """What a program has taken, as in an outcome."""

    wall_ms: float = 0.0
    cpu_ms: float = 0.0
    peak_memory_bytes: int = 0


class Console:
    """Typed input, at most `most_waiting_bytes` of it on its way to the program."""

    def __init__(self, most_waiting_bytes: int = MOST_WAITING_BYTES) -> None:
        self._most_waiting_bytes = most_waiting_bytes
        self._waiting = bytearray()
        self._keyboard: Keyboard | None = None
        self._size: Terminal | None = None
        self._cancel: Callable[[], object] | None = None
        self.is_ended = False
        self.is_read = False
        """Whether a program has got anything of what was typed."""
        self.is_cancelled = False
        self.used = Used()
        """What the program had taken when it was ended, if it was."""

    # The person's side

    def write(self, data: bytes) -> None:
        """Type something. Raises InputClosed after the end, and InputFull, taking nothing, where
        the program does not read and too much waits for it already."""
        if self.is_ended:
            raise InputClosed
        if len(self._waiting) + len(data) > self._most_waiting_bytes:
            raise InputFull(self._most_waiting_bytes)
        self._waiting += data
        self._wake()

    def end(self) -> None:
        """End the input, once everything typed is read."""
        self.is_ended = True
        self._wake()

    def resize(self, terminal: Terminal) -> None:
        """Give the run's terminal, where it has one, another size."""
        self._size = terminal
        if self._keyboard is not None:
            self._keyboard.resize(terminal)

    def cancel(self) -> None:
        """End the run, at whatever stage it is."""
        self.is_cancelled = True
        if self._cancel is not None:
            self._cancel()

    # The run's side

    def on_cancel(self, cancel: Callable[[], object]) -> None:
        """What ends the run; called at once where that is wanted already."""
        self._cancel = cancel
        if self.is_cancelled:
            cancel()

    def attach(self, keyboard: Keyboard) -> None:
        """Lead what is typed to a program, until `detach`."""
        self._keyboard = keyboard
        if self._size is not None:
            keyboard.resize(self._size)

    def detach(self) -> None:
        """The program is gone."""
        self._keyboard = None

    def take(self) -> bytes:
        """What was typed and not taken yet."""
        taken = bytes(self._waiting)
        self._waiting.clear()
        self.is_read = self.is_read or bool(taken)
        return taken

    def _wake(self) -> None:
        if self._keyboard is not None:
            self._keyboard.wake()
