"""A cluster of four hosts in network namespaces, cut in two by a black hole and healed: both sides go on with every
program, and after the heal there is one Master, one view, and INFANTICIDE leaves every program running exactly once."""
import time
import unittest

from network import Network
from nodes import (
    Workspace, alive, detection_of, exe_of, family_of, figure, job_rules, jobs, small_cluster, wait_for)
import yardstick

VIEW_LIMIT_S = 5.0
ONCE_LIMIT_S = 10.0
COUNT = 6
NAMES = [f"job:job_{n:02d}" for n in range(COUNT)]

PROGRAMS = jobs(COUNT)
RULES = job_rules("<running_failure_strategy>RESTART_PROCESS</running_failure_strategy>")


class PartitionTest(unittest.TestCase):
    def setUp(self):
        self.network = Network(4)
        self.network.__enter__()
        self.addCleanup(self.network.__exit__)
        self.workspace = Workspace()
        self.addCleanup(self.workspace.__exit__, None, None, None)
        self.cluster = small_cluster(
            self.workspace, 4, PROGRAMS, RULES, hosts=self.network.hosts, prefix=self.network.prefix, unix=True,
            options="conciliation_strategy = INFANTICIDE")
        self.cluster.wait_until_whole()
        wait_for(lambda: self.all_running(self.cluster.nodes[0]), 10, "every program RUNNING")

    @staticmethod
    def all_running(node):
        return all(state == "RUNNING" for state, _ in node.processes().values())

    def copies(self):
        """namespec -> nicks of the nodes whose own supervisor runs it."""
        where = {name: [] for name in NAMES}
        for node in self.cluster:
            for name in node.own_pids():
                where[name].append(node.nick)
        return where

    def children(self):
        """How many programs live below the four keepers, whatever anybody says."""
        return sum(1 for node in self.cluster for pid in family_of(node.daemon.pid)
                   if alive(pid) and exe_of(pid).endswith("/sleep"))

    def run_once(self):
        return all(len(nicks) == 1 for nicks in self.copies().values()) and self.children() == COUNT

    def part_and_heal(self, left):
        right = [i for i in range(4) if i not in left]
        sides = [[self.cluster.nodes[i] for i in side] for side in (left, right)]
        self.network.cut(left, right)
        for side, other in (sides, sides[::-1]):
            for node in side:
                wait_for(lambda: not any(node.members()[far.nick] == "RUNNING" for far in other), 15,
                         f"{node.nick} sees the other side gone")
            wait_for(lambda: self.all_running(side[0]) and side[0].state() == "OPERATION", 20,
                     f"every program RUNNING on the side of {side[0].nick}")
        wait_for(lambda: all(len(nicks) == 2 for nicks in self.copies().values()), 10, "each side to run everything")
        moment = time.monotonic()
        self.network.heal()
        wait_for(self.cluster.one_view, 20, "one Master and equal views", every_s=0.05)
        view_s = time.monotonic() - moment
        wait_for(self.run_once, 20, "every program running exactly once", every_s=0.05)
        once_s = time.monotonic() - moment
        detection = detection_of(self.cluster["n1"])
        name = f"{len(left)}|{len(right)} partition healed"
        figure(f"{name}, one Master and equal views", [view_s], VIEW_LIMIT_S, detection)
        figure(f"{name}, every program running once", [once_s], ONCE_LIMIT_S, detection)
        slowness = yardstick.slowness()
        self.assertLessEqual(view_s, VIEW_LIMIT_S * slowness)
        self.assertLessEqual(once_s, ONCE_LIMIT_S * slowness)
        self.assert_stays_so()

    def assert_stays_so(self):
        self.cluster.wait_for_state("OPERATION", 10)
        masters = {node.master() for node in self.cluster}
        copies = self.copies()
        end = time.monotonic() + 2
        while time.monotonic() < end:
            self.assertEqual({node.master() for node in self.cluster}, masters)
            self.assertEqual(self.copies(), copies)
            time.sleep(0.2)
        self.assertEqual(self.children(), COUNT)
        self.assertTrue(self.cluster.one_view())
        self.assertEqual(self.cluster["n1"].rpc.supvisors.get_conflicts(), [])

    def test_halves(self):
        self.part_and_heal([0, 1])

    def test_the_master_alone(self):
        self.assertEqual({node.master() for node in self.cluster}, {"n1"})
        self.part_and_heal([0])


if __name__ == "__main__":
    unittest.main()
