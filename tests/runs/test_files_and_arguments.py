"""Programs of several files, and with arguments; what is wrong with either is said."""

import pytest

from algoroom.errors import InvalidRun
from algoroom.runs.engine import Engine
from algoroom.runs.model import RunRequest, SourceFile, Terminal, Verdict

pytestmark = pytest.mark.asyncio(loop_scope="session")


def files(**texts: str) -> tuple[SourceFile, ...]:
    return tuple(SourceFile(name.replace("__", "/").replace("_", "."), text.encode())
                 for name, text in texts.items())  # fmt: skip


SEVERAL = {
    "python": RunRequest(
        "python",
        "import sys\nfrom shapes import square\nimport deep.er\n"
        "print(square(7), deep.er.x, open('data.txt').read(), *sys.argv[1:])",
        files=files(
            shapes_py="def square(n): return n * n", deep__er_py="x = 5", data_txt="data"
        ),
        arguments=("one", "two words", "-x", ""),
    ),
    "javascript": RunRequest(
        "javascript",
        "const { square } = require('./shapes');\nconst fs = require('fs');\n"
        "console.log(square(7), require('./deep/er').x, fs.readFileSync('data.txt', 'utf8'), "
        "...process.argv.slice(2));",
        files=files(
            shapes_js="exports.square = n => n * n", deep__er_js="exports.x = 5", data_txt="data"
        ),
        arguments=("one", "two words", "-x", ""),
    ),
    "java": RunRequest(
        "java",
        "import java.nio.file.*;\npublic class Main { public static void main(String[] a) "
        'throws Exception { System.out.println(Shapes.square(7) + " " + deep.Er.x + " " + '
        'Files.readString(Path.of("data.txt")) + " " + String.join(" ", a)); } }',
        files=files(
            Shapes_java="class Shapes { static int square(int n) { return n * n; } }",
            deep__Er_java="package deep; public class Er { public static int x = 5; }",
            data_txt="data",
        ),
        arguments=("one", "two words", "-x", ""),
    ),
    "cpp": RunRequest(
        "cpp",
        '#include "shapes.h"\n#include "deep/er.h"\n#include <fstream>\n#include <iostream>\n'
        'int main(int n, char** a) { std::string s; std::ifstream("data.txt") >> s;\n'
        "std::cout << square(7) << ' ' << X << ' ' << s;\n"
        "for (int i = 1; i < n; i++) std::cout << ' ' << a[i]; std::cout << '\\n'; }",
        files=files(
            shapes_h="int square(int);",
            shapes_cpp="int square(int n) { return n * n; }",
            deep__er_h="#define X 5",
            data_txt="data",
        ),
        arguments=("one", "two words", "-x", ""),
    ),
    "typescript": RunRequest(
        "typescript",
        "import { readFileSync } from 'node:fs';\nimport { square } from './shapes';\n"
        "import { x } from './deep/er';\n"
        "console.log(square(7), x, readFileSync('data.txt', 'utf8'), ...process.argv.slice(2));",
        files=files(
            shapes_ts="export const square = (n: number): number => n * n;",
            deep__er_ts="export const x = 5;",
            data_txt="data",
        ),
        arguments=("one", "two words", "-x", ""),
    ),
    "c": RunRequest(
        "c",
        '#include "shapes.h"\n#include "deep/er.h"\n#include <stdio.h>\n'
        'int main(int n, char** a) { char s[9] = ""; FILE* f = fopen("data.txt", "r");\n'
        'if (!f || !fgets(s, sizeof s, f)) return 1; printf("%d %d %s", square(7), X, s);\n'
        'for (int i = 1; i < n; i++) printf(" %s", a[i]); puts(""); }',
        files=files(
            shapes_h="int square(int);",
            shapes_c="int square(int n) { return n * n; }",
            deep__er_h="#define X 5",
            data_txt="data",
        ),
        arguments=("one", "two words", "-x", ""),
    ),
    "go": RunRequest(
        "go",
        'package main\nimport ("fmt"; "os"; "strings")\nfunc main() { '
        'data, _ := os.ReadFile("data.txt")\n'
        'fmt.Println(square(7), x, string(data), strings.Join(os.Args[1:], " ")) }',
        files=files(
            shapes_go="package main\nfunc square(n int) int { return n * n }",
            er_go="package main\nconst x = 5",
            data_txt="data",
        ),
        arguments=("one", "two words", "-x", ""),
    ),
    "rust": RunRequest(
        "rust",
        "mod shapes;\nmod deep { pub mod er; }\nfn main() { let data = "
        'std::fs::read_to_string("data.txt").unwrap();\n'
        "let given: Vec<String> = std::env::args().skip(1).collect();\n"
        'println!("{} {} {} {}", shapes::square(7), deep::er::X, data, given.join(" ")); }',
        files=files(
            shapes_rs="pub fn square(n: i32) -> i32 { n * n }",
            deep__er_rs="pub const X: i32 = 5;",
            data_txt="data",
        ),
        arguments=("one", "two words", "-x", ""),
    ),
}  # fmt: skip


@pytest.mark.parametrize("language", SEVERAL)
async def test_a_program_of_several_files_gets_its_arguments(engine: Engine, language: str) -> None:
    outcome = await engine.outcome(SEVERAL[language])
    assert outcome.verdict is Verdict.OK, outcome
    assert outcome.stdout == b"49 5 data one two words -x \n"


async def test_a_file_in_the_way_of_what_is_compiled_stays_behind(engine: Engine) -> None:
    beside = (SourceFile("main", b"mine"), SourceFile("kept", b""))
    source = '#include <fstream>\nint main() { return std::ifstream("kept") ? 0 : 1; }'
    assert (await engine.outcome(RunRequest("cpp", source, files=beside))).verdict is Verdict.OK


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/etc/passwd", "must be relative"),
        ("../x", "must not leave"),
        ("a/../../x", "must not leave"),
        ("", "must name a file"),
        ("a//b", "must name a file"),
        ("./a", "must name a file"),
        ("a/", "must name a file"),
        ("-o", "the first of them no -"),
        ("a\nb", "printable"),
        ("a\0b", "null character"),
        ("\ud800", "no text in UTF-8"),
        ("x" * 256, "255 bytes"),
        ("a/" * 8 + "b", "8 directories"),
        ("main.py", "the main file's name"),
        ("main.py/x", "a file and a directory"),
    ],
)
async def test_a_path_that_cannot_be_is_refused(engine: Engine, path: str, words: str) -> None:
    with pytest.raises(InvalidRun) as refusal:
        await engine.outcome(RunRequest("python", "", files=(SourceFile(path, b""),)))
    assert refusal.value.part == "files"
    assert words in str(refusal.value)


BAD = {
    "files": [
        RunRequest("python", "", files=(SourceFile("a", b""), SourceFile("a", b""))),
        RunRequest("python", "", files=(SourceFile("a", b""), SourceFile("a/b", b""))),
        RunRequest("python", "", files=(SourceFile("a", b"x" * (8 * 2**20 + 1)),)),
        RunRequest("python", "", files=tuple(SourceFile(str(n), b"") for n in range(65))),
        RunRequest("cpp", "", files=(SourceFile("out/x", b""),)),
    ],
    "arguments": [
        RunRequest("python", "", arguments=("a\0b",)),
        RunRequest("python", "", arguments=("\ud800",)),
        RunRequest("python", "", arguments=("x",) * 257),
        RunRequest("python", "", arguments=("x" * 65_537,)),
    ],
    "terminal": [
        RunRequest("python", "", terminal=Terminal(0, 80)),
        RunRequest("python", "", terminal=Terminal(24, 1_001)),
    ],
}


@pytest.mark.parametrize(
    ("part", "request_"), [(part, bad) for part, several in BAD.items() for bad in several]
)
async def test_what_cannot_be_is_refused_before_it_costs_anything(
    engine: Engine, part: str, request_: RunRequest
) -> None:
    with pytest.raises(InvalidRun) as refusal:
        await engine.outcome(request_)
    assert refusal.value.part == part
