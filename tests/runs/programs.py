"""The same seven programs in each language."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Programs:
    hello: str
    echo: str
    exits_with_3: str
    uncaught: str
    uncaught_says: str
    broken: str
    broken_says: str
    broken_is_found_by_a_compiler: bool
    endless: str
    floods: str
    hoards: str


def java(body: str, name: str = "Main") -> str:
    head = f"public class {name} {{\n  public static void main(String[] a) throws Exception {{"
    return f"{head}\n{body}\n  }}\n}}\n"


PROGRAMS = {
    "python": Programs(
        hello="print('hello')",
        echo="import sys\nsys.stdout.write(sys.stdin.read())",
        exits_with_3="import sys\nprint('before')\nsys.exit(3)",
        uncaught="def f():\n    raise ValueError('broken here')\nf()",
        uncaught_says="ValueError: broken here",
        broken="def f(:\n",
        broken_says="SyntaxError",
        broken_is_found_by_a_compiler=False,
        endless="print('begun')\nwhile True: pass",
        floods="while True: print('flood ' * 20)",
        hoards="print('begun')\nkept = []\nwhile True: kept.append(bytearray(1 << 20))",
    ),
    "javascript": Programs(
        hello="console.log('hello')",
        echo="process.stdout.write(require('fs').readFileSync('/dev/stdin'))",
        exits_with_3="console.log('before'); process.exit(3)",
        uncaught="function f() { throw new Error('broken here') }\nf()",
        uncaught_says="Error: broken here",
        broken="let let = ;",
        broken_says="SyntaxError",
        broken_is_found_by_a_compiler=False,
        endless="console.log('begun'); for (;;);",
        floods="for (;;) console.log('flood '.repeat(20))",
        hoards="console.log('begun')\nconst kept = []\n"
        "for (;;) kept.push(Buffer.alloc(1 << 20, 1))",
    ),
    "java": Programs(
        hello=java('System.out.println("hello");'),
        echo=java("System.in.transferTo(System.out); System.out.flush();"),
        exits_with_3=java('System.out.println("before"); System.exit(3);'),
        uncaught=java('throw new IllegalStateException("broken here");'),
        uncaught_says="IllegalStateException: broken here",
        broken=java("String text = 3;"),
        broken_says="incompatible types",
        broken_is_found_by_a_compiler=True,
        endless=java('System.out.println("begun"); for (int i = 0; ; i++) { }'),
        floods=java('for (;;) System.out.println("flood ".repeat(20));'),
        hoards=java(
            'System.out.println("begun"); var kept = new java.util.ArrayList<byte[]>();\n'
            "for (;;) kept.add(new byte[1 << 20]);"
        ),
    ),
    "cpp": Programs(
        hello='#include <cstdio>\nint main() { puts("hello"); }',
        echo="#include <cstdio>\nint main() { int c; while ((c = getchar()) != EOF) putchar(c); }",
        exits_with_3='#include <cstdio>\nint main() { puts("before"); return 3; }',
        uncaught='#include <stdexcept>\nint main() { throw std::runtime_error("broken here"); }',
        uncaught_says="broken here",
        broken="int main() { return text; }",
        broken_says="was not declared",
        broken_is_found_by_a_compiler=True,
        endless='#include <cstdio>\nint main() { puts("begun"); fflush(stdout); '
        "volatile int i = 0; for (;;) i = i + 1; }",
        floods='#include <cstdio>\nint main() { for (;;) puts("flood flood flood flood"); }',
        hoards="#include <cstdio>\n#include <cstdlib>\n#include <cstring>\nint main() { "
        'puts("begun"); fflush(stdout); for (;;) memset(malloc(1 << 20), 1, 1 << 20); }',
    ),
}
