"""Every state of the web client can be used: heard, in the light, in the dark, on small screens."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import pytest
from playwright.async_api import Browser, Page

from tests.browser.people import Visits
from tests.browser.tour import settled, tour
from tests.serving import Server

AXE = Path(__file__).parents[2] / "client/node_modules/axe-core/axe.min.js"
EVERYTHING: list[str] = []
# Some rules, or all that it knows, its advice on good practice too.
AUDIT = """
async (rules) => {
  const { violations } = await axe.run(document, {
    ...(rules.length > 0 && { runOnly: rules }),
    resultTypes: ['violations'],
    preload: false,
  })
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(({ target, failureSummary }) => `${id}: ${target}: ${failureSummary}`))
}
"""
# A telephone, and a screen of 1280 by 720 at twice its size.
SMALL = {"360 px": (360, 640), "200 %": (640, 360), "a tablet": (820, 700)}
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


# There are many states, and each is looked at several times.
pytestmark = pytest.mark.timeout(600)


async def test_every_state_is_heard_seen_and_reached(
    browsers: list[Browser], server: Server, tmp_path: Path
) -> None:
    """In one tour, since each state takes a while to come to."""
    seen: list[str] = []
    problems: list[str] = []
    visits = Visits(browsers, tmp_path)
    try:
        async with tour(visits, server, tmp_path) as states:
            async for name, page in states:
                seen.append(name)
                found = await audited(page, "light", EVERYTHING)
                # Only colours are others in the dark.
                found += await audited(page, "dark", ["color-contrast"])
                for size, (width, height) in SMALL.items():
                    await page.set_viewport_size({"width": width, "height": height})
                    found += [f"at {size}: {problem}" for problem in await unreachable(page)]
                await page.set_viewport_size({"width": USUAL[0], "height": USUAL[1]})
                problems += [f"{name}: {problem}" for problem in found]
    finally:
        await visits.close()
    visits.assert_content()
    assert problems == []
    assert len(seen) == len(set(seen)) > 20


async def unreachable(page: Page) -> list[str]:
    """What is still so after some frames: menus find their place anew, a step behind the page."""
    problems: list[str] = []
    for _ in range(MOST_FRAMES):
        await settled(page)
        problems = await page.evaluate(UNREACHABLE)
        if not problems:
            break
    return problems


async def audited(page: Page, theme: Literal["light", "dark"], rules: list[str]) -> list[str]:
    await page.emulate_media(color_scheme=theme)
    await settled(page)
    if not await page.evaluate("'axe' in window"):
        await page.evaluate(AXE.read_text())
    complaints: list[str] = await page.evaluate(AUDIT, rules)
    return [f"in the {theme}: {complaint}" for complaint in complaints]
