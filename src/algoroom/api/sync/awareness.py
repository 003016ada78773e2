"""Where everybody is, as Yjs clients tell it: a state for each of them, the newest wins.

Clients repeat what they hear of others, also after those are gone. So a state belongs to the
connection that told it first, and what anybody else says of it has no effect.
"""

from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass

from algoroom.api.sync.people import is_state
from algoroom.api.sync.protocol import Entry

GONE = "null"
# Those who left last are remembered, so that an echo does not bring them back.
MOST_GONE = 1_024
# Clients count from 0; a clock near what JavaScript can count to would leave no room for ours.
CLOCKS_BELOW = 2**48


@dataclass(slots=True)
class _State:
    clock: int
    state: str
    owner: Hashable


class Awareness:
    """The states of one room."""

    def __init__(self) -> None:
        self._states: dict[int, _State] = {}
        self._ids: dict[Hashable, int] = {}
        self._heard: set[Hashable] = set()
        self._gone: OrderedDict[int, int] = OrderedDict()
        # A client that comes back may find its old connection still there, dead or dying.
        self._heirs: dict[int, tuple[Hashable, Entry]] = {}

    def everyone(self) -> list[Entry]:
        """Every state there is."""
        return [Entry(client, kept.clock, kept.state) for client, kept in self._states.items()]

    def take(self, owner: Hashable, entries: list[Entry]) -> list[Entry]:
        """Take what a connection says; returns what is new of it."""
        if owner not in self._heard:
            self._heard.add(owner)
            if len(entries) == 1:
                entries = [self._renewed(entries[0])]
        return [news for entry in entries if (news := self._take(owner, entry)) is not None]

    def state_of(self, owner: Hashable) -> str:
        """What a connection shows now."""
        kept = self._states.get(self._ids.get(owner, -1))
        return kept.state if kept is not None and kept.owner == owner else GONE

    def tell(self, client: int, state: str, owner: Hashable) -> Entry:
        """Set the state of a client that the server speaks for."""
        before = self._states.get(client)
        entry = Entry(client, before.clock + 1 if before else 1, state)
        self._keep(owner, entry)
        return entry

    def leave(self, owner: Hashable) -> list[Entry]:
        """Forget a connection; returns what that changes for the others."""
        self._heard.discard(owner)
        client = self._ids.pop(owner, None)
        if client is None or client not in self._states:
            return []
        kept = self._states[client]
        if kept.owner != owner:
            self._disinherit(owner, client)
            return []
        return [self._hand_over(client, kept.clock + 1)]

    def _renewed(self, entry: Entry) -> Entry:
        """A client that comes back does not know that it was said to be gone: what it says first
        is newer than that for the others, and for itself once it is told."""
        gone_at = self._gone.get(entry.client)
        if gone_at is None or entry.clock > gone_at or entry.state == GONE:
            return entry
        return Entry(entry.client, gone_at + 1, entry.state)

    def _take(self, owner: Hashable, entry: Entry) -> Entry | None:
        """What the others are told by an entry, if anything."""
        own = self._ids.get(owner)
        if own not in self._states and entry.state != GONE and _may_be(entry):
            return self._begin(owner, entry)
        kept = self._states.get(entry.client)
        if own != entry.client or kept is None or not _may_be(entry):
            return None
        if kept.owner != owner:
            if entry.state == GONE:
                self._disinherit(owner, entry.client)
            else:
                self._heirs[entry.client] = owner, entry
            return None
        if entry.clock < kept.clock or (entry.clock == kept.clock and entry.state != GONE):
            return None
        if entry.state == GONE:
            del self._ids[owner]
            return self._hand_over(entry.client, max(entry.clock, kept.clock + 1))
        self._keep(owner, entry)
        return entry

    def _begin(self, owner: Hashable, entry: Entry) -> Entry | None:
        """The first state that a connection tells is its own, if it can be."""
        if entry.client in self._states:
            self._ids[owner] = entry.client
            self._heirs[entry.client] = owner, entry
            return None
        if entry.clock <= self._gone.get(entry.client, -1):
            return None
        self._keep(owner, entry)
        return entry

    def _hand_over(self, client: int, clock: int) -> Entry:
        """Tell of a client by whoever waits to speak for it, else that it is gone; `clock` is newer
        than any that the one before has told."""
        del self._states[client]
        heir = self._heirs.pop(client, None)
        if heir is None:
            return self._note_gone(client, clock)
        newer, said = heir
        entry = Entry(client, max(said.clock, clock), said.state)
        self._keep(newer, entry)
        return entry

    def _disinherit(self, owner: Hashable, client: int) -> None:
        if client in self._heirs and self._heirs[client][0] == owner:
            del self._heirs[client]

    def _keep(self, owner: Hashable, entry: Entry) -> None:
        self._ids[owner] = entry.client
        self._states[entry.client] = _State(entry.clock, entry.state, owner)
        self._gone.pop(entry.client, None)

    def _note_gone(self, client: int, clock: int) -> Entry:
        self._gone[client] = clock
        while len(self._gone) > MOST_GONE:
            self._gone.popitem(last=False)
        return Entry(client, clock, GONE)


def _may_be(entry: Entry) -> bool:
    """Whether others can read it: what one of them cannot read may hide all the rest from it."""
    return entry.clock < CLOCKS_BELOW and (entry.state == GONE or is_state(entry.state))
