"""Programs that are run in front of everybody."""

from __future__ import annotations

import re

from playwright.async_api import expect

from tests.browser.conftest import OpenRoom
from tests.contracts.wire import client, eventually

GREETING = """\
print('who is there?', flush=True)
name = input()
print('hello', name.upper())
"""
ENDLESS = """\
print('begun', flush=True)
while True:
    pass
"""

COPIED = "navigator.clipboard.readText()"


async def test_everybody_sees_the_output_as_it_comes_and_anybody_answers(
    open_room: OpenRoom,
) -> None:
    room = await open_room(code=GREETING)
    ann = await room.enter("Ann")
    ben = await room.enter("Ben")
    await ann.run()
    for each in (ann, ben):
        await each.prints("who is there?")
        await each.ended("Running…")
        await expect(each.pane).to_contain_text("Ann ran Python")
        await expect(each.page.get_by_role("button", name="Stop", exact=True)).to_be_visible()
        await expect(each.ending).to_contain_text("Type in the output to answer it Alt2")
    # Where one would type is shown before one does.
    await expect(ben.output.locator(".xterm-cursor-outline")).to_be_visible()
    await ben.answer("Ben\n")
    for each in (ann, ben):
        await each.prints("hello BEN")
        await each.ended(re.compile(r"Finished.* computing · .* MiB · exit code 0"))
        await expect(each.page.get_by_role("button", name="Run", exact=True)).to_be_visible()


async def test_anybody_stops_an_endless_loop(open_room: OpenRoom) -> None:
    room = await open_room(code=ENDLESS)
    ann = await room.enter("Ann")
    ben = await room.enter("Ben")
    await ann.press("Control+Enter")
    await ben.prints("begun")
    await ben.stop()
    for each in (ann, ben):
        await each.ended(re.compile("^Stopped"))
        await each.prints("begun")
    await ann.rewrite("print('again')")
    await ann.press("Control+Enter")
    await ben.prints("again")
    await ben.ended("Finished")


async def test_how_a_run_ended_is_told_in_words_and_past_runs_stay(open_room: OpenRoom) -> None:
    room = await open_room(code="print('first')\n1 / 0\n")
    ann = await room.enter("Ann")
    await ann.run()
    await ann.ended("Failed with exit code 1")
    await ann.prints("first")
    await ann.prints("ZeroDivisionError")
    await ann.rewrite("x = 1")
    await ann.run()
    await ann.ended("Finished")
    await expect(ann.pane.get_by_text("(no output)")).to_be_visible()

    # Whoever comes later finds both.
    ben = await room.enter("Ben")
    await expect(ben.pane.get_by_text("(no output)")).to_be_visible()
    await ben.pane.get_by_role("button", name="Ann ran Python").click()
    await ben.page.get_by_role("menuitem", name="Failed with exit code 1").click()
    await ben.prints("ZeroDivisionError")
    await ben.ended("Failed with exit code 1")


async def test_the_menu_has_the_earlier_runs_too(open_room: OpenRoom) -> None:
    room = await open_room()
    async with client(room.server) as http:
        for number in range(51):
            result = {"success": True, "output": f"run {number}", "executionTime": 1}
            await http.post(f"/sessions/{room.session}/execution-result", json=result)
    ann = await room.enter("Ann")
    await ann.pane.get_by_role("button", name="ran Python").click()
    items = ann.page.get_by_role("menuitem", name="Finished")
    await expect(items).to_have_count(50)
    await ann.page.keyboard.press("End")
    await ann.page.keyboard.press("Enter")
    await expect(items).to_have_count(51)
    await expect(ann.page.get_by_role("menuitem", name="Earlier runs")).to_have_count(0)

    async def is_at_the_last() -> bool:
        # The menu knows of what was added a moment after it is shown.
        await ann.page.keyboard.press("ArrowDown")
        return bool(await items.last.evaluate("item => item === document.activeElement"))

    await eventually(is_at_the_last)
    await ann.page.keyboard.press("Enter")
    await ann.prints(re.compile(r"run 0\b"))


async def test_what_a_program_prints_reaches_no_further_than_its_terminal(
    open_room: OpenRoom,
) -> None:
    """Colours are shown, and questions to the terminal are not answered as if somebody typed."""
    room = await open_room(
        code="""\
import sys
print('\\x1b[31mred\\x1b[0m <b>bold</b>', flush=True)
print('\\x1b[c\\x1b[6n\\x1b]0;owned\\x07', end='', flush=True)
print(repr(sys.stdin.readline()))
"""
    )
    ann = await room.enter("Ann")
    ben = await room.enter("Ben")
    title = await ann.page.title()
    await ann.run()
    await ann.prints("red <b>bold</b>")
    await ben.prints("red <b>bold</b>")
    await ben.answer("done\n")
    await ann.prints(r"'done\n'")
    await ann.ended("Finished")
    assert await ann.page.title() == title


async def test_all_colours_are_shown_and_what_is_selected(open_room: OpenRoom) -> None:
    """The page's policy forbids neither; what it forbids would be an error in the console."""
    room = await open_room(code="print('\\x1b[38;2;18;52;86;48;2;250;240;230mpainted\\x1b[0m')")
    ann = await room.enter("Ann")
    await ann.run()
    await ann.ended("Finished")
    painted = ann.output.get_by_text("painted", exact=True)
    await expect(painted).to_have_css("color", "rgb(18, 52, 86)")
    await expect(painted).to_have_css("background-color", "rgb(250, 240, 230)")
    await painted.dblclick(force=True)  # the terminal lies above its text
    await expect(painted).not_to_have_css("background-color", "rgb(250, 240, 230)")


async def test_the_output_is_copied_whole_or_what_is_selected_of_it(open_room: OpenRoom) -> None:
    code = "print('\\x1b[31mfirst\\x1b[0m second')\ninput()\nprint('answered')"
    room = await open_room(code=code)
    ann = await room.enter("Ann")
    await ann.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    await ann.run()
    await ann.prints("first second")
    await ann.pane.get_by_role("button", name="Copy the output").click()
    await ann.is_told("Output copied")
    assert await ann.page.evaluate(COPIED) == "first second\n"

    # With a selection the key copies, without one it is the program's.
    await ann.output.get_by_text("second").dblclick(force=True)
    await ann.page.keyboard.press("Control+c")
    assert await ann.page.evaluate(COPIED) == "second"
    await ann.answer("x\n")
    await ann.prints("answered")
    await ann.ended("Finished")


async def test_a_key_interrupts_where_nothing_is_selected(open_room: OpenRoom) -> None:
    room = await open_room(code="print('begun')\ninput()")
    ann = await room.enter("Ann")
    await ann.run()
    await ann.prints("begun")
    await ann.answer("")
    await ann.page.keyboard.press("Control+c")
    await ann.prints("KeyboardInterrupt")
    await ann.ended("Interrupted")


async def test_a_double_click_runs_a_program_and_does_not_stop_it(open_room: OpenRoom) -> None:
    room = await open_room(code="print('ready', input())\n")
    ann = await room.enter("Ann")
    run = ann.page.get_by_role("button", name="Run", exact=True)
    await run.click()
    # The second click of the two comes as soon as the button is another.
    stop = ann.page.get_by_role("button", name="Stop", exact=True)
    await stop.click(force=True)
    await expect(stop).to_be_enabled()
    await ann.answer("steady\n")
    await ann.prints("ready steady")
    await ann.ended("Finished")


async def test_emoji_and_dictated_words_reach_a_program_once(open_room: OpenRoom) -> None:
    room = await open_room(code="print(ascii(input()))\n")
    ann = await room.enter("Ann")
    await ann.run()
    await ann.answer("a")
    await ann.page.keyboard.insert_text("\U0001f600 b")
    await ann.answer("c\n")
    await ann.prints("'a\\U0001f600 bc'")


async def test_the_beginning_of_a_long_output_is_there(open_room: OpenRoom) -> None:
    room = await open_room(code="for line in range(5_000): print('line', line, 'x' * 80)\n")
    ann = await room.enter("Ann")
    await ann.run()
    await ann.ended("Finished")
    await ann.prints("line 4999")
    box = await ann.pane.locator(".xterm").bounding_box()
    assert box is not None
    mouse, bar = ann.page.mouse, box["x"] + box["width"] - 6

    async def is_at_the_first() -> bool:
        # The bar is where it belongs a moment after the rows are.
        await mouse.move(bar, box["y"] + box["height"] - 8)
        await mouse.down()
        await mouse.move(bar, box["y"] - 200, steps=5)
        await mouse.up()
        return re.search(r"line\s0\sx", await ann.output.inner_text()) is not None

    await eventually(is_at_the_first)
