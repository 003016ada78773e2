"""Every state of the web client can be used: heard, in the light, in the dark, on small screens."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page

from tests.browser.people import Visits
from tests.browser.tour import settled, tour
from tests.serving import Server

AXE = Path(__file__).parents[2] / "client/node_modules/axe-core/axe.min.js"
# Whatever it knows, its advice on good practice too.
AUDIT = """
async () => {
  const { violations } = await axe.run(document, {
    resultTypes: ['violations'],
    preload: false,
  })
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(({ target, failureSummary }) => `${id}: ${target}: ${failureSummary}`))
}
"""
# A telephone, and a screen of 1280 by 720 at twice its size.
SMALL = {"360 px": (360, 640), "200 %": (640, 360)}
USUAL = (1100, 720)
MOST_FRAMES = 20
# What cannot be seen whole, or be pressed, with as much scrolling as it takes.
UNREACHABLE = """
() => {
  const found = []
  if (document.documentElement.scrollWidth > innerWidth) found.push('the page scrolls sideways')
  const controls = 'a[href], button, input, select, [role=menuitem]'
  const menu = document.querySelector('[role=menu]')
  for (const control of (menu ?? document).querySelectorAll(controls)) {
    const style = getComputedStyle(control)
    if (style.visibility !== 'visible' || style.pointerEvents === 'none') continue
    if (control.offsetParent === null && style.position !== 'fixed') continue
    control.scrollIntoView({ block: 'nearest', inline: 'nearest' })
    const { left, right, top, bottom } = control.getBoundingClientRect()
    const name = control.getAttribute('aria-label') || control.textContent || control.outerHTML
    if (left < 0 || right > innerWidth + 0.5 || top < -0.5 || bottom > innerHeight + 0.5) {
      found.push(`${name} is cut off: ${[left, right, top, bottom].map(Math.round)}`)
      continue
    }
    const hit = document.elementFromPoint((left + right) / 2, (top + bottom) / 2)
    if (!control.contains(hit) && !control.labels?.[0]?.contains(hit)) {
      found.push(`${name} is covered by ${hit?.outerHTML.slice(0, 80)}`)
    }
  }
  return found
}
"""


# Looking at a state twice takes seconds, and there are many.
pytestmark = pytest.mark.timeout(600)


@dataclass
class Findings:
    """What is wrong, each with the state in which it was found."""

    states: list[str] = field(default_factory=list)
    light: list[str] = field(default_factory=list)
    dark: list[str] = field(default_factory=list)
    small: list[str] = field(default_factory=list)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def findings(
    browsers: list[Browser], server: Server, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Findings]:
    """Of one tour through all states."""
    found = Findings()
    visits = Visits(browsers, tmp_path_factory.mktemp("pictures"))
    try:
        async with tour(visits, server, tmp_path_factory.mktemp("server")) as states:
            async for name, page in states:
                found.states.append(name)
                found.light += await audited(name, page, "light")
                found.dark += await audited(name, page, "dark")
                for size, (width, height) in SMALL.items():
                    await page.set_viewport_size({"width": width, "height": height})
                    problems = await unreachable(page)
                    found.small += [f"{name} at {size}: {problem}" for problem in problems]
                await page.set_viewport_size({"width": USUAL[0], "height": USUAL[1]})
    finally:
        await visits.close()
    visits.assert_content()
    yield found


async def unreachable(page: Page) -> list[str]:
    """What is still so after some frames: menus find their place anew, a step behind the page."""
    problems: list[str] = []
    for _ in range(MOST_FRAMES):
        await settled(page)
        problems = await page.evaluate(UNREACHABLE)
        if not problems:
            break
    return problems


async def audited(name: str, page: Page, theme: Literal["light", "dark"]) -> list[str]:
    await page.emulate_media(color_scheme=theme)
    await settled(page)
    if not await page.evaluate("'axe' in window"):
        await page.evaluate(AXE.read_text())
    complaints: list[str] = await page.evaluate(AUDIT)
    return [f"{name}: {complaint}" for complaint in complaints]


async def test_no_rule_of_accessibility_is_broken_in_the_light(findings: Findings) -> None:
    assert findings.light == []


async def test_no_rule_of_accessibility_is_broken_in_the_dark(findings: Findings) -> None:
    assert findings.dark == []


async def test_everything_can_be_reached_on_a_small_screen(findings: Findings) -> None:
    assert findings.small == []


async def test_every_state_was_seen(findings: Findings) -> None:
    assert len(findings.states) == len(set(findings.states)) > 20
