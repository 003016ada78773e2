"""How the events of a run are passed on."""

import asyncio

from algoroom.runs.model import Ended, Outcome, Output, RunEvent, Started, Stream, Verdict
from algoroom.runs.pacing import PacedEvents

END = Ended(Outcome(Verdict.OK))


async def test_everything_comes_in_order_and_neighbours_are_one_piece() -> None:
    events = PacedEvents()
    for event in (
        Started(),
        Output(Stream.STDOUT, b"a"),
        Output(Stream.STDOUT, b"b"),
        Output(Stream.STDERR, b"c"),
        Output(Stream.STDOUT, b"d"),
        END,
    ):
        events.put(event)
    events.end()
    assert [event async for event in events] == [
        Started(),
        Output(Stream.STDOUT, b"ab"),
        Output(Stream.STDERR, b"c"),
        Output(Stream.STDOUT, b"d"),
        END,
    ]


async def test_the_first_output_does_not_wait_for_the_next() -> None:
    events = PacedEvents()
    seen: asyncio.Queue[RunEvent] = asyncio.Queue()

    async def read() -> None:
        async for event in events:
            seen.put_nowait(event)

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(read())
        events.put(Output(Stream.STDOUT, b"prompt: "))
        assert await seen.get() == Output(Stream.STDOUT, b"prompt: ")
        events.put(Output(Stream.STDOUT, b"answer"))
        events.end()
        assert await seen.get() == Output(Stream.STDOUT, b"answer")
