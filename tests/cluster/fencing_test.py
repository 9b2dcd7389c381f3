"""Fencing and its undoing, and the synchronisation's conditions that hold no longer, with real agents (contract supvisors.md
3.1, 3.3, 3.7, CFG-10, CFG-17, CFG-X5, W6). Three hosts in network namespaces; one is cut off, fenced, heard again and still
out, sees by whom and why, and is let in by a person at any node without a restart."""
import unittest

from network import Network
from nodes import Workspace, alive, small_cluster, wait_for

PROGRAMS = """[program:web]
command = /bin/sleep 100000
autostart = false
startsecs = 0
[program:own]
command = /bin/sleep 100000
autostart = false
startsecs = 0
"""
RULES = """<?xml version="1.0" encoding="UTF-8"?>
<root>
  <application name="web">
    <start_sequence>1</start_sequence>
    <programs>
      <program name="web">
        <identifiers>n3,n2,n1</identifiers>
        <start_sequence>1</start_sequence>
        <expected_loading>10</expected_loading>
        <running_failure_strategy>RESTART_PROCESS</running_failure_strategy>
      </program>
    </programs>
  </application>
</root>
"""


def node_of(seen_from, nick):
    return next(node for node in seen_from.rpc.holdfast.getCluster()["nodes"] if node["nick"] == nick)


class FencingTest(unittest.TestCase):
    def setUp(self):
        self.network = Network(3)
        self.network.__enter__()
        self.addCleanup(self.network.__exit__)
        self.workspace = Workspace()
        self.addCleanup(self.workspace.__exit__, None, None, None)

    def start(self, options):
        self.cluster = small_cluster(self.workspace, 3, PROGRAMS, RULES, hosts=self.network.hosts,
                                     prefix=self.network.prefix, unix=True, options=options)
        self.cluster.wait_until_whole()
        wait_for(lambda: self.cluster.where("web:web") is self.cluster["n3"], 10, "web RUNNING on n3")

    def wait_fenced(self, nodes):
        for node in nodes:
            wait_for(lambda: node_of(node, "n3")["fence"].get("by") == "n1", 15, f"{node.nick} shows n3 as fenced by n1")

    def test_fenced_until_a_person_lets_it_in(self):
        self.start("auto_fence = true\nconciliation_strategy = INFANTICIDE")
        n1, n2, n3 = self.cluster
        self.assertIs(n1.rpc.supvisors.get_strategies()["auto-fencing"], True)
        self.network.cut([0, 1], [2])
        self.wait_fenced([n1, n2])
        wait_for(lambda: self.cluster.where("web:web", n1) is n2, 10, "web RUNNING on n2")
        self.network.heal()
        self.wait_fenced([n3])  # it hears by whom
        # Heard again, and still out: its copy of web does not count, nobody's view and no order has it.
        wait_for(lambda: node_of(n1, "n3")["age_ms"] < 1000, 10, "n3 heard again")
        self.assertEqual({node.members()["n3"] for node in (n1, n2)}, {"ISOLATED"})
        wait_for(lambda: n3.members() == {"n1": "RUNNING", "n2": "RUNNING", "n3": "RUNNING"}, 10,
                 "n3, a follower, to see all; itself it is never ISOLATED")
        info = n1.rpc.supvisors.get_instance_info("n3")[0]
        self.assertEqual((info["statecode"], info["statename"]), (5, "ISOLATED"))
        self.assertIn("web:web", n3.own_pids())
        self.assertIs(self.cluster.where("web:web", n1), n2)
        self.assertEqual(n1.rpc.supvisors.get_conflicts(), [])
        self.assertEqual({node.master() for node in self.cluster}, {"n1"})
        fence = node_of(n3, "n3")["fence"]
        self.assertRegex(fence["reason"], r"lost in OPERATION: silent for \d+ ms")
        self.assertEqual(fence, node_of(n2, "n3")["fence"], "every node shows the same")
        # The fenced node says it in its log and on its pages, with what to do; every command line shows it.
        n3.wait_logged(r"FENCED: n3 is fenced by n1 .*holdfastctl unfence n3")
        n1.wait_logged(r"ISOLATED: fenced by n1: lost in OPERATION")
        refused = n3.ctl("stop_application", "web")
        self.assertIn("n3 is fenced by n1", refused.stdout + refused.stderr)
        self.assertRegex(n2.ctl("nodes").stdout, r"n3 +\S+ +ISOLATED .*fenced by n1 since 20.*`holdfastctl unfence n3` lets it in")
        self.assertIn("unfence n3", n3.ctl("nodes").stdout)
        history = n2.ctl("history", n3.identifier).stdout
        self.assertIn("ISOLATED", history)
        # Anybody may be asked, the fenced node too.
        self.assertIn("n2 is not fenced", n3.ctl("unfence", "n2").stdout)
        done = n3.ctl("unfence", "n3")
        self.assertEqual((done.stdout, done.returncode), ("n3: counts again\n", 0), done.stderr)
        self.cluster.wait_until_whole(10)
        wait_for(lambda: [node.nick for node in self.cluster if node.own_pids()] in (["n2"], ["n3"]), 10,
                 "the duplicate is conciliated")
        for node in self.cluster:
            wait_for(lambda: node_of(node, "n3")["fence"] == {}, 10, f"{node.nick} to show no fence")

    def test_waits_again_for_all(self):  # RESYNC
        self.start("wait_for = all\nfailure_strategy = RESYNC")
        n1, n2, n3 = self.cluster
        self.assertEqual(n1.rpc.supvisors.get_strategies()["supvisors_failure"], "RESYNC")
        self.network.cut([0, 1], [2])
        for node in self.cluster:
            wait_for(lambda: node.state() == "SYNCHRONIZATION", 15, f"{node.nick} waits again")
        n1.wait_logged("SYNCHRONIZATION: STRICT: 2 of 3 listed nodes are here")
        self.assertNotIn("web:web", {**n1.own_pids(), **n2.own_pids()}, "nothing is started meanwhile")
        self.assertIn("web:web", n3.own_pids(), "nothing is stopped")
        self.network.heal()
        self.cluster.wait_until_whole(15)
        self.assertIs(self.cluster.where("web:web"), n3)


class DifferencesTest(unittest.TestCase):
    def test_differences_are_shown_by_both_and_isolate_nobody(self):  # CFG-X5; then CFG-17 SHUTDOWN with the same two
        with Workspace() as workspace:
            cluster = small_cluster(workspace, 2, PROGRAMS, RULES, start=False,
                                    options="conciliation_strategy = STOP\nwait_for = all\nfailure_strategy = SHUTDOWN")
            n1, n2 = cluster
            n2.daemon.config.write_text(n2.daemon.config.read_text().replace("= STOP", "= SENICIDE"))
            for node in cluster:
                node.daemon.start("-s")
            cluster.wait_until_whole()
            for here, there, values in ((n1, "n2", "STOP here, SENICIDE there"), (n2, "n1", "SENICIDE here, STOP there")):
                wait_for(lambda: node_of(here, there)["differences"] == [f"conciliation_strategy is {values}"], 10, values)
            self.assertIn("conciliation_strategy is STOP here", n1.ctl("nodes").stdout)
            n1.wait_logged("differs: conciliation_strategy")

            # STRICT fails: what is left stops its programs and ends, and nothing is started elsewhere before.
            wait_for(lambda: cluster.where("web:web") is n2, 10, "web RUNNING on n2")
            n1.rpc.supervisor.startProcess("own")
            pid = n1.own_pids()["own:own"]
            n2.daemon.kill_everything()
            wait_for(lambda: n1.daemon.process.poll() is not None, 15, "the end of n1")
            self.assertEqual(n1.daemon.process.returncode, 0)
            self.assertFalse(alive(pid))
            self.assertTrue(n1.logged("STRICT: 1 of 2 listed nodes are here"))
            self.assertTrue(n1.logged(r"stopped: own \(terminated by SIGTERM\)"))
            self.assertFalse(n1.logged("spawned: 'web'"))


if __name__ == "__main__":
    unittest.main()
