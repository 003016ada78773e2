"""One request on its way through compiler and sandbox, once it may run."""

from collections.abc import Callable

from algoroom.runs import verdicts
from algoroom.runs.builds import Build
from algoroom.runs.compilation import Compilation
from algoroom.runs.console import Console
from algoroom.runs.judging import judge
from algoroom.runs.languages.recipe import Recipe
from algoroom.runs.model import (
    Case,
    Outcome,
    Output,
    RunEvent,
    Stream,
    Verdict,
)
from algoroom.runs.sandbox.sandbox import Sandbox

ATTEMPTS = 2


class Performance:
    """Compiles and runs. `console` belongs to the program; over test cases nobody types.

    What fails by our fault is tried once more, as long as nobody saw anything of it.
    """

    def __init__(
        self,
        sandbox: Sandbox,
        compilation: Compilation,
        recipe: Recipe,
        emit: Callable[[RunEvent], None],
        console: Console | None = None,
    ) -> None:
        self._sandbox = sandbox
        self._compilation = compilation
        self._recipe = recipe
        self._request = recipe.request
        self._emit = emit
        self._console = console
        self._is_seen = False

    async def perform(self) -> Outcome:
        """The outcome of a run, or of all its test cases."""
        build = await self._compilation.build(self._recipe, self._emit)
        if build.failure is not None:
            return build.failure
        if self._request.cases:

            async def over(case: Case) -> Outcome:
                return await self._run(build, case.stdin, _unheard, console=None)

            return await judge(self._request, over, self._emit)
        return await self._run(build, self._request.stdin, self._tell, self._console)

    async def _run(
        self,
        build: Build,
        stdin: bytes,
        sink: Callable[[Stream, bytes], None],
        console: Console | None,
    ) -> Outcome:
        limits, memory = self._request.limits, self._recipe.language.declaration.memory
        command = self._recipe.run(limits, stdin, build.files, console)
        for attempt in range(1, ATTEMPTS + 1):
            result = await self._sandbox.run(command, sink)
            outcome = verdicts.of_program(result, limits, build.said, memory.exhausted)
            seen = self._is_seen or (console is not None and console.is_read)
            if outcome.verdict is not Verdict.INTERNAL_ERROR or seen or attempt == ATTEMPTS:
                return outcome
        raise AssertionError("the last attempt returns")

    def _tell(self, stream: Stream, data: bytes) -> None:
        self._is_seen = True
        self._emit(Output(stream, data))


def _unheard(stream: Stream, data: bytes) -> None:
    """Output of a test case, told with its outcome."""
