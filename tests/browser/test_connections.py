"""Lines that break and servers that die: nothing that was written is lost."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from typing import Any

from playwright.async_api import Page, WebSocket, expect
from pycrdt import Doc, Text

from algoroom.api.sync.protocol import Kind, Reader, Step
from tests.browser.conftest import OpenRoom
from tests.browser.line import Line
from tests.browser.people import SERVER_GONE, Room, Visits
from tests.browser.sleeper import sleeper
from tests.serving import Server
from tests.sync.peer import Peer

PATIENCE_S = 60.0
# How soon a server notices that a line is dead.
SOON = {"ALGOROOM_SOCKET_IDLE_SECONDS": "3"}


async def test_what_is_written_offline_comes_together(open_room: OpenRoom, server: Server) -> None:
    room = await open_room(code="\n--\n")
    async with Line(server).laid() as line:
        ann = await room.enter("Ann", origin=line.url)
        ann.expects(SERVER_GONE)
        ben = await room.enter("Ben")
        line.lose()
        await ann.page.context.set_offline(True)
        await ann.press("Control+Home")
        await ann.type("written by Ann, who is offline")
        await expect(ann.standing).to_have_text("Reconnecting… · your typing is kept here")
        await ann.is_with("Ann")
        await ben.press("Control+End")
        await ben.type("written by Ben meanwhile")
        await ben.saved()
        await ben.sees("\n--\nwritten by Ben meanwhile")

        line.mend()
        await ann.page.context.set_offline(False)
        text = "written by Ann, who is offline\n--\nwritten by Ben meanwhile"
        await ann.is_told("Connected again")
        await ann.sees(text)
        await ben.sees(text)
        await ann.saved()
        await room.code_becomes(text)
        await ann.is_with("Ann", "Ben")
        await ben.is_with("Ann", "Ben")


class Acknowledged:
    """What pages were told that is stored for good, and what the server had before that."""

    def __init__(self, before: bytes, *pages: Page) -> None:
        self.doc: Doc[Any] = Doc()
        self.doc.apply_update(before)
        self._text = self.doc.get("code", type=Text)
        self._changed = asyncio.Event()
        for page in pages:
            page.on("websocket", self._listen)

    @property
    def text(self) -> str:
        return str(self._text)

    async def until(self, holds: Callable[[], bool]) -> None:
        async with asyncio.timeout(PATIENCE_S):
            while not holds():
                self._changed.clear()
                await self._changed.wait()

    def _listen(self, socket: WebSocket) -> None:
        sent: list[bytes] = []
        done = 0

        def send(message: str | bytes) -> None:
            assert isinstance(message, bytes)
            reader = Reader(message)
            if reader.number() == Kind.SYNC and reader.number() != Step.ASK:
                sent.append(reader.block())

        def receive(message: str | bytes) -> None:
            nonlocal done
            assert isinstance(message, bytes)
            reader = Reader(message)
            if reader.number() == Kind.SAVED:
                count = reader.number()
                for update in sent[done:count]:
                    self.doc.apply_update(update)
                done = count
                self._changed.set()

        socket.on("framesent", send)
        socket.on("framereceived", receive)


async def state_of(room: Room) -> bytes:
    """What the server has."""
    peer = Peer()
    async with peer.joined(room.server, room.session, readonly="1"):
        return peer.doc.get_update()


async def assert_kept(room: Room, acknowledged: Acknowledged) -> None:
    """That the server has all that it said it has stored."""
    doc: Doc[Any] = Doc()
    doc.apply_update(await state_of(room))
    known = doc.get_state()
    doc.apply_update(acknowledged.doc.get_update())
    assert doc.get_state() == known


async def test_a_server_killed_while_people_type_loses_nothing_that_it_has_saved(
    visits: Visits,
) -> None:
    with Server() as server:
        room = await visits.open_room(server, code="\n")
        async with Line(server).laid() as line:
            ann = await room.enter("Ann", origin=line.url)
            ben = await room.enter("Ben", origin=line.url)
            ann.expects(SERVER_GONE, "Failed to load resource")
            # Whoever is back first tells the server what it forgot of the other too.
            stored = Acknowledged(await state_of(room), ann.page, ben.page)
            for each in (ann, ben):
                await each.page.reload()
                await each.is_in()
                await each.page.evaluate("window.isTheSamePage = true")
            await ann.press("Control+Home")
            await ben.press("Control+End")
            letters, digits = "abcdefghijklmnopqrstuvwxyz" * 8, "0123456789" * 10
            typing = asyncio.gather(
                ann.page.keyboard.type(letters, delay=15), ben.page.keyboard.type(digits, delay=15)
            )
            for length in (20, 100):
                await stored.until(lambda: len(stored.text) > length)  # noqa: B023
                await asyncio.to_thread(server.kill)
                # Nobody else can tell the server what it forgot.
                line.cut()
                await asyncio.to_thread(server.start)
                await assert_kept(room, stored)
                # It may have stored more than it came to say.
                stored.doc.apply_update(await state_of(room))
                line.mend()
            await typing
            text = f"{letters}\n{digits}"
            await ann.sees(text)
            await ben.sees(text)
            await ann.saved()
            await ben.saved()
            await room.code_becomes(text)
            await ann.is_with("Ann", "Ben")
            await ben.is_with("Ann", "Ben")
            for each in (ann, ben):
                assert await each.page.evaluate("window.isTheSamePage")
            line.cut()
            await asyncio.to_thread(server.restart)
            assert await room.code() == text


async def test_a_page_that_slept_comes_back_and_is_no_ghost_meanwhile(visits: Visits) -> None:
    with Server(SOON) as server:
        room = await visits.open_room(server, code="before")
        ben = await room.enter("Ben")
        ben.expects(SERVER_GONE)  # it goes before the browsers do
        async with Line(server).laid() as line, sleeper() as ann:
            await ann.open(line.url + room.path, "Ann")
            await ann.sees("before")
            await ben.is_with("Ann", "Ben")
            await ann.freeze()
            line.lose()
            await ben.is_told("Ann left")
            await ben.is_with("Ben")
            await ben.press("Control+End")
            await ben.type(", and meanwhile")
            await ben.saved()

            line.mend()
            await ann.thaw()
            await ann.sees("before, and meanwhile")
            await ben.is_with("Ann", "Ben")
            await ann.type("Awake: ")
            await ben.sees("Awake: before, and meanwhile")


async def test_a_page_that_slept_while_its_line_held_catches_up(
    open_room: OpenRoom, server: Server
) -> None:
    room = await open_room()
    ben = await room.enter("Ben")
    async with sleeper() as ann:
        await ann.open(server.url + room.path, "Ann")
        await ben.is_with("Ann", "Ben")
        await ann.freeze()
        await ben.type("while the page was frozen")
        await ben.saved()
        await ann.thaw()
        await ann.sees("while the page was frozen")
        await ann.type("Awake: ")
        await ben.sees("Awake: while the page was frozen")
        await ben.is_with("Ann", "Ben")


async def test_leaving_with_unsaved_edits_asks(open_room: OpenRoom, server: Server) -> None:
    room = await open_room()
    async with Line(server).laid() as line:
        ann = await room.enter("Ann", origin=line.url)
        ann.expects(SERVER_GONE)
        line.cut()
        await ann.type("not sent yet")
        await expect(ann.standing).to_have_text(re.compile("your typing is kept here"))
        async with ann.page.expect_event("dialog") as asked:
            await ann.page.close(run_before_unload=True)
        dialog = await asked.value
        assert dialog.type == "beforeunload"
        await dialog.dismiss()
        await ann.sees("not sent yet")

        line.mend()
        await ann.saved()
        assert await room.code() == "not sent yet"
        # Now nothing holds anybody back.
        async with ann.page.expect_event("close"):
            await ann.page.close(run_before_unload=True)
