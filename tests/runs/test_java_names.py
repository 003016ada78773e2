"""File and class names are read off the source."""

import time

import pytest

from algoroom.runs.languages.java import Unit, unit


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("class A { }", Unit("Main.java", "A")),
        ("public final class Foo { }", Unit("Foo.java", "Foo")),
        ("public record R(int x) { static void main(String[] a) { } }", Unit("R.java", "R")),
        ("enum E { X; public static void main(String[] a) { } }", Unit("Main.java", "E")),
        ("/* public class No { */ public class Yes { }", Unit("Yes.java", "Yes")),
        ('class A { String s = "public class No {"; } class B { }', Unit("Main.java", "A")),
        (
            "public class A { } class B { public static final void main(String[] a) { } }",
            Unit("A.java", "B"),
        ),
        ("package a.b; public class C { }", Unit("C.java", "a.b.C")),
        ("class A { public static class B { } }", Unit("Main.java", "A")),
        ("class A { char c = '{'; } public class B { }", Unit("B.java", "B")),
        ("", Unit("Main.java", "Main")),
        ("not java at all", Unit("Main.java", "Main")),
        ("class", Unit("Main.java", "Main")),
        ("class A {{{{", Unit("Main.java", "A")),
        ("class A { } /* public class B { }", Unit("Main.java", "A")),
        (
            'class A { String s = """\n public class No { \\""" " """; } class B { }',
            Unit("Main.java", "A"),
        ),
        ('class A { String s = ""; } public class B { }', Unit("B.java", "B")),
        ("import x.Y;public\n@Deprecated non-sealed class C { }", Unit("C.java", "C")),
        ("public class A { } class B { static void main(String[] a) { } }", Unit("A.java", "B")),
    ],
)
def test_a_source_tells_its_file_and_its_class(source: str, expected: Unit) -> None:
    assert unit(source, fallback="Main") == expected


@pytest.mark.parametrize(
    "piece",
    [
        "final ", "public static final ", "/* ", "/*/", '"""', '"""\\', '\\"""', '"\\', "'\\", "\\",
        '"', "'", "class ", "class A ", "class A {", "class A { } ", "class A { { } ",
        "{", "}", "package ", "package a.", "static ", "static final void ", "static void main ",
        "public ", " ", "\n", "a", "//",
    ],
)  # fmt: skip
def test_no_source_keeps_the_reader_long(piece: str) -> None:
    began = time.process_time()
    many = piece * (160_000 // len(piece))
    for source in (many, many + "\\", many + "class B {", "class " + many, "package " + many):
        unit(source, fallback="Main")
    assert time.process_time() - began < 20  # what looks back takes minutes
