"""A configuration that would not start is refused by reread, restart and HUP before anything stops, with its text to the
caller and with its place in the log (contract supervisor.md 2.7, 4.5; Supervisor stops everything and then ends). And one
that is good restarts the daemon. holdfastd alone: there is nothing alike to compare with."""
import os
import re
import signal
import subprocess
import unittest

from pair import BASE, SUPERVISORCTL, outcome, support

PROGRAM = """
[program:cat]
command = /bin/cat
startsecs = 0
"""
CLUSTER = """
[cluster]
nodes = 127.0.0.1:%(ENV_TEST_PORT)s
rules = rules.xml
"""
RULES = '<root><application name="none"/></root>\n'


class Reload(unittest.TestCase):
    def setUp(self):
        self.workspace = self.enterContext(support.Workspace())
        self.port = support.free_port()
        self.text = BASE + PROGRAM + CLUSTER
        self.daemon = self.workspace.daemon("node", self.text, environment={"TEST_PORT": str(self.port)})
        self.rules = self.daemon.folder / "rules.xml"
        self.rules.write_text(RULES)
        self.daemon.start()
        self.rpc = support.server_proxy(f"unix://{self.daemon.folder}/s.sock")
        support.wait_for(lambda: self.rpc.supervisor.getProcessInfo("cat")["statename"] == "RUNNING", 15, "cat to run")
        self.pid = self.rpc.supervisor.getProcessInfo("cat")["pid"]

    def log(self):
        return (self.daemon.folder / "main.log").read_text()

    def untouched(self):
        self.assertEqual(self.rpc.supervisor.getState()["statename"], "RUNNING")
        self.assertEqual(self.rpc.supervisor.getProcessInfo("cat")["pid"], self.pid)

    def logged(self, before, words):
        support.wait_for(lambda: words in self.log()[before:], 5, f"{words!r} in the log")

    def refused(self, fault, logged, reread=True):
        """By every way there is, each said in the log."""
        for method in ("reloadConfig", "restart") if reread else ("restart",):
            before = len(self.log())
            self.assertEqual(outcome(getattr(self.rpc.supervisor, method)), ("fault", (92, "CANT_REREAD: " + fault)))
            self.logged(before, logged)
            self.untouched()
        before = len(self.log())
        os.kill(self.daemon.pid, signal.SIGHUP)
        self.logged(before, logged)
        self.untouched()

    def test_broken_files(self):
        config = str(self.daemon.config)
        line = 1 + self.text.split("\n").index("startsecs = 0")
        self.daemon.config.write_text(self.text.replace("startsecs = 0", "startsecs = soon"))
        self.refused(f"invalid literal for int() with base 10: 'soon' in section 'program:cat' (file: '{config}')",
                     f"({config}:{line}, section [program:cat], key startsecs)")
        self.daemon.config.write_text("garbage\n")
        self.refused(f"File contains no section headers.\nfile: '{config}', line: 1\n'garbage\\n'", f"file: '{config}', line: 1 'garbage")
        self.daemon.config.unlink()
        self.refused(f"could not find config file {config}", f"could not find config file {config}")
        self.supervisorctl_says()
        self.daemon.config.write_text(self.text)
        self.assertEqual(self.rpc.supervisor.reloadConfig(), [[[], [], []]])

    def supervisorctl_says(self):
        for word in ("reread", "reload"):
            done = subprocess.run([SUPERVISORCTL, "-s", f"unix://{self.daemon.folder}/s.sock", word], capture_output=True, text=True, timeout=support.PATIENCE_S,
                                  cwd=self.daemon.folder, input="")
            self.assertIn("could not find config file", done.stdout + done.stderr, word)
            self.assertNotEqual(done.returncode, 0)
            self.untouched()

    def test_what_the_file_names(self):
        """Rules that do not load, a key that is none, a list without this node: a restart would end the daemon."""
        self.rules.write_text("<root>\n<nonsense/></root>\n")
        for method in ("reloadConfig", "restart"):
            before = len(self.log())
            kind, what = outcome(getattr(self.rpc.supervisor, method))
            self.assertEqual((kind, what[0]), ("fault", 92), method)
            self.assertRegex(what[1], rf"\ACANT_REREAD: .*{re.escape(str(self.rules))}:2: ")
            self.logged(before, f"{self.rules}:2: ")
            self.untouched()
        self.rules.write_text(RULES)
        for key, words in (("nodes = 192.0.2.1:9001", "no item of the node list is this agent"), ("nodes = 127.0.0.1:1", "no item of the node list"),
                           (f"nodes = 127.0.0.1:{self.port}\nkey_file = rules.xml", "key")):
            self.daemon.config.write_text(self.text.replace("nodes = 127.0.0.1:%(ENV_TEST_PORT)s", key))
            kind, what = outcome(self.rpc.supervisor.restart)
            self.assertEqual((kind, what[0]), ("fault", 92), key)
            self.assertIn(words, what[1])
            self.untouched()

    def test_a_pipe_is_not_waited_for(self):
        """Neither as the file itself nor as one that it includes: the agent has other work."""
        included = self.daemon.folder / "included.conf"
        os.mkfifo(included)
        self.daemon.config.write_text(self.text + "[include]\nfiles = included.conf\n")
        self.assertEqual(outcome(self.rpc.supervisor.reloadConfig)[0], "value")  # passed over, as any that cannot be read
        self.untouched()
        self.daemon.config.unlink()
        os.mkfifo(self.daemon.config)
        self.assertEqual(outcome(self.rpc.supervisor.reloadConfig)[0], "fault")
        self.untouched()

    def test_secrets_are_in_no_log(self):
        for line in ('environment = PW="s3cret %(nope)s"', "[inet_http_server:x]\nport = 127.0.0.1:1\npassword = s3cret%(nope)s"):
            before = len(self.log())
            self.daemon.config.write_text(self.text.replace("[cluster]", line + "\n[cluster]"))
            self.assertEqual(outcome(self.rpc.supervisor.reloadConfig)[0], "fault", line)
            self.logged(before, "is not shown")
            self.assertNotIn("s3cret", self.log())

    def test_a_good_one_restarts(self):
        self.daemon.config.write_text(self.text.replace("identifier = compat", "identifier = changed"))
        self.assertEqual(outcome(self.rpc.supervisor.restart), ("value", True))
        support.wait_for(lambda: self.rpc.supervisor.getIdentification() == "changed"
                         and self.rpc.supervisor.getProcessInfo("cat")["statename"] == "RUNNING", 15, "the restart")
        self.assertNotEqual(self.rpc.supervisor.getProcessInfo("cat")["pid"], self.pid)


if __name__ == "__main__":
    unittest.main(warnings="ignore")
