"""The death of one agent, also on a machine that is busy: nobody may notice. Prints and asserts the figures; programs
write numbered lines, so that what they did is read from their logs and not from what the cluster says."""
import os
import signal
import subprocess
import time
import unittest

from nodes import (
    Workspace, alive, detection_of, figure, is_stopped, small_cluster, unread_output, wait_for)
import yardstick

AGENT_LIMIT_S = 1.0
ROUNDS = 5
HOGS = 8

# Two writers of numbered lines on each node, as fast as a log of a busy service; each node's are its own application.
# A line is one write: a writer that is stopped has not written half of it.
WRITER = r"""[program:writer_NICK]
command = /usr/bin/python3 -S -u -c "import time, itertools; [(print(f'line {n}\n', end=''), time.sleep(0.002)) for n in itertools.count(1)]"
process_name = %(program_name)s_%(process_num)02d
numprocs = 2
autostart = true
startsecs = 1
stdout_logfile = %(here)s/%(program_name)s_%(process_num)02d.log
stdout_logfile_maxbytes = 0
stopsignal = KILL
"""
WRITER_RULES = """<?xml version="1.0" encoding="UTF-8"?>
<root>
  <application pattern="writer">
    <start_sequence>0</start_sequence>
    <running_failure_strategy>RESTART_PROCESS</running_failure_strategy>
    <programs>
      <program pattern="writer_"><running_failure_strategy>RESTART_PROCESS</running_failure_strategy></program>
    </programs>
  </application>
</root>
"""


class AgentDeathTest(unittest.TestCase):
    def setUp(self):
        self.workspace = Workspace()
        self.addCleanup(self.workspace.__exit__, None, None, None)
        self.cluster = small_cluster(self.workspace, 3, WRITER, WRITER_RULES)
        self.cluster.wait_until_whole()
        for node in self.cluster:
            wait_for(lambda: len(node.own_pids()) == 2 and all(
                p["statename"] == "RUNNING" for p in node.rpc.supervisor.getAllProcessInfo()), 10,
                f"the writers of {node.nick} RUNNING")
            node.wait_logged("spawned:", 2)

    def answered_in(self, node, moment):
        def answers():
            return node.rpc.supervisor.getState()["statename"] == "RUNNING" and node.own_pids()
        wait_for(answers, 10, f"the agent of {node.nick} again")
        return time.monotonic() - moment

    def kill_and_measure(self):
        started = {node.nick: len(node.logged("spawned:|decided: start")) for node in self.cluster}
        pids = {node.nick: node.own_pids() for node in self.cluster}
        taken = []
        for k in range(ROUNDS):
            victim = self.cluster.nodes[k % 3]
            old = victim.daemon.agent_pid()
            moment = time.monotonic()
            os.kill(old, signal.SIGKILL)
            taken.append(self.answered_in(victim, moment))
            self.assertNotEqual(victim.daemon.agent_pid(), old)
            for node in self.cluster:
                self.assertEqual(node.own_pids(), pids[node.nick], f"pids of {node.nick} after {victim.nick}'s agent")
            self.cluster.wait_until_whole()
        for node in self.cluster:
            for name, pid in pids[node.nick].items():
                self.assertTrue(alive(pid), f"{name} of {node.nick}")
            self.assertEqual(len(node.logged("spawned:|decided: start")), started[node.nick], "nothing was started")
        self.assert_every_line_once()
        return taken

    def assert_every_line_once(self):
        """Of the stopped writers all that was written by now must arrive."""
        writers = [(node, name, pid) for node in self.cluster for name, pid in node.own_pids().items()]
        try:
            for _, _, pid in writers:
                os.kill(pid, signal.SIGSTOP)
            for node, name, pid in writers:
                wait_for(lambda: is_stopped(pid) and unread_output(pid) == 0, 10, f"the output of {name} to be taken")
                self.assert_numbered(node, name.split(":")[1])
        finally:
            for _, _, pid in writers:
                os.kill(pid, signal.SIGCONT)

    def assert_numbered(self, node, name):
        lines = (node.daemon.folder / f"{name}.log").read_text().splitlines()
        self.assertGreater(len(lines), 100, f"{node.nick} {name}")
        wrong = next(((n, line) for n, line in enumerate(lines, 1) if line != f"line {n}"), None)
        self.assertIsNone(wrong, f"{node.nick} {name}: the first line that is not in its place")

    def report(self, name, taken):
        figure(name, taken, AGENT_LIMIT_S, detection_of(self.cluster["n1"]))
        yardstick.assert_kept(self, taken, AGENT_LIMIT_S)

    def test_agent(self):
        self.report("agent killed, answers again", self.kill_and_measure())

    def test_agent_beside_hogs(self):
        hogs = [subprocess.Popen(["/bin/sh", "-c", "while :; do :; done"]) for _ in range(HOGS)]
        try:
            taken = self.kill_and_measure()
        finally:
            for hog in hogs:
                hog.kill()
                hog.wait()
        self.report(f"agent killed beside {HOGS} CPU hogs, answers again", taken)


if __name__ == "__main__":
    unittest.main()
