"""The interactive side of Debian's supervisorctl 4.2.5 and of holdfastctl, each at a real pseudo-terminal, both talking to
one supervisord: the same keys, and what stands on the screen afterwards is compared (contract supervisor.md 6.1, 1.10).
HOLDFAST_BIN names the folder of holdfastctl."""
import pathlib
import re
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "support"))
import holdfast_testing as support  # noqa: E402
import quick_supervisor  # noqa: E402
from terminal import END, INTERRUPT, Terminal  # noqa: E402

SUPERVISORD = "/usr/bin/supervisord"
THEIRS = "/usr/bin/supervisorctl"
OURS = str(support.BIN / "holdfastctl")
ENVIRONMENT = {"PATH": "/usr/bin:/bin", "HOME": "/nonexistent", "LANG": "C.UTF-8", **support.sanitizer_options()}
UP = "\x10"  # Ctrl-P

CONFIG = """
[supervisord]
logfile = %(here)s/main.log
loglevel = trace  ; it says each call that it has answered
pidfile = %(here)s/supervisord.pid
childlogdir = %(here)s

[rpcinterface:supervisor]
supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface

[unix_http_server]
file = %(here)s/s.sock

[inet_http_server]
port = 127.0.0.1:{port}
username = anna
password = secret word

[supervisorctl]
serverurl = unix://%(here)s/s.sock
prompt = tell me

[program:cat]
command = /bin/cat
startsecs = 0

[program:stopped]
command = /bin/cat
autostart = false

[program:talk]
command = /bin/sh -c "echo first line; echo an error >&2; exec cat"
startsecs = 0

[program:p1]
command = /bin/cat
startsecs = 0

[program:p2]
command = /bin/cat
startsecs = 0

[group:pair]
programs = p1,p2
"""
PROMPT = "tell me> "


def normal(text):
    text = re.sub(r"uptime \d+:\d\d:\d\d", "uptime U", text).replace(THEIRS, "CTL").replace(OURS, "CTL")
    text = re.sub(r"\w{3} \d\d \d\d:\d\d [AP]M", "WHEN", text)
    text = re.sub(r"(error: <class .*): file: \S+ line: \d+", r"\1: file: F line: N", text)
    # readline shows Ctrl-C, libedit Ctrl-D.
    return re.sub(r" +$", "", text.replace("^C", "").replace("^D", ""), flags=re.MULTILINE)


def each_line_once(text):
    """Keys that come before the line editor is ready are echoed once more."""
    return "\n".join(dict.fromkeys(text.split("\n")))


class Shell(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.workspace = support.Workspace()
        cls.port = support.free_port()
        cls.daemon = cls.workspace.daemon("one", CONFIG.replace("{port}", str(cls.port)), program=SUPERVISORD,
                                          environment=ENVIRONMENT).start()
        cls.turner = quick_supervisor.LoopTurner(cls.daemon.folder / "s.sock")
        cls.rpc = support.server_proxy(f"unix://{cls.daemon.folder}/s.sock").supervisor
        support.wait_for(lambda: {info["name"] for info in cls.rpc.getAllProcessInfo() if info["state"] == 20} ==
                         {"cat", "talk", "p1", "p2"}, 20, "the programs")
        cls.rpc.startProcess("stopped")
        cls.rpc.stopProcess("stopped")  # the same to say of it ever after
        cls.options = ["-c", str(cls.daemon.config)]

    @classmethod
    def tearDownClass(cls):
        cls.workspace.__exit__(None)
        cls.turner.close()

    def both(self, talk, options=None, until=lambda text: text):
        """`talk` holds a conversation with a Terminal; what both show, and their exit statuses, are equal."""
        seen = []
        for program in (THEIRS, OURS):
            with Terminal([program, *(self.options if options is None else options)], self.daemon.folder, ENVIRONMENT) as at:
                talk(at)
                # After fg supervisorctl waits for its thread, up to 30 s, and then ends with 0.
                status = 0 if program == THEIRS and "Exiting foreground" in at.text else at.wait()
                seen.append(f"{until(normal(at.text)).rstrip()}\nstatus {status}")
        self.assertEqual(seen[1], seen[0])
        return seen[1]

    def lines(self, *lines, options=None):
        def talk(at):
            at.wait_prompt(PROMPT)
            for line in lines:
                at.type(line + "\r")
                at.wait_prompt(PROMPT)
            at.type(END)
        return self.both(talk, options)

    def test_commands_one_after_another(self):
        seen = self.lines("pid", "", "  ", "nosuch", "status nosuch", "help status", "help fg", "?stop", "help nosuch", "start",
                          "start stopped cat", "stop stopped", "avail", "status pair:*", "version now")
        self.assertIn("tell me> pid\n", seen)

    def test_the_ways_out(self):
        for keys in ("quit\r", "exit\r", "EOF\r", "quit now\r", END, INTERRUPT, "half a line" + INTERRUPT):
            with self.subTest(keys=keys):
                def talk(at):
                    at.wait_prompt(PROMPT)
                    at.type(keys[:-1])
                    if keys[:-1]:
                        at.wait_for(PROMPT + keys[:-1])
                    at.type(keys[-1])
                self.both(talk)

    def test_completion(self):
        """Of commands, of process names with their groups, of group names, of help's topics."""
        for keys, line in (("sta\x09\x09tus c\x09", "status cat"), ("pid st\x09", "pid stopped"), ("mai\x09-5", "maintail -5"),
                           ("help ver\x09", "help version"), ("status pair:p\x092", "status pair:p2"),
                           ("status cat tal\x09", "status cat talk"), ("add tal\x09", "add talk"), ("ver\x09", "version"),
                           ("status pa\x09*", "status pair:*"), ("nosuch ca\x09t", "nosuch ca")):
            with self.subTest(keys=keys):
                def talk(at):
                    at.wait_prompt(PROMPT)
                    at.type(keys)
                    at.wait_for(PROMPT + line)
                    at.type("\r")
                    at.wait_prompt(PROMPT)
                    at.type(END)
                # The list that two Tabs show is in other columns.
                self.both(talk, until=lambda text: text[text.rindex(PROMPT + line):])

    def test_two_tabs_list_what_is_possible(self):
        with Terminal([OURS, *self.options], self.daemon.folder, ENVIRONMENT) as at:
            at.wait_prompt(PROMPT)
            at.type("stop pair:\x09\x09")
            at.wait_for("pair:*   pair:p1   pair:p2")
            at.type("p1\r")
            at.wait_for("pair:p1: stopped")
            at.wait_prompt(PROMPT)
            at.type("start pair:p1\r")
            at.wait_for("pair:p1: started")
            at.wait_prompt(PROMPT)
            at.type(END)
            self.assertEqual(at.wait(), 0)

    def test_history(self):
        files = []
        for first in (True, False):
            def talk(at):
                at.wait_prompt(PROMPT)
                for keys in (("pid cat", "pid cat", "version", UP + UP) if first else (UP + UP,)):
                    at.type(keys + "\r")
                    at.wait_prompt(PROMPT)
                at.type(END)
            for program in (THEIRS, OURS):
                with self.subTest(program=program, first=first):
                    # In the file, since supervisorctl's own -r has no effect.
                    path = self.daemon.folder / (pathlib.Path(program).name + ".history")
                    config = self.daemon.folder / "history.conf"
                    config.write_text(self.daemon.config.read_text().replace(
                        "prompt = tell me", f"prompt = tell me\nhistory_file = {path}"))
                    with Terminal([program, "-c", str(config)], self.daemon.folder, ENVIRONMENT) as at:
                        talk(at)
                        self.assertEqual(at.wait(), 0)
                    files.append(path.read_text())
                    self.assertEqual(path.stat().st_mode & 0o777, 0o600)
        self.assertEqual(files[1], files[0])
        self.assertEqual(files[3], files[2])
        self.assertEqual(files[3], "pid cat\nversion\npid cat\nversion\n")

    def test_following_ends_with_the_prompt(self):
        def talk(at):
            at.wait_prompt(PROMPT)
            at.type("tail -f talk\r")
            at.wait_for_line("first line")
            self.at_rest(at)
            at.type(INTERRUPT)
            at.wait_prompt(PROMPT)
            at.type("pid talk\r")
            at.wait_prompt(PROMPT)
            at.type(END)
        self.both(talk)

    def at_rest(self, at):
        """Ctrl-C in the midst of its work is an error of the connection for supervisorctl."""
        support.at_rest(at.pid)

    def answered(self, call):
        """How often supervisord has answered a call."""
        return self.daemon.text("main.log").count(f"XML-RPC method {call} returned successfully")

    def test_foreground(self):
        """What is typed goes to the program, what it says comes here, until Ctrl-C or Ctrl-D."""
        for end in (INTERRUPT, END):
            for options in (self.options + ["fg", "cat"], self.options):
                with self.subTest(end=end, options=options):
                    in_shell = options is self.options

                    def type_when_ready(at, keys):
                        if in_shell and at.program == "supervisorctl":  # the one that edits lines here
                            at.wait_for_line_editing()
                        at.type(keys)

                    def talk(at):
                        self.rpc.clearProcessLogs("cat")
                        if in_shell:
                            at.wait_prompt(PROMPT)
                            at.type("fg cat\r")
                        at.wait_for("Ctrl-C to exit <==")
                        type_when_ready(at, "a word\r")
                        at.wait_for_line("a word", times=2)
                        type_when_ready(at, "another\r")
                        at.wait_for_line("another", times=2)
                        self.at_rest(at)
                        type_when_ready(at, end)
                        at.wait_for("Exiting foreground")
                        if in_shell:
                            at.wait_prompt(PROMPT)
                            at.type("pid cat\r")
                            at.wait_prompt(PROMPT)
                            at.type(END)
                    self.both(talk, options, until=each_line_once)

    def test_foreground_of_a_program_that_ends(self):
        def talk(at):
            self.rpc.clearProcessLogs("pair:p1")
            at.wait_for("Ctrl-C to exit <==")
            asked = self.answered("supervisor.getProcessInfo()")
            at.type("a word\r")
            at.wait_for_line("a word", times=2)
            # It asks after each line whether the program still runs: not before it was told so may that end.
            support.wait_for(lambda: self.answered("supervisor.getProcessInfo()") > asked, what="the question after the line")
            self.rpc.stopProcess("pair:p1")
            at.type("nobody hears this\r")
            at.wait_for("Exiting foreground")
            self.rpc.startProcess("pair:p1")
        self.both(talk, self.options + ["fg", "pair:p1"], until=each_line_once)

    def test_foreground_errors(self):
        self.lines("fg", "fg a b", "fg nosuch", "fg stopped", "fg pair:*")

    def test_questions(self):
        for line, question in (("shutdown", "Really shut the remote supervisord process down y/N?"),
                               ("reload", "Really restart the remote supervisord process y/N?")):
            for answer in ("n\r", "\r", END):
                with self.subTest(line=line, answer=answer):
                    def talk(at):
                        at.wait_prompt(PROMPT)
                        at.type(line + "\r")
                        at.wait_for(question)
                        at.type(answer)
                        at.wait_prompt(PROMPT)
                        at.type(END)
                    self.both(talk)

    def test_open(self):
        self.lines("open ftp://x", "open unix:///nosuch/socket", "status", f"open unix://{self.daemon.folder}/s.sock")

    def test_password(self):
        """Who is refused is asked, unseen; a wrong one again."""
        options = ["-c", "", "-s", f"http://127.0.0.1:{self.port}"]

        def talk(at):
            for password in ("guess", "secret word"):
                at.wait_for("Username:", times=1 + (password != "guess"))
                at.type("anna\r")
                at.wait_for("Password:", times=1 + (password != "guess"))
                at.type(password + "\r")
            at.wait_prompt("supervisor> ")
            at.type("pid cat\r")
            at.wait_prompt("supervisor> ")
            at.type(END)
        seen = self.both(talk, options)
        self.assertNotIn("secret", seen)
        self.assertNotIn("guess", seen)

    def test_password_with_one_command(self):
        """-i: one command, with questions."""
        def talk(at):
            at.wait_for("Username:")
            at.type("anna\r")
            at.wait_for("Password:")
            at.type("secret word\r")
        self.both(talk, ["-c", "", "-s", f"http://127.0.0.1:{self.port}", "-i", "status", "cat"])

    def test_password_that_nobody_gives(self):
        def talk(at):
            at.wait_for("Username:")
            at.type(END)
        self.both(talk, ["-c", "", "-s", f"http://127.0.0.1:{self.port}", "-i", "status", "cat"])

    def test_lines_of_a_pipe(self):
        """No terminal: no editing, the same words."""
        said = [subprocess.run([program, *self.options], input="pid cat\n\nnosuch\nhelp stop\nversion\nquit\npid\n", text=True,
                               capture_output=True, cwd=self.daemon.folder, env=ENVIRONMENT, timeout=support.PATIENCE_S)
                for program in (THEIRS, OURS)]
        self.assertEqual(normal(said[1].stdout), normal(said[0].stdout))
        self.assertEqual((said[1].returncode, said[1].stderr), (said[0].returncode, said[0].stderr))

    def test_names_of_any_letters(self):
        """UTF-8 is typed, shown and erased by letters, whatever the terminal's settings say."""
        with Terminal([OURS, *self.options], self.daemon.folder, {**ENVIRONMENT, "LANG": "C"}) as at:
            at.wait_prompt(PROMPT)
            at.type("status smørØ\x7f\r")
            at.wait_for("smør: ERROR (no such process)")
            at.wait_prompt(PROMPT)
            at.type(END)
            self.assertEqual(at.wait(), 0)


if __name__ == "__main__":
    unittest.main(verbosity=1, warnings="ignore")
