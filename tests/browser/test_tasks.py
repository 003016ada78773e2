"""Tasks, files and lists of rooms, as people have them in their browsers."""

from __future__ import annotations

import asyncio
import io
import re
import zipfile
from pathlib import Path

from playwright.async_api import expect

from tests.browser.conftest import OpenRoom
from tests.browser.people import Person, Room, Visits
from tests.serving import Server

SECRET = "zebra-quartz"
TEXT = """\
# Twice

Print **twice** what is read. <b onclick="alert(1)">No HTML</b>

![A picture](https://pictures.example/a.png) and [a page](https://pages.example/)

| read | print |
|---|---|
| 2 | 4 |
"""
STARTER = "n = int(input())\n"
TWICE = "print(2 * int(input()))"

# What a browser does with a file that is dropped on the editor.
DROP = """
(editor) => {
  const files = new DataTransfer()
  files.items.add(new File(['puts 1\\n'], 'one.rb'))
  for (const type of ['dragover', 'drop']) {
    const options = { bubbles: true, cancelable: true, dataTransfer: files }
    editor.dispatchEvent(new DragEvent(type, options))
  }
}
"""


async def host_of_new_room(server: Server, visits: Visits, name: str) -> Person:
    """Somebody opens a new room on the front page."""
    page = await visits.page(name)
    await page.goto(server.url)
    await page.get_by_role("button", name="New room").click()
    await page.get_by_label("The name that the others will see").fill(name)
    await page.get_by_role("button", name="Join", exact=True).click()
    session = page.url.rpartition("/")[2]
    person = Person(Room(server, session, visits), name, page)
    await person.is_in()
    return person


async def write_task(host: Person) -> None:
    page = host.page
    await page.get_by_role("button", name="Task", exact=True).click()
    await page.get_by_role("button", name="Write one").click()
    dialog = page.get_by_role("dialog", name="Task")
    await dialog.get_by_label("What is to be done, in Markdown").fill(TEXT)
    await dialog.get_by_role("tab", name="Starter code").click()
    await dialog.get_by_label("Code to begin with in Python").fill(STARTER)
    await dialog.get_by_role("tab", name="Tests").click()
    for number, (read, expected) in enumerate((("2", "4"), (SECRET, SECRET)), start=1):
        await dialog.get_by_role("button", name="Add a test").click()
        test = dialog.get_by_role("group", name=f"Test {number}")
        await test.get_by_label("Input").fill(read)
        await test.get_by_label("Expected output").fill(expected)
        await test.get_by_label("Hidden").set_checked(read == SECRET)
    await dialog.get_by_role("button", name="Save", exact=True).click()
    await expect(dialog).to_be_hidden()


async def test_keys_do_nothing_behind_a_dialogue(server: Server, visits: Visits) -> None:
    ann = await host_of_new_room(server, visits, "Ann")
    page = ann.page
    await page.get_by_role("button", name="Task", exact=True).click()
    await page.get_by_role("button", name="Write one").click()
    text = page.get_by_role("dialog", name="Task").get_by_label("What is to be done, in Markdown")
    await text.fill("Long thought of")
    await text.press("Alt+3")
    await text.press("Control+Enter")
    await text.press("Alt+Shift+P")
    await expect(text).to_have_value("Long thought of")
    # What is not saved is asked for by the browser too.
    asked = page.wait_for_event("dialog")
    leaving = asyncio.ensure_future(page.close(run_before_unload=True))
    dialog = await asked
    assert dialog.type == "beforeunload"
    await dialog.dismiss()
    await leaving
    await page.get_by_role("dialog").get_by_role("button", name="Cancel").click()
    await page.get_by_role("button", name="Discard it").click()
    await expect(ann.pane).to_contain_text("Run the code and its output appears here")


async def test_a_host_writes_a_task_and_whoever_comes_runs_its_tests(
    server: Server, visits: Visits
) -> None:
    ann = await host_of_new_room(server, visits, "Ann")
    await write_task(ann)
    await ann.sees(STARTER)
    ben = await ann.room.enter("Ben")
    await ben.sees(STARTER)
    task = ben.page.get_by_role("complementary", name="Task")
    await expect(task.get_by_role("heading", name="Twice")).to_be_visible()
    await expect(task.locator("strong")).to_have_text("twice")
    await expect(task).to_contain_text('<b onclick="alert(1)">')
    await expect(task.get_by_role("cell", name="4")).to_be_visible()
    assert await task.locator("img").count() == 0
    for name in ("A picture", "a page"):
        link = task.get_by_role("link", name=name)
        assert await link.get_attribute("rel") == "noopener noreferrer"
    await expect(task).to_contain_text("One test is hidden")
    await expect(task.get_by_role("button", name="Edit")).to_have_count(0)
    await ben.rewrite(TWICE)
    await task.get_by_role("button", name="Run the tests").click()
    for person in (ann, ben):
        results = person.pane.get_by_role("region", name="Tests")
        await expect(results.get_by_role("listitem")).to_have_text(
            [re.compile("Test 1.*Passed"), re.compile("Hidden test 2.*Failed with exit code 1")]
        )
        await person.ended("1 of 2 test cases passed")
    assert SECRET not in await ben.page.content()
    await ann.pane.get_by_text("Hidden test 2").click()
    await expect(ann.pane.get_by_text(SECRET).first).to_be_visible()


async def test_a_file_is_opened_by_dropping_or_choosing_it_and_can_be_undone(
    open_room: OpenRoom, tmp_path: Path
) -> None:
    room = await open_room(code="mine")
    ann = await room.enter("Ann")
    await ann.sees("mine")
    await ann.editor.evaluate(DROP)
    await ann.page.get_by_role("button", name="Cancel").click()
    await ann.sees("mine")
    await ann.editor.evaluate(DROP)
    await ann.page.get_by_role("button", name="Open the file").click()
    await ann.sees("puts 1\n")
    language = ann.page.get_by_label("Language", exact=True)
    await expect(language).to_have_value("ruby")
    await ann.press("Control+z")
    await ann.sees("mine")
    assert ann.page.url.endswith(room.path)
    picture = tmp_path / "one.png"
    picture.write_bytes(b"\x89PNG\r\n\x1a\n\xff\xff")
    async with ann.page.expect_file_chooser() as choosing:
        await ann.choose("Open a file")
    await (await choosing.value).set_files(picture)
    await ann.is_told("“one.png” is no text in UTF-8")
    await ann.rewrite(" ")
    chosen = tmp_path / "two.py"
    chosen.write_text("print(2)\r\n")
    await ann.page.locator("input[type=file]").set_input_files(chosen)
    await ann.sees("print(2)\n")
    await expect(language).to_have_value("python")


async def test_what_is_written_too_late_to_be_sent_can_be_copied(
    open_room: OpenRoom, tmp_path: Path
) -> None:
    room = await open_room(code="before")
    ann = await room.enter("Ann")
    await ann.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    chosen = tmp_path / "late.py"
    chosen.write_text("print('late')\n")
    await ann.page.locator("input[type=file]").set_input_files(chosen)
    await expect(ann.page.get_by_role("button", name="Open the file")).to_be_visible()
    await room.rule(editingLocked=True)
    await ann.is_told("A host has locked editing")
    await ann.page.get_by_role("button", name="Open the file").click()
    await expect(ann.standing).to_have_text("Not sent: you may not edit now")
    copy = ann.page.get_by_role("button", name="Copy your code")
    await copy.click()
    await ann.is_told("Code copied")
    assert await ann.page.evaluate("navigator.clipboard.readText()") == "print('late')\n"
    await room.rule(editingLocked=False)
    await ann.saved()
    await expect(copy).to_be_hidden()


async def test_a_session_is_taken_away_as_one_file_and_rooms_are_forgotten_or_deleted(
    server: Server, visits: Visits, open_room: OpenRoom
) -> None:
    ann = await host_of_new_room(server, visits, "Ann")
    await ann.press("Control+a", "Delete")
    await ann.write("print(1)")
    await ann.saved()
    async with ann.page.expect_download() as download:
        await ann.choose("Download the session")
    path = await (await download.value).path()
    with zipfile.ZipFile(io.BytesIO(path.read_bytes())) as archive:
        assert archive.read("code/main.py") == b"print(1)"
    other = await open_room()
    page = ann.page
    await page.goto(server.url + other.path)
    await ann.is_in()
    await page.goto(server.url)
    rooms = page.get_by_role("listitem")
    await expect(rooms).to_have_count(2)
    await page.get_by_role("button", name="Forget Untitled").first.click()
    await expect(rooms).to_have_count(1)
    await page.get_by_role("button", name="Delete Untitled").click()
    await page.get_by_role("alertdialog").get_by_role("button", name="Delete").click()
    await expect(rooms).to_have_count(0)
    await page.goto(server.url + ann.room.path)
    await expect(page.get_by_role("heading", name="No such session")).to_be_visible()
    ann.expects("404 \\(Not Found\\)")
