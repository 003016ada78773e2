"""What programs print arrives as it is, up to the limit, and nothing that they print is believed."""

import pytest

from algoroom.runs.engine import Engine
from algoroom.runs.model import Ended, Limits, Outcome, Output, RunRequest, Stream, Verdict

pytestmark = [
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.usefixtures("nothing_left"),
]
MIB = 1024 * 1024


async def python(engine: Engine, source: str, output_bytes: int = MIB) -> Outcome:
    limits = Limits(cpu_s=2, wall_s=4, output_bytes=output_bytes)
    return await engine.outcome(RunRequest("python", source, limits=limits))


@pytest.mark.parametrize("split", [(1000, 0), (0, 1000), (600, 400)], ids=str)
async def test_the_limit_is_within_it_and_the_byte_after_it_is_not(
    engine: Engine, split: tuple[int, int]
) -> None:
    out, err = split
    source = "import os\nos.write(1, b'o' * {})\nos.write(2, b'e' * {})"
    exact = await python(engine, source.format(out, err), 1000)
    assert (exact.verdict, exact.stdout, exact.stderr) == (Verdict.OK, b"o" * out, b"e" * err)
    over = await python(engine, source.format(out + 1, err), 1000)
    assert over.verdict is Verdict.OUTPUT_LIMIT
    assert len(over.stdout) + len(over.stderr) == 1000


async def test_a_line_of_a_mebibyte_comes_whole(engine: Engine) -> None:
    outcome = await python(engine, f"print('x' * ({MIB} - 1))")
    assert (outcome.verdict, outcome.stdout) == (Verdict.OK, b"x" * (MIB - 1) + b"\n")


@pytest.mark.parametrize(
    "printed",
    [
        b"\0begun\0\0",
        b"\xff\xfe\x80begun\xc3",
        b"\xed\xa0\x80\xed\xb0\x80",
        b"\xf4\x90\x80\x80\xf8\x88\x80\x80\x80",
        b"\x1b]0;title\x07\x1b[2J\r\n",
        "\ufeff\u2028\u202e".encode(),
        bytes(range(256)),
    ],
    ids=["nul", "no UTF-8", "lone surrogates", "beyond Unicode", "control", "marks", "every byte"],
)
async def test_bytes_that_are_no_text_come_as_they_are(engine: Engine, printed: bytes) -> None:
    source = f"import os\nos.write(1, {printed!r})\nos.write(2, {printed!r})"
    outcome = await python(engine, source)
    assert (outcome.verdict, outcome.stdout, outcome.stderr) == (Verdict.OK, printed, printed)


async def test_the_order_within_each_stream_is_kept(engine: Engine) -> None:
    source = (
        "import os, threading\n"
        "def write(stream):\n"
        "  for number in range(20_000): os.write(stream, b'%d\\n' % number)\n"
        "threads = [threading.Thread(target=write, args=(stream,)) for stream in (1, 2)]\n"
        "[thread.start() for thread in threads]\n"
        "[thread.join() for thread in threads]"
    )
    streamed = {stream: bytearray() for stream in Stream}
    async for event in engine.run(RunRequest("python", source, limits=Limits(wall_s=8))):
        if isinstance(event, Output):
            streamed[event.stream] += event.data
        elif isinstance(event, Ended):
            assert event.outcome.verdict is Verdict.OK
    expected = b"".join(b"%d\n" % number for number in range(20_000))
    assert streamed == {Stream.STDOUT: expected, Stream.STDERR: expected}


async def test_a_program_that_closes_its_streams_ends_as_any_other(engine: Engine) -> None:
    outcome = await python(engine, "import os\nprint('begun', flush=True)\nos.closerange(0, 99)")
    assert (outcome.verdict, outcome.stdout) == (Verdict.OK, b"begun\n")
