"""How the web client does in Chromium, against a server on the same machine.

    python -m bench.browser [--quick]

Writes the section on the web client of docs/performance.md (with --quick, what it would write goes
to the terminal). These are times, not ratios: a machine that does other things tells nothing.
"""

import argparse
import asyncio
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from statistics import median, quantiles

import httpx2
from playwright.async_api import Browser, BrowserContext, Page

from bench import machine, page
from tests.browser.chromium import BROWSERS, chromiums
from tests.serving import Server
from tests.sync.peer import Peer

SLOWER = 4
LOADS, QUICK_LOADS = 7, 2
FIRST_PAINT_AIM_MS = 1_000
FIRST_LOAD_AIM_BYTES = 350_000
OTHERS = 10
OTHERS_PAUSE_S = 0.2
KEYS, QUICK_KEYS = 200, 30
KEYS_PAUSE_S = 0.1
LATENCY_AIM_MS = 50
NAME = 'localStorage.setItem("algoroom.me", JSON.stringify({ id: "p-bench", name: "Bench" }))'
FIRST_PAINT = """
() => new Promise((resolve) => {
  new PerformanceObserver((list) => {
    const paint = list.getEntriesByName('first-contentful-paint')[0]
    if (paint) resolve(paint.startTime)
  }).observe({ type: 'paint', buffered: true })
})
"""
# From the key, as the browser took it, to the frame behind the one in which its letter is drawn.
LATENCY = """
(editor) => {
  window.latencies = []
  const { port1, port2 } = new MessageChannel()
  const pressed = []
  port2.onmessage = () => window.latencies.push(performance.now() - pressed.shift())
  editor.addEventListener('keydown', (event) => {
    requestAnimationFrame(() => {
      pressed.push(event.timeStamp)
      port1.postMessage(null)
    })
  }, true)
}
"""
CODE = "def greet(name: str) -> str:\n    return f'Hello, {name}!'\n\n\nprint(greet('world'))\n"


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table."""

    what: str
    figure: str
    aim: str = "–"
    is_met: bool | None = None

    def __str__(self) -> str:
        met = {True: "yes", False: "no", None: "–"}[self.is_met]
        return f"| {self.what} | {self.figure} | {self.aim} | {met} |\n"


async def session(server: Server, code: str) -> str:
    async with httpx2.AsyncClient(base_url=server.url, trust_env=False) as http:
        made = await http.post("/api/sessions", json={"language": "python"})
        name: str = made.json()["sessionId"]
        await http.post(f"/api/sessions/{name}/code", json={"code": code})
    return f"{server.url}/interview/{name}"


@asynccontextmanager
async def newcomer(browser: Browser) -> AsyncIterator[BrowserContext]:
    """Somebody who was never here, and has a name already."""
    context = await browser.new_context(viewport={"width": 1280, "height": 800})
    await context.add_init_script(NAME)
    try:
        yield context
    finally:
        await context.close()


async def paints(browser: Browser, address: str) -> tuple[float, float]:
    """Milliseconds from asking for a page to its first text, and until one can work with it; with a
    processor that is slower."""
    async with newcomer(browser) as context:
        tab = await context.new_page()
        devtools = await context.new_cdp_session(tab)
        await devtools.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
        await tab.goto(address)
        first: float = await tab.evaluate(FIRST_PAINT)
        await stands(tab, address)
        stood: float = await tab.evaluate("performance.now()")
        return first, stood


async def loaded_bytes(browser: Browser, addresses: Sequence[str]) -> int:
    """What comes over the wire, heads included, until these pages stand there, one by one."""
    total = 0

    def count(event: dict[str, float]) -> None:
        nonlocal total
        total += int(event["encodedDataLength"])

    async with newcomer(browser) as context:
        tab = await context.new_page()
        devtools = await context.new_cdp_session(tab)
        await devtools.send("Network.enable")
        devtools.on("Network.loadingFinished", count)
        for address in addresses:
            await tab.goto(address)
            await stands(tab, address)
            await tab.wait_for_load_state("networkidle")
    return total


async def stands(tab: Page, address: str) -> None:
    if "/interview/" in address:
        await tab.get_by_text("Saved", exact=True).wait_for()
        await tab.locator(".cm-line span").first.wait_for()
    else:
        await tab.get_by_role("option", name="Python").wait_for(state="attached")


async def typing(browser: Browser, server: Server, keys: int) -> list[float]:
    """Milliseconds from key to paint, in a room in which others type."""
    lines = "".join(f"# {number} \n" for number in range(OTHERS))
    address = await session(server, lines + "\n")
    name = address.rpartition("/")[2]
    async with newcomer(browser) as context, AsyncExitStack() as stack:
        tab = await context.new_page()
        await tab.goto(address)
        await stands(tab, address)
        for number in range(OTHERS):
            peer = await stack.enter_async_context(
                Peer().joined(server, name, userId=f"p-{number}")
            )
            busy = asyncio.create_task(type_on(peer, number))
            stack.push_async_callback(stop, busy)
        await tab.get_by_role("button", name=f"People here: {OTHERS + 1}").wait_for()
        editor = tab.get_by_role("textbox", name="Code", exact=True)
        await editor.evaluate(LATENCY)
        await editor.press("Control+End")
        for number in range(keys):
            await tab.keyboard.press("abcdefghijklmnopqrstuvwxyz"[number % 26])
            await asyncio.sleep(KEYS_PAUSE_S)
        await tab.wait_for_function("(count) => window.latencies.length >= count", arg=keys)
        found: list[float] = await tab.evaluate("window.latencies")
    # The first are of going to the place.
    return found[-keys:]


async def type_on(peer: Peer, number: int) -> None:
    """A letter at the end of one's own line, and one's caret behind it, again and again."""
    user = {"id": f"p-{number}", "name": f"Person {number}"}
    typed = 0
    while True:
        text = str(peer.text)
        await peer.write(text.index("\n", text.index(f"# {number} ")), "x")
        place = {
            "type": None,
            "tname": "code",
            "item": {"client": peer.doc.client_id, "clock": typed},
            "assoc": 0,
        }
        typed += 1
        await peer.show(user=user, cursor={"anchor": place, "head": place})
        await asyncio.sleep(OTHERS_PAUSE_S)


async def stop(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


def times(found: Sequence[float]) -> str:
    """The one in the middle, by which an aim is met, and the longest: the browser's own first."""
    return f"{median(found):.0f} ms (at most {max(found):.0f})"


async def measured(*, quick: bool) -> str:
    loads, keys = (QUICK_LOADS, QUICK_KEYS) if quick else (LOADS, KEYS)
    rows = []
    with Server() as server:
        async with chromiums(1, BROWSERS) as (browser,):
            room = await session(server, CODE)
            for what, address in (("front page", f"{server.url}/"), ("room", room)):
                loaded = [await paints(browser, address) for _ in range(loads)]
                first, stood = zip(*loaded, strict=True)
                slower = f"processor {SLOWER} times slower"
                aim, met = f"below {FIRST_PAINT_AIM_MS:,} ms", median(first) < FIRST_PAINT_AIM_MS
                rows += [
                    Row(f"{what}: first paint, {slower}", times(first), aim, met),
                    Row(f"{what}: all that it shows, {slower}", times(stood)),
                ]
            for what, addresses in (
                ("front page", [f"{server.url}/"]),
                ("room with Python, by its link", [room]),
                ("front page, then a room with Python", [f"{server.url}/", room]),
            ):
                size = await loaded_bytes(browser, addresses)
                rows.append(
                    Row(
                        f"{what}: first load, compressed",
                        f"{size / 1000:.0f} kB",
                        f"below {FIRST_LOAD_AIM_BYTES // 1000} kB",
                        size < FIRST_LOAD_AIM_BYTES,
                    )
                )
            latencies = await typing(browser, server, keys)
            late = quantiles(latencies, n=20)[-1]
            rows.append(
                Row(
                    f"typing while {OTHERS} others do: from key to paint, 95 of 100",
                    f"{late:.0f} ms (in the middle {times(latencies)})",
                    f"below {LATENCY_AIM_MS} ms",
                    late < LATENCY_AIM_MS,
                )
            )
            version = browser.version
    return (
        f"{machine.description()}Chromium {version}, without a window. Made by `make bench-client`."
        "\n\n| what | figure | aim | met |\n|---|---|---|---|\n" + "".join(map(str, rows))
    )


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.browser", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a few rounds, to see that it works")
    arguments = parser.parse_args()
    content = asyncio.run(measured(quick=arguments.quick))
    if arguments.quick:
        sys.stdout.write(content)
    else:
        page.write("client", content)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
