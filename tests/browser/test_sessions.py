"""A session from its first moment to its last, and every kind of client in it."""

from __future__ import annotations

import asyncio
import json
import re

from playwright.async_api import Route, expect

from tests.browser.conftest import OpenRoom
from tests.browser.people import Person
from tests.contracts.wire import client, joined, listening, participants_of

CARET = {"line": 2, "column": 1}


async def test_a_room_is_opened_shared_and_joined(open_room: OpenRoom) -> None:
    """By what there is on the pages alone."""
    room = await open_room()
    page = await room.visits.page("Ann")
    await page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    await page.goto(room.server.url)
    await page.get_by_label("Language").select_option(label="JavaScript")
    await page.get_by_role("button", name="New room").click()
    await page.get_by_label("The name that the others will see").fill("Ann")
    await page.get_by_role("button", name="Join", exact=True).click()
    ann = Person(room, "Ann", page)
    await ann.is_in()
    await ann.rewrite("console.log(6 * 7)")
    await page.get_by_role("button", name="Share").click()
    await expect(page.get_by_role("button", name="Copied!")).to_be_visible()
    link = await page.evaluate("navigator.clipboard.readText()")
    assert link == page.url

    guest = await room.visits.page("guest")
    await guest.goto(link)
    await guest.get_by_role("button", name="Join as a guest").click()
    ben = Person(room, "Guest", guest)
    await ben.sees("console.log(6 * 7)")
    await ben.run()
    await ann.prints("42")
    await expect(ann.pane).to_contain_text("Guest ran JavaScript")
    await page.goto(room.server.url)
    await expect(page.get_by_role("link", name="Untitled")).to_have_attribute(
        "href", re.compile(link.removeprefix(room.server.url))
    )


async def test_a_language_is_shown_once_its_name_is_known_and_only_where_it_is_offered(
    open_room: OpenRoom,
) -> None:
    room = await open_room()
    page = await room.visits.page("Ann")
    asked, told = asyncio.Event(), asyncio.Event()

    async def tell(route: Route) -> None:
        asked.set()
        await told.wait()
        await route.continue_()

    await page.route("**/api/languages", tell)
    visit = {"id": room.session, "title": "", "language": "cobol", "at": 1, "isHost": False}
    await page.add_init_script(
        f"localStorage.setItem('algoroom.visited', {json.dumps(json.dumps([visit]))})"
    )
    await page.goto(room.server.url)
    await asked.wait()
    language = page.get_by_label("Language")
    await expect(language.locator("option")).to_have_text([""])
    told.set()
    await expect(language.locator("option").first).not_to_have_text("")
    first = await language.locator("option").first.inner_text()
    await expect(language.locator("option:checked")).to_have_text(first)
    await page.get_by_role("button", name="New room").click()
    await expect(page.get_by_label("The name that the others will see")).to_be_visible()


async def test_a_room_that_has_ended_is_read_until_it_is_opened_again(open_room: OpenRoom) -> None:
    room = await open_room(code="print(1)")
    ann = await room.enter("Ann")
    ben = await room.enter("Ben")
    await room.rule(ended=True)
    for each in (ann, ben):
        await each.is_told("This room has ended. It can still be read")
        await expect(each.page.get_by_role("button", name="Run", exact=True)).to_be_hidden()
        await each.type("x")
        await each.press("Backspace", "Control+Enter")
        await each.write("y")
    late = await room.enter("Cid")
    await late.type("z")
    await late.sees("print(1)")
    await ann.sees("print(1)")

    await room.rule(ended=False)
    for each in (ann, ben):
        await each.is_told("This room is open again")
    await ann.press("Control+Home")
    await ann.type("# ")
    for each in (ann, ben, late):
        await each.sees("# print(1)")
    await ben.run()
    await ann.ended("Finished")
    assert await room.code() == "# print(1)"


async def test_playback_goes_from_the_first_moment_to_the_text_that_is_there(
    open_room: OpenRoom,
) -> None:
    room = await open_room()
    ann = await room.enter("Ann")
    ben = await room.enter("Ben")
    await ann.type("print('one')\n")
    await ann.run()
    await ann.ended("Finished")
    await ben.sees("print('one')\n")
    await ben.press("Control+End")
    await ben.type("print('two')\n")
    await ben.run()
    await ben.prints("two")
    await ben.ended("Finished")
    await ann.press("Control+Home")
    await ann.type("# both\n")
    text = "# both\nprint('one')\nprint('two')\n"
    await ben.sees(text)
    await ann.saved()
    await ben.saved()

    await ben.choose("Play back")
    page = ben.page
    was = Person(room, "Ben", page)
    was.editor = page.get_by_role("textbox", name="Code as it was")
    moment = page.get_by_role("slider", name="Moment")
    await was.sees(text)
    is_sharp = "canvas => canvas.width === Math.round(canvas.clientWidth * devicePixelRatio)"
    assert await page.locator("[data-playback] canvas").evaluate(is_sharp)
    fork = page.get_by_role("button", name="Fork from here")
    place = await fork.bounding_box()
    await moment.press("Home")
    await was.sees("# Write your python code here\n")
    await expect(page.get_by_role("main").get_by_text("The server", exact=True)).to_be_visible()
    assert await fork.bounding_box() == place, "what is pressed moves with what is told"
    await page.get_by_role("button", name="Next run").click()
    await was.sees("print('one')\n")
    await page.get_by_role("button", name="Next run").click()
    await was.sees("print('one')\nprint('two')\n")
    await page.get_by_role("button", name="Next run").click()
    await ben.is_told("No run comes after this")

    await moment.press("Home")
    await page.get_by_label("Speed").select_option("16")
    await expect(page.get_by_label("Skip idle time")).to_be_checked()
    await page.get_by_role("button", name="Play", exact=True).click()
    await expect(page.get_by_role("button", name="Pause", exact=True)).to_be_visible()
    await expect(page.get_by_role("button", name="Play", exact=True)).to_be_visible()
    await was.sees(text)
    await page.get_by_role("button", name="Back to the room").click()
    await ben.sees(text)


async def test_a_version_with_a_name_is_looked_at_and_gone_back_to(open_room: OpenRoom) -> None:
    room = await open_room(code="print('good')\n")
    ann = await room.enter("Ann")
    ben = await room.enter("Ben")
    page = ann.page
    await ann.choose("Versions")
    await page.get_by_label("A name for the code as it is now").fill("Good one")
    await page.keyboard.press("Enter")
    versions = page.get_by_role("list", name="Versions")
    await expect(versions.get_by_role("listitem")).to_contain_text(["Good one"])
    await page.keyboard.press("Escape")
    await ben.rewrite("print('bad')\n")
    await ann.sees("print('bad')\n")
    await ben.saved()

    await ann.choose("Versions")
    await page.get_by_role("button", name="Look at “Good one”").click()
    was = Person(room, "Ann", page)
    was.editor = page.get_by_role("textbox", name="Code as it was")
    await was.sees("print('good')\n")
    # While one looks back, nothing is done to the code as it is now.
    await expect(page.get_by_role("button", name="Run", exact=True)).to_have_count(0)
    await was.press("Control+Enter")
    await page.get_by_role("button", name="Go back to this text").click()
    await page.get_by_role("alertdialog").get_by_role("button", name="Go back").click()
    await ann.is_told("The code is what it was at")
    for each in (ann, ben):
        await each.sees("print('good')\n")
    await expect(ann.pane).to_contain_text("Run the code and its output appears here")

    await ann.choose("Play back")
    moment = page.get_by_role("slider", name="Moment")
    happened = page.locator("[data-playback]").get_by_role("status")
    await expect(happened).to_contain_text("Ann went back to an earlier text")
    await page.get_by_role("button", name="Previous event").click()
    await expect(happened).to_contain_text("Ann named this text “Good one”")
    await expect(moment).to_have_attribute("aria-valuetext", re.compile("Ann named this text"))
    await page.keyboard.press("Escape")

    await ann.choose("Versions")
    await page.get_by_role("button", name="Take away the name “Good one”").click()
    await expect(versions.get_by_role("listitem")).to_have_count(0)


async def test_clients_of_each_contract_and_browsers_are_in_one_room(open_room: OpenRoom) -> None:
    room = await open_room(code="browsers\n")
    ann = await room.enter("Ann")
    ben = await room.enter("Ben")
    async with (
        client(room.server) as http,
        joined(room.server, room.session, "cid", "Cid") as cid,
        listening(room.server, room.session) as guest,
    ):
        for each in (ann, ben):
            await each.is_with("Ann", "Ben", "Cid", "Guest")
        names = [each["name"] for each in await participants_of(http, room.session)]
        assert sorted(names) == ["Ann", "Ben", "Cid", "Guest"]

        await ann.press("Control+End")
        await ann.write("Ann\n")
        text = "browsers\nAnn\n"
        await cid.code_becomes(text)
        await guest.code_becomes(text)
        await cid.write(text + "Cid\n")
        await guest.code_becomes(text + "Cid\n")
        for each in (ann, ben):
            await each.sees(text + "Cid\n")
        await ben.press("Control+Home")
        await ben.write("Ben\n")
        text = f"Ben\n{text}Cid\n"
        await cid.code_becomes(text)
        await guest.code_becomes(text)
        await ann.sees(text)

        # Carets of either side are seen by the other.
        await cid.send("cursor-position", {"line": 2, "column": 3})
        await expect(ann.caret_of("Cid")).to_have_text("Cid")
        await ann.press("Control+Home", "ArrowDown", "ArrowRight")
        while not CARET.items() <= (await cid.until("cursor-position"))["data"].items():
            pass

        await ann.leave()
        left = await cid.until("user-left")
        assert left["data"]["participantCount"] == 3
        await ben.is_with("Ben", "Cid", "Guest")
    await ben.is_with("Ben")


async def test_the_way_back_of_the_browser_leads_from_a_playback_to_the_room(
    open_room: OpenRoom,
) -> None:
    room = await open_room(code="print('now')\n")
    ann = await room.enter("Ann")
    await ann.focus()
    playback = ann.page.get_by_role("main", name="Playback")
    await ann.page.keyboard.press("Alt+Shift+P")
    await expect(playback).to_be_visible()
    await ann.page.go_back()
    await expect(playback).to_be_hidden()
    await ann.sees("print('now')\n")
    await ann.page.go_forward()
    await expect(playback.get_by_role("button", name="Play", exact=True)).to_be_focused()
    await ann.page.reload()
    await playback.get_by_role("button", name="Back to the room").click()
    await ann.is_in()
    await ann.choose("Play back")
    await ann.page.keyboard.press("Escape")
    await expect(playback).to_be_hidden()
    await ann.page.go_back()
    await expect(ann.page).not_to_have_url(re.compile("/interview/"))
