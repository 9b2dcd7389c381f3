"""pidproxy and echo_supervisord_conf, side by side with Debian's (contract supervisor.md 7, companion programs; scenarios
21, 22, 26; section 9, the printed configuration parses with every key in use)."""
import concurrent.futures
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "support"))
import holdfast_testing as support  # noqa: E402

THEIRS = "/usr/bin/pidproxy"
OURS = str(support.BIN / "pidproxy")
FORWARDED = ("HUP", "USR1", "USR2", "INT", "QUIT", "TERM")
# Says each signal that it gets, and ends when its standard input does.
WORKER = """import os, signal, sys
pidfile, names = sys.argv[1], sys.argv[2:]
for name in names:
    signal.signal(getattr(signal, "SIG" + name), lambda number, frame: os.write(1, signal.Signals(number).name.encode() + b"\\n"))
open(pidfile, "w").write(str(os.getpid()))
os.write(1, b"ready\\n")
sys.stdin.read()
"""
# Debian's own reader, as its daemon uses it.
READ = "import sys; from supervisor.options import ServerOptions; ServerOptions().realize(['-c', sys.argv[1]])"


class Pidproxy(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.pidfile = self.folder / "pid"
        (self.folder / "worker.py").write_text(WORKER)

    def answer_of(self, program, arguments):
        return subprocess.run([program, *map(str, arguments)], capture_output=True, text=True, timeout=support.PATIENCE_S, cwd=self.folder)

    def each_with_worker(self):
        """Each program with the worker behind it; both are gone afterwards."""
        for program in (THEIRS, OURS):
            self.pidfile.unlink(missing_ok=True)
            with self.subTest(program), subprocess.Popen(
                    [program, str(self.pidfile), sys.executable, str(self.folder / "worker.py"), str(self.pidfile), *FORWARDED],
                    stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                    env={**os.environ, "PYTHONUNBUFFERED": "1"}) as proxy:
                try:
                    self.assertEqual(proxy.stdout.readline(), "ready\n")
                    yield proxy
                finally:
                    proxy.stdin.close()
                    proxy.kill()

    def test_called_wrongly(self):
        for program in (THEIRS, OURS):
            for arguments in ((), (self.pidfile,)):
                answer = self.answer_of(program, arguments)
                self.assertEqual((answer.returncode, answer.stderr), (1, ""), answer)
                self.assertIn(" <pidfile name> <command> [<cmdarg1> ...]", answer.stdout)

    def test_commands(self):  # scenarios 21 and 22
        (self.folder / "here").write_text("#!/bin/sh\necho here\n")
        (self.folder / "here").chmod(0o755)
        cases = [(program, command, expected) for program in (THEIRS, OURS) for command, expected in (
            (["/bin/pwd"], f"{os.path.realpath(self.folder)}\n"),
            (["/bin/echo", "a b", "c"], "a b c\n"),
            (["here"], "here\n"),  # of the working folder
            (["/bin/sh", "-c", "exit 7"], ""))]
        with concurrent.futures.ThreadPoolExecutor(len(cases)) as pool:  # theirs looks for the end every 5 s
            answers = pool.map(lambda case: self.answer_of(case[0], [self.pidfile, *case[1]]), cases)
        for (program, command, expected), answer in zip(cases, answers):
            self.assertEqual((answer.returncode, answer.stdout, answer.stderr), (0, expected, ""), (program, command))

    def test_what_cannot_be_run_is_said(self):  # ours: theirs ends with status 0 and not a word
        answer = self.answer_of(OURS, [self.pidfile, "/no/such/command"])
        self.assertEqual((answer.returncode, answer.stdout), (127, ""))
        self.assertEqual(answer.stderr, "pidproxy: cannot run /no/such/command: No such file or directory\n")

    def test_signals_are_passed_on(self):
        for last in ("INT", "QUIT", "TERM"):
            for proxy in self.each_with_worker():
                for name in ("HUP", "USR1", "USR2", last):
                    proxy.send_signal(getattr(signal, "SIG" + name))
                    self.assertEqual(proxy.stdout.readline(), f"SIG{name}\n")
                self.assertEqual(proxy.wait(support.PATIENCE_S), 0)

    def test_without_a_pid_it_says_so_and_goes_on(self):
        for proxy in self.each_with_worker():
            self.pidfile.rename(self.folder / "elsewhere")
            proxy.send_signal(signal.SIGHUP)
            self.assertIn(str(self.pidfile), proxy.stdout.readline())
            (self.folder / "elsewhere").rename(self.pidfile)
            proxy.send_signal(signal.SIGUSR1)
            self.assertEqual(proxy.stdout.readline(), "SIGUSR1\n")

    def test_it_ends_with_its_command(self):
        for proxy in self.each_with_worker():
            proxy.stdin.close()
            self.assertEqual(proxy.wait(support.PATIENCE_S), 0)


class Example(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.text = subprocess.run([support.BIN / "echo_supervisord_conf"], capture_output=True, text=True, check=True).stdout

    @staticmethod
    def in_use(text):
        """The text with every key and section that is behind a semicolon."""
        return re.sub(r"^;(\[|\w+ ?=)", r"\1", text, flags=re.M)

    @staticmethod
    def keys(text):
        """(kind of section, key), with every name of a section's own taken off."""
        found, section = set(), ""
        for line in text.splitlines():
            if heading := re.match(r"\[([^:\]]+)", line):
                section = heading[1]
            elif key := re.match(r"([\w.]+) ?=", line):
                found.add((section, key[1]))
        return found

    def write(self, text):
        path = self.folder / "supervisord.conf"
        path.write_text(text.replace("/tmp/", f"{self.folder}/").replace("user=nobody", f"user={os.environ.get('USER', 'root')}"))
        return path

    def test_every_key_of_supervisors_own_is_there(self):  # scenario 26
        theirs = subprocess.run(["/usr/bin/echo_supervisord_conf"], capture_output=True, text=True, check=True).stdout
        ours = self.keys(self.in_use(self.text))
        ours |= {("eventlistener", key) for section, key in ours if section == "program"}  # said in a sentence
        self.assertEqual(self.keys(self.in_use(theirs)) - ours, set())

    def test_both_daemons_read_it_as_printed_and_with_every_key_in_use(self):
        for text in (self.text, self.in_use(self.text)):
            path = self.write(text)
            theirs = subprocess.run(["/usr/bin/python3", "-W", "ignore", "-c", READ, path], capture_output=True, text=True, timeout=support.PATIENCE_S)
            self.assertEqual((theirs.returncode, theirs.stderr), (0, ""))
            ours = subprocess.run([support.BIN / "holdfastd", "-T", "-c", path], capture_output=True, text=True, timeout=support.PATIENCE_S)
            self.assertEqual((ours.returncode, ours.stderr), (0, ""), ours.stdout)

    def test_the_defaults_are_the_defaults(self):
        """Every value that stands for a default changes nothing: the daemon would run the same without it."""
        examples = {"file", "port", "username", "password", "chown", "user", "directory", "environment", "command", "events", "socket",
                    "socket_backlog", "socket_owner", "programs", "files", "state_dir", "byte_length_pools", "history_file", "childlogdir",
                    "umask", "serverurl", "nodaemon"}
        program = re.search(r"^;\[program:example\]\n(?:;.*\n)+", self.text, flags=re.M)[0]
        bare = "[supervisord]\n[program:example]\ncommand=/bin/cat\n"
        full = "[supervisord]\n" + self.in_use("\n".join(line for line in program.splitlines()
                                                        if re.match(r";(\w+)=", line) is None or re.match(r";(\w+)=", line)[1] not in examples - {"command"}))
        shown = []
        for text in (bare, full):
            path = self.write(text)
            shown.append(subprocess.run([support.BIN / "holdfastd", "-T", "-c", path], capture_output=True, text=True, check=True).stdout)
        self.assertEqual(shown[0], shown[1])


if __name__ == "__main__":
    unittest.main()
