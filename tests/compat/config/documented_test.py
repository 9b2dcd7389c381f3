"""docs/compatibility.rst is complete: every option, method, fault, event and command that Debian's Supervisor 4.2.5 itself
has stands there in a table, and every test that is named there exists. The names are taken from Supervisor's modules and
its sample configuration. Usage: documented_test.py CTEST_FOLDER [unittest arguments]"""
import pathlib
import re
import subprocess
import sys
import unittest

import supervisor
from supervisor import events, options, rpcinterface, supervisorctl, xmlrpc

ROOT = pathlib.Path(__file__).resolve().parents[3]
TEXT = (ROOT / "docs/compatibility.rst").read_text()
SOURCE = pathlib.Path(supervisor.__file__).parent


def part(title):
    """The document from a title to the next one of the same kind, or to the end."""
    start = re.search(rf"^{re.escape(title)}\n([-~])+\n", TEXT, re.M)
    end = re.search(rf"^[^\n]+\n{start[1]}{{3,}}\n", TEXT[start.end():], re.M)
    return TEXT[start.end():start.end() + end.start()] if end else TEXT[start.end():]


def named(text):
    """The words in double backquotes, and those after _-abbreviations of events."""
    return {word for quoted in re.findall(r"``([^`]+)``", text) for word in re.split(r"[\s:/]", quoted)} | set(re.findall(r"\b[A-Z_]{8,}\b", text))


def public(where, start=""):
    return {name[len(start):] for name in dir(where) if name.startswith(start) and not name.startswith("_")}


class Documented(unittest.TestCase):
    def complete(self, wanted, title):
        self.assertGreater(len(wanted), 15)
        self.assertEqual(set(), wanted - named(part(title)), f"missing in the tables of '{title}'")

    def test_options(self):
        sample = set(re.findall(r"^;?([a-z_]+)=", (SOURCE / "skel/sample.conf").read_text(), re.M))
        read = set(re.findall(r"\bget\(\s*(?:section, )?'([a-z_]+)'", (SOURCE / "options.py").read_text()))
        self.complete((sample | read) - {"expansions", "include"}, "Configuration")

    def test_options_of_the_command_line(self):
        words = options.ServerOptions()
        asked = {f"--{name.rstrip('=')}" for name in words.long_options} | {f"-{letter[0]}" for letter in words.short_options}
        self.complete(asked, "Configuration")

    def test_methods(self):
        own = public(rpcinterface.SupervisorNamespaceRPCInterface) | public(xmlrpc.SystemNamespaceRPCInterface)
        self.assertEqual(41, len(own))
        self.assertEqual(set(), own - {name.split(".")[-1] for name in named(part("Methods"))})

    def test_faults(self):
        rows = dict((name, int(code)) for code, name in re.findall(r"^(\d+) +``([A-Z_]+)``", part("Faults"), re.M))
        self.assertEqual({name: getattr(xmlrpc.Faults, name) for name in public(xmlrpc.Faults)}, rows)

    def test_events(self):
        self.complete({name for name in public(events.EventTypes) if name.isupper()}, "Events")

    def test_commands(self):
        self.complete(public(supervisorctl.DefaultControllerPlugin, "do_"), "Commands of supervisorctl")


class Named(unittest.TestCase):
    """What the rows name is there."""

    def test_short_names(self):
        short = set(re.findall(r"^(\w+) +compat_\w+ ", part("The tests"), re.M))
        self.assertGreater(len(short), 12)
        used = set(re.findall(r"(?<!\*)\*(\w+)\*(?!\*)", TEXT)) - {"Not", "x"}
        self.assertEqual(set(), used - short)

    def test_tests_of_ctest(self):
        listed = subprocess.run(["ctest", "--test-dir", sys.argv[1], "-N"], capture_output=True, text=True, timeout=60).stdout
        wanted = set(re.findall(r"\b((?:compat|unit)_[a-z_]+)\b", TEXT.split("Supvisors\n---------")[0]))
        self.assertGreater(len(wanted), 25)
        self.assertEqual(set(), wanted - set(re.findall(r": (\w+)$", listed, re.M)))

    def test_transcripts(self):
        wanted = {name for row in re.findall(r"transcripts? ((?:[a-z_*]+(?:, +|\b))+)", TEXT) for name in re.findall(r"[a-z]+_[a-z_]+\b", row)}
        self.assertGreater(len(wanted), 25)
        for name in wanted:
            self.assertTrue(list((ROOT / "tests/transcripts").glob(f"{name}.txt")) or name == "listener_", name)

    def test_unit_suites(self):
        for target, suites in re.findall(r"``(unit_\w+)``((?:,? +[A-Z]\w+)+)", TEXT.split("Supvisors\n---------")[0]):
            source = "".join(path.read_text() for path in (ROOT / "tests/unit" / target.removeprefix("unit_")).glob("*.cpp"))
            for suite in re.findall(r"\w+", suites):
                self.assertTrue(re.search(rf"TEST(_[FP])?\({suite},", source), f"{target} {suite}")


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[2:], warnings="ignore")
