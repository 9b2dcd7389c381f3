"""The death of a whole node (keeper, agent and programs at once) and of the Master's node. Prints and asserts the figures;
the program writes the time of its first line, so that when it ran again is read from its log and not from what the
cluster says."""
import time
import unittest

from nodes import Workspace, detection_of, figure, small_cluster, wait_for
import yardstick

NODE_LIMIT_S = 2.5
MASTER_LIMIT_S = 5.0
ROUNDS = 5

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
        wait_for(cluster.one_view, 10, "one view")

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
        yardstick.assert_kept(self, taken, NODE_LIMIT_S)

    def test_masters_node(self):
        taken = []
        cluster = self.start("*")
        for _ in range(ROUNDS):
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
        yardstick.assert_kept(self, taken, MASTER_LIMIT_S)

    def move_to(self, cluster, node):
        self.assertIs(node.rpc.supvisors.stop_process("mover:mover", True), True)
        self.assertIs(node.rpc.supervisor.startProcess("mover:mover", True), True)
        wait_for(lambda: all(cluster.where("mover:mover", other) is node for other in cluster), 5,
                 f"the mover on {node.nick}")


if __name__ == "__main__":
    unittest.main()
