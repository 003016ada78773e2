"""How things wait in line."""

from __future__ import annotations

from collections import deque

import pytest
from hypothesis import given
from hypothesis import strategies as st

from algoroom.line import Line

STEPS = st.lists(st.sampled_from(["append", "appendleft", "popleft"]), max_size=50)


@given(st.lists(st.integers(), max_size=5), STEPS)
def test_it_is_as_a_deque_whatever_happens(begins: list[int], steps: list[str]) -> None:
    line, known = Line(begins), deque(begins)
    for number, step in enumerate(steps):
        if step == "popleft" and not known:
            with pytest.raises(IndexError):
                line.popleft()
        elif step == "popleft":
            assert line.popleft() == known.popleft()
        else:
            getattr(line, step)(number)
            getattr(known, step)(number)
        assert list(line) == list(known)
        assert len(line) == len(known)
        assert bool(line) == bool(known)
    if known:
        assert (line[0], line[-1]) == (known[0], known[-1])
    else:
        with pytest.raises(IndexError):
            line[0]
