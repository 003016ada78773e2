"""Real PostgreSQL for tests: one cluster that all processes of a test session share.

A cluster listens on a socket file in a directory of its own, and on no port. The process that
started it stops it, when all the others have let go of it; if that process dies, it goes too.
"""

import asyncio
import fcntl
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final
from uuid import uuid4

import asyncpg  # type: ignore[import-untyped]  # it ships no types

from algoroom.storage.database import Database

READY_WITHIN_S: Final = 30.0
POLL_S: Final = 0.01
SUPERUSER: Final = "postgres"
TEMPLATE: Final = "migrated"


class PostgresMissing(Exception):
    """PostgreSQL's programs are not on this machine."""

    def __init__(self) -> None:
        super().__init__(
            "PostgreSQL's initdb and postgres were not found: install the package `postgresql`"
        )


@dataclass(frozen=True, slots=True)
class Cluster:
    """A running cluster. Databases in it are made from a template that is migrated already."""

    directory: str
    pid: int | None = None
    """Its process, known to whoever started it."""

    def url(self, database: str) -> str:
        """The URL of a database of this cluster."""
        return f"postgresql://{SUPERUSER}@/{database}?host={self.directory}"

    @contextmanager
    def database(self, *, migrated: bool, tablespace: str = "pg_default") -> Iterator[str]:
        """The URL of a new database, gone at the end with whatever is still connected to it."""
        name = f"test_{uuid4().hex}"
        template = TEMPLATE if migrated else "template1"
        new = f'"{name}" TEMPLATE "{template}" TABLESPACE "{tablespace}"'
        asyncio.run(self.execute(f"CREATE DATABASE {new}"))
        try:
            yield self.url(name)
        finally:
            asyncio.run(self.execute(f'DROP DATABASE "{name}" WITH (FORCE)'))

    async def execute(self, statement: str) -> None:
        """One statement as the superuser, outside of any test's database."""
        connection = await asyncpg.connect(self.url("postgres"))
        try:
            await connection.execute(statement)
        finally:
            await connection.close()


@contextmanager
def shared_cluster(directory: Path) -> Iterator[Cluster]:
    """The cluster of all processes that name the same directory; the first one starts it."""
    state = directory / "postgresql.running"
    with (
        ExitStack() as running,
        (directory / "postgresql.starting").open("a") as starting,
        (directory / "postgresql.used").open("a") as used,
    ):
        with _locked(starting):
            started_here = not state.exists()
            if started_here:
                cluster = running.enter_context(own_cluster(fsync=False))
                state.write_text(cluster.directory)
            else:
                cluster = Cluster(state.read_text())
            fcntl.flock(used, fcntl.LOCK_SH)
        try:
            yield cluster
        finally:
            fcntl.flock(used, fcntl.LOCK_UN)
            if started_here:
                with _locked(starting), _locked(used):
                    state.unlink()
                    running.close()


@contextmanager
def own_cluster(*, fsync: bool = True, prefix: Sequence[str] = ()) -> Iterator[Cluster]:
    """A cluster of the caller's own. Without `fsync` it is faster and outlives no power loss.
    `prefix` is a command that starts the one behind it."""
    programs = _programs()
    directory = Path(tempfile.mkdtemp(prefix="algoroom-pg-"))
    as_owner, owner = _unprivileged()
    try:
        if owner is not None:
            os.chown(directory, owner.pw_uid, owner.pw_gid)
        data = directory / "data"
        subprocess.run(
            [
                *as_owner,
                programs / "initdb",
                f"--pgdata={data}",
                f"--username={SUPERUSER}",
                "--auth=trust",
                "--encoding=UTF8",
                "--locale=C",
                "--no-sync",
                "--no-instructions",
            ],
            check=True,
            stdout=subprocess.DEVNULL,
            cwd=directory,
        )
        with (directory / "log").open("w") as log:
            server = subprocess.Popen(
                [
                    *prefix,
                    *as_owner,
                    programs / "postgres",
                    *("-D", data, "-k", directory),
                    *("-c", "listen_addresses="),
                    *("-c", "shared_buffers=32MB"),
                    *("-c", "max_connections=200"),
                    *("-c", "autovacuum=off"),
                    *("-c", f"fsync={'on' if fsync else 'off'}"),
                    *("-c", f"full_page_writes={'on' if fsync else 'off'}"),
                ],
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=directory,
            )
        try:
            cluster = Cluster(str(directory), server.pid)
            asyncio.run(_prepare(cluster, server, directory / "log"))
            yield cluster
        finally:
            server.send_signal(signal.SIGINT)  # at once, whoever is still connected
            server.wait()
    finally:
        shutil.rmtree(directory)


async def _prepare(cluster: Cluster, server: subprocess.Popen[bytes], log: Path) -> None:
    """Wait until the cluster answers, then make the template."""
    deadline = time.monotonic() + READY_WITHIN_S
    while True:
        try:
            await cluster.execute(f'CREATE DATABASE "{TEMPLATE}"')
            break
        except (OSError, asyncpg.CannotConnectNowError):
            if server.poll() is not None or time.monotonic() > deadline:
                raise _did_not_start(log) from None
            await asyncio.sleep(POLL_S)
    template = Database(cluster.url(TEMPLATE))
    await template.migrate()
    await template.close()


def _did_not_start(log: Path) -> RuntimeError:
    return RuntimeError(f"PostgreSQL did not start:\n{log.read_text()}")


@contextmanager
def _locked(file: IO[str]) -> Iterator[None]:
    fcntl.flock(file, fcntl.LOCK_EX)
    try:
        yield
    finally:
        fcntl.flock(file, fcntl.LOCK_UN)


def _programs() -> Path:
    """The directory of PostgreSQL's programs; Debian keeps them off the path."""
    on_path = shutil.which("initdb")
    if on_path is not None:
        return Path(on_path).resolve().parent
    versions = [path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/initdb")]
    if not versions:
        raise PostgresMissing
    return max(versions, key=lambda path: int(path.parent.name))


def _unprivileged() -> tuple[Sequence[str], pwd.struct_passwd | None]:
    """How to start a program that ends with this process and, PostgreSQL insists, not as root."""
    command = ["setpriv", "--pdeathsig=QUIT"]
    if os.geteuid() != 0:
        return command, None
    names = {entry.pw_name for entry in pwd.getpwall()}
    owner = pwd.getpwnam("postgres" if "postgres" in names else "nobody")
    command += [f"--reuid={owner.pw_uid}", f"--regid={owner.pw_gid}", "--clear-groups"]
    return command, owner
