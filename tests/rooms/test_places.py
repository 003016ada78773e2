"""Lines and columns are those that people see, and each place in a text has its own."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from algoroom.rooms.places import offset_at, position_at
from algoroom.rooms.presence import Position

TEXTS = st.text(st.sampled_from("a\né👩\r"), max_size=40)


@given(TEXTS, st.data())
def test_the_position_of_an_offset_leads_back_to_it(text: str, data: st.DataObject) -> None:
    offset = data.draw(st.integers(0, len(text)))
    position = position_at(text, offset)
    assert position.line == text[:offset].count("\n") + 1
    assert offset_at(text, position) == offset


@given(TEXTS, st.integers(0, 50), st.integers(0, 50))
def test_a_position_beyond_its_line_is_its_end_and_beyond_the_last_line_the_text_s(
    text: str, line: int, column: int
) -> None:
    lines = text.split("\n")
    offset = offset_at(text, Position(line, column))
    if line > len(lines):
        assert offset == len(text)
    else:
        assert position_at(text, offset).line == max(line, 1)
        assert position_at(text, offset).column <= column


@pytest.mark.parametrize(
    ("line", "column", "offset"), [(1, 0, 0), (1, 2, 1), (1, 9, 2), (2, 0, 3), (3, 0, 4), (9, 9, 5)]
)
def test_columns_count_as_a_browser_does(line: int, column: int, offset: int) -> None:
    assert offset_at("👩b\n\nc", Position(line, column)) == offset
