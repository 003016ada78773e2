"""The members of a room under test: each kind of client there is, with what it may be asked to do.

Every insertion is a token that is there once in the whole room; nobody inserts within one, and only
who inserted a token removes it. So what has to be in the end is known: see `Ledger`.
"""

from __future__ import annotations

import re
from contextlib import AsyncExitStack, suppress
from itertools import count
from random import Random
from typing import Any

import httpx2
from websockets.exceptions import ConnectionClosed, InvalidHandshake

from tests.contracts.wire import Socket, code_of, history_of, listening, put, socket, utf16
from tests.serving import Server
from tests.sync.browsers import Browser, Browsers
from tests.sync.peer import Peer

TOKEN = re.compile("⟨[^⟩]*⟩\r\n|[\u4e00-\u9fff]|[\U00020000-\U0002a6df]")
# What a client meets when its server is gone.
GONE = (OSError, ConnectionClosed, InvalidHandshake, httpx2.TransportError, TimeoutError)


class Ledger:
    """How often each token may be in the text: once, not at all, or either where an edit that
    nobody has acknowledged may have been lost with a connection or a server."""

    def __init__(self) -> None:
        self.tokens: dict[str, set[int]] = {}
        self._number = count()

    def word(self) -> str:
        """A new token with all that is difficult about text."""
        return self._note(f"⟨👩\u200d💻{next(self._number)}e\u0301\u0327⟩\r\n")

    def character(self) -> str:
        """A new token that is a single character, of one UTF-16 unit or of two."""
        number = next(self._number)
        return self._note(chr((0x20000 if number % 2 else 0x4E00) + number))

    def _note(self, token: str) -> str:
        self.tokens[token] = {1}
        return token

    def check(self, text: str) -> None:
        """Raises `AssertionError` where a token is lost, doubled, torn, or back."""
        found = TOKEN.findall(text)
        wrong = {
            token: found.count(token)
            for token, counts in self.tokens.items()
            if found.count(token) not in counts
        }
        assert not wrong, f"of {len(self.tokens)} tokens these are there so often: {wrong}"
        assert not TOKEN.sub("", text), f"torn: {TOKEN.sub('', text)!r}"


class Place:
    """A room on a server, as its members see it."""

    def __init__(
        self, server: Server, http: httpx2.AsyncClient, node: Browsers, session: str
    ) -> None:
        self.server = server
        self.http = http
        self.node = node
        self.session = session
        self.ledger = Ledger()


class Member:
    """Somebody in a room. What is asked of one that cannot do it now has no effect."""

    def __init__(self, place: Place, chance: Random) -> None:
        self.place = place
        self.chance = chance
        self.own: list[str] = []

    @property
    def text(self) -> str:
        raise NotImplementedError

    async def come(self) -> None:
        """Connect, unless that is so."""

    async def leave(self) -> None:
        """Disconnect as one that says goodbye."""

    async def lose(self) -> None:
        """Lose the connection."""

    async def close(self) -> None:
        """Be gone for good."""
        await self.leave()

    async def insert(self) -> None:
        """Insert a new token somewhere."""

    async def remove(self) -> None:
        """Remove an own token."""

    async def read(self) -> None:
        """Take in some of what came."""

    async def repeat(self) -> None:
        """Send something twice, or out of order."""

    async def settle(self) -> None:
        """Wait until the server has all, and all of it is stored."""

    async def shows(self, text: str) -> None:
        """Wait until this is the text here."""

    def a_spot(self) -> int:
        """An offset in the text that is not within a token."""
        within = {
            at
            for found in TOKEN.finditer(self.text)
            for at in range(found.start() + 1, found.end())
        }
        return self.chance.choice([at for at in range(len(self.text) + 1) if at not in within])

    def an_own(self) -> str | None:
        """An own token that is in the text."""
        here = [token for token in self.own if token in self.text]
        return self.chance.choice(here) if here else None


class InBrowser(Member):
    """`y-websocket` in Node. Its document outlives everything."""

    browser: Browser
    is_wanted = False

    @property
    def text(self) -> str:
        return self.browser.text

    async def come(self) -> None:
        if not hasattr(self, "browser"):
            self.browser = await self.place.node.open(self.place.server, self.place.session)
        elif not self.is_wanted:
            await self.browser.do("connect")
        self.is_wanted = True

    async def leave(self) -> None:
        self.is_wanted = False
        await self.browser.do("disconnect")

    async def lose(self) -> None:
        self.is_wanted = False
        await self.browser.do("lose")

    async def close(self) -> None:
        if hasattr(self, "browser"):
            await self.browser.close()

    async def insert(self) -> None:
        token = self.place.ledger.word()
        self.own.append(token)
        while not await self.browser.write(self.a_spot(), token):
            pass

    async def remove(self) -> None:
        if (token := self.an_own()) is not None:
            while not await self.browser.remove(self.text.index(token), len(token)):
                pass
            self.place.ledger.tokens[token] = {0}

    async def settle(self) -> None:
        if self.is_wanted:
            await self.browser.synced()
            await self.browser.do("settle")

    async def shows(self, text: str) -> None:
        await self.browser.until(lambda: self.browser.text == text)


class WithDocument(Member):
    """A pycrdt document on our own subprotocol, which may also hold back what it wrote."""

    def __init__(self, place: Place, chance: Random) -> None:
        super().__init__(place, chance)
        self.peer = Peer()
        self._connection = AsyncExitStack()
        self._is_open = False
        self._sent: list[bytes] = []

    @property
    def text(self) -> str:
        return str(self.peer.text)

    @property
    def is_online(self) -> bool:
        return self._is_open and self.peer.closed is None

    async def come(self) -> None:
        if self.is_online:
            return
        await self.leave()
        with suppress(*GONE):
            await self._connection.enter_async_context(
                self.peer.joined(self.place.server, self.place.session)
            )
            self._is_open = True

    async def leave(self) -> None:
        self._is_open = False
        with suppress(*GONE):
            await self._connection.aclose()

    async def lose(self) -> None:
        if self.is_online:
            self.peer.abort()
        await self.leave()

    async def insert(self) -> None:
        self._type()
        if self.chance.random() < 0.8:
            await self._push()

    async def remove(self) -> None:
        if (token := self.an_own()) is not None:
            before = self.text[: self.text.index(token)]
            start = len(before.encode())
            del self.peer.text[start : start + len(token.encode())]
            self.place.ledger.tokens[token] = {0}
            await self._push()

    async def repeat(self) -> None:
        for _ in range(self.chance.randint(1, 8)):
            self._type()
        made = self.peer.take()
        self.chance.shuffle(made)
        if self.is_online:
            with suppress(*GONE):
                for update in [*made, *self._sent[-3:], *made]:
                    await self.peer.send_update(update)
        self._sent += made

    async def settle(self) -> None:
        if self.is_online:
            await self._push()
            await self.peer.until(
                lambda: self.peer.closed is not None or self.peer.saved >= self.peer.sent
            )

    async def shows(self, text: str) -> None:
        await self.peer.until(lambda: str(self.peer.text) == text)

    def _type(self) -> None:
        token = self.place.ledger.word()
        self.own.append(token)
        self.peer.text.insert(len(self.text[: self.a_spot()].encode()), token)

    async def _push(self) -> None:
        if self.is_online:
            with suppress(*GONE):
                for update in self.peer.take():
                    self._sent.append(update)
                    await self.peer.send_update(update)


class OnASocket(Member):
    """A client of a JSON contract: it has what it was sent last, and no document."""

    def __init__(self, place: Place, chance: Random) -> None:
        super().__init__(place, chance)
        self._connection = AsyncExitStack()
        self.socket: Socket | None = None
        self.shown = ""

    @property
    def text(self) -> str:
        return self.shown

    async def leave(self) -> None:
        self.socket = None
        with suppress(*GONE):
            await self._connection.aclose()

    async def lose(self) -> None:
        if self.socket is not None:
            self.socket.connection.transport.abort()
        await self.leave()

    async def read(self) -> None:
        """Take frames that are here already, without waiting for more."""
        if self.socket is not None:
            with suppress(*GONE):
                await self._settled(self.socket)

    def hear(self, frame: dict[str, Any]) -> None:
        raise NotImplementedError

    async def _settled(self, opened: Socket) -> None:
        raise NotImplementedError

    async def shows(self, text: str) -> None:
        assert self.socket is not None
        while self.shown != text:
            self.hear(await self.socket.next())


class OfInterviews(OnASocket):
    """A client of the Interview API. It reads only when it is told to: till then what it writes is
    based on an older text, as if frames were on their way.

    What others wrote replaces its text, whole. Its changes name the version of the text that they
    are based on; before it was told one it sends whole texts, with insertions that nobody can take
    for an edit of another.
    """

    version: int | None = None
    user_id = "ann"

    def __init__(self, place: Place, chance: Random) -> None:
        super().__init__(place, chance)
        self.only_whole = chance.random() < 0.5
        self._unsure: dict[str, set[int]] = {}

    async def come(self) -> None:
        if self.socket is not None:
            return
        self.version = None
        self.user_id = f"user {self.chance.getrandbits(32)}"
        with suppress(*GONE):
            opened = await self._connection.enter_async_context(
                socket(self.place.server, self.place.session, offers=["algoroom.interview.v1"])
            )
            self.shown = (await opened.expect("welcome"))["data"]["currentCode"]
            await opened.send("join", {"name": "Ann"}, userId=self.user_id)
            self.socket = opened

    async def leave(self) -> None:
        await super().leave()
        self.doubt()

    async def insert(self) -> None:
        if self.socket is None:
            return
        at = self.a_spot()
        with suppress(*GONE):
            if self.only_whole or self.version is None:
                token = self._written(self.place.ledger.character())
                self.shown = self.shown[:at] + token + self.shown[at:]
                await self.socket.write(self.shown, userId=self.user_id)
            else:
                token = self._written(self.place.ledger.word())
                units = utf16(self.shown[:at])
                self.shown = self.shown[:at] + token + self.shown[at:]
                await self.socket.change((units, units, token), version=self.version)

    async def remove(self) -> None:
        token = self.an_own()
        if self.socket is None or self.only_whole or self.version is None or token is None:
            return
        at = self.shown.index(token)
        units = utf16(self.shown[:at])
        self.place.ledger.tokens[token] = {0}
        self._unsure[token] = self._unsure.get(token, set()) | {0, 1}
        self.shown = self.shown.replace(token, "")
        with suppress(*GONE):
            await self.socket.change((units, units + utf16(token), ""), version=self.version)

    async def settle(self) -> None:
        if self.socket is None:
            return
        try:
            await self._settled(self.socket)
            # Whoever reads the history is told what is stored.
            await history_of(self.place.http, self.place.session)
            self._unsure.clear()
        except GONE:
            await self.leave()

    def doubt(self) -> None:
        """What was not acknowledged may have been lost."""
        for token, counts in self._unsure.items():
            self.place.ledger.tokens[token] = counts
        self._unsure.clear()

    def hear(self, frame: dict[str, Any]) -> None:
        assert frame["type"] != "error", frame
        if frame["type"] == "code-update" and frame.get("userId") != self.user_id:
            self.shown, self.version = frame["data"]["code"], frame["data"]["version"]

    def _written(self, token: str) -> str:
        self.own.append(token)
        self._unsure[token] = {0, 1}
        return token

    async def _settled(self, opened: Socket) -> None:
        await opened.send("ping")
        while (frame := await opened.next())["type"] != "pong":
            self.hear(frame)


class OfAlgoroom(OnASocket):
    """A client of the Algoroom API: it listens, and writes by `PUT`, which takes the place of
    whatever is there. So it writes when all that others sent has arrived, and inserts what cannot
    have begun or ended in the text beside it: where words are alike, a whole text does not say."""

    async def come(self) -> None:
        if self.socket is None:
            with suppress(*GONE):
                self.socket = await self._connection.enter_async_context(
                    listening(self.place.server, self.place.session)
                )
                self.shown = await code_of(self.place.http, self.place.session)

    async def insert(self) -> None:
        token = self.place.ledger.character()
        # Lost with its answer, it may be there or not.
        self.place.ledger.tokens[token] = {0, 1}
        with suppress(*GONE):
            self.shown = await code_of(self.place.http, self.place.session)
            at = self.a_spot()
            await put(
                self.place.http, self.place.session, self.shown[:at] + token + self.shown[at:]
            )
            self.place.ledger.tokens[token] = {1}

    def hear(self, frame: dict[str, Any]) -> None:
        if frame["type"] == "code_update":
            self.shown = frame["code"]

    async def _settled(self, opened: Socket) -> None:
        """It is only told; nothing is to be waited for."""
