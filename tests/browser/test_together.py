"""Two people with a browser each, in one room."""

from __future__ import annotations

import asyncio
import re

import pytest
from playwright.async_api import expect

from algoroom.api.codes import CloseCode
from tests.browser.conftest import OpenRoom
from tests.browser.people import Person
from tests.contracts.wire import client, eventually, participants_of
from tests.sync.peer import Peer


async def test_what_one_types_the_other_sees(open_room: OpenRoom) -> None:
    room = await open_room()
    ann = await room.enter("Ann")
    ben = await room.enter("Ben")
    await ann.is_with("Ann", "Ben")
    await ann.is_told("Ben joined")
    await ann.type("print('hello')\n")
    await ben.sees("print('hello')\n")
    await expect(ben.caret_of("Ann")).to_have_text("Ann")
    await ben.type("print('there')")
    text = "print('there')print('hello')\n"
    await ann.sees(text)
    await ann.saved()
    await ben.saved()
    assert await room.code() == text


async def test_two_type_at_once_in_different_places(open_room: OpenRoom) -> None:
    room = await open_room(code="\n\nmiddle\n\n")
    ann = await room.enter("Ann")
    ben = await room.enter("Ben")
    await ann.press("Control+Home")
    await ben.press("Control+End")
    first, last = "the quick brown fox " * 3, "jumps over the lazy dog " * 3
    await asyncio.gather(
        ann.page.keyboard.type(first, delay=5), ben.page.keyboard.type(last, delay=5)
    )
    text = f"{first}\n\nmiddle\n\n{last}"
    await ann.sees(text)
    await ben.sees(text)
    await room.code_becomes(text)


async def test_two_type_at_once_in_the_same_place(open_room: OpenRoom) -> None:
    room = await open_room()
    ann = await room.enter("Ann")
    ben = await room.enter("Ben")
    letters, digits = "abcdefghijklmnopqrstuvwxyz" * 2, "0123456789" * 5
    await ann.focus()
    await ben.focus()
    await asyncio.gather(
        ann.page.keyboard.type(letters, delay=5), ben.page.keyboard.type(digits, delay=5)
    )

    async def all_is_there() -> bool:
        return len(await room.code()) == len(letters) + len(digits)

    await eventually(all_is_there)
    text = await room.code()
    await ann.sees(text)
    await ben.sees(text)
    assert re.sub(r"\d", "", text) == letters
    assert re.sub(r"\D", "", text) == digits


async def test_undo_takes_back_only_what_one_wrote_oneself(open_room: OpenRoom) -> None:
    room = await open_room()
    ann = await room.enter("Ann")
    ben = await room.enter("Ben")
    await ann.type("mine ")
    await ben.sees("mine ")
    await ben.press("Control+End")
    await ben.type("yours")
    await ann.sees("mine yours")
    await ann.press("Control+z")
    await ben.sees("yours")
    await ann.press("Control+z")
    await ann.press("Control+y")
    await ben.sees("mine yours")
    await ben.press("Control+z")
    await ann.sees("mine ")


async def test_two_tabs_of_one_person_are_one_participant(open_room: OpenRoom) -> None:
    room = await open_room()
    ann = await room.enter("Ann")
    ben = await room.enter("Ben")
    tab = await ann.open_tab()
    await tab.type("from the other tab")
    await ann.sees("from the other tab")
    for each in (ann, tab, ben):
        await each.is_with("Ann", "Ben")
    async with client(room.server) as http:
        names = [each["name"] for each in await participants_of(http, room.session)]
        assert sorted(names) == ["Ann", "Ben"]
        await ann.leave()
        await tab.press("Control+End")
        await tab.type(", still")
        await ben.sees("from the other tab, still")
        await ben.is_with("Ann", "Ben")
        await tab.leave()
        await ben.is_told("Ann left")
        await ben.is_with("Ben")
        assert len(await participants_of(http, room.session)) == 1


async def test_the_language_is_changed_for_everybody_and_the_code_is_kept(
    open_room: OpenRoom,
) -> None:
    room = await open_room(code="let x = 1\n")
    ann = await room.enter("Ann")
    ben = await room.enter("Ben")
    await ann.set_language("JavaScript")
    await ann.is_told("You changed the language to JavaScript")
    await ben.is_told("Ann changed the language to JavaScript")
    await expect(ben.page.get_by_label("Language", exact=True)).to_have_value("javascript")
    await ann.sees("let x = 1\n")
    await ben.sees("let x = 1\n")
    async with client(room.server) as http:
        record = (await http.get(f"/api/sessions/{room.session}")).json()
    assert record["language"] == "javascript"


async def test_following_somebody_keeps_their_caret_in_sight(open_room: OpenRoom) -> None:
    lines = ["first", *(f"line {number}" for number in range(400)), "last"]
    room = await open_room(code="\n".join(lines))
    ann = await room.enter("Ann")
    ben = await room.enter("Ben")
    first, last = (ben.editor.locator(".cm-line", has_text=line) for line in ("first", "last"))
    stop = ben.page.get_by_role("button", name="Following Ann · stop")
    await ben.follow("Ann")
    await expect(stop).to_be_visible()
    await ann.press("Control+End")
    await expect(last).to_be_in_viewport()
    await ann.press("Control+Home")
    await expect(first).to_be_in_viewport()
    await stop.click()
    await expect(stop).to_be_hidden()
    await ann.press("Control+End")
    await expect(ann.editor.locator(".cm-line", has_text="last")).to_be_in_viewport()
    await ann.type("!")
    await room.code_becomes("\n".join(lines) + "!")
    await expect(first).to_be_in_viewport()

    await ben.follow("Ann")
    await expect(last).to_be_in_viewport()
    await ann.leave()
    await expect(stop).to_be_hidden()
    await ben.is_with("Ben")
    await ben.people.click()
    await expect(ben.page.get_by_role("menuitem")).to_have_count(1)
    await expect(ben.page.get_by_role("menuitem", name="Ben")).to_be_visible()


async def test_following_ends_by_what_one_does_in_the_text_oneself(open_room: OpenRoom) -> None:
    lines = "\n".join(f"line {number}" for number in range(400))
    room = await open_room(code=lines)
    ann = await room.enter("Ann")
    ben = await room.enter("Ben")
    await ann.press("Control+Home")
    stop = ben.page.get_by_role("button", name="Following Ann · stop")

    async def write() -> None:
        await ben.page.keyboard.type("x")

    async def move() -> None:
        await ben.page.keyboard.press("ArrowDown")

    async def click() -> None:
        await ben.editor.locator(".cm-line").nth(3).click()

    async def scroll() -> None:
        await ben.editor.locator(".cm-line").nth(3).hover()
        await ben.page.mouse.wheel(0, 400)

    await ben.follow("Ann")
    await ben.press("Control+Enter")
    await ben.ended("Failed")
    await expect(stop).to_be_visible()
    await stop.click()
    for own in (write, move, click, scroll):
        await ben.follow("Ann")
        await ben.press("Control", "Alt", "Shift", "F8")
        await ann.type("y")
        await ben.saved()
        await expect(stop).to_be_visible()
        await own()
        await expect(stop).to_be_hidden()


async def test_a_name_that_is_gone_from_a_caret_is_shown_to_whoever_points_there(
    open_room: OpenRoom,
) -> None:
    room = await open_room(code="one\ntwo three\n")
    ann = await room.enter("Ann")
    ben = await room.enter("Ben")
    await ann.press("Control+Home", "ArrowDown", "End")
    name = ben.caret_of("Ann")
    await expect(name).to_have_css("opacity", "1")
    await expect(name).to_have_css("opacity", "0")
    box = await ben.editor.locator(".caret").bounding_box()
    assert box is not None
    beside = box["x"] - 8, box["y"] + 4
    await ben.page.mouse.move(*beside)
    await expect(name).to_have_css("opacity", "1")
    await ben.page.mouse.click(*beside)
    await ben.page.keyboard.type("-")
    await ann.sees("one\ntwo thre-e\n")


async def test_a_read_only_link_is_read_only(open_room: OpenRoom) -> None:
    room = await open_room(code="print(1)")
    ann = await room.enter("Ann")
    eve = await room.enter("Eve", "?readonly")
    await expect(eve.page.get_by_text("Read-only", exact=True)).to_be_visible()
    await expect(eve.page.get_by_role("button", name="Run", exact=True)).to_be_hidden()
    await expect(eve.page.get_by_label("Language", exact=True)).to_be_disabled()
    await eve.type("x")
    await eve.press("Delete", "Enter", "Control+z", "Control+Enter")
    await eve.write("y")
    await ann.type("# ")
    await eve.sees("# print(1)")
    await ann.sees("# print(1)")
    await expect(ann.pane).to_contain_text("Run the code and its output appears here")

    # Nor does the server take anything of such a connection.
    peer = Peer()
    async with peer.joined(room.server, room.session, readonly="1"):
        await peer.write(0, "z")
        with pytest.raises(ConnectionError):
            await peer.until(lambda: False)
    assert peer.closed is not None
    assert peer.closed[0] == CloseCode.READ_ONLY
    assert await room.code() == "# print(1)"


async def test_a_name_is_changed_in_the_room_and_everybody_sees_it(open_room: OpenRoom) -> None:
    room = await open_room()
    ann = await room.enter("Ann")
    ben = await room.enter("Ben")
    await rename(ann, "Anna")
    await ben.is_with("Anna", "Ben")
    await ann.is_with("Anna", "Ben")
    await ann.page.reload()
    await ann.is_in()
    await ben.is_with("Anna", "Ben")


async def rename(person: Person, name: str) -> None:
    await person.people.click()
    await person.page.get_by_role("menuitem", name="rename").click()
    await person.page.get_by_label("The name that the others see").fill(name)
    await person.page.get_by_role("button", name="Rename", exact=True).click()


async def test_a_long_name_leaves_room_for_what_can_be_done_on_a_telephone(
    open_room: OpenRoom,
) -> None:
    room = await open_room()
    ann = await room.enter("Ann")
    await room.enter("Wolfeschlegelsteinhausenbergerdorff-Huber")
    await ann.page.set_viewport_size({"width": 360, "height": 640})
    await ann.people.click()
    await expect(ann.page.get_by_text("follow", exact=True)).to_be_in_viewport(ratio=1)


async def test_others_are_seen_where_the_system_has_its_own_colours(open_room: OpenRoom) -> None:
    room = await open_room(code="text\n")
    ann = await room.enter("Ann")
    ben = await room.enter("Ben")
    await ben.press("End")
    flag = ann.editor.locator(".caret")
    await expect(flag).to_have_count(1)
    colour = "(caret) => getComputedStyle(caret).borderLeftColor"
    usual = await flag.evaluate(colour)
    await ann.page.emulate_media(forced_colors="active")
    assert await flag.evaluate(colour) == usual
