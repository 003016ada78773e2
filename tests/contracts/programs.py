"""The same small programs in the four languages."""

from __future__ import annotations

from typing import Final

LANGUAGES: Final = ("python", "javascript", "java", "cpp")

HELLO: Final = {
    "python": "print('hello')\n",
    "javascript": "console.log('hello');\n",
    "java": """public class Main {
    public static void main(String[] arguments) { System.out.println("hello"); }
}
""",
    "cpp": """#include <iostream>
int main() { std::cout << "hello\\n"; }
""",
}

ECHO: Final = {
    "python": "import sys\nsys.stdout.write(sys.stdin.read())\n",
    "javascript": "process.stdout.write(require('fs').readFileSync(0, 'utf8'));\n",
    "java": """public class Main {
    public static void main(String[] arguments) throws Exception {
        System.in.transferTo(System.out);
        System.out.flush();
    }
}
""",
    "cpp": """#include <iostream>
int main() { std::cout << std::cin.rdbuf(); }
""",
}

EXIT_3: Final = {
    "python": "import sys\nprint('before', flush=True)\nsys.exit(3)\n",
    "javascript": "console.log('before');\nprocess.exitCode = 3;\n",
    "java": """public class Main {
    public static void main(String[] arguments) {
        System.out.println("before");
        System.exit(3);
    }
}
""",
    "cpp": """#include <iostream>
int main() { std::cout << "before" << std::endl; return 3; }
""",
}

UNCAUGHT: Final = {
    "python": "print('before', flush=True)\nraise ValueError('wrong sum')\n",
    "javascript": "console.log('before');\nthrow new Error('wrong sum');\n",
    "java": """public class Main {
    public static void main(String[] arguments) {
        System.out.println("before");
        throw new IllegalStateException("wrong sum");
    }
}
""",
    "cpp": """#include <iostream>
#include <stdexcept>
int main() { std::cout << "before" << std::endl; throw std::runtime_error("wrong sum"); }
""",
}

# What ends a program by an uncaught error: its runtime's exit code, or the signal of abort().
UNCAUGHT_EXIT_CODE: Final = {"python": 1, "javascript": 1, "java": 1, "cpp": 128 + 6}

BROKEN: Final = {
    "python": "print('before'\n",
    "javascript": "console.log('before';\n",
    "java": "public class Main { public static void main(String[] a) { int x = wrong; } }\n",
    "cpp": "int main() { return wrong; }\n",
}

BROKEN_SAYS: Final = {
    "python": "SyntaxError",
    "javascript": "SyntaxError",
    "java": "cannot find symbol",
    "cpp": "wrong",
}

ENDLESS: Final = {
    "python": "print('before', flush=True)\nwhile True: pass\n",
    "javascript": "require('fs').writeSync(1, 'before\\n');\nwhile (true) {}\n",
    "java": """public class Main {
    public static void main(String[] arguments) {
        System.out.println("before");
        for (long i = 0; ; i++) { if (i == -1) System.out.println(i); }
    }
}
""",
    "cpp": """#include <iostream>
int main() {
    std::cout << "before" << std::endl;
    for (volatile unsigned i = 0;; i = i + 1) {}
}
""",
}

FLOOD: Final = {
    "python": "while True: print('flood' * 1000)\n",
    "javascript": (
        "const fs = require('fs');\nwhile (true) fs.writeSync(1, 'flood'.repeat(1000) + '\\n');\n"
    ),
    "java": """public class Main {
    public static void main(String[] arguments) {
        String line = "flood".repeat(1000);
        while (true) System.out.println(line);
    }
}
""",
    "cpp": """#include <string>
#include <iostream>
int main() {
    std::string line;
    for (int i = 0; i < 1000; i++) line += "flood";
    for (;;) std::cout << line << "\\n";
}
""",
}
