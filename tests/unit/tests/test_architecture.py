#!/usr/bin/python3
# SPDX-License-Identifier: MPL-2.0
# SPDX-FileCopyrightText: The LedgerQuest Engine authors
"""test_architecture.py - architecture.py on small trees, each with one thing wrong; the counting of c_source.py."""

import contextlib
import io
import os
import sys
import tempfile
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
sys.path.insert(0, os.path.join(ROOT, "tests"))

import architecture  # noqa: E402
from c_source import functions, strip_c  # noqa: E402

TABLE = [
    "| folder | what it is | may use |",
    "| --- | --- | --- |",
    "| `base/` | leaves | |",
    "| `stages/*/rules/` | **pure** | `base/` |",
    "| `stages/*/` | wiring | `base/`, `stages/*/rules/` |",
    "| `io/` | shell | `base/`, (`stages/*/rules/`) |",
    "| `tests/` | all | anything |",
    "| `docs/` | words | |",
]
FILES = {
    "base/view.h": "",
    "stages/red/rules/red.c": '#include "base/view.h"\n',
    "stages/red/main.c": '#include "base/view.h"\n#include "stages/red/rules/red.h"\n',
    "stages/blue/rules/blue.c": "",
    "io/loop.c": '#include "base/view.h"\n/* #include "tests/x.h" */\n',
    "tests/unit/test_loop.c": '#include "io/loop.h"\n',
}

# Name, files that differ, rows of the table that differ, what is said.
ROWS = [
    ("clean", {}, {}, None),
    ("an arrow that the table lacks", {"base/view.c": '#include "io/loop.h"\n'}, {},
     "base/view.c:1: base/ must not include io/"),
    ("the star of another", {"stages/blue/main.c": '\n#include "stages/red/rules/red.h"\n'}, {},
     "stages/blue/main.c:2: stages/blue/ must not include stages/red/rules/"),
    ("a folder that the table lacks", {"web/page.c": ""}, {}, "no row for the folder web/"),
    ("a folder below one that it has", {"io/deep/page.c": ""}, {}, "no row for the folder io/deep/"),
    ("a folder without C files", {"ops/check": ""}, {}, "no row for the folder ops/"),
    ("a folder that the tree lacks", {}, {7: "| `gone/` | words | |"}, "the tree has no folder gone/"),
    ("an arrow that nobody uses", {}, {5: "| `io/` | shell | `base/`, `stages/*/rules/` |"},
     "io/ may use stages/*/rules/, which nobody does"),
    ("parentheses around one that is used", {}, {3: "| `stages/*/rules/` | **pure** | (`base/`) |"},
     "stages/*/rules/ uses base/, no parentheses then"),
    ("a row below", {"base/view.c": '#include "io/loop.h"\n'}, {2: "| `base/` | leaves | `io/` |"},
     "base/ may use io/, which is no row above it"),
    ("seven parameters", {"io/wide.c": "int wide(int a, int b, int c, int d,\n"
                          "         int e, int f, int g)\n{\n}\n"}, {}, "io/wide.c:3: wide has 7 parameters"),
]

COUNTED = [
    ("int f(void)\n{\n}\n", ("f", 0, 2)),
    ("static int f(int a, char b[3],\n             void (*c)(int, int))\n{\n    if (a) {\n    }\n}\n", ("f", 3, 4)),
    ("__attribute__((format(printf, 1, 2))) int f(const char *a, ...)\n{\n}\n", ("f", 2, 2)),
    ("#define X(a, b) \\\n    a\nint f(int a) /* (a, b) */\n{\n    return ',';\n}\n", ("f", 1, 3)),
    ("START_TEST(test_f)\n{\n}\nEND_TEST\n", ("test_f", 0, 2)),
    ("struct x y = {\n    1,\n};\nint f(struct x a, int b)\n{\n}\n", ("f", 2, 2)),
    ("static void (*f(int a, int b))(int)\n{\n}\n", ("f", 2, 2)),
]


def run_on(files, table):
    with tempfile.TemporaryDirectory() as folder:
        for path, text in {**files, "docs/architecture.md": "\n".join(table) + "\n\nwords\n"}.items():
            os.makedirs(os.path.dirname(os.path.join(folder, path)), exist_ok=True)
            with open(os.path.join(folder, path), "w", encoding="utf-8") as file:
                file.write(text)
        said = io.StringIO()
        arguments, sys.argv = sys.argv, ["architecture.py", folder]
        try:
            with contextlib.redirect_stdout(said):
                code = architecture.main()
        finally:
            sys.argv = arguments
        return code, said.getvalue()


class TestArchitecture(unittest.TestCase):
    def test_rows(self):
        for name, files, rows, says in ROWS:
            with self.subTest(name):
                table = [rows.get(number, line) for number, line in enumerate(TABLE)]
                code, said = run_on({**FILES, **files}, table)
                self.assertEqual(code, 0 if says is None else 1, said)
                self.assertIn(says or " 0 breaches", said)
                self.assertIn(" 0 breaches" if says is None else " 1 breaches", said)

    def test_counting(self):
        for text, expected in COUNTED:
            with self.subTest(text):
                found = [(f.name, f.parameters, f.lines) for f in functions(strip_c(text))]
                self.assertEqual(found, [expected])

    def test_percentile(self):
        self.assertEqual(architecture.percentile([3, 1, 2], 50), 2)
        self.assertEqual(architecture.percentile(list(range(1, 11)), 90), 9)


if __name__ == "__main__":
    program = unittest.main(exit=False, verbosity=0)
    result = program.result
    print(f"test_architecture: {result.testsRun} tests, {len(result.failures) + len(result.errors)} failed")
    sys.exit(0 if result.wasSuccessful() else 1)
