"""The stream of a run's events: keep-alives, and what becomes of readers that are slow or gone."""

import asyncio
from contextlib import nullcontext

import pytest
from starlette.types import Message

from algoroom.api.runs import stream
from algoroom.api.runs.stream import EventStream
from algoroom.clock import utc_now
from algoroom.runs.model import Ended, Outcome, Output, RunRequest, Started, Stream, Verdict
from algoroom.runs.run import Run

ENDED = Ended(Outcome(Verdict.OK, exit_code=0))


class Client:
    """The other side of an answer; it may stop reading, and it may leave."""

    def __init__(self) -> None:
        self.got: list[Message] = []
        self.reads = asyncio.Event()
        self.reads.set()
        self.is_gone = asyncio.Event()
        self._news = asyncio.Event()
        self._asked = False

    async def receive(self) -> Message:
        if not self._asked:
            self._asked = True
            return {"type": "http.request", "body": b"", "more_body": False}
        await self.is_gone.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Message) -> None:
        await self.reads.wait()
        self.got.append(message)
        self._news.set()

    @property
    def body(self) -> bytes:
        return b"".join(message.get("body", b"") for message in self.got)

    async def hears(self, words: bytes) -> None:
        async with asyncio.timeout(10):
            while words not in self.body:
                self._news.clear()
                await self._news.wait()


def run() -> Run:
    return Run(RunRequest("python", ""), utc_now)


def served(run: Run, client: Client, after: int = 0) -> asyncio.Task[None]:
    answer = EventStream(run, after, nullcontext())
    scope = {"type": "http", "method": "GET"}
    return asyncio.create_task(answer(scope, client.receive, client.send))


async def test_events_come_as_they_happen_and_the_stream_ends_with_the_run() -> None:
    one, client = run(), Client()
    answer = served(one, client)
    one.note(Started())
    await client.hears(b"id: 1\nevent: started\ndata: {}\n\n")
    one.note(Output(Stream.STDERR, b"\xff"))
    await client.hears(b'data: {"stream":"stderr","data":{"base64":"/w=="}}\n\n')
    one.note(ENDED)
    await asyncio.wait_for(answer, 10)
    assert client.got[0]["status"] == 200
    assert (b"content-type", b"text/event-stream; charset=utf-8") in client.got[0]["headers"]
    assert client.got[-1] == {"type": "http.response.body", "body": b"", "more_body": False}


async def test_silence_is_filled_with_comments(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "KEEP_ALIVE_S", 0.01)
    one, client = run(), Client()
    answer = served(one, client)
    await client.hears(b": keep-alive\n\n: keep-alive\n\n")
    one.note(Started())
    await client.hears(b"id: 1\n")
    one.note(ENDED)
    await asyncio.wait_for(answer, 10)


async def test_a_client_that_leaves_ends_its_stream_at_once() -> None:
    one, client, other = run(), Client(), Client()
    answer, stays = served(one, client), served(one, other)
    one.note(Started())
    await client.hears(b"started")
    client.is_gone.set()
    await asyncio.wait_for(answer, 10)
    one.note(ENDED)
    await asyncio.wait_for(stays, 10)
    assert b"ended" not in client.body
    assert b"ended" in other.body


async def test_a_client_that_reads_nothing_delays_nobody_and_is_given_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(stream, "TAKEN_WITHIN_S", 0.01)
    one, slow, quick = run(), Client(), Client()
    stuck, reading = served(one, slow), served(one, quick)
    one.note(Started())
    await slow.hears(b"started")
    slow.reads.clear()
    for _ in range(100):
        one.note(Output(Stream.STDOUT, b"x" * 1_000))
    one.note(ENDED)
    await asyncio.wait_for(reading, 10)
    assert quick.body.count(b"event: output") == 100
    await asyncio.wait_for(stuck, 10)
    assert b"output" not in slow.body


async def test_a_stream_that_is_cancelled_leaves_no_task() -> None:
    one, client = run(), Client()
    before = asyncio.all_tasks()
    answer = served(one, client)
    one.note(Started())
    await client.hears(b"started")
    answer.cancel()
    with pytest.raises(asyncio.CancelledError):
        await answer
    assert asyncio.all_tasks() == before
