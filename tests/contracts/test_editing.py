"""Editing together on sockets of the Interview API: offsets, bases, merges, revisions."""

from __future__ import annotations

import httpx2
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.contracts.wire import (
    Json,
    Socket,
    changed,
    client,
    code_of,
    interview,
    interview_session,
    joined,
    put,
    save,
    utf16,
)
from tests.serving import Server

pytestmark = pytest.mark.both_databases

# Emoji beyond the first plane, joined emoji, combining marks, both kinds of line end.
MIXED = "a😀b\ncafe\u0301 👩\u200d💻\r\ne\u0301\u0327z 𐐷"


async def room_with(http: httpx2.AsyncClient, text: str) -> str:
    session = await interview_session(http)
    await save(http, session, text)
    return session


def data_of(frame: Json) -> Json:
    assert frame["type"] == "code-update"
    data: Json = frame["data"]
    assert set(data) == {"code", "changes", "version"}
    assert isinstance(data["version"], int)
    for change in data["changes"]:
        assert set(change) == {"from", "to", "insert"}
    return data


@pytest.mark.contract("I-53", "I-66", "I-68")
async def test_a_whole_text_reaches_the_others_whole(
    server: Server, http: httpx2.AsyncClient
) -> None:
    session = await room_with(http, "one\n")
    async with joined(server, session, "ann") as ann, joined(server, session, "bob") as bob:
        await ann.expect("user-joined")
        await bob.write("one\ntwo\n", userId="bob")
        frame = await ann.expect("code-update")
        assert frame["userId"] == "bob"
        data = data_of(frame)
        assert data["code"] == "one\ntwo\n"
        assert changed("one\n", data["changes"]) == "one\ntwo\n"
        await bob.settle()
    assert await code_of(http, session) == "one\ntwo\n"


@pytest.mark.contract("I-53")
async def test_a_whole_text_needs_no_changes(server: Server, http: httpx2.AsyncClient) -> None:
    session = await room_with(http, "old")
    async with joined(server, session, "ann") as ann:
        await ann.send("code-update", {"code": "new"})
        await ann.settle()
        assert await code_of(http, session) == "new"


@pytest.mark.contract("I-53", "I-70", "I-66")
async def test_changes_alone_are_applied(server: Server, http: httpx2.AsyncClient) -> None:
    session = await room_with(http, "hello world")
    async with joined(server, session, "ann") as ann, joined(server, session, "bob") as bob:
        await ann.expect("user-joined")
        await bob.change((6, 11, "room"))
        assert data_of(await ann.next())["code"] == "hello room"
        await bob.change((0, 0, ">"), (5, 6, "_"))
        data = data_of(await ann.next())
        assert data["code"] == ">hello_room"
        assert changed("hello room", data["changes"]) == ">hello_room"
        await bob.settle()
        await ann.change((0, 1, ""))
        assert data_of(await bob.next())["code"] == "hello_room"


@pytest.mark.contract("I-68")
async def test_versions_grow_and_changes_lead_from_text_to_text(
    server: Server, http: httpx2.AsyncClient
) -> None:
    session = await room_with(http, MIXED)
    async with joined(server, session, "ann") as ann, joined(server, session, "bob") as bob:
        await ann.expect("user-joined")
        text, version = MIXED, -1
        await bob.change((utf16(MIXED), utf16(MIXED), "!"))
        await bob.write("😀" + MIXED + "!")
        await bob.settle()
        await put(http, session, "quite another 𐐷 text")
        await bob.code_becomes("quite another 𐐷 text")
        await bob.write("")
        await bob.settle()
        await save(http, session, "the e\u0301nd")
        for expected in [
            MIXED + "!",
            "😀" + MIXED + "!",
            "quite another 𐐷 text",
            "",
            "the e\u0301nd",
        ]:
            data = data_of(await ann.next())
            assert data["code"] == expected
            assert changed(text, data["changes"]) == expected
            assert data["version"] > version
            text, version = data["code"], data["version"]


@pytest.mark.contract("I-68")
async def test_changes_lead_from_what_this_listener_was_sent(
    server: Server, http: httpx2.AsyncClient
) -> None:
    session = await room_with(http, "0\n1\n2\n")
    async with joined(server, session, "ann") as ann, joined(server, session, "bob") as bob:
        await ann.expect("user-joined")
        await ann.write("0 ann\n1\n2\n")
        await ann.settle()
        await bob.write("0\n1\n2 bob\n")
        both = "0 ann\n1\n2 bob\n"
        data = data_of(await ann.next())
        assert data["code"] == both
        assert changed("0 ann\n1\n2\n", data["changes"]) == both
        first = data_of(await bob.next())
        assert changed("0\n1\n2\n", first["changes"]) == first["code"] == "0 ann\n1\n2\n"
        correction = await bob.next()
        assert data_of(correction)["code"] == both
        assert correction["userId"] == "server"


@pytest.mark.contract("I-71", "I-72")
async def test_a_stale_whole_text_is_merged_and_its_sender_corrected(
    server: Server, http: httpx2.AsyncClient
) -> None:
    session = await room_with(http, "first\nmiddle\nlast\n")
    async with (
        joined(server, session, "ann") as ann,
        joined(server, session, "bob") as bob,
        joined(server, session, "eve") as eve,
    ):
        await ann.write("first by ann\nmiddle\nlast\n", userId="ann")
        assert (await eve.expect("code-update"))["userId"] == "ann"
        # Bob has not read what Ann wrote: his whole text lacks it.
        await bob.write("first\nmiddle\nlast by bob\n", userId="bob")
        merged = "first by ann\nmiddle\nlast by bob\n"
        frame = await eve.expect("code-update")
        assert (frame["userId"], frame["data"]["code"]) == ("bob", merged)
        correction = await bob.code_becomes(merged)
        assert correction["userId"] == "server"
        assert (await ann.code_becomes(merged))["userId"] == "bob"
        # Corrected, Bob goes on: nothing is doubled, and nobody needs correcting.
        await bob.write(merged + "bob again\n", userId="bob")
        assert (await eve.expect("code-update"))["data"]["code"] == merged + "bob again\n"
        await bob.settle()
    assert await code_of(http, session) == merged + "bob again\n"


@pytest.mark.contract("I-71")
async def test_a_whole_text_that_saw_the_others_keeps_what_it_deleted(
    server: Server, http: httpx2.AsyncClient
) -> None:
    session = await room_with(http, "keep\n")
    async with joined(server, session, "ann") as ann, joined(server, session, "bob") as bob:
        await ann.expect("user-joined")
        await ann.write("keep\nann was here\n")
        await bob.expect("code-update")
        await bob.write("keep\nann was here\nbob too\n")
        await ann.code_becomes("keep\nann was here\nbob too\n")
        await bob.write("keep\nbob too\n")
        await ann.code_becomes("keep\nbob too\n")
        await bob.settle()
    assert await code_of(http, session) == "keep\nbob too\n"


@pytest.mark.contract("I-71")
async def test_a_word_like_an_earlier_one_goes_into_the_text_that_had_come(
    server: Server, http: httpx2.AsyncClient
) -> None:
    session = await room_with(http, "hello\n")
    async with joined(server, session, "ann") as ann, joined(server, session, "bob") as bob:
        await ann.expect("user-joined")
        await ann.write("hello\n, ann\n")
        await bob.code_becomes("hello\n, ann\n")
        # From here on nothing reaches Bob. He wrote once before Ann's text was in his editor, and
        # then in it: the second is `b1`, corrected, and a `2` only to who has the correction.
        bob.connection.transport.pause_reading()
        await bob.write("hello b1\n")
        await ann.code_becomes("hello b1\n, ann\n")
        await bob.write("hello b12\n, ann\n")
        both = "hello b1 b12\n, ann\n"
        await ann.code_becomes(both)
        bob.connection.transport.resume_reading()
        await bob.code_becomes(both)
    assert await code_of(http, session) == both


@pytest.mark.contract("I-71")
async def test_several_stale_texts_in_a_row_are_merged(
    server: Server, http: httpx2.AsyncClient
) -> None:
    session = await room_with(http, "<>\n====\n<>\n")
    async with joined(server, session, "ann") as ann, joined(server, session, "bob") as bob:
        await ann.expect("user-joined")
        for typed in ("a", "an", "ann"):
            await ann.write(f"<{typed}>\n====\n<>\n")
        await ann.settle()
        for typed in ("b", "bo", "bob"):
            await bob.write(f"<>\n====\n<{typed}>\n")
        both = "<ann>\n====\n<bob>\n"
        await ann.code_becomes(both)
        await bob.code_becomes(both)
    assert await code_of(http, session) == both


@pytest.mark.contract("I-73")
async def test_a_write_by_rest_replaces_the_present_text(
    server: Server, http: httpx2.AsyncClient
) -> None:
    session = await room_with(http, "old\nlines\n")
    async with joined(server, session, "ann") as ann:
        await ann.write("old\nlines\nof ann\n")
        await ann.settle()
        await save(http, session, "old\nlines\nsaved\n")
        assert data_of(await ann.next())["code"] == "old\nlines\nsaved\n"
        await put(http, session, "put")
        assert data_of(await ann.next())["code"] == "put"
    assert await code_of(http, session) == "put"


@pytest.mark.contract("I-69", "I-70")
async def test_offsets_count_utf16_units(server: Server, http: httpx2.AsyncClient) -> None:
    session = await room_with(http, MIXED)
    async with joined(server, session, "ann") as ann, interview(server, session) as bob:
        text = MIXED
        for mark in ("b", "e\u0301 ", "💻", "z", "𐐷"):
            at = utf16(text[: text.index(mark)])
            await ann.change((at, at, "¦"))
            text = text.replace(mark, "¦" + mark, 1)
            assert data_of(await bob.next())["code"] == text
        start = utf16(text[: text.index("😀")])
        await ann.change((start, start + 2, "🦀🦀"))
        text = text.replace("😀", "🦀🦀")
        assert data_of(await bob.next())["code"] == text
        await ann.settle()
    assert await code_of(http, session) == text


@pytest.mark.contract("I-69", "I-77")
@pytest.mark.parametrize(("start", "end"), [(2, 2), (1, 2), (2, 3), (0, 2)])
async def test_an_offset_inside_a_surrogate_pair_is_refused(
    server: Server, http: httpx2.AsyncClient, start: int, end: int
) -> None:
    session = await room_with(http, "a😀b")
    async with joined(server, session, "ann") as ann:
        await ann.change((start, end, "x"))
        assert (await ann.expect("error"))["data"]["code"] == "INVALID_MESSAGE"
        await ann.settle()
    assert await code_of(http, session) == "a😀b"


@pytest.mark.contract("I-70")
async def test_changes_refer_to_what_their_sender_had_seen(
    server: Server, http: httpx2.AsyncClient
) -> None:
    session = await room_with(http, "start")
    async with joined(server, session, "ann") as ann, joined(server, session, "bob") as bob:
        await ann.expect("user-joined")
        await put(http, session, "hello world")
        seen = data_of(await bob.next())["version"]
        await ann.code_becomes("hello world")
        await ann.change((0, 0, "oh, "))
        assert data_of(await bob.next())["code"] == "oh, hello world"
        # The version says that this was written before Bob saw what Ann inserted.
        await bob.change((11, 11, "!"), version=seen)
        await ann.code_becomes("oh, hello world!")
    assert await code_of(http, session) == "oh, hello world!"


class Editor:
    """A client by changes: it keeps its text and what the server's frames make of it."""

    def __init__(self, socket: Socket, text: str) -> None:
        self.socket = socket
        self.text = text

    async def follow(self) -> None:
        data = data_of(await self.socket.next())
        assert changed(self.text, data["changes"]) == data["code"]
        self.text = data["code"]


@pytest.mark.contract("I-68", "I-69", "I-70")
@settings(
    max_examples=8,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    st.lists(
        st.tuples(
            st.booleans(),
            st.floats(0, 1),
            st.floats(0, 1),
            st.text(st.sampled_from("ab\n\r😀𐐷e\u0301\u200d\ufeff"), max_size=5),
        ),
        min_size=1,
        max_size=12,
    )
)
async def test_changes_in_turn_give_everybody_the_same_text(
    server: Server, edits: list[tuple[bool, float, float, str]]
) -> None:
    async with client(server) as http:
        session = await room_with(http, MIXED)
        async with joined(server, session, "ann") as ann, joined(server, session, "bob") as bob:
            await ann.expect("user-joined")
            editors = (Editor(ann, MIXED), Editor(bob, MIXED))
            for second, one, other, insert in edits:
                writer, reader = (editors[1], editors[0]) if second else (editors[0], editors[1])
                low, high = sorted((int(one * len(writer.text)), int(other * len(writer.text))))
                text = writer.text[:low] + insert + writer.text[high:]
                start, end = utf16(writer.text[:low]), utf16(writer.text[:high])
                await writer.socket.change((start, end, insert))
                # What is replaced by the same is told; nothing in the place of nothing is not.
                if low == high and not insert:
                    await writer.socket.settle()
                else:
                    await reader.follow()
                    assert reader.text == text
                writer.text = text
        assert await code_of(http, session) == editors[0].text
