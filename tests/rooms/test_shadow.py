"""Whole texts and change frames, from connections that have not seen everything yet."""

import random
from collections import deque

import pytest

from algoroom.errors import InvalidChange, TextTooLong
from algoroom.rooms.delta import apply, to_splices
from algoroom.rooms.room import Room
from algoroom.rooms.shadow import SETTLED_AFTER_S, Shadow
from tests.rooms.conftest import LIMITS

# Which database is beneath makes no difference to what a text means.
pytestmark = pytest.mark.parametrize("shared_database_url", ["sqlite"], indirect=True)


class Monotonic:
    """A clock that goes when it is told to."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def joined(room: Room, clock: Monotonic) -> Shadow:
    shadow = Shadow(room, clock)
    shadow.confirm(shadow.sent(room.text, room.revision))
    return shadow


def show(room: Room, shadow: Shadow, *, confirmed: bool = True) -> None:
    token = shadow.sent(room.text, room.revision)
    if confirmed:
        shadow.confirm(token)


def with_a_word_of_bob_on_its_way_back(room: Room, clock: Monotonic) -> tuple[Shadow, int]:
    """Ann's text overtakes Bob's `b1`: his editor shows hers and loses the word, which is in the
    text that he is sent next."""
    ann, bob = joined(room, clock), joined(room, clock)
    ann.write_text("Once more, hello world", "ann", ann)
    show(room, bob, confirmed=False)
    bob.write_text("hello world b1", "bob", bob)
    return bob, bob.sent(room.text, room.revision, is_announced=True)


async def test_two_who_type_in_different_places_keep_both(room: Room) -> None:
    clock = Monotonic()
    ann, bob = joined(room, clock), joined(room, clock)
    ann.write_text("hello brave world", "ann", ann)
    bob.write_text("hello world!", "bob", bob)
    assert room.text == "hello brave world!"
    assert bob.held == "hello world!"


async def test_two_who_type_in_the_same_place_keep_both(room: Room) -> None:
    clock = Monotonic()
    ann, bob = joined(room, clock), joined(room, clock)
    ann.write_text("hello world a1", "ann", ann)
    show(room, bob, confirmed=False)
    bob.write_text("hello world b1", "bob", bob)
    assert room.text == "hello world a1 b1"


async def test_a_text_written_on_the_newest_one_may_delete_what_another_wrote(room: Room) -> None:
    clock = Monotonic()
    ann, bob = joined(room, clock), joined(room, clock)
    ann.write_text("hello brave world", "ann", ann)
    show(room, bob)
    bob.write_text("hello brav world", "bob", bob)
    assert room.text == "hello brav world"


async def test_an_undo_of_what_another_wrote_is_taken_once_it_was_surely_seen(room: Room) -> None:
    clock = Monotonic()
    ann, bob = joined(room, clock), joined(room, clock)
    ann.write_text("hello world!", "ann", ann)
    show(room, bob)
    clock.now += SETTLED_AFTER_S
    bob.write_text("hello world", "bob", bob)
    assert room.text == "hello world"


async def test_a_late_echo_of_an_older_text_changes_nothing(room: Room) -> None:
    clock = Monotonic()
    ann, bob = joined(room, clock), joined(room, clock)
    ann.write_text("hello world!", "ann", ann)
    show(room, bob, confirmed=False)
    written = bob.write_text("hello world", "bob", bob)
    assert not written.delta
    assert room.text == "hello world!"


async def test_an_edit_of_a_text_overtaken_on_its_way_keeps_its_place(room: Room) -> None:
    """Bob's editor shows Ann's text and loses his own last edit, which the room has."""
    clock = Monotonic()
    ann, bob = joined(room, clock), joined(room, clock)
    ann.write_text("A hello world", "ann", ann)
    seen_by_bob = room.text
    show(room, bob, confirmed=False)
    bob.write_text("hello b1 world", "bob", bob)
    assert room.text == "A hello b1 world"
    show(room, bob, confirmed=False)
    bob.write_text(seen_by_bob + " b2", "bob", bob)
    assert room.text == "A hello b1 world b2"


async def test_a_word_is_no_end_of_one_like_it_in_a_text_that_is_still_on_its_way(
    room: Room,
) -> None:
    bob, _ = with_a_word_of_bob_on_its_way_back(room, Monotonic())
    bob.write_text("Once more, hello world b12", "bob", bob)
    assert room.text == "Once more, hello world b1 b12"


async def test_a_word_in_a_text_that_may_have_come_is_gone_on_with(room: Room) -> None:
    bob, token = with_a_word_of_bob_on_its_way_back(room, Monotonic())
    bob.arrive(token)
    bob.write_text("Once more, hello world b12", "bob", bob)
    assert room.text == "Once more, hello world b12"


async def test_of_texts_as_near_the_one_that_came_last_is_the_base(room: Room) -> None:
    clock = Monotonic()
    ann, bob = joined(room, clock), joined(room, clock)
    ann.write_text("hello world <a0>", "ann", ann)
    token = bob.sent(room.text, room.revision, is_announced=True)
    bob.write_text("hello world <b0>", "bob", bob)
    bob.confirm(token)
    bob.write_text("hello world <b1><a0>", "bob", bob)
    assert room.text == "hello world <b1><a0> <b0>"


async def test_of_texts_as_near_the_one_changed_in_one_place_is_the_base(room: Room) -> None:
    clock = Monotonic()
    ann, bob = joined(room, clock), joined(room, clock)
    ann.write_text("hello world xy", "ann", ann)
    show(room, bob)
    bob.write_text("hello world 12", "bob", bob)
    bob.write_text("hello world xy1z2", "bob", bob)
    assert room.text == "hello world xy 121z2"


async def test_of_two_who_replace_the_same_at_once_the_later_stays(room: Room) -> None:
    clock = Monotonic()
    ann, bob = joined(room, clock), joined(room, clock)
    bob.write_text("hello there", "bob", bob)
    show(room, ann)
    ann.write_text("by ann", "ann", ann)
    bob.sent(room.text, room.revision, is_announced=True)
    bob.write_text("by bob", "bob", bob)
    assert room.text == "by bob"


async def test_changes_refer_to_the_revision_that_they_name(room: Room) -> None:
    clock = Monotonic()
    ann, bob = joined(room, clock), joined(room, clock)
    version = room.revision
    ann.write_text("well, hello world", "ann", ann)
    show(room, bob)
    bob.write_changes([(0, 5, "goodbye")], version, "bob", bob)
    assert room.text == "well, goodbye world"
    bob.write_changes([(13, 13, "!")], version, "bob", bob)
    assert room.text == "well, goodbye world!"


async def test_what_was_written_before_the_named_revision_was_shown_is_not_in_its_text(
    room: Room,
) -> None:
    """Ann's text overtakes Bob's edit: his editor shows hers, and his next edit is of that."""
    clock = Monotonic()
    ann, bob = joined(room, clock), joined(room, clock)
    before = room.revision
    ann.write_text("well, hello world", "ann", ann)
    show(room, bob, confirmed=False)
    shown = room.revision
    bob.write_changes([(5, 5, " big")], before, "bob", bob)
    assert room.text == "well, hello big world"
    bob.write_changes([(17, 17, "!")], shown, "bob", bob)
    assert room.text == "well, hello big world!"


async def test_changes_of_one_frame_all_refer_to_the_same_text(room: Room) -> None:
    shadow = joined(room, Monotonic())
    shadow.write_changes([(11, 11, "!"), (0, 1, "H")], None, "ann", shadow)
    assert room.text == "Hello world!"


async def test_offsets_count_utf16_units(room: Room) -> None:
    shadow = joined(room, Monotonic())
    shadow.write_text("a😀e\u0301b", "ann", shadow)
    shadow.write_changes([(3, 3, "X"), (5, 6, "")], None, "ann", shadow)
    assert room.text == "a😀Xe\u0301"
    with pytest.raises(InvalidChange, match="inside a character"):
        shadow.write_changes([(2, 2, "Y")], None, "ann", shadow)


@pytest.mark.parametrize(
    "changes", [[(0, 99, "")], [(3, 1, "")], [(0, 4, "a"), (2, 6, "b")], [(-1, 0, "")]]
)
async def test_changes_that_do_not_fit_are_refused_and_lose_nothing(
    room: Room, changes: list[tuple[int, int, str]]
) -> None:
    shadow = joined(room, Monotonic())
    with pytest.raises(InvalidChange):
        shadow.write_changes(changes, None, "ann", shadow)
    assert room.text == "hello world"


async def test_a_text_beyond_the_limit_is_refused_and_loses_nothing(room: Room) -> None:
    shadow = joined(room, Monotonic())
    with pytest.raises(TextTooLong):
        shadow.write_text("x" * (LIMITS.most_units + 1), "ann", shadow)
    shadow.write_text("x" * LIMITS.most_units, "ann", shadow)
    assert len(room.text) == LIMITS.most_units


async def test_very_many_changes_of_one_frame_are_taken_together(room: Room) -> None:
    shadow = joined(room, Monotonic())
    shadow.write_text("ab" * 200, "ann", shadow)
    written = shadow.write_changes(
        [(2 * at, 2 * at + 1, "c") for at in range(200)], None, "ann", shadow
    )
    assert room.text == "cb" * 200
    assert len(to_splices(written.delta)) == 1


async def test_a_listener_that_keeps_up_costs_little(room: Room) -> None:
    clock = Monotonic()
    ann, bob = joined(room, clock), joined(room, clock)
    for number in range(200):
        clock.now += 1
        ann.write_text(f"text {number}", "ann", ann)
        show(room, bob)
    assert len(bob._sent) < 20
    assert bob.held == room.text


class Editor:
    """A client as the original's is: what others wrote becomes its text, whole, as it arrives.

    Frames travel one way in order, with delays of their own in each direction.
    """

    def __init__(self, room: Room, name: str, clock: Monotonic) -> None:
        self.room, self.name = room, name
        self.shadow = Shadow(room, clock)
        self.text = room.text
        self.up: deque[str] = deque()
        self.down: deque[tuple[str, int]] = deque()
        self.read: deque[tuple[str, int]] = deque()
        self.shadow.confirm(self.shadow.sent(room.text, room.revision))

    def type(self, token: str, chance: random.Random) -> None:
        at = chance.randrange(len(self.text) + 1)
        self.text = self.text[:at] + token + self.text[at:]
        self.up.append(self.text)

    def tell(self) -> None:
        text, revision = self.room.text, self.room.revision
        self.down.append((text, self.shadow.sent(text, revision, is_announced=True)))

    def deliver_up(self, others: list["Editor"]) -> None:
        written = self.shadow.write_text(self.up.popleft(), self.name, self)
        if written.delta:
            for other in others:
                other.tell()
        if self.shadow.held != self.room.text:
            self.tell()

    def deliver_down(self) -> None:
        """The network has it, and answers for it; the editor may show it only later."""
        self.read.append(self.down.popleft())
        self.shadow.confirm(self.read[-1][1])

    def show(self) -> None:
        self.text, _ = self.read.popleft()


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("start", ["", "// Write your javascript code here\n"])
async def test_every_insertion_of_two_who_type_at_once_is_there_once(
    room: Room, seed: int, start: str
) -> None:
    chance, clock = random.Random(seed), Monotonic()
    room.rewrite(start, user_id="anonymous")
    editors = [Editor(room, "ann", clock), Editor(room, "bob", clock)]
    alphabet = iter(chr(0x4E00 + n) for n in range(400))
    left = {editor.name: 60 for editor in editors}
    tokens = []
    while any(left.values()) or any(e.up or e.down or e.read for e in editors):
        clock.now += 0.001
        editor = chance.choice(editors)
        match chance.randrange(4):
            case 0 if left[editor.name]:
                # In an empty text, two words that look alike may also be one that was changed.
                alike = start and seed % 2
                token = f"<{editor.name[0]}{left[editor.name]:02}>" if alike else next(alphabet)
                tokens.append(token)
                left[editor.name] -= 1
                editor.type(token, chance)
            case 1 if editor.up:
                editor.deliver_up([other for other in editors if other is not editor])
            case 2 if editor.down:
                editor.deliver_down()
            case 3 if editor.read:
                editor.show()
    assert editors[0].text == editors[1].text == room.text
    assert sorted(room.text) == sorted("".join(tokens) + start)


async def test_a_replay_of_all_deltas_leads_to_the_text(room: Room) -> None:
    clock = Monotonic()
    shadow, first = joined(room, clock), room.revision
    for text in ["hello", "hello you", "", "x = 1\n", "x = 12\n"]:
        shadow.write_text(text, "ann", shadow)
    text = "hello world"
    path = room.revisions.path_from(first)
    assert path is not None
    for delta in path:
        text = apply(delta, text)
    assert text == room.text == "x = 12\n"
