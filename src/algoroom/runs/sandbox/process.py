"""Starting bubblewrap, waiting for it, and ending it with everything below it."""

import asyncio
import contextlib
import os
import resource
import signal
import subprocess
from collections.abc import Awaitable, Coroutine, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from algoroom.runs.sandbox.identity import Identity


class Spawner:
    """Starts processes from one thread that lives as long as the engine.

    `--die-with-parent` follows the thread that started the process, so that thread must outlive
    it; and the event loop does not stand still while a large server forks.
    """

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="spawner")
        self._started = False

    async def spawn(
        self,
        argv: Sequence[str],
        *,
        executable: str,
        standard: tuple[int, int, int],
        descriptors: Sequence[int],
        identity: Identity | None,
    ) -> "Child":
        """Start `executable` with an empty environment. Raises OSError.

        `standard` become its descriptors 0, 1 and 2; `descriptors` keep their numbers.
        """

        def start() -> subprocess.Popen[bytes]:
            with _no_dumps():
                return subprocess.Popen(
                    list(argv),
                    executable=executable,
                    stdin=standard[0],
                    stdout=standard[1],
                    stderr=standard[2],
                    pass_fds=descriptors,
                    env={},
                    cwd="/",
                    start_new_session=True,
                    user=identity.uid if identity else None,
                    group=identity.gid if identity else None,
                    extra_groups=[] if identity else None,
                )

        starting = self._thread.submit(start)
        try:
            return Child(await asyncio.wrap_future(starting))
        except asyncio.CancelledError:
            # A start that is under way cannot be called back: wait for it, then end it.
            if not starting.cancel():
                with contextlib.suppress(OSError):
                    started = starting.result()
                    started.kill()
                    started.wait()
            raise

    def close(self) -> None:
        self._thread.shutdown(wait=True)


@contextlib.contextmanager
def _no_dumps() -> Iterator[None]:
    """What is started meanwhile leaves no dump when it crashes.

    A limit of 1 stops also dumps to a program, which the host would start as root and which 0
    does not stop (core(5)). The new process inherits it: to set it there afterwards takes a
    right that root in a container has not. Where the operator's hard limit is 0, it stays 0.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_CORE)
    if hard == 0:
        yield
        return
    resource.setrlimit(resource.RLIMIT_CORE, (1, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_CORE, (soft, hard))


class Child:
    """A started process: `exited` is set when it is gone and waited for."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        """Raises OSError where it cannot be watched; then it is ended."""
        self._process = process
        self._loop = asyncio.get_running_loop()
        self.exited = asyncio.Event()
        try:
            self._handle = os.pidfd_open(process.pid)
            try:
                self._loop.add_reader(self._handle, self._notice)
            except OSError:
                os.close(self._handle)
                raise
        except OSError:
            # Nobody would notice its end. It has only begun, and has no children yet.
            process.kill()
            process.wait()
            raise

    @property
    def pid(self) -> int:
        return self._process.pid

    def kill(self) -> None:
        """End the process and its children, which are the namespace's first processes.

        It is stopped first, so that it makes no child between the look and the end.
        """
        if self.exited.is_set() or self._process.poll() is not None:
            return
        pid = self._process.pid
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGSTOP)
            for child in _children(pid):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(child, signal.SIGKILL)
            os.kill(pid, signal.SIGKILL)

    def _notice(self) -> None:
        self._process.wait()
        self._loop.remove_reader(self._handle)
        os.close(self._handle)
        self.exited.set()


def _children(pid: int) -> list[int]:
    try:
        return [int(text) for text in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


async def to_the_end(work: Coroutine[Any, Any, None]) -> None:
    """Await `work` whole, also when the caller is cancelled meanwhile; then the caller is."""
    task = asyncio.ensure_future(work)
    cancelled: asyncio.CancelledError | None = None
    while not task.done():
        try:
            await asyncio.shield(task)
        except asyncio.CancelledError as error:
            cancelled = error
    task.result()
    if cancelled is not None:
        raise cancelled


async def within(seconds: float, waited: Awaitable[object]) -> bool:
    """Whether `waited` came in time."""
    try:
        # Not `wait_for`, which may lose a cancellation that comes together with the result.
        async with asyncio.timeout(seconds):
            await waited
    except TimeoutError:
        return False
    return True
