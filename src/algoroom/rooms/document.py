"""The shared text of a session: a CRDT that Yjs clients can join, with its present text at hand."""

from collections.abc import Iterable
from dataclasses import dataclass

from pycrdt import Doc, Text, TextEvent, TransactionEvent

from algoroom.rooms.delta import Delta, apply
from algoroom.rooms.offsets import delta_from_utf8

# The name of the shared type that editors bind to.
TEXT_NAME = "code"


@dataclass(frozen=True, slots=True)
class Change:
    """What one transaction did: to the text, and as the update that replays it anywhere."""

    delta: Delta
    update: bytes


class Document:
    """A text that many edit at once. The CRDT is the truth; `text` follows it."""

    def __init__(self, state: bytes | None = None, updates: Iterable[bytes] = ()) -> None:
        self._doc: Doc[Text] = Doc()
        self._shared: Text = self._doc.get(TEXT_NAME, type=Text)
        with self._doc.transaction():
            for update in ([state] if state is not None else []) + list(updates):
                self._doc.apply_update(update)
        self.text = str(self._shared)
        self._delta: Delta = ()
        self._update = b""
        self._subscriptions = [
            self._shared.observe(self._on_text),
            self._doc.observe(self._on_transaction),
        ]

    def edit(self, delta: Delta) -> Change:
        """Change the text as one transaction."""
        with self._doc.transaction():
            position = 0
            for step, length in _utf8_steps(delta, self.text):
                if isinstance(step, str):
                    self._shared.insert(position, step)
                    position += length
                elif step > 0:
                    position += length
                else:
                    del self._shared[position : position + length]
        return self._take()

    def state(self) -> bytes:
        """Everything as one update: what a load starts from."""
        return self._doc.get_update()

    def _take(self) -> Change:
        change = Change(self._delta, self._update)
        self.text = apply(change.delta, self.text)
        self._delta, self._update = (), b""
        return change

    def _on_text(self, event: TextEvent) -> None:
        self._delta = delta_from_utf8(event.delta, self.text)  # type: ignore[attr-defined]  # set in Rust

    def _on_transaction(self, event: TransactionEvent) -> None:
        self._update = event.update


def _utf8_steps(delta: Delta, text: str) -> Iterable[tuple[int | str, int]]:
    """Each step of a delta with its length in UTF-8 bytes, the unit of the shared type."""
    position = 0
    for step in delta:
        if isinstance(step, str):
            yield step, len(step.encode())
        else:
            start, position = position, position + abs(step)
            yield step, len(text[start:position].encode())
