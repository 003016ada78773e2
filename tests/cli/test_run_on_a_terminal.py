"""`algoroom run` where a person sits: a real terminal on both sides of the sandbox."""

import errno
import os
import select
import signal
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.cli.commands import WITHIN_S, environment

# After so long without an answer a person presses a key again.
PATIENCE_S = 3.0
GAME = Path(__file__).parents[2] / "examples" / "guess.py"


class Person:
    """Someone who reads a terminal and types at it."""

    def __init__(self, near: int, process: subprocess.Popen[bytes]) -> None:
        self._near = near
        self.process = process
        self.seen = b""

    def reads(self, words: str) -> str:
        """Read until these words come; what came with them. The rest is for later."""
        deadline = time.monotonic() + WITHIN_S
        while words.encode() not in self.seen:
            left_s = deadline - time.monotonic()
            assert left_s > 0, self.seen
            assert select.select([self._near], [], [], left_s)[0], self.seen
            assert self._take(), self.seen
        before, found, self.seen = self.seen.partition(words.encode())
        return (before + found).decode()

    def interrupts(self, words: str) -> None:
        """Press Ctrl-C until these words come. What comes between printing a prompt and waiting
        for a line Python notices only with the next key, where nothing edits its lines."""
        deadline = time.monotonic() + WITHIN_S
        while words.encode() not in self.seen:
            assert time.monotonic() < deadline, self.seen
            self.types("\x03")
            while words.encode() not in self.seen:
                if not select.select([self._near], [], [], PATIENCE_S)[0]:
                    break
                assert self._take(), self.seen
        self.reads(words)

    def types(self, keys: str) -> None:
        os.write(self._near, keys.encode())

    def resizes(self, rows: int, columns: int) -> None:
        """As the window's program does; its terminal's foreground is told."""
        termios.tcsetwinsize(self._near, (rows, columns))

    def leaves(self) -> int:
        """Read to the end; the exit code."""
        while self._take():
            pass
        return self.process.wait(WITHIN_S)

    def _take(self) -> bool:
        try:
            data = os.read(self._near, 4096)
        except OSError as error:
            if error.errno != errno.EIO:
                raise
            return False
        self.seen += data
        return bool(data)


@contextmanager
def person(data_dir: Path, *arguments: str | Path) -> Iterator[Person]:
    near, far = os.openpty()
    termios.tcsetwinsize(near, (33, 111))
    process = subprocess.Popen(
        ["setsid", "--ctty", sys.executable, "-m", "algoroom", "run", *map(str, arguments)],
        env=environment(data_dir),
        stdin=far,
        stdout=far,
        stderr=far,
    )
    os.close(far)
    try:
        yield Person(near, process)
    finally:
        process.kill()
        process.wait()
        os.close(near)


def program(directory: Path, name: str, source: str) -> Path:
    file = directory / name
    file.write_text(source, "utf-8")
    return file


def test_a_guessing_game_is_played(data_dir: Path) -> None:
    with person(data_dir, GAME, "--", "a game") as player:
        player.reads("from 1 to 100. (111 columns here)")
        low, high = 1, 100
        for _ in range(8):
            player.reads("Your guess? ")
            guess = (low + high) // 2
            player.types(f"{guess}\r")
            player.reads(f"{guess}\r\n")  # the echo
            answer = player.reads("\r\n").strip()
            if answer == "Right!":
                break
            low, high = (guess + 1, high) if answer == "higher" else (low, guess - 1)
        else:
            raise AssertionError("eight guesses are enough")
        assert player.leaves() == 0
        assert b"algoroom: ended well after" in player.seen


def test_keys_mean_what_they_mean_to_the_program(data_dir: Path) -> None:
    with person(data_dir, GAME) as player:
        player.reads("Your guess? ")
        player.interrupts("Ctrl-D to give up.\r\n")
        player.reads("Your guess? ")
        player.types("12\x7f\x7fno\r")
        player.reads("A number, please.\r\n")
        player.reads("Your guess? ")
        player.types("\x04")
        player.reads("It was ")
        assert player.leaves() == 1
        assert b"algoroom: ended with exit code 1" in player.seen


def test_an_interrupt_ends_a_program_as_it_would_outside(data_dir: Path, tmp_path: Path) -> None:
    file = program(tmp_path, "sleeps.py", "import time\nprint('begun')\ntime.sleep(60)")
    with person(data_dir, file) as player:
        player.reads("begun\r\n")
        player.types("\x03")
        player.reads("KeyboardInterrupt")
        assert player.leaves() == 128 + signal.SIGINT


def test_the_program_follows_the_windows_size(data_dir: Path, tmp_path: Path) -> None:
    source = (
        "import os, signal\n"
        "signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGWINCH])\n"
        "print('ready')\n"
        "while os.get_terminal_size().lines != 44:\n"
        "    signal.sigwait([signal.SIGWINCH])\n"
        "print(*os.get_terminal_size())\n"
        "input()\n"
    )
    with person(data_dir, program(tmp_path, "size.py", source)) as player:
        player.reads("ready\r\n")
        player.resizes(44, 122)
        player.reads("122 44\r\n")
        player.types("\r")
        assert player.leaves() == 0


def test_the_terminal_is_given_back_as_it_was(data_dir: Path, tmp_path: Path) -> None:
    near, far = os.openpty()
    before = termios.tcgetattr(far)
    try:
        process = subprocess.Popen(
            [sys.executable, "-m", "algoroom", "run", program(tmp_path, "raw.py", "1 / 0")],
            env=environment(data_dir),
            stdin=far,
            stdout=far,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
        with process:
            _, err = process.communicate(timeout=WITHIN_S)
        assert process.returncode == 1
        assert err.startswith(b"algoroom: ended with exit code 1")
        assert termios.tcgetattr(far) == before
    finally:
        os.close(near)
        os.close(far)


def test_a_sigterm_cancels_the_run(data_dir: Path, tmp_path: Path) -> None:
    file = program(tmp_path, "sleeps.py", "import time\nprint('begun')\ntime.sleep(60)")
    with person(data_dir, file) as player:
        player.reads("begun\r\n")
        player.process.terminate()
        assert player.leaves() == 130
        assert b"algoroom: cancelled" in player.seen
