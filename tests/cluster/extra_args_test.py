"""Arguments behind a command, with real agents (contract supvisors.md CFG-E3, 4.8, 5.2, 5.3, section 6): where they go, how
long they stay, what every node sees of them; a start of any that fits; what a start would do."""
import pathlib
import unittest
import xmlrpc.client

from nodes import Workspace, small_cluster, wait_for

PROGRAMS = """[program:web]
command = /bin/sleep 100000
autostart = false
startsecs = 0
[program:shell]
command = /usr/bin/sleep
autostart = false
autorestart = false
startsecs = 0
[program:none]
command = /nowhere/at/all
autostart = false
[program:job]
command = /bin/sleep 100000
process_name = %(program_name)s_%(process_num)d
numprocs = 3
autostart = false
startsecs = 0
"""
RULES = """<?xml version="1.0" encoding="UTF-8"?>
<root>
  <application name="web"><programs><program name="web">
    <start_sequence>1</start_sequence>
    <running_failure_strategy>RESTART_PROCESS</running_failure_strategy>
  </program></programs></application>
  <application name="job"><programs><program pattern="job_">
    <start_sequence>1</start_sequence><expected_loading>40</expected_loading><identifiers>n1</identifiers>
  </program></programs></application>
</root>
"""


def words_of(pid):
    """The command line that a process has."""
    return pathlib.Path(f"/proc/{pid}/cmdline").read_bytes().decode().rstrip("\0").split("\0")


class ExtraArgsTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.workspace = Workspace()
        cls.addClassCleanup(cls.workspace.__exit__, None, None, None)
        cls.cluster = small_cluster(cls.workspace, 3, PROGRAMS, RULES)
        cls.cluster.wait_until_whole()
        cls.n1, cls.n2, cls.n3 = cls.cluster.nodes

    def refused(self, node, code, method, *arguments):
        with self.assertRaises(xmlrpc.client.Fault) as caught:
            getattr(node.rpc.supvisors, method)(*arguments)
        self.assertEqual(caught.exception.faultCode, code, caught.exception.faultString)

    def wait_until_runs_with(self, node, namespec, words, timeout_s=5):
        """A child that is forked has its words when it has called exec."""
        wait_for(lambda: (pid := node.own_pids().get(namespec)) is not None and words_of(pid) == words, timeout_s,
                 f"{namespec} on {node.nick} as {words}")

    def seen(self, node, namespec):
        return node.rpc.supvisors.get_process_info(namespec)[0]["extra_args"]

    def test_1_travel_stay_and_are_applied_again(self):
        plain, more = ["/bin/sleep", "100000"], ["/bin/sleep", "100000", "7"]
        asked = self.cluster.others(self.cluster[self.n1.master()])[0]
        self.assertIs(asked.rpc.supvisors.start_process("CONFIG", "web:web", "7"), True)
        self.wait_until_runs_with(self.n1, "web:web", more)
        for node in self.cluster:
            wait_for(lambda: self.seen(node, "web:web") == "7", 5, f"{node.nick} knows them")
        self.assertEqual(self.n1.rpc.supvisors.get_local_process_info("web:web")["extra_args"], "7")
        self.assertEqual(self.n2.rpc.supvisors.get_inner_process_info("n1", "web:web")[0]["extra_args"], "7")
        self.assertRegex(self.n1.ctl("local_status", "web:web").stdout, r"RUNNING .* 7 *\n")
        # A plain restart of the program, and one of its agent.
        self.assertIs(self.n1.rpc.supervisor.stopProcess("web:web"), True)
        self.assertIs(self.n1.rpc.supervisor.startProcess("web:web"), True)
        self.wait_until_runs_with(self.n1, "web:web", more)
        self.assertEqual(self.n1.ctl("agent", "restart").returncode, 0)
        self.cluster.wait_until_whole()
        self.assertEqual(self.n1.rpc.supvisors.get_local_process_info("web:web")["extra_args"], "7")
        # By the rules: a restart of the application, a node that dies.
        wait_for(lambda: self.cluster.where("web:web", self.n2) is self.n1, 5, "RUNNING on n1")
        self.assertIs(self.n2.rpc.supvisors.restart_application("CONFIG", "web"), True)
        self.wait_until_runs_with(self.n1, "web:web", more)
        # Others, then none.
        self.assertIs(self.n2.rpc.supvisors.restart_process("CONFIG", "web:web", "8 '9'"), True)
        self.wait_until_runs_with(self.n1, "web:web", [*plain, "8", "9"])
        self.assertIs(self.n2.rpc.supvisors.restart_process("CONFIG", "web:web"), True)
        self.wait_until_runs_with(self.n1, "web:web", plain)
        wait_for(lambda: self.seen(self.n3, "web:web") == "", 5, "forgotten")
        self.refused(self.n2, 2, "start_process", "CONFIG", "web:web", "x" * 3000)
        self.assertIs(self.n2.rpc.supvisors.stop_process("web:web"), True)

    def test_2_of_a_local_start(self):
        done = self.n2.ctl("start_args", "shell", "100000", "1")
        self.assertEqual((done.returncode, done.stdout), (0, "shell started: True\n"), done.stderr)
        self.wait_until_runs_with(self.n2, "shell:shell", ["/usr/bin/sleep", "100000", "1"])
        self.refused(self.n2, 60, "start_args", "shell", "5")
        self.assertEqual(self.n2.rpc.supvisors.get_local_process_info("shell")["extra_args"], "100000 1", "as it runs")
        self.refused(self.n2, 10, "start_args", "nobody", "5")
        self.refused(self.n2, 20, "start_args", "none", "5")
        self.assertEqual(self.n2.rpc.supvisors.get_local_process_info("none")["statename"], "FATAL")
        done = self.n1.ctl("all_start_args", "shell", "100000", "2")
        self.assertEqual(done.returncode, 1)
        self.assertEqual(sorted(done.stdout.splitlines()),
                         sorted([f"shell started on {self.n1.identifier}: True", "shell: ERROR (ALREADY_STARTED: shell)",
                                 f"shell started on {self.n3.identifier}: True"]))
        self.wait_until_runs_with(self.n3, "shell:shell", ["/usr/bin/sleep", "100000", "2"])
        for command in ("start_args", "all_start", "all_start_args", "start_any_process", "test_start_process", "test_start_application"):
            self.assertIn(command, self.n1.ctl("help").stdout.split())

    def test_3_any_that_fits_and_what_a_start_would_do(self):
        node = self.cluster.others(self.cluster[self.n1.master()])[0]
        rows = node.rpc.supvisors.test_start_application("CONFIG", "job")
        self.assertEqual([(row["process_name"], row["state"], row["running_identifiers"]) for row in rows],
                         [("job_0", "RUNNING", [self.n1.identifier]), ("job_1", "RUNNING", [self.n1.identifier]),
                          ("job_2", "FATAL", [])])
        self.assertIn("no resource available", rows[2]["forced_reason"].lower())
        self.assertEqual(rows[0]["forced_reason"], "")
        self.assertEqual(set(rows[0]), {"application_name", "process_name", "state", "forced_reason", "running_identifiers"})
        self.assertEqual({state for state, _ in map(node.processes().get, ("job:job_0", "job:job_1", "job:job_2"))}, {"STOPPED"})
        self.assertRegex(node.ctl("test_start_process", "CONFIG", "job:job_1").stdout, rf"job +job_1 +RUNNING +\['{self.n1.identifier}'\]")
        self.assertEqual(node.rpc.supvisors.start_any_process("CONFIG", "job_", "7"), "job:job_0")
        self.wait_until_runs_with(self.n1, "job:job_0", ["/bin/sleep", "100000", "7"])
        done = node.ctl("start_any_process", "CONFIG", "^job:")
        self.assertEqual((done.returncode, done.stdout), (0, "job:job_1 started\n"), done.stderr)
        self.refused(node, 30, "start_any_process", "CONFIG", "job_")
        self.refused(node, 2, "start_any_process", "CONFIG", "job_(")
        self.refused(node, 2, "start_any_process", "NOBODY", "job_")
        self.refused(node, 60, "test_start_process", "CONFIG", "job:job_0")
        self.refused(node, 60, "test_start_application", "CONFIG", "job")
        self.refused(node, 102, "test_start_application", "CONFIG", "none")
        self.refused(node, 10, "test_start_process", "CONFIG", "nobody")

    def test_4_after_the_loss_of_a_node(self):
        self.assertIs(self.n2.rpc.supvisors.start_process("CONFIG", "web:web", "7"), True)
        self.n1.daemon.kill_everything()
        self.wait_until_runs_with(self.n2, "web:web", ["/bin/sleep", "100000", "7"], 10)


if __name__ == "__main__":
    unittest.main()
