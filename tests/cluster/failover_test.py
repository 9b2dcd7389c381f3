"""Deaths: of a whole node (keeper, agent and programs at once), of the Master's node, of one agent, also on a machine
that is busy. Prints and asserts the figures; programs write lines with times and numbers, so that what they did, and
when, is read from their logs and not from what the cluster says."""
import os
import signal
import statistics
import subprocess
import time
import unittest

from nodes import Workspace, alive, detection_of, figure, small_cluster, wait_for

NODE_LIMIT_S = 2.5
MASTER_LIMIT_S = 5.0
AGENT_LIMIT_S = 1.0
ROUNDS = 5
MASTER_ROUNDS = 3
HOGS = 8

# One line at once, with the time it was written; then nothing more to disturb the machine.
MOVER = """[program:mover]
command = /usr/bin/python3 -S -c "import time; print(f'{time.time():.3f}', flush=True); time.sleep(3600)"
autostart = false
startsecs = 1
stdout_logfile = %(here)s/mover.log
stopsignal = KILL
"""
MOVER_RULES = """<?xml version="1.0" encoding="UTF-8"?>
<root>
  <application name="mover">
    <start_sequence>1</start_sequence>
    <running_failure_strategy>RESTART_PROCESS</running_failure_strategy>
    <programs>
      <program name="mover">
        <identifiers>{identifiers}</identifiers>
        <start_sequence>1</start_sequence>
        <expected_loading>10</expected_loading>
      </program>
    </programs>
  </application>
</root>
"""

# Two writers of numbered lines on each node, as fast as a log of a busy service; each node's are its own application.
WRITER = """[program:writer_NICK]
command = /usr/bin/python3 -S -u -c "import time, itertools; [(print('line', n), time.sleep(0.002)) for n in itertools.count(1)]"
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


def first_line_after(node, moment):
    """When the mover wrote its first line on node after a moment, or None."""
    times = [float(line) for line in node.daemon.text("mover.log").split()]
    return next((at for at in times if at > moment), None)


class NodeDeathTest(unittest.TestCase):
    def setUp(self):
        self.workspace = Workspace()
        self.addCleanup(self.workspace.__exit__, None, None, None)

    def start(self, identifiers):
        cluster = small_cluster(self.workspace, 3, MOVER, MOVER_RULES.format(identifiers=identifiers))
        cluster.wait_until_whole()
        wait_for(lambda: cluster.where("mover:mover"), 10, "the mover RUNNING")
        return cluster

    def kill_where_it_runs(self, cluster):
        """Kills the node the mover is on; seconds until its first line elsewhere, and where."""
        survivor = cluster.nodes[0] if cluster.nodes[0].daemon.process.poll() is None else cluster.nodes[1]
        place = wait_for(lambda: cluster.where("mover:mover", survivor), 10, "the mover RUNNING")
        others = cluster.others(place)
        moment = time.time()
        place.daemon.kill_everything()
        found = wait_for(lambda: [(at, node) for node in others
                                  if (at := first_line_after(node, moment)) is not None], 15,
                         f"the mover's first line elsewhere than on {place.nick}")
        self.assertEqual(len(found), 1, "it was started once")
        return found[0][0] - moment, place, found[0][1]

    def restore(self, cluster, place):
        place.daemon.start("-s")
        cluster.wait_until_whole()
        seen = {node.nick: node.processes()["mover:mover"] for node in cluster}
        self.assertEqual(len(set(seen.values())), 1, seen)

    def test_node(self):
        # n1 is the Master and stays: the mover goes to and fro between n2 and n3.
        cluster = self.start("n2,n3")
        self.assertEqual({node.master() for node in cluster}, {"n1"})
        taken = []
        for _ in range(ROUNDS):
            seconds, place, there = self.kill_where_it_runs(cluster)
            taken.append(seconds)
            wait_for(lambda: cluster.where("mover:mover", there) is there, 5, "the mover RUNNING elsewhere")
            why = cluster["n1"].rpc.holdfast.why("mover:mover")
            self.assertTrue(any("lost" in row["text"] + row["reason"] for row in why), why)
            self.restore(cluster, place)
        figure("node killed, its program's first line elsewhere", taken, NODE_LIMIT_S, detection_of(cluster["n1"]))
        self.assertLessEqual(statistics.median(taken), NODE_LIMIT_S)
        self.assertLessEqual(max(taken), 2 * NODE_LIMIT_S)

    def test_masters_node(self):
        taken = []
        cluster = self.start("*")
        for _ in range(MASTER_ROUNDS):
            master = cluster[cluster.nodes[0].master()]
            if cluster.where("mover:mover") is not master:
                self.move_to(cluster, master)
            seconds, place, there = self.kill_where_it_runs(cluster)
            self.assertIs(place, master)
            taken.append(seconds)
            survivors = cluster.others(place)
            wait_for(lambda: len({node.master() for node in survivors} - {place.nick}) == 1
                     and survivors[0].master() == survivors[1].master(), 10, "one new Master")
            self.restore(cluster, place)
            self.assertNotEqual(cluster.nodes[0].master(), place.nick, "a restarted Master returns as follower")
        figure("Master's node killed, its program's first line elsewhere", taken, MASTER_LIMIT_S,
               detection_of(cluster["n1"]))
        self.assertLessEqual(statistics.median(taken), MASTER_LIMIT_S)
        self.assertLessEqual(max(taken), 2 * MASTER_LIMIT_S)

    def move_to(self, cluster, node):
        self.assertIs(node.rpc.supvisors.stop_process("mover:mover", True), True)
        self.assertIs(node.rpc.supervisor.startProcess("mover:mover", True), True)
        wait_for(lambda: all(cluster.where("mover:mover", other) is node for other in cluster), 5,
                 f"the mover on {node.nick}")


class AgentDeathTest(unittest.TestCase):
    """Only the agent dies: nobody may notice."""

    def setUp(self):
        self.workspace = Workspace()
        self.addCleanup(self.workspace.__exit__, None, None, None)
        self.cluster = small_cluster(self.workspace, 3, WRITER, WRITER_RULES)
        self.cluster.wait_until_whole()
        for node in self.cluster:
            wait_for(lambda: len(node.own_pids()) == 2 and all(
                p["statename"] == "RUNNING" for p in node.rpc.supervisor.getAllProcessInfo()), 10,
                f"the writers of {node.nick} RUNNING")

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
        pids = [pid for node in self.cluster for pid in node.own_pids().values()]
        for pid in pids:
            os.kill(pid, signal.SIGSTOP)  # what was written by now must arrive
        try:
            for node in self.cluster:
                for name in (f"writer_{node.nick}_00", f"writer_{node.nick}_01"):
                    self.assert_numbered(node, name)
        finally:
            for pid in pids:
                os.kill(pid, signal.SIGCONT)

    def assert_numbered(self, node, name):
        path = node.daemon.folder / f"{name}.log"
        size = -1
        while size != (size := path.stat().st_size):
            time.sleep(0.2)
        lines = path.read_text().splitlines()
        self.assertGreater(len(lines), 100, f"{node.nick} {name}")
        wrong = next(((n, line) for n, line in enumerate(lines, 1) if line != f"line {n}"), None)
        self.assertIsNone(wrong, f"{node.nick} {name}: the first line that is not in its place")

    def report(self, name, taken):
        figure(name, taken, AGENT_LIMIT_S, detection_of(self.cluster["n1"]))
        self.assertLessEqual(statistics.median(taken), AGENT_LIMIT_S)
        self.assertLessEqual(max(taken), 2 * AGENT_LIMIT_S)

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
