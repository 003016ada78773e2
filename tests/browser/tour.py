"""Every state that the web client shows, one after the other, for whoever looks at them all."""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager
from pathlib import Path
from typing import NamedTuple

from playwright.async_api import Page, expect

from tests.access.accounts import signing_in
from tests.browser.people import Person, Room, Visits
from tests.browser.test_tasks import DROP, write_task
from tests.contracts.test_full_disk import SIZE, SmallDisk, alone
from tests.contracts.wire import client
from tests.serving import Server

PROGRAM = '''\
from collections import Counter


def most_common(words: list[str], count: int) -> list[str]:
    """The words that come most often, the most frequent first."""
    found = Counter(word.lower() for word in words)
    return [word for word, _ in found.most_common(count)]


text = "the quick brown fox jumps over the lazy dog and the cat"
for place, word in enumerate(most_common(text.split(), 3), start=1):
    print(f"\\x1b[36m{place}.\\x1b[0m {word}")
'''
ASKS = 'name = input("Your name: ")\nprint(f"Hello, {name}!")\n'
FAILS = 'print("so far, so good")\n[][1]\n'


class State(NamedTuple):
    """What is on a page now."""

    name: str
    page: Page


# By then all that measures itself has done so.
TWO_FRAMES = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"


async def settled(page: Page) -> None:
    """Another size or theme has come to all that is there."""
    await page.evaluate(TWO_FRAMES)


@asynccontextmanager
async def tour(visits: Visits, server: Server, folder: Path) -> AsyncIterator[AsyncIterator[State]]:
    """The states, each on a page that stays as it is until the next is asked for. A server of its
    own, which fails, has its data in `folder`."""
    async with aclosing(_states(visits, server, folder)) as states:
        yield states


async def _states(visits: Visits, server: Server, folder: Path) -> AsyncGenerator[State]:
    page = await visits.page("Ann")
    visits.expected.append(re.compile("404"))
    await page.goto(f"{server.url}/interview/there-is-none")
    yield State("missing", page)
    await page.goto(server.url)
    await expect(page.get_by_role("option", name="Python")).to_be_attached()
    yield State("front", page)

    await page.get_by_role("button", name="New room").click()
    await page.get_by_label("The name that the others will see").fill("Ann Example")
    yield State("name", page)
    await page.get_by_role("button", name="Join", exact=True).click()
    ann = Person(Room(server, page.url.rpartition("/")[2], visits), "Ann Example", page)
    await ann.is_in()
    await page.get_by_label("Title of the room").fill("Word count")
    await page.keyboard.press("Enter")
    yield State("room", page)
    async for state in _work(ann):
        yield state
    async for state in _task(ann):
        yield state
    async for state in _hosting(ann):
        yield state
    await page.goto(server.url)
    await expect(page.get_by_role("link", name="Word count")).to_be_visible()
    yield State("front-again", page)

    async for state in _looking_on(visits, server):
        yield state
    async for state in _signing_in(visits):
        yield state
    async for state in _in_trouble(visits, folder):
        yield state


async def _work(ann: Person) -> AsyncIterator[State]:
    """What two people do in a room."""
    room, page = ann.room, ann.page
    ben = await room.enter("Ben")
    await ann.rewrite(PROGRAM)
    await ann.press("Control+Home", "ArrowDown", "ArrowDown", "ArrowDown")
    await ann.run()
    await ann.ended("Finished")
    await ben.press("Control+End", "ArrowUp", "ArrowUp", "End")
    await expect(ann.caret_of("Ben")).to_have_css("opacity", "1")
    yield State("room-output", page)
    async for state in _overlays(ann):
        yield state
    await ann.rewrite(FAILS)
    await ann.run()
    await ann.ended("Failed with exit code 1")
    yield State("failed", page)
    await ann.rewrite(ASKS)
    await ann.run()
    await ann.prints("Your name:")
    await ann.answer("Ann")
    await ann.prints("Ann")
    yield State("input", page)
    await ann.stop()
    await ann.ended("Stopped")
    await ann.pane.get_by_role("button", name="ran").click()
    await expect(page.get_by_role("menu")).to_be_visible()
    yield State("runs", page)
    await page.keyboard.press("Escape")
    await ben.follow("Ann Example")
    await expect(ben.page.get_by_role("button", name="Following")).to_be_visible()
    yield State("following", ben.page)

    async for state in _playback(ann, ben):
        yield state
    await ben.leave()


async def _overlays(ann: Person) -> AsyncIterator[State]:
    """What opens above the code."""
    page = ann.page
    for name, button in (("people", ann.people), ("menu", page.get_by_role("button", name="More"))):
        await button.click()
        await expect(page.get_by_role("menu")).to_be_visible()
        yield State(name, page)
        await page.keyboard.press("Escape")
    for name, title in (("settings", "Settings"), ("shortcuts", "Shortcuts")):
        await ann.choose(title)
        await expect(page.get_by_role("dialog", name=title)).to_be_visible()
        yield State(name, page)
        await page.keyboard.press("Escape")
    await ann.people.click()
    await page.get_by_role("menuitem", name="Ann Example").click()
    await expect(page.get_by_role("dialog", name="Your name")).to_be_visible()
    yield State("rename", page)
    await page.keyboard.press("Escape")
    await ann.editor.evaluate(DROP)
    await expect(page.get_by_role("alertdialog", name="Open a file")).to_be_visible()
    yield State("open-file", page)
    await page.keyboard.press("Escape")
    await ann.press("Control+f")
    await expect(page.locator(".cm-search")).to_be_visible()
    yield State("search", page)
    await page.keyboard.press("Escape")


async def _playback(ann: Person, ben: Person) -> AsyncIterator[State]:
    page = ann.page
    await ann.rewrite(PROGRAM)
    await ben.press("Control+Home")
    await ben.write("# Ours\n")
    await ben.saved()
    await ann.choose("Play back")
    await expect(page.get_by_role("button", name="Play", exact=True)).to_be_focused()
    yield State("playback", page)
    await page.get_by_label("Who wrote what").check()
    await expect(page.get_by_role("list", name="Who wrote what")).to_be_visible()
    yield State("playback-authors", page)
    await page.get_by_role("button", name="Previous event").click()
    await page.get_by_role("button", name="Go back to this text").click()
    await expect(page.get_by_role("alertdialog")).to_be_visible()
    yield State("go-back", page)
    await page.get_by_role("button", name="Cancel").click()
    await page.get_by_role("button", name="Back to the room").click()
    await expect(page.locator("[data-playback]")).not_to_be_attached()
    await ann.choose("Versions")
    await page.get_by_label("A name for the code as it is now").fill("The most common words")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("button", name="Look at")).to_be_visible()
    yield State("versions", page)
    await page.keyboard.press("Escape")


async def _task(ann: Person) -> AsyncIterator[State]:
    """What there is to do, and its tests."""
    page = ann.page
    await page.get_by_role("button", name="Task", exact=True).click()
    pane = page.get_by_role("complementary", name="Task")
    await expect(pane).to_be_visible()
    yield State("task-none", page)
    await pane.get_by_role("button", name="Write one").click()
    dialog = page.get_by_role("dialog")
    await expect(dialog).to_be_visible()
    yield State("task-editor", page)
    await page.keyboard.press("Escape")
    await expect(dialog).to_have_count(0)
    await pane.get_by_role("button", name="Hide the task").click()
    await expect(pane).to_have_count(0)
    await write_task(ann)
    await expect(pane.get_by_role("heading", name="Twice")).to_be_visible()
    yield State("task", page)
    await pane.get_by_role("button", name="Run the tests").click()
    await ann.ended("test cases passed")
    yield State("tests", page)
    await page.get_by_role("button", name="Hide the task").click()


async def _hosting(ann: Person) -> AsyncIterator[State]:
    """What a host sees, and those who are not let in yet."""
    room, page = ann.room, ann.page
    await page.get_by_role("button", name="Host").click()
    panel = page.get_by_role("complementary", name="Host")
    await panel.get_by_role("tab", name="Room").click()
    await panel.get_by_label("Whoever has the link").select_option("ask")
    dan = await room.visits.page("Dan")
    await dan.goto(room.server.url + room.path)
    await dan.get_by_label("The name that the others will see").fill("Dan")
    await dan.get_by_role("button", name="Join", exact=True).click()
    await expect(dan.get_by_role("heading", name="The host will let you in")).to_be_visible()
    yield State("waiting", dan)
    yield State("host-room", page)
    await panel.get_by_role("tab", name="People").click()
    await expect(panel.get_by_role("button", name="Let in Dan")).to_be_visible()
    yield State("host-people", page)
    await panel.get_by_role("tab", name="Links").click()
    await panel.get_by_role("button", name="Make an invite").click()
    await expect(panel.get_by_role("button", name="Copy the invite")).to_be_visible()
    yield State("host-links", page)
    await panel.get_by_role("tab", name="Notes").click()
    await panel.get_by_label("Notes for hosts").fill("Asks good questions.")
    await expect(panel.get_by_text("Saved. Only hosts can see this.")).to_be_visible()
    yield State("host-notes", page)
    await panel.get_by_role("tab", name="Room").click()
    await panel.get_by_label("Whoever has the link").select_option("editor")
    await panel.get_by_role("button", name="End the room").click()
    dialog = page.get_by_role("alertdialog")
    await expect(dialog).to_be_visible()
    yield State("confirm", page)
    await dialog.get_by_role("button", name="End the room").click()
    await expect(panel.get_by_role("button", name="Reopen the room")).to_be_visible()
    yield State("ended", page)


async def _looking_on(visits: Visits, server: Server) -> AsyncIterator[State]:
    room = await visits.open_room(server, code=PROGRAM)
    cat = await room.enter("Cat", "?readonly=1")
    yield State("read-only", cat.page)
    async with client(server) as http:
        answer = await http.delete(f"/api/sessions/{room.session}")
    assert answer.status_code < 300, answer.text
    await expect(cat.page.get_by_role("heading", name="There is no such room")).to_be_visible()
    yield State("gone", cat.page)


async def _signing_in(visits: Visits) -> AsyncIterator[State]:
    """A server that takes no guests."""
    visits.expected.append(re.compile("401"))
    client = {"token_endpoint_auth_method": "none"}
    with signing_in(client, ALGOROOM_AUTH="required") as server:
        page = await visits.page("Gil")
        await page.goto(f"{server.url}/interview/some-room")
        await expect(page.get_by_role("heading", name="Sign in to come in")).to_be_visible()
        yield State("sign-in", page)
        await page.goto(server.url)
        await expect(page.get_by_role("link", name="Sign in with")).to_be_visible()
        yield State("sign-in-front", page)
        await page.close()


async def _in_trouble(visits: Visits, folder: Path) -> AsyncIterator[State]:
    """A server whose disk is full, and that goes away then."""
    place = folder / "small"
    place.mkdir()
    settings = {"ALGOROOM_DATABASE_URL": f"sqlite:///{place}/algoroom.db"}
    with Server(settings, data_dir=folder, prefix=alone(str(SIZE), place)) as server:
        room = await visits.open_room(server, code=PROGRAM)
        fay = await room.enter("Fay")
        fay.expects("WebSocket connection to|net::ERR_")
        SmallDisk(server.pid, place).fill()
        await fay.write("# " + "x" * 20_000 + "\n")
        await fay.press("Control+End")
        await expect(fay.standing).to_contain_text("Could not save yet")
        yield State("not-saved", fay.page)
        server.kill()
        await expect(fay.standing).to_contain_text("Reconnecting")
        yield State("reconnecting", fay.page)
