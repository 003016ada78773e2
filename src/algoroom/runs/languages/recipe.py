"""From a language and a source to the commands that a sandbox takes."""

from dataclasses import dataclass, replace

from algoroom.runs.languages import java
from algoroom.runs.languages.catalogue import Language
from algoroom.runs.languages.toolchain import Toolchain
from algoroom.runs.model import Limits
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


@dataclass(frozen=True, slots=True)
class Recipe:
    """How one source is compiled, where that is needed, and run."""

    language: Language
    toolchain: Toolchain
    source: File
    entry: str

    def compile(self, limits: Limits) -> Command | None:
        """The compiler's command; None where the source is run as it is."""
        part = self.language.declaration.compile
        if part is None:
            return None
        return replace(
            self._command(part.argv, limits, out=part.out),
            files=(self.source,),
            folders=(part.out,),
            collect=part.out,
        )

    def run(self, limits: Limits, stdin: bytes, compiled: tuple[File, ...]) -> Command:
        """The program's command, with what the compiler made where there was one."""
        compiles = self.language.declaration.compile is not None
        return replace(
            self._command(self.language.declaration.run.argv, limits),
            files=compiled if compiles else (self.source,),
            stdin=stdin,
        )

    def _command(self, argv: tuple[str, ...], limits: Limits, out: str = "") -> Command:
        declaration = self.language.declaration
        values: dict[str, str | tuple[str, ...]] = {
            "file": self.source.path,
            "entry": self.entry,
            "out": out,
            "heap_mib": str(declaration.memory.heap_mib(limits.memory_bytes)),
            "optional": self.language.optional_arguments,
        }
        return Command(
            argv=tuple(self.toolchain.fill(argv, values)),
            limits=limits,
            trees=self.toolchain.trees,
            environment={**ENVIRONMENT, **declaration.environment},
            address_space_bytes=(
                limits.memory_bytes * ADDRESS_SPACE if declaration.run.address_space else None
            ),
        )


def recipe(language: Language, toolchain: Toolchain, source: str) -> Recipe:
    """Lone surrogates, which no file can hold, become question marks."""
    file, entry = language.declaration.file, ""
    if language.declaration.naming == "java":
        unit = java.unit(source, fallback=file.removesuffix(".java"))
        file, entry = unit.file, unit.entry
    return Recipe(language, toolchain, File(file, source.encode("utf-8", "replace")), entry)
