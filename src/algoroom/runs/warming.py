"""What is made ready ahead for the languages of this machine, and how much of it."""

import io
import logging
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from algoroom.runs.languages.catalogue import Language
from algoroom.runs.languages.recipe import recipe
from algoroom.runs.model import Limits, RunRequest
from algoroom.runs.sandbox import mounts
from algoroom.runs.sandbox.command import File
from algoroom.runs.sandbox.runtime import NurseryProgram, Runtime, twin_of
from algoroom.runs.sandbox.sandbox import Sandbox
from algoroom.runs.warm_compiler import WarmCompiler

log = logging.getLogger(__name__)

MIB = 1024 * 1024
HOOKS = Path(__file__).parent / "languages" / "hooks"
HOOK_LIMITS = Limits(cpu_s=30, wall_s=60, memory_bytes=512 * MIB)


# What a nursery, with the start in it, takes of memory that is its own.
NURSERY_BYTES = 8 * MIB
# The limits that programs are usually run with; a runtime's heap follows from it.
USUAL_MEMORY_BYTES = (256 * MIB, 128 * MIB)


class HookNotBuilt(Exception):
    """A hook does not compile here; its language is started without."""


def nursery_program(languages: Iterable[Language]) -> NurseryProgram | None:
    """The usual program of the language whose interpreter forks."""
    for language in languages:
        starter = language.declaration.starter
        if language.toolchain is not None and starter is not None and starter.way == "fork":
            made = recipe(language, language.toolchain, RunRequest(language.name, ""))
            command = made.run(Limits(), b"", ())
            return NurseryProgram(command.argv, command.environment)
    return None


@dataclass(frozen=True, slots=True)
class _Hook:
    """Where a hook lies, and the file to put there unless every sandbox has it."""

    path: str
    files: tuple[File, ...] = ()


class Warming:
    """Keeps ready what saves the most time, within `memory_bytes` in all.

    Of a runtime that waits there is at least one for each usual limit of memory, and as many as
    run at once where there is room. What does not fit is started when it is asked for.
    """

    def __init__(
        self, sandbox: Sandbox, languages: Iterable[Language], memory_bytes: int, at_once: int
    ) -> None:
        self._sandbox = sandbox
        self._at_once = at_once
        self._compilers: dict[str, WarmCompiler] = {}
        self._left_bytes = memory_bytes - sandbox.starts * NURSERY_BYTES
        declared = [each.declaration for each in languages if each.toolchain is not None]
        servers = [each.compile.server for each in declared if each.compile is not None]
        for_compilers = sum(server.memory_mib for server in servers if server is not None) * MIB
        waiting = [each.starter for each in declared if each.starter and each.starter.way == "wait"]
        self._share_bytes = max(0, self._left_bytes - for_compilers) // max(1, len(waiting))

    def compiler(self, language: str) -> WarmCompiler | None:
        return self._compilers.get(language)

    async def warm(self, language: Language) -> None:
        """Make ready what there is for an available language."""
        try:
            await self._warm_compiler(language)
            await self._warm_runtimes(language)
        except HookNotBuilt as error:
            log.warning("%s starts cold: %s", language.display_name, error)

    async def warmed(self) -> None:
        """Return when every compiler is quick."""
        for compiler in self._compilers.values():
            await compiler.warm()

    async def close(self) -> None:
        for compiler in self._compilers.values():
            await compiler.close()

    async def _warm_compiler(self, language: Language) -> None:
        part, toolchain = language.declaration.compile, language.toolchain
        if part is None or part.server is None or toolchain is None:
            return
        if not self._afford(part.server.memory_mib * MIB):
            return
        files = await self._classes(language, part.server.hook)
        made = recipe(language, toolchain, RunRequest(language.name, part.server.warm_up))
        warm_up = made.compile(HOOK_LIMITS)
        assert warm_up is not None
        command = made.run(HOOK_LIMITS, b"", files)
        argv = made.prestart(part.server.argv, HOOK_LIMITS, "")
        compiler = WarmCompiler(self._sandbox, replace(command, argv=argv), warm_up)
        self._compilers[language.name] = compiler

    async def _warm_runtimes(self, language: Language) -> None:
        starter, toolchain = language.declaration.starter, language.toolchain
        if toolchain is None or starter is None or starter.way != "wait":
            return
        each_bytes = starter.memory_mib * MIB + NURSERY_BYTES
        size = self._share_bytes // each_bytes // len(USUAL_MEMORY_BYTES)
        hook: _Hook | None = None
        for memory_bytes in USUAL_MEMORY_BYTES:
            for count in range(min(self._at_once, max(1, size)), 0, -1):
                if not self._afford(count * each_bytes):
                    continue
                hook = hook or await self._hook(language, starter.hook)
                made = recipe(language, toolchain, RunRequest(language.name, ""))
                limits = Limits(memory_bytes=memory_bytes)
                argv = made.prestart(starter.argv, limits, hook.path)
                usual = made.run(limits, b"", ())
                runtime = Runtime(twin_of(usual), argv, usual.environment, hook.files)
                self._sandbox.keep(runtime, count)
                break

    def _afford(self, cost_bytes: int) -> bool:
        if cost_bytes > self._left_bytes:
            return False
        self._left_bytes -= cost_bytes
        return True

    async def _hook(self, language: Language, name: str) -> _Hook:
        """A hook of ours, as it lies in a sandbox. Raises HookNotBuilt."""
        if not name.endswith(".java"):
            return _Hook(f"{mounts.HOOKS}/{name}")
        packed = io.BytesIO()
        entry = name.removesuffix(".java")
        with zipfile.ZipFile(packed, "w") as jar:
            jar.writestr("META-INF/MANIFEST.MF", f"Premain-Class: {entry}\n")
            for file in await self._classes(language, name):
                jar.writestr(file.path, file.data)
        path = f"{mounts.TEMPORARY}/{entry}.jar"
        return _Hook(path, (File(path, packed.getvalue()),))

    async def _classes(self, language: Language, name: str) -> tuple[File, ...]:
        """A hook in Java, compiled. Raises HookNotBuilt."""
        assert language.toolchain is not None
        source = (HOOKS / name).read_text(encoding="utf-8")
        made = recipe(language, language.toolchain, RunRequest(language.name, source))
        command = made.compile(HOOK_LIMITS)
        assert command is not None
        result = await self._sandbox.run(command, lambda _, __: None)
        if result.exit_code != 0:
            raise HookNotBuilt(f"{name} does not compile: {result.fault or result.stderr!r}")
        return result.files
