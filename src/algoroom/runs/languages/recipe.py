"""From a language and a source to the commands that a sandbox takes."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

from algoroom.runs.console import Console
from algoroom.runs.languages import java
from algoroom.runs.languages.catalogue import Language
from algoroom.runs.languages.toolchain import Toolchain
from algoroom.runs.model import Limits, RunRequest
from algoroom.runs.sandbox import mounts
from algoroom.runs.sandbox.command import Command, File

# Beyond the limit itself, so that the watcher comes first and the verdict is clear.
ADDRESS_SPACE = 2
ENVIRONMENT = {
    "PATH": "/usr/local/bin:/usr/bin:/bin",
    "HOME": mounts.HOME,
    "USER": "coder",
    "LOGNAME": "coder",
    "LANG": "C.UTF-8",
}


# What a terminal that is drawn by xterm.js and its relatives calls itself.
TERMINAL = {"TERM": "xterm-256color"}


@dataclass(frozen=True, slots=True)
class Recipe:
    """How one request is compiled, where that is needed, and run."""

    language: Language
    toolchain: Toolchain
    request: RunRequest
    main: File
    entry: str

    def compile(self, limits: Limits) -> Command | None:
        """The compiler's command; None where the source is run as it is."""
        part = self.language.declaration.compile
        if part is None:
            return None
        command = self._command(part.argv, limits, out=part.out)
        return replace(
            command,
            environment={
                **command.environment,
                **self.toolchain.filled(part.environment, {"prepared": self.language.prepared}),
            },
            files=(self.main, *self._beside),
            folders=(part.out,),
            collect=part.out,
        )

    def run(
        self,
        limits: Limits,
        stdin: bytes,
        compiled: tuple[File, ...],
        console: Console | None = None,
    ) -> Command:
        """The program's command, with what the compiler made where there was one."""
        compiles = self.language.declaration.compile is not None
        command = self._command(self.language.declaration.run.argv, limits)
        terminal = self.request.terminal
        return replace(
            command,
            argv=(*command.argv, *self.request.arguments),
            files=(*compiled, *_without(self._beside, compiled))
            if compiles
            else (self.main, *self._beside),
            stdin=stdin,
            console=console,
            terminal=terminal,
            environment={**command.environment, **(TERMINAL if terminal is not None else {})},
        )

    def prestart(self, argv: tuple[str, ...], limits: Limits, hook: str) -> tuple[str, ...]:
        """The arguments of something of ours that is started by the language's toolchain."""
        return self._command(argv, limits, hook=hook).argv

    @property
    def _beside(self) -> tuple[File, ...]:
        return tuple(File(file.path, file.data) for file in self.request.files)

    def _command(
        self, argv: tuple[str, ...], limits: Limits, out: str = "", hook: str = ""
    ) -> Command:
        declaration = self.language.declaration
        kind = PurePosixPath(self.main.path).suffix
        values: dict[str, str | tuple[str, ...]] = {
            "file": self.main.path,
            "beside": tuple(file.path for file in self._beside if file.path.endswith(kind)),
            "entry": self.entry,
            "out": out,
            "hook": hook,
            "heap_mib": str(declaration.memory.heap_mib(limits.memory_bytes)),
            "prepared": self.language.prepared,
            "optional": self.language.optional_arguments,
        }
        return Command(
            argv=tuple(self.toolchain.fill(argv, values)),
            limits=limits,
            environment={**ENVIRONMENT, **declaration.environment},
            address_space_bytes=(
                limits.memory_bytes * ADDRESS_SPACE if declaration.run.address_space else None
            ),
        )


def recipe(language: Language, toolchain: Toolchain, request: RunRequest) -> Recipe:
    """Lone surrogates in the source, which no file can hold, become question marks."""
    file, entry = naming(language, request.source)
    main = File(file, request.source.encode("utf-8", "replace"))
    return Recipe(language, toolchain, request, main, entry)


def naming(language: Language, source: str) -> tuple[str, str]:
    """What the main file is called, and what in it is started (empty where that is all of it)."""
    file = language.declaration.file
    if language.declaration.naming == "java":
        unit = java.unit(source, fallback=file.removesuffix(".java"))
        return unit.file, unit.entry
    return file, ""


def _without(files: Iterable[File], taken: Iterable[File]) -> tuple[File, ...]:
    """`files` that stand in the way of no other."""
    paths = {file.path for file in taken}
    heads = {str(parent) for path in paths for parent in PurePosixPath(path).parents}
    return tuple(
        file
        for file in files
        if file.path not in paths | heads
        and not paths.intersection(map(str, PurePosixPath(file.path).parents))
    )
