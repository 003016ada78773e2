"""What hosts decide, and what everybody else sees of it at once."""

from __future__ import annotations

import re

from playwright.async_api import Locator, expect

from tests.browser.conftest import OpenRoom
from tests.browser.people import Person, Room, Visits
from tests.serving import Server


class Host(Person):
    """Whoever made a room in a browser."""

    @property
    def button(self) -> Locator:
        return self.page.get_by_role("button", name=re.compile(r"^Host\b"))

    @property
    def panel(self) -> Locator:
        return self.page.get_by_role("complementary", name="Host")

    async def opens(self, tab: str) -> None:
        if not await self.panel.is_visible():
            await self.button.click()
        await self.panel.get_by_role("tab", name=tab).click()

    async def makes(self, name: str, role: str) -> None:
        await self.opens("People")
        await self.panel.get_by_label(f"Role of {name}").select_option(label=role)

    async def lets_strangers(self, words: str) -> None:
        await self.opens("Room")
        choice = self.panel.get_by_label("Whoever has the link")
        await choice.select_option(label=words)
        await expect(choice.locator("option:checked")).to_have_text(words)

    async def invites(self, *, is_for_one: bool) -> str:
        """The link of a new invite."""
        await self.opens("Links")
        await self.panel.get_by_label("For one person only").set_checked(is_for_one)
        await self.panel.get_by_role("button", name="Make an invite").click()
        return await self.panel.get_by_label("The new link").input_value()


async def founded(visits: Visits, server: Server) -> Host:
    """Somebody makes a room on the front page, and is its host."""
    page = await visits.page("Ann")
    await page.goto(server.url)
    await page.get_by_role("button", name="New room").click()
    await page.get_by_label("The name that the others will see").fill("Ann")
    await page.get_by_role("button", name="Join", exact=True).click()
    host = Host(Room(server, page.url.rpartition("/")[2], visits), "Ann", page)
    await host.saved()
    await expect(host.button).to_be_visible()
    return host


async def at_the_door(room: Room, name: str, link: str = "") -> Person:
    """Somebody who opened a link of the room and typed their name."""
    page = await room.visits.page(name)
    await page.goto(link or room.server.url + room.path)
    await page.get_by_label("The name that the others will see").fill(name)
    await page.get_by_role("button", name="Join", exact=True).click()
    return Person(room, name, page)


async def test_who_asks_waits_until_a_host_lets_them_in(visits: Visits, server: Server) -> None:
    ann = await founded(visits, server)
    await ann.lets_strangers("must be let in")
    ben = await at_the_door(ann.room, "Ben")
    await expect(ben.page.get_by_role("heading")).to_have_text("The host will let you in")
    await expect(ann.button).to_have_accessible_name("Host: 1 waiting to be let in")
    await ann.is_told("Ben asks to be let in")
    await ann.opens("People")
    await ann.panel.get_by_role("button", name="Let in Ben").click()
    await ben.saved()
    await ben.is_with("Ann", "Ben")
    await expect(ann.button).to_have_accessible_name("Host")

    eve = await at_the_door(ann.room, "Eve")
    await ann.panel.get_by_role("button", name="More about Eve").click()
    await ann.page.get_by_role("menuitem", name="Refuse", exact=True).click()
    await expect(eve.page.get_by_text("A host did not let you in")).to_be_visible()
    await expect(eve.page.get_by_role("button", name="Ask to come in")).to_be_visible()


async def test_roles_and_locks_hold_in_the_other_browser_at_once(
    visits: Visits, server: Server
) -> None:
    ann = await founded(visits, server)
    ben = await ann.room.enter("Ben")
    await expect(ben.page.get_by_role("button", name=re.compile("^Host"))).to_have_count(0)
    await ann.makes("Ben", "Viewer")
    await expect(ben.page.get_by_text("Read-only")).to_be_visible()
    await expect(ben.editor).to_have_attribute("aria-readonly", "true")
    await ann.makes("Ben", "Editor")
    await ben.saved()
    await ann.opens("Room")
    lock = ann.panel.get_by_label("Lock editing")
    await lock.click()
    await expect(ben.standing).to_have_text("Editing is locked")
    await ann.rewrite("only = 'the host'")
    await ben.sees("only = 'the host'")
    await lock.click()
    await ben.saved()

    await ann.opens("People")
    await ann.panel.get_by_role("button", name="More about Ben").click()
    await ann.page.get_by_role("menuitem", name="Send away for good").click()
    await ann.page.get_by_role("button", name="Send away for good").click()
    await expect(ben.page.get_by_text("A host sent you away for good")).to_be_visible()
    await ben.page.get_by_role("button", name="Copy the code").click()
    await expect(ben.page.get_by_text("Code copied")).to_be_visible()
    await ann.is_with("Ann")


async def test_a_room_that_is_ended_is_read_until_it_is_reopened(
    visits: Visits, server: Server
) -> None:
    ann = await founded(visits, server)
    ben = await ann.room.enter("Ben")
    await ann.opens("Room")
    await ann.panel.get_by_role("button", name="End the room").click()
    asked = ann.page.get_by_role("alertdialog", name="End this room?")
    await asked.get_by_role("button", name="Cancel").click()
    await ben.saved()
    await ann.panel.get_by_role("button", name="End the room").click()
    await asked.get_by_role("button", name="End the room").click()
    for person in (ann, ben):
        await expect(person.standing).to_have_text("This room has ended")
        await expect(person.editor).to_have_attribute("aria-readonly", "true")
    await ann.panel.get_by_role("button", name="Reopen the room").click()
    await ann.saved()
    await ben.rewrite("again = True")
    await ann.sees("again = True")


async def test_an_invite_for_one_person_lets_one_in(visits: Visits, server: Server) -> None:
    ann = await founded(visits, server)
    await ann.lets_strangers("must be let in")
    link = await ann.invites(is_for_one=True)
    ben = await at_the_door(ann.room, "Ben", link)
    await ben.saved()
    assert "#" not in ben.page.url
    await expect(ann.panel.get_by_text("used by Ben")).to_be_visible()

    eve = await at_the_door(ann.room, "Eve", link)
    eve.expects("403")
    await expect(eve.page.get_by_role("heading")).to_have_text("The host will let you in")
    await eve.is_told(re.compile("^This invite does not hold any more"))


async def test_who_only_looks_on_shares_no_more_than_that(open_room: OpenRoom) -> None:
    room = await open_room()
    eve = await room.enter("Eve", "?readonly")
    await eve.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    await eve.page.get_by_role("button", name="Share").click()
    await expect(eve.page.get_by_role("button", name="Copied!")).to_be_visible()
    copied = await eve.page.evaluate("navigator.clipboard.readText()")
    assert copied == f"{room.server.url}{room.path}?readonly=1"


async def test_notes_that_two_hosts_write_at_once_are_merged_by_hand(
    visits: Visits, server: Server
) -> None:
    ann = await founded(visits, server)
    other = Host(ann.room, "Ann", (await ann.open_tab()).page)
    for each in (ann, other):
        await each.opens("Notes")
        await expect(each.panel.get_by_text("Saved. Only hosts can see this.")).to_be_visible()
    await ann.panel.get_by_label("Notes for hosts").focus()
    await other.panel.get_by_label("Notes for hosts").fill("theirs")
    await other.button.focus()
    await expect(other.panel.get_by_text("Saved. Only hosts can see this.")).to_be_visible()
    ann.expects("409")
    await ann.page.keyboard.type("mine")
    await expect(ann.panel.get_by_text("Another host changed the notes")).to_be_visible()
    theirs = ann.panel.get_by_label("What the other host wrote")
    await expect(theirs).to_have_value("theirs")
    await ann.panel.get_by_label("Notes for hosts").fill("mine and theirs")
    await ann.panel.get_by_role("button", name="Save mine in their place").click()
    await expect(theirs).to_be_hidden()
    await expect(ann.panel.get_by_text("Saved. Only hosts can see this.")).to_be_visible()
    await other.panel.get_by_label("Notes for hosts").focus()
    await expect(other.panel.get_by_label("Notes for hosts")).to_have_value("mine and theirs")


async def test_it_is_said_that_a_read_only_link_can_be_made_one_to_edit(
    visits: Visits, server: Server
) -> None:
    ann = await founded(visits, server)
    caveat = ann.panel.get_by_text("Whoever takes ?readonly=1 out of it can edit.")
    await ann.opens("Links")
    await expect(caveat).to_be_visible()
    await ann.lets_strangers("can look on")
    await ann.opens("Links")
    await expect(ann.panel.get_by_text("Whoever has it can look on.")).to_be_visible()
    await expect(caveat).to_be_hidden()
