"""Rooms of a server that takes no guests, with a real provider of identities."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.async_api import Page, expect

from tests.access.accounts import browser, signing_in
from tests.browser.people import Person, Room, Visits
from tests.contracts.wire import interview_session
from tests.serving import Server


@pytest.fixture(scope="module")
def closed() -> Iterator[Server]:
    client = {"token_endpoint_auth_method": "none"}
    with signing_in(client, ALGOROOM_AUTH="required") as server:
        yield server


async def expect_the_provider(person: Person) -> None:
    """The provider's pages want letters of another place, and have no icon (404); ours ask who one
    is (401)."""
    person.expects("401", "404", "asked another place: https://fonts")
    await person.page.route("https://fonts.*/**", lambda route: route.fulfill(body=""))


async def sign_in(page: Page, name: str) -> None:
    """Follow the page's link to the provider, and agree to everything there."""
    await page.get_by_role("link", name="Sign in with 127.0.0.1").click()
    await page.get_by_placeholder("Enter any login").fill(name)
    await page.get_by_placeholder("and password").fill("any")
    await page.get_by_role("button", name="Sign-in").click()
    await page.get_by_role("button", name="Continue").click()


async def test_who_signs_in_is_back_in_the_room_with_their_invite(
    closed: Server, visits: Visits
) -> None:
    async with browser(closed) as bob:
        await bob.sign_in("bob")
        session = await interview_session(bob.http)
        path = f"/api/sessions/{session}"
        await bob.http.patch(f"{path}/access", json={"strangers": "ask"})
        made = await bob.http.post(f"{path}/invites", json={"role": "editor"})
    page = await visits.page("Ann")
    ann = Person(Room(closed, session, visits), "Ann Ö", page)
    await expect_the_provider(ann)
    await page.goto(made.json()["url"])
    await expect(page.get_by_role("heading")).to_have_text("Sign in to come in")
    await sign_in(page, "ann")
    await ann.saved()
    await ann.is_with("Ann Ö")
    assert page.url == f"{closed.url}{ann.room.path}"

    await ann.choose("Settings")
    settings = page.get_by_role("dialog", name="Settings")
    await expect(settings.get_by_text(re.compile("^Signed in as Ann Ö"))).to_be_visible()
    await settings.get_by_role("button", name="Sign out").click()
    await expect(page.get_by_role("heading")).to_have_text("Sign in to come in")


async def test_the_rooms_that_one_made_are_listed_wherever_one_signs_in(
    closed: Server, visits: Visits
) -> None:
    async with browser(closed) as cat:
        await cat.sign_in("cat")
        first = await interview_session(cat.http)
        forked = await cat.http.post(f"/api/sessions/{first}/fork", json={"title": "Kept"})
        kept = forked.json()["id"]
    page = await visits.page("Cat")
    person = Person(Room(closed, "", visits), "Cat", page)
    await expect_the_provider(person)
    await page.goto(closed.url)
    await sign_in(page, "cat")
    rooms = page.get_by_role("region", name="Your rooms").get_by_role("listitem")
    await expect(rooms).to_have_count(2)
    await rooms.get_by_role("button", name="Delete Untitled").click()
    await page.get_by_role("alertdialog").get_by_role("button", name="Delete").click()
    await expect(rooms).to_have_count(1)
    await rooms.get_by_role("link").click()
    await expect(page).to_have_url(f"{closed.url}/interview/{kept}")
    await person.is_in()


async def test_the_front_page_says_where_to_sign_in(closed: Server, visits: Visits) -> None:
    page = await visits.page("Bob")
    person = Person(Room(closed, "", visits), "Bob", page)
    await expect_the_provider(person)
    await page.goto(closed.url)
    await expect(page.get_by_role("button", name="New room")).to_have_count(0)
    await sign_in(page, "bob")
    await expect(page.get_by_role("button", name="New room")).to_be_visible()
    await expect(page.get_by_text("Signed in as bob")).to_be_visible()
