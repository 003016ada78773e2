"""From a recipe to what there is to run."""

from collections.abc import Callable
from dataclasses import dataclass

from algoroom.runs import verdicts
from algoroom.runs.builds import Build, Builds, key
from algoroom.runs.languages.recipe import Recipe
from algoroom.runs.model import Compiled, Compiling, Limits, RunEvent, Stream, Verdict
from algoroom.runs.sandbox.command import Command, Result
from algoroom.runs.sandbox.sandbox import Sandbox
from algoroom.runs.warm_compiler import WarmCompiler

ATTEMPTS = 2


@dataclass(frozen=True, slots=True)
class Compilation:
    """Compiles what `builds` has not, within `limits`, by the `warm` compiler where there is one.

    What fails by our fault is tried once more.
    """

    sandbox: Sandbox
    builds: Builds
    limits: Limits
    warm: WarmCompiler | None

    async def build(self, recipe: Recipe, emit: Callable[[RunEvent], None]) -> Build:
        """What there is to run, or how compiling failed."""
        compiler = recipe.compile(self.limits)
        if compiler is None:
            return Build()
        emit(Compiling())
        wanted = key(recipe.language.identity, compiler)
        party = recipe.request.party
        build = await self.builds.get(wanted, lambda: self._compile(compiler), party)
        if build.failure is None:
            emit(Compiled())
        return build

    async def _compile(self, compiler: Command) -> Build:
        for attempt in range(1, ATTEMPTS + 1):
            said: list[bytes] = []
            result = await self._result(compiler, said)
            failure = verdicts.of_compiler(result, compiler.limits, b"".join(said))
            if failure is None:
                return Build(result.files, b"".join(said))
            if failure.verdict is not Verdict.INTERNAL_ERROR or attempt == ATTEMPTS:
                return Build(failure=failure)
        raise AssertionError("the last attempt returns")

    async def _result(self, compiler: Command, said: list[bytes]) -> Result:
        """Both streams come together into `said`, in the order in which they come."""
        if self.warm is not None and (result := await self.warm.compile(compiler)) is not None:
            said.append(result.stdout)
            return result

        def keep(_: Stream, data: bytes) -> None:
            said.append(data)

        return await self.sandbox.run(compiler, keep)
