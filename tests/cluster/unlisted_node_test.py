"""A node that the others do not list, with the cluster's key and all its programs: it starts nothing, says why on its pages
and in `nodes`, and joins when the others list it (contract supvisors.md has no such rule: there it starts all a second
time)."""
import time
import unittest
import urllib.request

from nodes import Workspace, jobs, job_rules, small_cluster, wait_for

SYNCHRO_TIMEOUT_S = 15


class UnlistedNodeTest(unittest.TestCase):
    def setUp(self):
        self.workspace = Workspace()
        self.addCleanup(self.workspace.__exit__, None, None, None)
        self.cluster = small_cluster(self.workspace, 3, jobs(4), job_rules(), options=f"wait_for = all, {SYNCHRO_TIMEOUT_S}",
                                     start=False)
        self.listed, self.unlisted = self.cluster.nodes[:2], self.cluster["n3"]
        for node in self.listed:
            text = node.daemon.config.read_text()
            item = f", <n3>{self.unlisted.identifier}"
            self.assertIn(item, text)
            node.daemon.config.write_text(text.replace(item, ""))
            node.daemon.start("-s")
        self.cluster.wait_for_state(nodes=self.listed, timeout_s=60)
        wait_for(lambda: self.running(self.listed) == 4, 20, "the programs on the listed nodes")

    @staticmethod
    def running(nodes):
        return sum(len(node.own_pids()) for node in nodes)

    @staticmethod
    def page(node):
        with urllib.request.urlopen(node.url + "/", timeout=20) as answer:
            return answer.read().decode()

    def test_it_starts_nothing_says_so_and_joins_when_it_is_listed(self):
        node = self.unlisted
        node.daemon.start("-s")
        node.wait_logged("cannot be greeted|refuses this node")
        wait_for(lambda: "does not take this node into the cluster" in self.page(node), 20, "the warning on its page")
        self.assertIn("it refuses this node: it is not in the list of nodes", node.ctl("nodes").stdout)
        began = node.wait_logged("waits: starts nothing")[0]
        # Its own wait is over by now, were it not refused.
        wait_for(lambda: time.time() - began > SYNCHRO_TIMEOUT_S + 5, 60, "its wait to be over")
        self.assertEqual("SYNCHRONIZATION", node.state())
        self.assertEqual({}, node.own_pids())
        self.assertEqual(4, self.running(self.listed))
        self.relist(f", <n3>{node.identifier}")
        self.cluster.wait_until_whole(60)
        self.assertEqual(4, self.running(self.cluster), "every program once")

    def test_a_node_less(self):
        """The steps of docs/operations.rst."""
        self.relist(f", <n3>{self.unlisted.identifier}")
        self.unlisted.daemon.start("-s")
        self.cluster.wait_until_whole(60)
        n1, gone = self.cluster["n1"], self.unlisted
        before = self.running(self.listed)
        self.assertEqual(0, gone.ctl("shutdown").returncode)
        wait_for(lambda: n1.members()["n3"] == "STOPPED", 30, "n3 gone")
        self.assertEqual(before, self.running(self.listed), "nothing is moved")
        self.relist("")
        for node in self.listed:
            wait_for(lambda: node.members() == {"n1": "RUNNING", "n2": "RUNNING"}, 60, f"the new list at {node.nick}")
        self.assertEqual(before, self.running(self.listed), "no program was touched")

    def relist(self, more):
        """Another end of the list at the two, and what an operator types then."""
        for other in self.listed:
            text = other.daemon.config.read_text()
            nodes = next(line for line in text.splitlines() if line.startswith("nodes = "))
            two = nodes.split(", <n3>")[0]
            other.daemon.config.write_text(text.replace(nodes, two + more))
            agent = other.daemon.agent_pid()
            self.assertEqual(0, other.ctl("agent", "restart").returncode)
            wait_for(lambda: other.daemon.agent_pid() not in (None, agent), 20, "the next agent")


if __name__ == "__main__":
    unittest.main()
