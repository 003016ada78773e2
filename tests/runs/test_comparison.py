"""When what a program printed is what was expected."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from algoroom.runs.comparison import is_right
from algoroom.runs.model import Comparison


@pytest.mark.parametrize(
    ("comparison", "printed", "expected", "right"),
    [
        (Comparison.EXACT, "a\n", "a\n", True),
        (Comparison.EXACT, "a\n", "a", False),
        (Comparison.TRIMMED, "a  \nb\t\r\n\n\n", "a\nb", True),
        (Comparison.TRIMMED, "a\n\nb", "a\nb", False),
        (Comparison.TRIMMED, " a", "a", False),
        (Comparison.TRIMMED, "", "\n \n", True),
        (Comparison.FLOAT, "0.3000000001 yes\n", "0.3 yes", True),
        (Comparison.FLOAT, "0.31", "0.3", False),
        (Comparison.FLOAT, "1e9", "1000000001", True),
        (Comparison.FLOAT, "1\n2", "1 2", True),
        (Comparison.FLOAT, "1 2", "1", False),
        (Comparison.FLOAT, "nan", "nan", True),
        (Comparison.FLOAT, "nan", "1", False),
        (Comparison.FLOAT, "inf", "1", False),
        (Comparison.FLOAT, "1e999", "1e998", False),
        (Comparison.FLOAT, "1_0", "10", False),
        (Comparison.FLOAT, "YES", "yes", False),
    ],
)
def test_what_counts_as_right(
    comparison: Comparison, printed: str, expected: str, right: bool
) -> None:
    assert is_right(printed.encode(), expected.encode(), comparison, 1e-6) is right


@given(st.binary(max_size=50), st.sampled_from(Comparison))
def test_everything_is_like_itself(text: bytes, comparison: Comparison) -> None:
    assert is_right(text, text, comparison, 0.0)


@given(st.lists(st.floats(-1e6, 1e6), max_size=5), st.floats(-9e-7, 9e-7))
def test_numbers_may_be_off_by_the_tolerance(numbers: list[float], off: float) -> None:
    expected = " ".join(map(repr, numbers)).encode()
    printed = "\n".join(repr(number + off) for number in numbers).encode()
    assert is_right(printed, expected, Comparison.FLOAT, 1e-6)
