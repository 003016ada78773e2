"""The programs that are measured: each says hi."""

import itertools
from collections.abc import Iterator
from pathlib import Path

# In whatever JSON the server puts it.
SAID = b'"hi'

PYTHON = "print('hi')"
JAVASCRIPT = "console.log('hi')"
JAVA = """public class Main {{
    public static void main(String[] args) {{
        System.out.println("hi");
    }}
    static final int NUMBER = {number};
}}
"""
CPP = """#include <bits/stdc++.h>
using namespace std;

int main() {{
    vector<string> words = {{"hi"}};
    cout << words[0] << "\\n";
}}

int number() {{ return {number}; }}
"""

BARE_PYTHON = ("/usr/bin/python3", "-c", PYTHON)
BARE_JAVASCRIPT = ("node", "-e", JAVASCRIPT)

FIRST = ("python", "javascript", "java", "cpp")
_NUMBERS = itertools.count()


def fresh(language: str) -> Iterator[str]:
    """Sources that say hi; no cache has seen one of a compiled language before."""
    template = {"java": JAVA, "cpp": CPP}.get(language)
    if template is None:
        yield from itertools.repeat({"python": PYTHON, "javascript": JAVASCRIPT}[language])
    else:
        for number in _NUMBERS:
            yield template.format(number=number)


def write_and_compile(language: str, folder: Path) -> tuple[str, ...]:
    """Write the source into `folder`; the command that compiles and runs it there."""
    source = next(fresh(language))
    if language == "java":
        (folder / "Main.java").write_text(source)
        steps = f"javac -d {folder} {folder}/Main.java && java -cp {folder} Main"
    else:
        (folder / "main.cpp").write_text(source)
        steps = f"g++ -O2 -std=c++20 -o {folder}/main {folder}/main.cpp && {folder}/main"
    return ("sh", "-c", steps)
