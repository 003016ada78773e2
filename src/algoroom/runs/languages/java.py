"""What Java wants to know before it compiles: the file's name and the class to start.

A file must be named after its public type, and the class with `main` may be another one. The
source is only looked at, not parsed: what confuses this is a compile error all the same.
"""

import re
from dataclasses import dataclass

# Whoever sends a source chooses what these patterns read, so none may ever look back: what is not
# closed ends with the line or the text, and repetitions keep what they took.
# Comments, text blocks, strings and characters, so that what they say is not taken for code.
QUIET = re.compile(
    r'//[^\n]*+|/\*.*?(?:\*/|\Z)|"""(?:[^"\\]|\\.?|"(?!""))*+(?:""")?'
    r'|"(?:[^"\\\n]|\\.?)*+"?|\'(?:[^\'\\\n]|\\.?)*+\'?',
    re.DOTALL,
)
TYPE = re.compile(r"\b(?:class|interface|enum|record)\s++(?P<name>[^\W\d]\w*+)")
PUBLIC = re.compile(r"\bpublic\b")
BRACE = re.compile(r"[{}]")
PACKAGE = re.compile(r"\bpackage\s++([\w.]++)\s*+;")
MAIN = re.compile(r"\bstatic\s++(?:final\s++)?+void\s++main\s*+\(")


@dataclass(frozen=True, slots=True)
class Unit:
    """`file` is the source's name, `entry` the qualified class whose `main` starts the program."""

    file: str
    entry: str


def unit(source: str, fallback: str) -> Unit:
    """How to name and start `source`; `fallback` is the class where it declares none."""
    code = QUIET.sub(" ", source)
    types = _top_level(code)
    public = next((name for name, is_public, _ in types if is_public), None)
    with_main = [name for name, _, body in types if MAIN.search(body)]
    named = public or (types[0][0] if types else fallback)
    entry = public if public in with_main or not with_main else with_main[0]
    package = PACKAGE.search(code)
    prefix = f"{package[1]}." if package else ""
    return Unit(f"{public or fallback}.java", prefix + (entry or named))


def _top_level(code: str) -> list[tuple[str, bool, str]]:
    """Name, publicity and text of each type that is in no other."""
    found = []
    position = 0
    while match := TYPE.search(code, position):
        opening = code.find("{", match.end())
        if opening < 0:
            break
        before = code[position : match.start()]
        modifiers = before[max(before.rfind(";"), before.rfind("}")) + 1 :]
        position = _closing(code, opening)
        is_public = PUBLIC.search(modifiers) is not None
        found.append((match["name"], is_public, code[opening:position]))
    return found


def _closing(code: str, opening: int) -> int:
    depth = 0
    for brace in BRACE.finditer(code, opening):
        depth += 1 if brace[0] == "{" else -1
        if depth == 0:
            return brace.end()
    return len(code)
