"""What the node that is to start a program knows at once, the Master and whoever asked know at once too, in that node's own
words: no deadline is waited for (10 s for an order that shows nothing)."""
import unittest

from nodes import Workspace, small_cluster, wait_for

PROGRAMS = """[program:gone]
command = /no/such/command
autostart = false
[program:folder]
command = /tmp
autostart = false
[program:quotes]
command = /bin/sh -c 'no end
autostart = false
[program:nowhere]
command = /bin/sleep 100000
directory = /no/such/folder
autostart = false
startretries = 0
startsecs = 5
[program:quick]
command = /bin/sh -c "echo no such table >&2; exit 3"
autostart = false
startretries = 0
startsecs = 5
[program:off]
command = /bin/sleep 100000
autostart = false
[program:good]
command = /bin/sleep 100000
autostart = false
startsecs = 0
[group:app]
programs = gone,folder,quotes,nowhere,quick,off,good
"""
# On the other node alone, whatever the placement: the first node has none of them.
RULES = """<?xml version="1.0" encoding="UTF-8"?>
<root>
  <application name="app">
    <start_sequence>1</start_sequence>
    <starting_failure_strategy>CONTINUE</starting_failure_strategy>
    <programs>
      <program name="gone"><start_sequence>1</start_sequence><required>true</required></program>
      <program name="nowhere_defined"><start_sequence>1</start_sequence><required>true</required></program>
      <program name="good"><start_sequence>2</start_sequence></program>
    </programs>
  </application>
</root>
"""
MISSING = "can't find command '/no/such/command'"


class MissingCommandTest(unittest.TestCase):
    def setUp(self):
        self.workspace = Workspace()
        self.addCleanup(self.workspace.__exit__, None, None, None)
        self.cluster = small_cluster(self.workspace, 2, "PROGRAMS-NICK", RULES, start=False)
        for node in self.cluster:  # the Master has none of the programs
            text = node.daemon.config.read_text()
            node.daemon.config.write_text(text.replace(f"PROGRAMS-{node.nick}", PROGRAMS if node.nick == "n2" else ""))
        for node in self.cluster:
            node.daemon.start("-s")
        self.cluster.wait_until_whole()
        self.master, self.other = self.cluster["n1"], self.cluster["n2"]
        self.assertEqual("n1", self.master.master())

    def test_the_start_of_an_application_goes_on_at_once(self):
        wait_for(lambda: "app:good" in self.other.own_pids(), 30, "the next rank")
        begun, = self.master.wait_logged("start app:gone on n2")
        failed, = self.master.wait_logged("start of app:gone failed")
        self.assertLess(failed - begun, 5, "no deadline was waited for")
        line = next(text for _, _, text in self.master.log() if "start of app:gone failed" in text)
        self.assertIn(f"it became FATAL on n2: {MISSING}; required, CONTINUE", line)
        self.other.wait_logged("spawnerr: can't find command")
        info = self.other.rpc.supervisor.getProcessInfo("app:gone")
        self.assertEqual(("FATAL", MISSING, MISSING), (info["statename"], info["spawnerr"], info["description"]))
        for node in self.cluster:
            wait_for(lambda: node.processes()["app:gone"][0] == "FATAL", 10, f"FATAL at {node.nick}")
            self.assertIn(MISSING, wait_for(lambda: node.ctl("why", "app:gone").stdout, 10, "the reason"), node.nick)
            self.assertIn(MISSING, node.ctl("status", "--cluster", "app:gone").stdout)
        history = [row["reason"] + row["text"] for row in self.other.rpc.holdfast.getHistory("app:gone", 0, 100)]
        self.assertTrue(any(MISSING in text for text in history), history)

    def failure_of(self, process):
        """What is said when `process` is to be started by its rules."""
        lines = {words: len(self.master.logged(words)) for words in (f"start app:{process} on", f"start of app:{process} failed")}
        done = self.master.ctl("start_process", "CONFIG", f"app:{process}")
        self.assertEqual(1, done.returncode, done.stdout)
        begun, failed = (self.master.wait_logged(words, before + 1)[-1] for words, before in lines.items())
        self.assertLess(failed - begun, 9, "no deadline was waited for")
        return next(text for _, _, text in reversed(self.master.log()) if f"start of app:{process} failed" in text)

    def test_each_thing_that_the_node_knows(self):
        wait_for(lambda: "app:good" in self.other.own_pids(), 30, "the automatic start")
        self.assertEqual("off disabled: True\n", self.other.ctl("disable", "off").stdout)
        for process, words in (("gone", f"it became FATAL on n2: {MISSING}"),
                               ("folder", "it became FATAL on n2: command at '/tmp' is a directory"),
                               ("quotes", "it became FATAL on n2: can't parse command \"/bin/sh -c 'no end\": No closing "
                                          "quotation"),
                               ("nowhere", "it became FATAL on n2: Exited too quickly (process log may have details); exit "
                                           "status 127; last on stderr: supervisor: couldn't chdir to /no/such/folder: ENOENT"),
                               ("quick", "it became FATAL on n2: Exited too quickly (process log may have details); exit "
                                         "status 3; last on stderr: no such table")):
            with self.subTest(process=process):
                self.assertIn(words, self.failure_of(process))
        done = self.master.ctl("start_process", "CONFIG", "app:off")
        self.assertEqual(1, done.returncode, done.stdout)


if __name__ == "__main__":
    unittest.main(verbosity=2)
