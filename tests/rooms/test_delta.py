"""Deltas, their order, and the differences that make them."""

import random

from hypothesis import given
from hypothesis import strategies as st

from algoroom.rooms.delta import (
    Delta,
    Splice,
    apply,
    from_splices,
    rebase,
    to_splices,
    transform,
)
from algoroom.rooms.difference import MOST_SPLICES, difference


def size(delta: Delta) -> tuple[int, int]:
    """How many characters a delta removes, and how many it inserts."""
    removed = -sum(step for step in delta if isinstance(step, int) and step < 0)
    inserted = sum(len(step) for step in delta if isinstance(step, str))
    return removed, inserted


texts = st.text(alphabet="ab \né😀́", max_size=30)


@st.composite
def changed(draw: st.DrawFn) -> tuple[str, tuple[int | str, ...], tuple[int | str, ...]]:
    """A text and two changes of it."""
    before = draw(texts)

    def change() -> tuple[int | str, ...]:
        cuts = sorted(draw(st.lists(st.integers(0, len(before)), max_size=6)))
        pairs = zip(cuts[::2], cuts[1::2], strict=False)
        return from_splices([Splice(a, b, draw(texts)) for a, b in pairs])

    return before, change(), change()


@given(texts, texts)
def test_a_difference_leads_from_one_text_to_the_other(before: str, after: str) -> None:
    assert apply(difference(before, after), before) == after


@given(changed())
def test_two_changes_end_equal_in_either_order(
    case: tuple[str, tuple[int | str, ...], tuple[int | str, ...]],
) -> None:
    text, one, two = case
    one_after, two_after = transform(one, two)
    assert apply(one_after, apply(two, text)) == apply(two_after, apply(one, text))


@given(changed())
def test_what_either_inserted_stays(
    case: tuple[str, tuple[int | str, ...], tuple[int | str, ...]],
) -> None:
    _, one, two = case
    one_after, _ = transform(one, two)
    assert size(one_after)[1] == size(one)[1]


@given(changed())
def test_splices_and_deltas_say_the_same(
    case: tuple[str, tuple[int | str, ...], tuple[int | str, ...]],
) -> None:
    text, one, _ = case
    assert from_splices(to_splices(one)) == one
    last_first = text
    for splice in reversed(to_splices(one)):
        last_first = last_first[: splice.start] + splice.insert + last_first[splice.end :]
    assert last_first == apply(one, text)


@given(texts, st.lists(texts, min_size=1, max_size=4), texts)
def test_a_change_moved_past_a_path_meets_the_path_moved_past_the_change(
    base: str, others: list[str], mine: str
) -> None:
    path, there = [], base
    for other in others:
        path.append(difference(there, other))
        there = other
    moved, path_after = rebase(difference(base, mine), path)
    here = mine
    for step in path_after:
        here = apply(step, here)
    assert apply(moved, there) == here


def test_one_edit_in_one_place_is_found_exactly() -> None:
    assert difference("hello world", "hello brave world") == (6, "brave ")
    assert difference("say hello", "say hell") == (8, -1)


def test_edits_in_two_places_leave_what_is_between() -> None:
    before = "def f(x):\n    return x\n"
    after = "def g(x):\n    return x + 1\n"
    assert size(difference(before, after)) == (1, 5)


def test_a_large_rewrite_is_told_by_lines_and_then_whole() -> None:
    lines = [f"line {n} of the text\n" for n in range(1_200)]
    before, after = "".join(lines), "".join(["new\n", *lines[3:-3], "end\n"])
    removed, inserted = size(difference(before, after))
    assert inserted < 20
    assert removed < 150
    unrelated = "".join(f"{n}\n" for n in range(4_000))
    assert apply(difference(before * 3, unrelated), before * 3) == unrelated


def test_two_unrelated_texts_make_one_replacement() -> None:
    chance = random.Random(1)
    one, two = ("".join(chance.choices("ab \n", k=1_400)) for _ in range(2))
    assert len(to_splices(difference(one, two))) <= MOST_SPLICES
    assert apply(difference(one, two), one) == two
