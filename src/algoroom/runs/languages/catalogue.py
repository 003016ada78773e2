"""The languages of this server: which are declared, which can be run, and why the others not."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from algoroom.errors import LanguageUnavailable
from algoroom.runs.languages.declaration import Declaration, read_all
from algoroom.runs.languages.memory import Passed
from algoroom.runs.languages.toolchain import Toolchain

DECLARATIONS = Path(__file__).parent


class Status(StrEnum):
    """`testing` lasts from the server's start until the self-test is through."""

    TESTING = "testing"
    READY = "ready"
    UNAVAILABLE = "unavailable"


@dataclass(slots=True)
class Language:
    """A declared language and what this machine makes of it.

    `reason` says why it is unavailable, `version` which toolchain it has, each once known;
    `identity` is a digest of the toolchain and what else decides about its work.
    `prepared` is where in a sandbox its compiler finds what was made ahead.
    """

    declaration: Declaration
    status: Status = Status.TESTING
    version: str | None = None
    reason: str | None = None
    toolchain: Toolchain | None = None
    identity: str = ""
    prepared: str = ""
    optional_arguments: tuple[str, ...] = ()
    _settled: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def name(self) -> str:
        return self.declaration.name

    @property
    def display_name(self) -> str:
        return self.declaration.display_name

    @property
    def aliases(self) -> tuple[str, ...]:
        return self.declaration.aliases

    @property
    def comment(self) -> str:
        """What begins a comment that ends with the line."""
        return self.declaration.comment

    @property
    def template(self) -> str:
        """A short program that people begin with."""
        return self.declaration.template

    @property
    def invitation(self) -> str:
        """The line that asks for a program, in a session that has nothing else."""
        return f"{self.comment} Write your {self.name} code here\n"

    @property
    def available(self) -> bool:
        return self.status is Status.READY

    @property
    def waits_without_compiler(self) -> bool:
        """Whether its runtime is here and can wait for programs, which nothing compiles."""
        declared = self.declaration
        is_here = self.toolchain is not None
        return is_here and declared.starter is not None and declared.compile is None

    @property
    def remedy(self) -> str:
        """What a person does where the toolchain is missing."""
        return self.declaration.toolchain.remedy

    async def settled(self) -> None:
        """Return when the self-test is through."""
        await self._settled.wait()

    def pass_with(self, passed: Passed) -> None:
        self.version = passed.version
        self.optional_arguments = passed.optional_arguments
        self.status = Status.READY
        self._settled.set()

    def fail_with(self, reason: str) -> None:
        self.reason = reason
        self.status = Status.UNAVAILABLE
        self._settled.set()


class Catalogue:
    """Every declared language, found by name or alias."""

    def __init__(self, folder: Path = DECLARATIONS) -> None:
        """Raises DeclarationError."""
        self._languages = [Language(declaration) for declaration in read_all(folder)]
        self._by_name = {
            name: language
            for language in self._languages
            for name in (language.name, *language.aliases)
        }

    def __iter__(self) -> Iterator[Language]:
        return iter(self._languages)

    @property
    def names(self) -> tuple[str, ...]:
        """The declared names, whether they can be run or not, without aliases."""
        return tuple(language.name for language in self._languages)

    def get(self, name: str) -> Language:
        """Raises LanguageUnavailable where no language has this name or alias."""
        try:
            return self._by_name[name]
        except KeyError:
            raise LanguageUnavailable(name, "no such language is declared") from None

    def is_untouched(self, name: str, text: str) -> bool:
        """Whether a text in the language of this name is only what there was to begin with."""
        language = self._by_name.get(name)
        given = () if language is None else (language.invitation, language.template)
        return not text.strip() or text in given

    async def settled(self) -> None:
        """Return when every self-test is through."""
        for language in self._languages:
            await language.settled()
