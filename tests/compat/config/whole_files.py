"""Whole files, command lines and [supervisorctl]: our settings against those of Supervisor's own options objects, on trees
of files by the generator. Every difference that we want is allowed for in Compared, with its reason."""
import os
import pathlib
import random
import re
import sys
import tempfile
import unittest

from corpus import BAD, DAEMON_BAD, FCGI_BAD, GROUPS_BAD, LISTENERS_BAD, SERVERS_BAD, WORDS, a_command_line, a_ctl_file, a_file, a_tree
from oracle import SEED, ClientOptions, ask, python_ctl, python_settings

# Warnings of ours where Supervisor says nothing.
OURS_ALONE = {
    "Two groups are named": "a group whose name is taken is dropped there in silence",
    "Two processes": "so is a process whose name is taken in its group",
    "was left out": "so is an included file that cannot be opened",
    "there it runs as a plain program": "an fcgi-program that a group names loses its socket in silence",
}
# In [group:g] programs=p0,zz Supervisor's text names the section of the last known member, not the group's.
WRONG_SECTION = re.compile(r"^\[(fcgi-)?program:[^]]*\] (names unknown|name \S+ is ambiguous)")

# A factory that Python cannot load ends supervisord; here it is a WARN, and a plugin of supervisorctl is none of ours.
NO_FACTORY = re.compile(r"EntryPoint must be|Parse error at|cannot be resolved within|No module named")


class Compared(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)

    def write(self, name, text):
        path = pathlib.Path(self.folder.name) / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return str(path)

    def compare(self, arguments, text):
        """Wants equal settings or equal error texts. The place of our error, or None if there was none."""
        expected = python_settings(arguments)
        ours = ask(what="settings", arguments=arguments)
        place = ours.pop("place", "")
        if NO_FACTORY.search(expected.get("error", "")):
            return place
        if "error" in ours and "error" in expected and WRONG_SECTION.match(expected["error"]):
            ours, expected = ours["error"].split("] ", 1)[1], expected["error"].split("] ", 1)[1]
            self.assertEqual(ours, expected, text)
            return place
        if "messages" in ours and "messages" in expected:
            ours["messages"] = [message for message in ours["messages"] if not any(words in message[1] for words in OURS_ALONE)]
            seen = []  # a section with numprocs warns there once for each process
            expected["messages"] = [m for m in expected["messages"] if not (m in seen or seen.append(m))]
        self.assertEqual(ours, expected, f"\n{text}")
        return place if "error" in ours else None


class WholeFiles(Compared):
    def test_generated_trees(self):
        """Contract 1.1 to 1.16, and 1.6 above all."""
        rng = random.Random(SEED + 5)
        good = bad = included = 0
        for number in range(500):
            tree = a_tree(rng, 0.0 if number % 2 else 0.3)
            with tempfile.TemporaryDirectory(dir=self.folder.name) as folder:
                for name, text in tree.items():
                    self.write(os.path.join(folder, name), text)
                with self.subTest(number=number):
                    place = self.compare(["-c", os.path.join(folder, "supervisord.conf")], tree)
            good, bad = (good + 1, bad) if place is None else (good, bad + 1)
            included += len(tree) > 1
        self.assertGreater(good, 120, "the generator has become one-sided")
        self.assertGreater(bad, 120, "the generator has become one-sided")
        self.assertGreater(included, 300)

    def test_generated_files(self):
        rng = random.Random(SEED + 4)
        good = bad = 0
        for number in range(400):
            text = a_file(rng, 0.0 if number % 2 else 0.25)
            place = self.compare(["-c", self.write("supervisord.conf", text)], text)
            good, bad = (good + 1, bad) if place is None else (good, bad + 1)
        self.assertGreater(good, 150)
        self.assertGreater(bad, 80)

    def test_every_bad_value_alone(self):
        for table, header in ((BAD, "[program:x]\n"), (DAEMON_BAD, "")):
            for key, values in table.items():
                for value in values:
                    own = f"{key}={value}\n"
                    rest = "" if key == "command" else "command=/bin/cat\n"
                    text = "[supervisord]\n" + (f"[program:x]\n{own}{rest}" if header else own)
                    place = self.compare(["-c", self.write("supervisord.conf", text)], text)
                    line = 1 + text.split("\n").index(f"{key}={value}")
                    section = "program:x" if header else "supervisord"
                    self.assertEqual(place, f"{self.folder.name}/supervisord.conf:{line}, section [{section}], key {key}", text)

    def test_every_bad_section_alone(self):
        for part in SERVERS_BAD + LISTENERS_BAD + FCGI_BAD + GROUPS_BAD:
            text = "[supervisord]\n[program:p0]\ncommand=x\n" + part
            place = self.compare(["-c", self.write("supervisord.conf", text)], text)
            self.assertIn("supervisord.conf:", place, text)

    def test_includes(self):
        self.write("conf.d/b.conf", "[program:b]\ncommand=%(here)s/b\n[supervisord]\nidentifier=second\n")
        self.write("conf.d/a.conf", "[program:a]\ncommand=%(here)s/a %(ENV_TOWN)s\n[program:main]\npriority=5\n")
        self.write("other/bad.conf", "[program:bad]\ncommand=x\nautostart=maybe\n")
        self.write("other/garbage.conf", "[program:bad]\ngarbage\n")
        for files in ("conf.d/*.conf", "%(here)s/conf.d/a.conf conf.d/b.conf", "none/*.conf conf.d/?.conf", "other/bad.conf", "other/garbage.conf", "%(nope)s",
                      "conf.d", "conf.d/[ab].conf\n  conf.d/{a,b}.conf", ""):
            text = f"[supervisord]\n[program:main]\ncommand=%(here)s/main\n[include]\nfiles={files}\n"
            with self.subTest(files=files):
                path = self.write("supervisord.conf", text)
                self.compare(["-c", path], text)
        text = "[supervisord]\n[include]\nfile=x\n"
        self.compare(["-c", self.write("supervisord.conf", text)], text)

    def test_missing_and_unreadable_files(self):
        for path in ("/no/such.conf", self.folder.name):
            self.compare(["-c", path], "")

    def test_not_utf8(self):
        """Contract 1.1: a byte that is no UTF-8 is an error with its line, in the main file and in an included one."""
        main = self.write("supervisord.conf", b"[supervisord]\n[program:a]\ncommand=caf\xe9\n")
        self.assertEqual(self.compare(["-c", main], ""), f"{main}:3")
        main = self.write("supervisord.conf", "[supervisord]\n[include]\nfiles=x.conf\n")
        other = self.write("x.conf", b"[program:a]\n\n\ncommand=\xe2\x82\n")
        self.assertEqual(self.compare(["-c", main], ""), f"{other}:4")


class CommandLines(Compared):
    """Contract 1.2."""

    def test_command_lines(self):
        text = "[supervisord]\nloglevel=debug\nnodaemon=false\nidentifier=file\n[program:a]\ncommand=x\n"
        path = self.write("supervisord.conf", text)
        for arguments in (["-n"], ["--nodaemon", "-s"], ["-n", "-n"], ["-e", "loud"], ["-eerror"], ["--loglevel=warn"], ["--log", "x"], ["--logl", "info"], ["-x"],
                          ["--what"], ["--nodaemon=1"], ["-l"], ["--logfile"], ["extra"], ["-n", "extra", "it's"], ["-i", "me", "-a", "5"], ["-a", "x"], ["-m", "9"],
                          ["-m", "077"], ["-d", "/no/such"], ["-d", "/tmp"], ["-l", "/no/such/x"], ["-l", "/tmp/x", "-j", "y.pid"], ["-y", "1K"], ["-y", "1KB"], ["-z", "x"],
                          ["-u", "nobody"], ["-u", "no_such_user"], ["-q", "/tmp"], ["-kt"], ["--minprocs", "5"], ["-u", "root", "--user=root"], ["--", "x"],
                          ["--strip_ansi"], ["-c", path], ["--min", "4"], ["-nx"], ["-i", ""]):
            with self.subTest(arguments=arguments):
                self.compare(["-c", path] + arguments, text)

    def test_generated_command_lines(self):
        rng = random.Random(SEED + 6)
        text = "[supervisord]\nloglevel=debug\n[program:a]\ncommand=x\n"
        path = self.write("supervisord.conf", text)
        for words in WORDS:
            self.compare(["-c", path] + words, words)
        for _ in range(400):
            arguments = ["-c", path] + a_command_line(rng)
            with self.subTest(arguments=arguments):
                self.compare(arguments, text)

    def test_where_a_file_is_looked_for(self):
        before = sys.argv[0]
        for name in ("holdfastd", "./holdfastd", "bin/holdfastd", "/usr/bin/holdfastd", "/holdfastd", "../x/holdfastd", "/opt//x//holdfastd", ""):
            sys.argv[0] = name
            try:
                self.assertEqual(ask(what="search", argv0=name)["paths"], ClientOptions().searchpaths, name)
            finally:
                sys.argv[0] = before


class CtlSections(Compared):
    """Contract 1.10 and 1.15, as supervisorctl reads them."""

    def test_generated_files(self):
        rng = random.Random(SEED + 7)
        errors = 0
        for _ in range(300):
            text = a_ctl_file(rng)
            path = self.write("supervisord.conf", text)
            ours = ask(what="ctl", file=path)
            ours.pop("place", "")
            expected = python_ctl(["-c", path])
            if not NO_FACTORY.search(expected.get("error", "")):
                self.assertEqual(ours, expected, text)
            errors += "error" in ours
        self.assertGreater(errors, 50)
        self.assertLess(errors, 250)
