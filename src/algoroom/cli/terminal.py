"""This command's own terminal, lent to a program: its keys, its size, and nothing in between."""

import asyncio
import contextlib
import os
import signal
import sys
import termios
import tty
from collections.abc import Iterator

from algoroom.errors import InputClosed, InputFull
from algoroom.runs.checks import MOST_ROWS
from algoroom.runs.console import Console
from algoroom.runs.model import Terminal

CHUNK_BYTES = 4096
BELL = b"\a"


def is_one() -> bool:
    """Whether a person sits at this command: input and output are a terminal."""
    return sys.stdin.isatty() and sys.stdout.isatty()


def size() -> Terminal:
    """The window's size as it is now; what is unknown is as usual."""
    window = os.get_terminal_size(sys.stdout.fileno())
    usual = Terminal()
    return Terminal(
        min(window.lines, MOST_ROWS) or usual.rows, min(window.columns, MOST_ROWS) or usual.columns
    )


@contextlib.contextmanager
def lent(console: Console) -> Iterator[None]:
    """Pass every key and every new size on, and take the terminal back whatever happens.

    Ctrl-C, Ctrl-D and their like mean what they mean to the program, not to this command; a
    SIGTERM cancels the run.
    """
    loop = asyncio.get_running_loop()
    descriptor = sys.stdin.fileno()
    before = termios.tcgetattr(descriptor)

    def pass_on() -> None:
        try:
            typed = os.read(descriptor, CHUNK_BYTES)
        except OSError:  # the terminal is gone
            typed = b""
        try:
            if typed:
                console.write(typed)
            else:
                loop.remove_reader(descriptor)
                console.end()
        except InputFull:
            os.write(descriptor, BELL)  # as a terminal does where nobody reads
        except InputClosed:
            loop.remove_reader(descriptor)

    tty.setraw(descriptor)
    try:
        loop.add_reader(descriptor, pass_on)
        loop.add_signal_handler(signal.SIGWINCH, lambda: console.resize(size()))
        loop.add_signal_handler(signal.SIGTERM, console.cancel)
        console.resize(size())  # it may have changed since the run was asked for
        yield
    finally:
        loop.remove_reader(descriptor)
        loop.remove_signal_handler(signal.SIGWINCH)
        loop.remove_signal_handler(signal.SIGTERM)
        termios.tcsetattr(descriptor, termios.TCSADRAIN, before)
