"""The npm package `y-websocket`, as it is published, in rooms with every other kind of client."""

from collections.abc import AsyncIterator

import httpx2
import pytest

from tests.contracts.wire import code_of, interview_session, joined, listening, put, save
from tests.serving import Server
from tests.sync.browsers import Browsers, browsers
from tests.sync.peer import Peer


@pytest.fixture
async def node() -> AsyncIterator[Browsers]:
    async with browsers() as running:
        yield running


async def blank(http: httpx2.AsyncClient) -> str:
    session = await interview_session(http, language="python")
    await save(http, session, "")
    return session


async def test_it_edits_with_every_kind_of_client(
    server: Server, http: httpx2.AsyncClient, node: Browsers
) -> None:
    session = await blank(http)
    peer = Peer()
    ann, bob = await node.open(server, session), await node.open(server, session)
    await ann.synced()
    await bob.synced()
    async with (
        peer.joined(server, session),
        joined(server, session, "cid") as cid,
        listening(server, session) as dan,
    ):
        assert await ann.write(0, "one 👩\u200d💻 e\u0301\r\n")
        await cid.code_becomes("one 👩\u200d💻 e\u0301\r\n")
        await cid.change((len("one ".encode("utf-16-le")) // 2, 4, "two "))
        await bob.until(lambda: bob.text.startswith("one two 👩"))
        assert await bob.write(len(bob.text), "three")
        await peer.until(lambda: str(peer.text).endswith("three"))
        await peer.write(0, "four ")
        text = "four one two 👩\u200d💻 e\u0301\r\nthree"
        await dan.code_becomes(text)
        await put(http, session, text + "!")
        await ann.until(lambda: ann.text == text + "!")
        assert await ann.remove(0, 5)
        await dan.code_becomes(text[5:] + "!")
        await ann.until(lambda: ann.text == text[5:] + "!")
        await bob.until(lambda: bob.text == text[5:] + "!")
        await peer.until(lambda: str(peer.text) == text[5:] + "!")
        assert await code_of(http, session) == text[5:] + "!"
        await ann.do("set", key="language", value="ruby")
        await bob.until(lambda: bob.record.get("language") == "ruby")
        assert (await cid.until("language-changed"))["data"]["language"] == "ruby"


async def test_a_joiner_sees_the_others_at_once_and_they_see_it_go(
    server: Server, http: httpx2.AsyncClient, node: Browsers
) -> None:
    session = await blank(http)
    ann, bob = await node.open(server, session), await node.open(server, session)
    await ann.do("show", fields={"user": {"name": "Ann"}})
    await bob.do("show", fields={"user": {"name": "Bob"}})
    await ann.until(lambda: bob.id in ann.awareness)
    cid = await node.open(server, session)
    await cid.until(lambda: {ann.id, bob.id} <= set(cid.awareness))
    assert cid.awareness[ann.id] == {"user": {"name": "Ann"}}
    # The socket is destroyed: nobody says goodbye, and 30 s would be the library's own patience.
    await bob.do("lose")
    await ann.until(lambda: bob.id not in ann.awareness)
    await cid.until(lambda: bob.id not in cid.awareness)
    await bob.do("connect")
    await ann.until(lambda: bob.id in ann.awareness)


async def test_edits_made_without_a_connection_come_with_the_next(
    server: Server, http: httpx2.AsyncClient, node: Browsers
) -> None:
    session = await blank(http)
    ann, bob = await node.open(server, session), await node.open(server, session)
    await ann.synced()
    await bob.synced()
    assert await ann.write(0, "both")
    await bob.until(lambda: bob.text == "both")
    await ann.do("lose")
    await bob.do("disconnect")
    assert await ann.write(0, "lost ")
    assert await bob.write(4, " offline")
    await ann.do("connect")
    await bob.do("connect")
    await ann.until(lambda: ann.text == "lost both offline")
    await bob.until(lambda: bob.text == "lost both offline")
    assert await code_of(http, session) == "lost both offline"


async def test_a_client_that_does_nothing_stays_connected(
    server: Server, http: httpx2.AsyncClient, node: Browsers
) -> None:
    """It gives a connection up on which nothing came for 30 s, its own awareness included."""
    session = await blank(http)
    ann = await node.open(server, session)
    await ann.synced()
    await ann.do("pass", milliseconds=120_000)
    assert ann.connections == 1
    assert ann.is_synced
    assert await ann.write(0, "here")
    await ann.do("settle")
    assert await code_of(http, session) == "here"


async def test_two_tabs_of_one_browser_may_also_talk_to_each_other(
    server: Server, http: httpx2.AsyncClient, node: Browsers
) -> None:
    session = await blank(http)
    ann = await node.open(server, session, broadcast=True)
    bob = await node.open(server, session, broadcast=True)
    await ann.synced()
    await bob.synced()
    await ann.do("show", fields={"user": {"name": "Ann"}})
    await bob.do("show", fields={"user": {"name": "Bob"}})
    assert await ann.write(0, "ann ")
    await bob.until(lambda: bob.text == "ann ")
    await bob.do("lose")
    assert await bob.write(4, "bob")
    await ann.until(lambda: ann.text == "ann bob")
    async with Peer().joined(server, session) as peer:
        await bob.do("connect")
        await peer.until(lambda: str(peer.text) == "ann bob")
        await peer.until(lambda: {ann.id, bob.id} <= set(peer.awareness))
    assert ann.text == bob.text == await code_of(http, session)


async def test_what_is_for_good_is_not_tried_again(
    server: Server, http: httpx2.AsyncClient, node: Browsers
) -> None:
    session = await blank(http)
    ann = await node.open(server, session)
    await ann.synced()
    await http.delete(f"/api/sessions/{session}")
    await ann.until(lambda: ann.closed is not None)
    assert ann.closed is not None
    assert ann.closed["code"] == 4404
