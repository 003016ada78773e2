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
    uncaught_exits_with: int | None = 1
    uncaught_signal: int | None = None
    broken_exits_with: int = 1


def java(body: str, name: str = "Main") -> str:
    head = f"public class {name} {{\n  public static void main(String[] a) throws Exception {{"
    return f"{head}\n{body}\n  }}\n}}\n"


def go(body: str, *imports: str) -> str:
    used = "".join(f'import "{name}"\n' for name in imports)
    return f"package main\n{used}func main() {{\n{body}\n}}\n"


COUNTING = "WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers)"

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
        uncaught_exits_with=None,
        uncaught_signal=6,
        broken="int main() { return text; }",
        broken_says="was not declared",
        broken_is_found_by_a_compiler=True,
        endless='#include <cstdio>\nint main() { puts("begun"); fflush(stdout); '
        "volatile int i = 0; for (;;) i = i + 1; }",
        floods='#include <cstdio>\nint main() { for (;;) puts("flood flood flood flood"); }',
        hoards="#include <cstdio>\n#include <cstdlib>\n#include <cstring>\nint main() { "
        'puts("begun"); fflush(stdout); for (;;) memset(malloc(1 << 20), 1, 1 << 20); }',
    ),
    "c": Programs(
        hello='#include <stdio.h>\nint main(void) { puts("hello"); }',
        echo="#include <stdio.h>\n"
        "int main(void) { int c; while ((c = getchar()) != EOF) putchar(c); }",
        exits_with_3='#include <stdio.h>\nint main(void) { puts("before"); return 3; }',
        uncaught='#include <assert.h>\nint main(void) { assert(!"broken here"); }',
        uncaught_says="broken here",
        uncaught_exits_with=None,
        uncaught_signal=6,
        broken="int main(void) { return text; }",
        broken_says="undeclared",
        broken_is_found_by_a_compiler=True,
        endless='#include <stdio.h>\nint main(void) { puts("begun"); fflush(stdout); '
        "volatile int i = 0; for (;;) i = i + 1; }",
        floods='#include <stdio.h>\nint main(void) { for (;;) puts("flood flood flood flood"); }',
        hoards="#include <stdio.h>\n#include <stdlib.h>\n#include <string.h>\nint main(void) { "
        'puts("begun"); fflush(stdout); for (;;) memset(malloc(1 << 20), 1, 1 << 20); }',
    ),
    "typescript": Programs(
        hello="const text: string = 'hello';\nconsole.log(text);",
        echo="import { readFileSync } from 'node:fs';\nprocess.stdout.write(readFileSync(0));",
        exits_with_3="console.log('before'); process.exit(3);",
        uncaught="function f(): never { throw new Error('broken here'); }\nf();",
        uncaught_says="Error: broken here",
        broken="const text: string = 3;",
        broken_says="Type 'number' is not assignable to type 'string'",
        broken_is_found_by_a_compiler=True,
        endless="console.log('begun'); for (;;);",
        floods="for (;;) console.log('flood '.repeat(20));",
        hoards="console.log('begun');\nconst kept: Buffer[] = [];\n"
        "for (;;) kept.push(Buffer.alloc(1 << 20, 1));",
    ),
    "go": Programs(
        hello=go('fmt.Println("hello")', "fmt"),
        echo=go("io.Copy(os.Stdout, os.Stdin)", "io", "os"),
        exits_with_3=go('fmt.Println("before"); os.Exit(3)', "fmt", "os"),
        uncaught=go('panic("broken here")'),
        uncaught_says="panic: broken here",
        uncaught_exits_with=2,
        broken=go("var text string = 3"),
        broken_says="cannot use 3",
        broken_is_found_by_a_compiler=True,
        endless=go('fmt.Println("begun"); for { }', "fmt"),
        floods=go('for { fmt.Println("flood flood flood flood") }', "fmt"),
        hoards=go(
            'fmt.Println("begun"); var kept [][]byte\nfor { part := make([]byte, 1 << 20)\n'
            "for i := range part { part[i] = 1 }\nkept = append(kept, part) }",
            "fmt",
        ),
    ),
    "rust": Programs(
        hello='fn main() { println!("hello"); }',
        echo="fn main() { std::io::copy(&mut std::io::stdin(), &mut std::io::stdout()).unwrap(); }",
        exits_with_3='fn main() { println!("before"); std::process::exit(3); }',
        uncaught='fn main() { panic!("broken here"); }',
        uncaught_says="broken here",
        uncaught_exits_with=101,
        broken="fn main() { let text: String = 3; }",
        broken_says="mismatched types",
        broken_is_found_by_a_compiler=True,
        endless='fn main() { println!("begun"); loop {} }',
        floods='fn main() { loop { println!("flood flood flood flood"); } }',
        hoards='fn main() { println!("begun"); let mut kept = Vec::new();\n'
        "loop { kept.push(vec![1u8; 1 << 20]); } }",
    ),
    "ruby": Programs(
        hello="puts 'hello'",
        echo="$stdout.write($stdin.read)",
        exits_with_3="puts 'before'\nexit 3",
        uncaught="def f() = raise(ArgumentError, 'broken here')\nf",
        uncaught_says="broken here (ArgumentError)",
        broken="def f(:\n",
        broken_says="syntax error",
        broken_is_found_by_a_compiler=False,
        endless="puts 'begun'\n$stdout.flush\nloop { }",
        floods="loop { puts 'flood ' * 20 }",
        hoards="puts 'begun'\n$stdout.flush\nkept = []\nloop { kept << 'x' * (1 << 20) }",
    ),
    "php": Programs(
        hello='<?php\necho "hello\\n";',
        echo="<?php\necho stream_get_contents(STDIN);",
        exits_with_3='<?php\necho "before\\n";\nexit(3);',
        uncaught="<?php\nfunction f() { throw new Exception('broken here'); }\nf();",
        uncaught_says="Uncaught Exception: broken here",
        uncaught_exits_with=255,
        broken="<?php\nfunction f(:",
        broken_says="Parse error",
        broken_exits_with=255,
        broken_is_found_by_a_compiler=False,
        endless='<?php\necho "begun\\n";\nwhile (true);',
        floods="<?php\nwhile (true) echo str_repeat('flood ', 20), \"\\n\";",
        hoards='<?php\necho "begun\\n";\n$kept = [];\n'
        "while (true) $kept[] = str_repeat('x', 1 << 20);",
    ),
    "perl": Programs(
        hello='print "hello\\n";',
        echo="print while <STDIN>;",
        exits_with_3='print "before\\n"; exit 3;',
        uncaught="$! = 0;\ndie 'broken here';",
        uncaught_says="broken here at main.pl line 2.",
        uncaught_exits_with=255,
        broken="sub f {",
        broken_says="Missing right curly",
        broken_exits_with=255,
        broken_is_found_by_a_compiler=False,
        endless='print "begun\\n"; 1 while 1;',
        floods="print 'flood ' x 20, \"\\n\" while 1;",
        hoards='print "begun\\n"; my @kept; push @kept, $_ x (1 << 20) for 1 .. 9999;',
    ),
    "lua": Programs(
        hello="print('hello')",
        echo="io.write(io.read('a'))",
        exits_with_3="print('before')\nos.exit(3)",
        uncaught="local function f() error('broken here') end\nf()",
        uncaught_says="main.lua:1: broken here",
        broken="local function f(",
        broken_says="expected near <eof>",
        broken_is_found_by_a_compiler=False,
        endless="print('begun')\nwhile true do end",
        floods="while true do print(string.rep('flood ', 20)) end",
        hoards="print('begun')\nlocal kept = {}\n"
        "while true do kept[#kept + 1] = string.rep('x', 1 << 20) .. #kept end",
    ),
    "bash": Programs(
        hello="echo hello",
        echo="cat",
        exits_with_3="echo before\nexit 3",
        uncaught="set -e\nno-such-command",
        uncaught_says="main.sh: line 2: no-such-command: command not found",
        uncaught_exits_with=127,
        broken="if true; then\n",
        broken_says="syntax error",
        broken_exits_with=2,
        broken_is_found_by_a_compiler=False,
        endless="echo begun\nwhile :; do :; done",
        floods="while :; do echo flood flood flood flood; done",
        hoards="echo begun\nkept=xxxxxxxx\nwhile :; do kept=$kept$kept; done",
    ),
    "sql": Programs(
        hello=".mode list\n.headers off\nSELECT 'hello';",
        echo=".mode list\n.headers off\nCREATE TABLE lines (line TEXT);\n"
        ".import /dev/stdin lines\nSELECT line FROM lines ORDER BY rowid;",
        exits_with_3=".print before\n.exit 3",
        uncaught="CREATE TABLE t (n INTEGER NOT NULL);\nINSERT INTO t VALUES (NULL);",
        uncaught_says="near line 2: NOT NULL constraint failed: t.n",
        broken="SELEC 1;",
        broken_says='near "SELEC": syntax error',
        broken_is_found_by_a_compiler=False,
        endless=f".print begun\n{COUNTING} SELECT count(*) FROM numbers;",
        floods=f".mode list\n.headers off\n{COUNTING} SELECT 'flood flood flood' FROM numbers;",
        hoards=f".print begun\nCREATE TABLE kept AS {COUNTING} "
        "SELECT randomblob(1000000) FROM numbers;",
    ),
}
