"""Somebody who types: a document of their own, and the updates that their changes make."""

from collections.abc import Iterable

from pycrdt import Doc, Subscription, Text, TransactionEvent

from bench.rooms import wire
from bench.rooms.traces import Patch

SHARED_TEXT = "code"


class Editor:
    """A document with the text that all share, changed by patches in code points."""

    def __init__(self, client: int) -> None:
        self.client = client
        self._document = Doc[Text](client_id=client)
        self._text = self._document.get(SHARED_TEXT, type=Text)
        self._updates: list[bytes] = []
        self._watch: Subscription = self._document.observe(self._note)
        # Python's own copy, which is much faster to ask.
        self._content: str | None = ""

    def _note(self, event: TransactionEvent) -> None:
        self._updates.append(event.update)

    @property
    def content(self) -> str:
        if self._content is None:
            self._content = str(self._text)
        return self._content

    @property
    def state(self) -> bytes:
        """The state vector: how much of whom is known."""
        return self._document.get_state()

    @property
    def clock(self) -> int:
        return wire.clock_of(self.state, self.client)

    def change(self, patches: Iterable[Patch], offset: int = 0) -> bytes | None:
        """Make changes at once, at positions counted from `offset`; the update that tells others.

        None where nothing changed.
        """
        self._updates.clear()
        with self._document.transaction():
            for at, deleted, inserted in patches:
                self._patch(offset + at, deleted, inserted)
        return self._updates[-1] if self._updates else None

    def _patch(self, at: int, deleted: int, inserted: str) -> None:
        content = self.content
        begin = at if content.isascii() else len(content[:at].encode())
        if deleted:
            gone = content[at : at + deleted]
            del self._text[begin : begin + len(gone.encode())]
        if inserted:
            self._text.insert(begin, inserted)
        self._content = content[:at] + inserted + content[at + deleted :]

    def receive(self, update: bytes) -> None:
        """Take what others changed."""
        self._document.apply_update(update)
        self._content = None

    def missing(self, state: bytes = wire.NOTHING_KNOWN) -> bytes:
        """The update that somebody at `state` lacks."""
        return self._document.get_update(state)
