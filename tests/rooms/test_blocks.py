"""A block holds its entries exactly, and says when it does not."""

import random
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from algoroom.rooms.blocks import BlockDamaged, Entries, micros, moment, pack, unpack

MOMENTS = st.datetimes(timezones=st.just(UTC))
ENTRY = st.tuples(
    MOMENTS.map(micros),
    st.sampled_from(["ann", "bob", "", "é\0😀"]) | st.text(max_size=5),
    st.integers(0, 2**40),
    st.binary(max_size=6) | st.binary(min_size=250, max_size=300),
)


def entries(rows: list[tuple[int, str, int, bytes]], first_seq: int = 1) -> Entries:
    times, authors, pasted, updates = map(list, zip(*rows, strict=True))
    return Entries(first_seq, times, authors, pasted, updates)


@given(st.lists(ENTRY, min_size=1, max_size=40), st.integers(1, 2**60))
def test_what_is_packed_is_unpacked_as_it_was(
    rows: list[tuple[int, str, int, bytes]], first_seq: int
) -> None:
    packed = entries(rows, first_seq)
    assert unpack(pack(packed)) == packed


@given(MOMENTS)
def test_a_moment_is_kept_to_the_microsecond(at: datetime) -> None:
    assert moment(micros(at)) == at


def test_no_changed_bit_and_no_missing_byte_goes_unnoticed() -> None:
    chance = random.Random(4)
    rows = [(number * 150_000, "ann", 0, chance.randbytes(24)) for number in range(20)]
    data = pack(entries(rows))
    for place in range(len(data)):
        for bit in range(8):
            changed = bytearray(data)
            changed[place] ^= 1 << bit
            # A few bits of a frame's head mean nothing.
            assert unpacked(bytes(changed)) in (None, entries(rows))
        assert unpacked(data[:place]) is None


def unpacked(data: bytes) -> Entries | None:
    try:
        return unpack(data)
    except BlockDamaged:
        return None


@given(st.lists(ENTRY, min_size=1, max_size=40), st.integers(1, 10), st.integers(1, 600))
def test_pieces_are_all_of_them_and_no_larger_than_they_may_be(
    rows: list[tuple[int, str, int, bytes]], most: int, most_bytes: int
) -> None:
    pieces = list(entries(rows, 7).pieces(most, most_bytes))
    together = pieces[0]
    for piece in pieces[1:]:
        together = together.followed_by(piece)
    assert together == entries(rows, 7)
    for piece in pieces:
        assert 1 <= len(piece) <= most
        assert len(piece) == 1 or sum(map(len, piece.updates)) <= most_bytes
