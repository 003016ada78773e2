"""Whether a program printed what was expected of it."""

import re

from algoroom.runs.model import Comparison

# No more than what every language prints and reads: no `inf`, no underscores, no hexadecimals.
NUMBER = re.compile(rb"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")


def is_right(printed: bytes, expected: bytes, comparison: Comparison, tolerance: float) -> bool:
    """Compare both under the rule; `tolerance` counts for `float` alone."""
    match comparison:
        case Comparison.EXACT:
            return printed == expected
        case Comparison.TRIMMED:
            return _lines(printed) == _lines(expected)
        case Comparison.FLOAT:
            given, wanted = printed.split(), expected.split()
            return len(given) == len(wanted) and all(
                _is_near(word, sought, tolerance)
                for word, sought in zip(given, wanted, strict=True)
            )


def _lines(text: bytes) -> list[bytes]:
    return [line.rstrip() for line in text.rstrip().split(b"\n")]


def _is_near(word: bytes, sought: bytes, tolerance: float) -> bool:
    if word == sought:
        return True
    if not NUMBER.fullmatch(word) or not NUMBER.fullmatch(sought):
        return False
    given, wanted = float(word), float(sought)
    return abs(given - wanted) <= tolerance * max(1.0, abs(wanted))
