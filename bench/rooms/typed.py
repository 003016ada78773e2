"""Traces that a test makes for itself: typed by a generator, by several authors at once too."""

import random

from bench.rooms.editor import Editor
from bench.rooms.traces import Patch, Trace, Transaction

ALPHABET = "abcdefghijklmnopqrstuvwxyz \né€😀"
LONGEST = 8
FETCHES = 0.3
DELETES = 0.2


def typed(seed: int, length: int, authors: int = 1) -> Trace:
    """A trace of `length` transactions; the same for the same arguments.

    Each author writes in a paragraph of their own, so that no two concurrent insertions share a
    position and there is one right end.
    """
    chance = random.Random(seed)  # noqa: S311  # a trace is no secret
    start = "".join(f"<{author}>" for author in range(authors))
    opening = Editor(authors)
    opening.change([(0, 0, start)])
    editors = [Editor(author) for author in range(authors)]
    for editor in editors:
        editor.receive(opening.missing())
    heads: list[frozenset[int]] = [frozenset()] * authors
    transactions: list[Transaction] = []
    for index in range(length):
        author, other = chance.randrange(authors), chance.randrange(authors)
        if other != author and chance.random() < FETCHES:
            editors[author].receive(editors[other].missing(editors[author].state))
            everything = heads[author] | heads[other]
            heads[author] = everything - _older(everything, transactions)
        patches = tuple(
            _patch(chance, editors[author], author) for _ in range(chance.choice((1, 1, 1, 2)))
        )
        transactions.append(Transaction(author, tuple(sorted(heads[author])), patches))
        heads[author] = frozenset({index})
    for editor in editors:
        opening.receive(editor.missing(opening.state))
    return Trace(f"typed-{seed}", start, opening.content, tuple(transactions), authors)


def _older(some: frozenset[int], transactions: list[Transaction]) -> frozenset[int]:
    """All that came before any of `some`."""
    found: set[int] = set()
    rest = [parent for index in some for parent in transactions[index].parents]
    while rest:
        if (index := rest.pop()) not in found:
            found.add(index)
            rest.extend(transactions[index].parents)
    return frozenset(found)


def _patch(chance: random.Random, editor: Editor, author: int) -> Patch:
    """Make a change in the author's paragraph, and say which."""
    content = editor.content
    begin = content.index(f"<{author}>") + len(f"<{author}>")
    end = content.find("<", begin)
    end = len(content) if end < 0 else end
    at = chance.randint(begin, end)
    deleted = min(end - at, chance.randint(1, 4)) if chance.random() < DELETES else 0
    inserted = "".join(chance.choices(ALPHABET, k=chance.randint(1, LONGEST)))
    if deleted and chance.random() < 0.5:
        inserted = ""
    editor.change([(at, deleted, inserted)])
    return at, deleted, inserted
