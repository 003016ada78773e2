"""Browsers in rooms of a real server.

All tests of this package share one event loop, that of the browsers: an async fixture here needs
`@pytest_asyncio.fixture(loop_scope="session")`. A test that fails leaves pictures of its pages and
what their consoles said in the folder that its report names.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Generator, Iterator
from pathlib import Path
from typing import Protocol

import pytest
import pytest_asyncio
from playwright.async_api import Browser

from tests.browser.chromium import chromiums
from tests.browser.people import Room, Visits
from tests.serving import Server

HERE = Path(__file__).parent
FAILED = pytest.StashKey[bool]()


class OpenRoom(Protocol):
    """Opens a room on the shared server; see `Visits.open_room`."""

    def __call__(self, *, code: str | None = "", language: str = "python") -> Awaitable[Room]: ...


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.when == "call" and report.failed and isinstance(item, pytest.Function):
        item.stash[FAILED] = True
        if "tmp_path" in item.fixturenames:
            folder = item.funcargs.get("tmp_path")
            report.sections.append(("pictures and consoles of the browsers", f"in {folder}"))
    return report


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browsers() -> AsyncIterator[list[Browser]]:
    """Two processes of Chromium, started once."""
    async with chromiums(2) as running:
        yield running


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """The worker's shared server: tests that end it start one of their own."""
    with Server() as running:
        yield running


@pytest_asyncio.fixture(loop_scope="session")
async def visits(
    browsers: list[Browser], tmp_path: Path, request: pytest.FixtureRequest
) -> AsyncIterator[Visits]:
    """The browsers of this test, which have to be content at its end."""
    begun = Visits(browsers, tmp_path)
    try:
        yield begun
        if request.node.stash.get(FAILED, False):
            await begun.keep_evidence()
    finally:
        await begun.close()
    begun.assert_content()


@pytest.fixture
def open_room(visits: Visits, server: Server) -> OpenRoom:
    async def open_(*, code: str | None = "", language: str = "python") -> Room:
        return await visits.open_room(server, code=code, language=language)

    return open_
