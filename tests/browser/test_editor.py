"""What one person does in the editor and around it."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from tests.browser.conftest import OpenRoom
from tests.browser.people import Person


async def set_keys(person: Person, keys: str) -> None:
    await person.choose("Settings")
    await person.page.get_by_role("combobox", name="Keys").select_option(label=keys)
    await person.page.get_by_role("button", name="Close").click()
    await expect(person.page.get_by_role("dialog")).to_be_hidden()


async def test_vim_keys_edit_and_undo_only_what_one_wrote(open_room: OpenRoom) -> None:
    room = await open_room(code="one\ntwo\n")
    ann = await room.enter("Ann")
    ben = await room.enter("Ben")
    await set_keys(ann, "Vim")
    await expect(ann.page.locator(".cm-fat-cursor").first).to_be_visible()
    await ann.type("dd")
    await ben.sees("two\n")
    await ben.press("Control+End")
    await ben.type("three")
    await ann.sees("two\nthree")
    await ann.type("u")
    await ben.sees("one\ntwo\nthree")
    await ann.press("Control+r")
    await ben.sees("two\nthree")
    await ann.type("Goby vim")
    await ann.press("Escape")
    await ben.sees("two\nthree\nby vim")
    await ann.type("gg")
    await ann.type("x")
    await ben.sees("wo\nthree\nby vim")
    await ann.press("Control+Enter")
    await expect(ben.pane).to_contain_text("Ann ran")


async def test_tab_indents_and_after_escape_it_leaves_the_editor(open_room: OpenRoom) -> None:
    room = await open_room(code="x")
    ann = await room.enter("Ann")
    await expect(ann.editor).to_have_accessible_description("Tab indents. Escape, then Tab leaves.")
    await ann.press("Home", "Tab")
    await ann.sees("    x")
    await expect(ann.editor).to_be_focused()
    await ann.press("Shift+Tab")
    await ann.sees("x")
    await ann.press("Escape", "Tab")
    await expect(ann.editor).not_to_be_focused()
    await ann.sees("x")
    await ann.press("Escape", "Shift+Tab")
    await expect(ann.editor).not_to_be_focused()


@pytest.mark.parametrize("may_use_clipboard", [True, False])
async def test_the_code_is_copied(open_room: OpenRoom, may_use_clipboard: bool) -> None:
    room = await open_room(code="print('copied')\n")
    ann = await room.enter("Ann")
    if may_use_clipboard:
        await ann.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    else:  # as where the page does not come over TLS
        await ann.page.evaluate("Object.defineProperty(navigator, 'clipboard', {value: undefined})")
    await ann.choose("Copy the code")
    await ann.is_told("Code copied")
    await ann.press("Control+a", "Delete", "Control+v")
    await ann.sees("print('copied')\n")


async def test_the_code_is_downloaded_under_its_title(open_room: OpenRoom, tmp_path: Path) -> None:
    room = await open_room(code="print('taken away')\n")
    ann = await room.enter("Ann")
    await ann.page.get_by_label("Title of the room").fill("Two sums, fast")
    await ann.page.keyboard.press("Enter")
    # Whose names of files are known then.
    language = ann.page.get_by_label("Language", exact=True)
    await expect(language.locator("option:checked")).to_have_text("Python")
    async with ann.page.expect_download() as begun:
        await ann.choose("Download the file")
    download = await begun.value
    assert download.suggested_filename == "Two-sums-fast.py"
    await download.save_as(tmp_path / "code")
    assert (tmp_path / "code").read_text() == "print('taken away')\n"


async def test_at_twice_the_size_everything_is_there(open_room: OpenRoom) -> None:
    """Half as many CSS pixels are what a window of 1280 by 800 has at 200 %."""
    room = await open_room(code="print('large')\n")
    ann = await room.enter("Ann")
    await ann.page.set_viewport_size({"width": 640, "height": 400})
    await ann.run()
    await ann.prints("large")
    for role, name in (
        ("button", "Run"), ("button", "Share"), ("button", "More"), ("button", "People here: 1"),
        ("textbox", "Title of the room"), ("combobox", "Language"),
    ):  # fmt: skip
        await assert_on_screen(ann.page, role, name)
    await expect(ann.editor).to_be_in_viewport()
    await expect(ann.output).to_be_in_viewport()
    await ann.choose("Settings")
    dialog = ann.page.get_by_role("dialog")
    await dialog.get_by_label("Wrap long lines").check()
    await dialog.get_by_role("button", name="Close").click()
    await expect(dialog).to_be_hidden()
    width = await ann.page.evaluate("document.documentElement.scrollWidth")
    assert width <= 640


async def assert_on_screen(page: Page, role: str, name: str) -> None:
    found = page.locator("header").get_by_role(role, name=name)  # type: ignore[arg-type]
    await expect(found).to_be_in_viewport(ratio=1)


async def test_emacs_keys_move_kill_yank_and_undo(open_room: OpenRoom) -> None:
    room = await open_room(code="one two\nthree\n")
    ann = await room.enter("Ann")
    await set_keys(ann, "Emacs")
    await expect(ann.page.locator(".cm-emacsMode")).to_be_attached()
    await ann.press("Control+Home", "Control+f", "Control+f", "Control+f", "Control+k")
    await ann.sees("one\nthree\n")
    await ann.press("Control+n", "Control+e", "Control+y")
    await ann.sees("one\nthree two\n")
    # Once is enough where both were done within half a second.
    await ann.press("Control+/", "Control+/")
    await ann.sees("one two\nthree\n")


@pytest.mark.parametrize("keys", ["Usual", "Vim", "Emacs"])
async def test_no_keys_change_what_one_may_only_read(open_room: OpenRoom, keys: str) -> None:
    room = await open_room(code="one\ntwo\n")
    ann = await room.enter("Ann", "?readonly")
    await set_keys(ann, keys)
    await ann.press("Control+Home", "Delete", "Backspace", "Enter", "Control+k", "Control+y")
    await ann.type("ddoxp")
    await ann.press("Escape", "Control+/", "u", "Control+z")
    ben = await room.enter("Ben")
    await ben.press("Control+End")
    await ben.type("three")
    await ann.sees("one\ntwo\nthree")


async def test_what_is_too_long_for_a_room_is_not_pasted(open_room: OpenRoom) -> None:
    room = await open_room(code="kept = 1\n")
    ann = await room.enter("Ann")
    await ann.press("Control+End")
    await ann.write("x" * 170_000)
    await ann.is_told("That is too long: a room holds 169,301 characters")
    await ann.write("more = 2\n")
    await ann.sees("kept = 1\nmore = 2\n")
    await ann.saved()


async def test_what_changes_too_many_places_at_once_is_not_done(open_room: OpenRoom) -> None:
    lines = "x\n" * 10_001
    room = await open_room(code=lines)
    ann = await room.enter("Ann")
    await ann.press("Control+a")
    await ann.press("Tab")
    await ann.is_told("That changes too much at once: at most 10,000 places")
    await ann.press("Control+Home")
    await ann.write("y")
    await ann.saved()
    assert await room.code() == "y" + lines
