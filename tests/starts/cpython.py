"""CPython's own test files as programs, from the standard library that the sandbox's Python has.

Each runs as its authors run it alone. What it prints (the name of each test and its result) is
compared like any other program's output.
"""

from algoroom.runs.model import Limits
from tests.starts.corpus import Program

# Test files hold memory and processes that no small program needs.
LIMITS = Limits(
    cpu_s=60, wall_s=120, memory_bytes=1 << 30, processes=128, open_files=1024, file_bytes=1 << 26
)
QUICK = (
    "test_atexit", "test_code", "test_dict", "test_exception_group", "test_frame",
    "test_generators", "test_list", "test_raise", "test_scope", "test_traceback",
)  # fmt: skip
THOROUGH = (
    *QUICK,
    "test_array", "test_asyncgen", "test_augassign", "test_binop", "test_bisect", "test_bool",
    "test_builtin", "test_class", "test_collections", "test_compare", "test_complex",
    "test_configparser", "test_contextlib", "test_copy", "test_coroutines", "test_csv",
    "test_dataclasses", "test_decorators", "test_descr", "test_enum", "test_enumerate",
    "test_except_star", "test_exceptions", "test_float", "test_format", "test_fractions",
    "test_fstring", "test_funcattrs", "test_functools", "test_gc", "test_genexps", "test_getopt",
    "test_global", "test_grammar", "test_hash", "test_heapq", "test_index", "test_inspect",
    "test_int", "test_isinstance", "test_iter", "test_json", "test_keywordonlyarg",
    "test_linecache", "test_listcomps", "test_long", "test_math", "test_named_expressions",
    "test_opcodes", "test_operator", "test_patma", "test_positional_only_arg", "test_pow",
    "test_print", "test_property", "test_random", "test_range", "test_set", "test_shlex",
    "test_slice", "test_string", "test_struct", "test_super", "test_syntax", "test_sys",
    "test_sys_settrace", "test_textwrap", "test_tuple", "test_types", "test_typing", "test_unary",
    "test_unpack", "test_unpack_ex", "test_userdict", "test_userlist", "test_warnings",
    "test_with",
)  # fmt: skip


def program(name: str) -> Program:
    """The test file `name` as a program."""
    source = f"import unittest\nfrom test import {name}\nunittest.main({name}, verbosity=2)\n"
    return Program("python", "cpython", name, source, limits=LIMITS)
