"""Checks the source tree against the house's style (docs/architecture.rst, "Style that runs"): the formatter has nothing to
change, files and functions are short, headers say what they are and who uses them, limits stand in one place, and a file
that a comment names exists. Exceptions are named here with a reason; the lists may only shrink."""
import pathlib
import re
import subprocess
import sys
import unittest

ROOT = pathlib.Path(sys.argv.pop(1) if len(sys.argv) > 1 else __file__).resolve()
if ROOT.is_file():
    ROOT = ROOT.parents[2]

FILE_LINES_MAX = 400
FUNCTION_LINES_MAX = 70
# file -> why it is longer
LONG_FILES = {
    "agent/base/limits.hpp": "every limit of the product in one table",
    "agent/supervision/process_record.cpp": "one codec: its tags, its writer and its reader are read side by side",
}
# file:function -> why it is longer
LONG_FUNCTIONS = {}
# Who uses a header, or that everybody may: one of these stands in its first comment.
USERS = re.compile(r"\b(use\w*|calls?|called|made|owned?|owns|asks?|asked|reads?|filled|told|served|holds?|implement\w*|"
                   r"vocabulary|shared|kept|private|part of|everybody|every \w+|all layers|add a constant|pure|values|plain|data|"
                   r"only|for \w+)\b", re.IGNORECASE)
NAMED_FILE = re.compile(r"(?<![\w*/.-])(?!_)[\w/.-]*\b\w\w+\.(?:hpp|cpp|rst|xsd|sql|mjs)\b")


def product_files():
    for top in ("agent", "rules", "dashboard"):
        yield from sorted(path for path in (ROOT / top).rglob("*") if path.suffix in (".cpp", ".hpp"))


def all_files():
    yield from product_files()
    yield from sorted(path for path in (ROOT / "tests").rglob("*")
                      if path.suffix in (".cpp", ".hpp") and "node_modules" not in path.parts)


def name_of(path):
    return str(path.relative_to(ROOT))


def functions(lines):
    """(first line, number of lines, head) of every function: at namespace level, or in a class; the formatter has put the
    brace that ends it below the first letter of its head."""
    for indent in ("", "  "):
        start, head = None, ""
        for number, line in enumerate(lines):
            if start is None:
                if re.match(indent + r"[A-Za-z~\[]", line) and not line.startswith(indent + "namespace"):
                    start, head = number, line
                    if line.rstrip().endswith((";", "}")) or re.match(r"\s*(public|private|protected):", line):
                        start = None
            elif line.startswith(indent + "}"):
                if not re.match(r"\s*(template|class|struct|enum|union|constexpr|inline constexpr|const |static const)", head):
                    yield start + 1, number - start + 1, head.strip()
                start = None
            elif line.rstrip().endswith(";") and line.startswith(indent) and not line.startswith(indent + " "):
                start = None


def comments(text):
    return "\n".join(found.group(1) for found in re.finditer(r"//+<? ?(.*)", text))


class Style(unittest.TestCase):
    maxDiff = None

    def test_the_formatter_has_nothing_to_change(self):
        files = [str(path) for path in all_files()]
        halves = [files[0::2], files[1::2]]
        running = [subprocess.Popen(["clang-format-14", "--dry-run", "--style=file", *half], stderr=subprocess.PIPE,
                                    text=True, cwd=ROOT) for half in halves]
        told = [each.communicate()[1] for each in running]
        self.assertEqual([each.returncode for each in running], [0, 0], told)
        wrong = sorted({line.split(":")[0].removeprefix(f"{ROOT}/") for each in told for line in each.splitlines()
                        if ": warning: code should be clang-formatted" in line})
        self.assertEqual(wrong, [], "clang-format-14 -i FILE mends it")

    def test_files_hold_one_concept(self):
        long = {name_of(path): count for path in product_files()
                if (count := len(path.read_text().splitlines())) > FILE_LINES_MAX}
        self.assertEqual({name: count for name, count in long.items() if name not in LONG_FILES}, {})
        self.assertEqual([name for name in LONG_FILES if name not in long], [], "these exceptions are not needed any more")

    def test_functions_fit_a_screen(self):
        long = {}
        for path in product_files():
            for line, count, head in functions(path.read_text().splitlines()):
                if count > FUNCTION_LINES_MAX:
                    long[f"{name_of(path)}:{re.sub(r'[(].*', '', head).split()[-1]}"] = f"line {line}: {count} lines"
        self.assertEqual({name: where for name, where in long.items() if name not in LONG_FUNCTIONS}, {})
        self.assertEqual([name for name in LONG_FUNCTIONS if name not in long], [],
                         "these exceptions are not needed any more")

    def test_headers_say_what_they_are_and_who_uses_them(self):
        wrong = []
        for path in product_files():
            if path.suffix != ".hpp":
                continue
            text = path.read_text()
            first = re.match(r"(?://.*\n)+", text)
            words = comments(first.group(0)).split("\n\n")[0] if first else ""  # what follows is its form, or an example
            if not words.startswith(f"{path.name}: "):
                wrong.append(f"{name_of(path)}: does not begin with '// {path.name}: '")
            elif not USERS.search(words) or not words.rstrip().endswith("."):
                wrong.append(f"{name_of(path)}: says not who uses it")
        self.assertEqual(wrong, [])

    def test_limits_stand_in_one_place(self):
        wrong = [name_of(path) for path in product_files() if name_of(path) != "agent/base/limits.hpp"
                 and re.search(r"^namespace (holdfast::)?(\w+::)*limits\b", path.read_text(), re.MULTILINE)
                 and name_of(path) != "agent/keeper/limits.hpp"]  # the keeper includes nothing of the agent
        self.assertEqual(wrong, [])

    def test_a_file_that_a_comment_names_exists(self):
        known = {path.name for top in ("agent", "rules", "dashboard", "tests", "docs", "schemas", "packaging", "conf")
                 for path in (ROOT / top).rglob("*") if "node_modules" not in path.parts}
        wrong = []
        for path in all_files():
            for found in NAMED_FILE.finditer(comments(path.read_text())):
                named = found.group(0)
                if "/" in named and not any((ROOT / base / named).exists() for base in ("", "agent", "tests", "docs")):
                    wrong.append(f"{name_of(path)}: {named}")
                elif named.rsplit("/", 1)[-1] not in known:
                    wrong.append(f"{name_of(path)}: {named}")
        self.assertEqual(wrong, [])


if __name__ == "__main__":
    unittest.main(verbosity=0)
