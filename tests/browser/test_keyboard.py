"""A session by the keyboard alone, from the front page to its playback."""

from __future__ import annotations

from playwright.async_api import Page, expect

from tests.browser.conftest import OpenRoom
from tests.browser.people import Person, Room, Visits
from tests.serving import Server

MOST_TABS = 40
# What has the keyboard, as a screen reader would name it.
FOCUSED = """
() => {
  const { activeElement } = document
  return activeElement?.ariaLabel || activeElement?.textContent?.trim() || ''
}
"""
# Choose, and be in the editor as soon as the menu has gone.
CHOOSE_AND_GO_ON = """
(item) => {
  const goOn = (_, observer) => {
    if (item.isConnected) return
    observer.disconnect()
    document.querySelector('[aria-label=Code]').focus()
  }
  new MutationObserver(goOn).observe(document.body, { childList: true, subtree: true })
  item.click()
}
"""
# All that the page still had to do about what went away is done behind this.
TWO_FRAMES = """
() => new Promise((resolve) =>
  requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(resolve))))
"""


async def tab_to(page: Page, name: str) -> None:
    for _ in range(MOST_TABS):
        if await page.evaluate(FOCUSED) == name:
            return
        await page.keyboard.press("Tab")
    raise AssertionError(f"Tab does not lead to {name}")


async def test_a_session_without_a_mouse(visits: Visits, server: Server) -> None:
    page = await visits.page("Ann")
    keys = page.keyboard
    await page.goto(server.url)
    await tab_to(page, "New room")
    await keys.press("Enter")

    await expect(page.get_by_label("The name that the others will see")).to_be_focused()
    await keys.type("Ann")
    await keys.press("Enter")
    ann = Person(Room(server, "", visits), "Ann", page)
    await ann.is_in()

    await ran(ann)
    await played_back(ann)


async def ran(ann: Person) -> None:
    """Shared, run, answered, run again and stopped."""
    page, keys = ann.page, ann.page.keyboard
    # Out of the code, where Tab indents, to share, and back.
    await keys.press("Escape")
    await tab_to(page, "Share")
    await keys.press("Enter")
    await expect(page.get_by_text("Copied!")).to_be_visible()
    await keys.press("Alt+1")
    await expect(ann.editor).to_be_focused()
    await keys.press("Control+a")
    await keys.press("Delete")
    await keys.type("print('hello', input())")
    await keys.press("Control+Enter")
    await expect(page.get_by_role("button", name="Stop", exact=True)).to_be_visible()
    terminal = page.get_by_role("textbox", name="Type to the program")
    await expect(terminal).to_be_attached()
    await keys.press("Alt+2")
    await expect(terminal).to_be_focused()
    await keys.type("Ben\n")
    await ann.prints("hello Ben")
    await ann.ended("Finished")

    # Out of the terminal by Tab, back, and stop what does not end.
    await keys.press("Alt+1")
    await keys.press("Control+a")
    await keys.press("Delete")
    await keys.type("while True: pass")
    await keys.press("Control+Enter")
    await expect(page.get_by_role("button", name="Stop", exact=True)).to_be_visible()
    await keys.press("Control+.")
    await ann.ended("Stopped")

    # Tab indents; Escape and Tab leave.
    await keys.press("Control+Home")
    await keys.press("Tab")
    await ann.sees("    while True: pass")
    await keys.press("Escape")
    await keys.press("Tab")
    await expect(ann.editor).not_to_be_focused()
    await keys.press("Alt+1")
    await ann.saved()


async def played_back(ann: Person) -> None:
    """Looked at as it was, and back at the code; then what else the keys do."""
    page, keys = ann.page, ann.page.keyboard
    await keys.press("Alt+Shift+P")
    await expect(page.get_by_role("button", name="Play", exact=True)).to_be_focused()
    await keys.press("Enter")
    await expect(page.get_by_role("button", name="Pause", exact=True)).to_be_focused()
    await keys.press("Enter")
    await tab_to(page, "Fork from here")
    await keys.press("Escape")
    await expect(ann.editor).to_be_focused()
    await keys.press("Escape")
    await keys.press("Tab")
    await keys.press("?")
    await expect(page.get_by_role("dialog", name="Shortcuts")).to_be_visible()
    await keys.press("Escape")
    await expect(page.get_by_role("dialog")).to_have_count(0)


async def test_the_space_for_the_code_is_set_by_keys(open_room: OpenRoom) -> None:
    room = await open_room()
    ann = await room.enter("Ann")
    splitter = ann.page.get_by_role("separator", name="Size of the code beside the output")
    await expect(splitter).to_have_attribute("aria-orientation", "vertical")
    await splitter.focus()
    for key, share in (("Home", "20"), ("ArrowRight", "24"), ("End", "80"), ("ArrowLeft", "76")):
        await ann.page.keyboard.press(key)
        await expect(splitter).to_have_attribute("aria-valuenow", share)
    await ann.page.set_viewport_size({"width": 600, "height": 720})
    await expect(splitter).to_have_attribute("aria-orientation", "horizontal")


async def test_a_dialogue_begins_at_its_first_field_and_gives_the_keyboard_back(
    open_room: OpenRoom,
) -> None:
    room = await open_room()
    ann = await room.enter("Ann")
    page, keys = ann.page, ann.page.keyboard
    await ann.people.focus()
    await keys.press("Enter")
    await expect(page.get_by_role("menuitem", name="Ann")).to_be_focused()
    await keys.press("Enter")
    await expect(page.get_by_label("The name that the others see")).to_be_focused()
    await keys.type("Anna")
    await keys.press("Enter")
    await expect(ann.people).to_be_focused()
    await expect(ann.people.get_by_title("Anna")).to_be_visible()

    more = page.get_by_role("button", name="More", exact=True)
    for item, first in (("Settings", "Theme"), ("Versions", "A name for the code as it is now")):
        await ann.choose(item)
        await expect(page.get_by_label(first)).to_be_focused()
        await keys.press("Escape")
        await expect(more).to_be_focused()
    await keys.press("?")
    await expect(page.get_by_role("dialog", name="Shortcuts")).to_be_visible()
    await keys.press("Escape")
    await expect(more).to_be_focused()


async def test_a_menu_gives_the_keyboard_back_unless_it_is_elsewhere_by_then(
    open_room: OpenRoom,
) -> None:
    room = await open_room()
    ann = await room.enter("Ann")
    await room.enter("Ben")
    item = ann.page.get_by_role("menuitem", name="Ben")
    for close in ("Enter", "Escape"):
        await ann.people.focus()
        await ann.page.keyboard.press("Enter")
        await ann.page.keyboard.press("ArrowDown")
        await expect(item).to_be_focused()
        await ann.page.keyboard.press(close)
        await expect(ann.people).to_be_focused()

    await ann.people.click()
    await item.evaluate(CHOOSE_AND_GO_ON)
    await expect(item).to_have_count(0)
    await ann.page.evaluate(TWO_FRAMES)
    await expect(ann.editor).to_be_focused()
    await ann.page.keyboard.type("#")
    await ann.sees("#")


async def test_what_is_pressed_keeps_the_keyboard_or_says_where_it_goes(
    visits: Visits, server: Server
) -> None:
    page = await visits.page("Ann")
    await page.goto(server.url)
    await page.get_by_role("button", name="New room").click()
    await page.get_by_label("The name that the others will see").fill("Ann")
    await page.get_by_role("button", name="Join", exact=True).click()
    ann = Person(Room(server, "", visits), "Ann", page)
    await ann.is_in()
    keys = page.keyboard
    run = page.get_by_role("button", name="Run", exact=True)
    await run.focus()
    await keys.press("Enter")
    await ann.ended("Finished")
    await expect(run).to_be_focused()

    task = page.get_by_role("button", name="Task", exact=True)
    await task.focus()
    await keys.press("Enter")
    await expect(page.get_by_role("button", name="Hide the task")).to_be_visible()
    await tab_to(page, "Hide the task")
    await keys.press("Enter")
    await expect(task).to_be_focused()

    host = page.get_by_role("button", name="Host", exact=True)
    await host.focus()
    await keys.press("Enter")
    await page.get_by_role("tab", name="Room").click()
    end = page.get_by_role("button", name="End the room…")
    await end.focus()
    await keys.press("Enter")
    await expect(page.get_by_role("button", name="Cancel")).to_be_focused()
    await keys.press("Enter")
    await expect(end).to_be_focused()
