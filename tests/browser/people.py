"""People in a room, each with a browser: what they do there, and what they wait to see."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from playwright.async_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Locator,
    Page,
    WebSocket,
    expect,
)

from tests.access.rooms import Hosted, hosted
from tests.contracts.wire import client, code_of, eventually, save
from tests.serving import Server

PATIENCE_MS = 20_000

# How a room that one is in stands: one may edit, or read only, or nobody edits any more.
IN_STEP = re.compile("^(Saved|Connected|This room has ended)$")

# What the browser itself says when a server is gone.
SERVER_GONE = r"WebSocket connection to|net::ERR_(CONNECTION|INTERNET|SOCKET|EMPTY|NETWORK)"

expect.set_options(timeout=PATIENCE_MS)

# The lines that an editor shows, without the carets of others and their names.
SHOWN = """
(editor) => [...editor.querySelectorAll('.cm-line')].map((line) => {
  const copy = line.cloneNode(true)
  for (const caret of copy.querySelectorAll('.caret')) caret.remove()
  return copy.textContent
}).join('\\n')
"""
WAITED = f"([editor, text]) => ({SHOWN.strip()})(editor) === text"


class Person:
    """Somebody in a room: one page of one browser."""

    def __init__(self, room: Room, name: str, page: Page) -> None:
        self.room = room
        self.name = name
        self.page = page
        self.editor = page.get_by_role("textbox", name="Code", exact=True)
        self.standing = page.locator("header").get_by_role("status")
        self.notices = page.get_by_role("log", name="What happens here")
        self.people = page.get_by_role("button", name=re.compile(r"^People here: \d+$"))
        self.pane = page.get_by_role("region", name="Output")
        self.output = self.pane.locator(".xterm-rows")
        self.ending = self.pane.get_by_role("status")

    # What they do.

    async def type(self, text: str) -> None:
        """Type key by key where the caret is; the editor closes brackets and indents."""
        await self.focus()
        await self.page.keyboard.type(text)

    async def write(self, text: str) -> None:
        """Write at once, as it is, where the caret is."""
        await self.focus()
        await self.page.keyboard.insert_text(text)

    async def rewrite(self, text: str) -> None:
        """Write at once, in the place of everything."""
        # Over what is selected Chromium would write in its colours, which the page forbids.
        await self.press("Control+a", "Delete")
        await self.page.keyboard.insert_text(text)

    async def press(self, *keys: str) -> None:
        """Press keys in the editor, one after the other."""
        await self.focus()
        for key in keys:
            await self.page.keyboard.press(key)

    async def focus(self) -> None:
        await self.editor.focus()

    async def run(self) -> None:
        await self.page.get_by_role("button", name="Run", exact=True).click()

    async def stop(self) -> None:
        await self.page.get_by_role("button", name="Stop", exact=True).click()

    async def answer(self, text: str) -> None:
        """Type to the program that runs, key by key."""
        await self.page.get_by_role("textbox", name="Type to the program").focus()
        await self.page.keyboard.type(text)

    async def choose(self, item: str) -> None:
        """Choose something of the menu."""
        await self.page.get_by_role("button", name="More", exact=True).click()
        await self.page.get_by_role("menuitem", name=item).click()

    async def follow(self, name: str) -> None:
        await self.people.click()
        await self.page.get_by_role("menuitem", name=name).click()

    async def set_language(self, display_name: str) -> None:
        await self.page.get_by_label("Language", exact=True).select_option(label=display_name)

    async def open_tab(self) -> Person:
        """The same room in another tab of the same browser."""
        page = await self.page.context.new_page()
        self.room.visits.watch(page, self.name)
        tab = Person(self.room, self.name, page)
        await page.goto(self.page.url)
        await tab.is_in()
        return tab

    async def leave(self) -> None:
        """Close the tab."""
        await self.page.close()

    # What they wait to see.

    async def is_in(self) -> None:
        """In step with the server, and all that was written is stored."""
        await expect(self.standing).to_have_text(IN_STEP)

    async def saved(self) -> None:
        await expect(self.standing).to_have_text("Saved")

    async def sees(self, text: str) -> None:
        """Wait until the editor shows just this, which has to fit on the screen."""
        editor = await self.editor.element_handle()
        try:
            await self.page.wait_for_function(WAITED, arg=[editor, text])
        except Exception as error:
            error.add_note(f"{self.name} sees {await self.text()!r}")
            raise

    async def text(self) -> str:
        """What the editor shows now."""
        shown: str = await self.editor.evaluate(SHOWN)
        return shown

    async def prints(self, text: str | re.Pattern[str]) -> None:
        """Wait until the run that is looked at has printed this, somewhere."""
        await expect(self.output).to_contain_text(text)

    async def ended(self, words: str | re.Pattern[str]) -> None:
        """Wait until the run that is looked at has ended so."""
        await expect(self.ending).to_contain_text(words)

    async def is_told(self, words: str | re.Pattern[str]) -> None:
        await expect(self.notices.get_by_text(words).first).to_be_visible()

    async def is_with(self, *names: str) -> None:
        """Wait until just these are here, oneself among them; no more than four."""
        await expect(self.people).to_have_accessible_name(f"People here: {len(names)}")
        faces = self.people.locator("[title]")
        await expect(faces).to_have_count(len(names))
        titles = [await face.get_attribute("title") for face in await faces.all()]
        assert sorted(str(title) for title in titles) == sorted(names)

    def caret_of(self, name: str) -> Locator:
        """The name at somebody's caret, in the editor."""
        return self.editor.locator(".caret-name", has_text=name)

    def expects(self, *patterns: str) -> None:
        """Let the browser say in its console what matches one of these."""
        self.room.visits.expected.extend(re.compile(pattern) for pattern in patterns)


class Room:
    """A room of a server, to which browsers come."""

    def __init__(self, server: Server, session: str, visits: Visits, host_token: str = "") -> None:
        self.server = server
        self.session = session
        self.host_token = host_token
        self.visits = visits

    @property
    def path(self) -> str:
        return f"/interview/{self.session}"

    async def enter(self, name: str, query: str = "", *, origin: str | None = None) -> Person:
        """Somebody opens the link in a browser of their own, types their name, and is in."""
        page = await self.visits.page(name)
        await page.goto((origin or self.server.url) + self.path + query)
        await page.get_by_label("The name that the others will see").fill(name)
        await page.get_by_role("button", name="Join", exact=True).click()
        person = Person(self, name, page)
        await person.is_in()
        return person

    async def rule(self, **rules: Any) -> None:
        """Change what holds for the session, as its host."""
        async with client(self.server) as http:
            await Hosted(http, self.session, self.host_token).rule(**rules)

    async def code(self) -> str:
        """The text that the server has."""
        async with client(self.server) as http:
            return await code_of(http, self.session)

    async def code_becomes(self, text: str) -> None:
        """Wait until the server has this text."""
        async with client(self.server) as http:

            async def is_there() -> bool:
                return await code_of(http, self.session) == text

            await eventually(is_there)


class Visits:
    """The browsers of one test, and what they complained of.

    At the end it fails for whatever a browser wrote into its console as an error (so does what the
    Content-Security-Policy forbids) and nobody expected, and for each request to another place.
    """

    def __init__(self, browsers: list[Browser], folder: Path) -> None:
        self.folder = folder
        self.expected: list[re.Pattern[str]] = []
        self.complaints: list[str] = []
        self._browsers = browsers
        self._contexts: list[BrowserContext] = []
        self._pages: list[tuple[str, Page]] = []
        self._console: list[str] = []

    async def open_room(
        self, server: Server, *, code: str | None = "", language: str = "python"
    ) -> Room:
        """A new room with this text in it; `None` leaves the server's own."""
        async with client(server) as http:
            made = await hosted(http, language=language)
            if code is not None:
                await save(http, made.id, code)
        return Room(server, made.id, self, made.token)

    async def page(self, name: str) -> Page:
        """A page of a browser that was never here; neighbours are of different processes."""
        browser = self._browsers[len(self._contexts) % len(self._browsers)]
        context = await browser.new_context(
            viewport={"width": 1100, "height": 720},
            reduced_motion="no-preference" if len(self._contexts) % 2 else "reduce",
        )
        context.set_default_timeout(PATIENCE_MS)
        self._contexts.append(context)
        page = await context.new_page()
        self.watch(page, name)
        return page

    def watch(self, page: Page, name: str) -> None:
        """Note what a page complains of."""
        self._pages.append((name, page))

        def hear(message: ConsoleMessage) -> None:
            self._console.append(f"{name}: {message.type}: {message.text}")
            if message.type == "error":
                self.complaints.append(f"{name}: {message.text}")

        page.on("console", hear)
        page.on("pageerror", lambda error: self.complaints.append(f"{name}: {error}"))
        page.on("request", lambda request: self._note_request(name, request.url))
        page.on("websocket", lambda socket: self._note_socket(name, socket))

    def _note_request(self, name: str, url: str) -> None:
        if not re.match(r"(http|ws)://127\.0\.0\.1[:/]|blob:|data:", url):
            self.complaints.append(f"{name} asked another place: {url}")

    def _note_socket(self, name: str, socket: WebSocket) -> None:
        def note(what: str) -> None:
            self._console.append(f"{name}: {datetime.now(UTC):%H:%M:%S.%f} {what} {socket.url}")

        note("opens")
        socket.on("close", lambda _: note("lost"))
        socket.on("socketerror", lambda error: note(f"failed ({error})"))

    async def keep_evidence(self) -> None:
        """Leave a picture of each page, and all that the consoles say, in the folder."""
        lines = [*self._console, *(f"complaint: {one}" for one in self.complaints)]
        (self.folder / "console.log").write_text("\n".join(lines) + "\n")
        for number, (name, page) in enumerate(self._pages):
            if not page.is_closed():
                await page.screenshot(path=self.folder / f"{number}-{name}.png", timeout=5_000)

    async def close(self) -> None:
        for context in self._contexts:
            await context.close()

    def assert_content(self) -> None:
        """Raises `AssertionError` with what browsers complained of unexpectedly."""
        unexpected = [
            complaint
            for complaint in self.complaints
            if not any(pattern.search(complaint) for pattern in self.expected)
        ]
        assert not unexpected, "browsers complained:\n" + "\n".join(unexpected)
