"""Pictures of every state of the web client, for docs/screenshots.

python -m tests.browser.screenshots [FOLDER]
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import tempfile
from pathlib import Path
from typing import Literal, NamedTuple

from playwright.async_api import Page

from tests.browser.chromium import chromiums
from tests.browser.people import Visits
from tests.browser.tour import settled, tour
from tests.serving import Server

FOLDER = Path(__file__).parents[2] / "docs/screenshots"
QUALITY = 82


class Look(NamedTuple):
    suffix: str
    theme: Literal["light", "dark"]
    width: int
    height: int


# The last is how a page goes on to be used.
LOOKS = (
    Look("-360", "light", 360, 720),
    Look("-dark", "dark", 1100, 720),
    Look("", "light", 1100, 720),
)


async def photograph(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.webp"):
        old.unlink()
    with tempfile.TemporaryDirectory() as own, Server(warm=True) as server:
        async with chromiums(2) as browsers:
            visits = Visits(browsers, Path(own))
            async with tour(visits, server, Path(own)) as states:
                async for name, page in states:
                    for look in LOOKS:
                        await take(page, look, folder / f"{name}{look.suffix}.webp")
            await visits.close()


async def take(page: Page, look: Look, path: Path) -> None:
    await page.emulate_media(color_scheme=look.theme)
    await page.set_viewport_size({"width": look.width, "height": look.height})
    # What the pointer is above looks otherwise.
    await page.mouse.move(look.width - 1, look.height - 1)
    await settled(page)
    devtools = await page.context.new_cdp_session(page)
    taken = await devtools.send("Page.captureScreenshot", {"format": "webp", "quality": QUALITY})
    path.write_bytes(base64.b64decode(taken["data"]))
    await devtools.detach()


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m tests.browser.screenshots", description=__doc__
    )
    parser.add_argument("folder", nargs="?", type=Path, default=FOLDER, help="where they go")
    asyncio.run(photograph(parser.parse_args().folder))


if __name__ == "__main__":
    main()
