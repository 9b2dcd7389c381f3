"""Who a node is. Every start of an agent is a life of its own, numbered above all before it, also when the identity file
was lost. Two agents with one node id (a machine that was cloned, on a host of its own that has the first one's address
too): the others hear the first; the second is refused, loudly, and disturbs nobody. An agent that is started again where
it was is no second one. When the first is gone the second is let in."""
import os
import re
import signal
import unittest

from network import Network, ip
from nodes import Node, Workspace, small_cluster, wait_for

PROGRAMS = """[program:job]
command = /bin/sleep 100000
autostart = false
startsecs = 0
"""
RULES = """<?xml version="1.0" encoding="UTF-8"?>
<root>
  <application name="job">
    <start_sequence>1</start_sequence>
    <programs><program name="job"><identifiers>n2</identifiers><start_sequence>1</start_sequence></program></programs>
  </application>
</root>
"""
REFUSED = "two agents say that they are "
NOT_ADMITTED = "is not admitted while that one lives"


def incarnation(node, nick):
    """Of a node, as another sees it."""
    return int(next(row["incarnation"] for row in node.rpc.holdfast.getCluster()["nodes"] if row["nick"] == nick))


class LivesTest(unittest.TestCase):
    def setUp(self):
        self.workspace = Workspace()
        self.addCleanup(self.workspace.__exit__, None, None, None)
        self.cluster = small_cluster(self.workspace, 3, PROGRAMS, RULES)
        self.cluster.wait_until_whole()
        self.node = self.cluster["n3"]
        self.file = self.node.daemon.folder / "state/identity"

    def kept(self):
        return int(re.search(r"^incarnation (\d+)$", self.file.read_text(), re.M)[1])

    def next_life(self, above):
        """The new life, once all see it and the file has it."""
        wait_for(lambda: incarnation(self.cluster["n1"], "n3") > above, 20, f"a life of n3 above {above}")
        self.cluster.wait_until_whole()
        lives = {incarnation(node, "n3") for node in self.cluster}
        self.assertEqual(lives, {self.kept()})
        return self.kept()

    def test_every_start_is_a_new_life(self):
        life = self.kept()
        os.kill(self.node.daemon.agent_pid(), signal.SIGKILL)
        life = self.next_life(life)
        self.node.daemon.kill_everything()
        self.node.daemon.start("-s")
        life = self.next_life(life)
        self.node.daemon.kill_everything()
        self.file.unlink()
        self.node.daemon.start("-s")
        life = self.next_life(life)
        self.node.daemon.kill_everything()
        future = life + 10**12  # what a clock that was wrong has left
        self.file.write_text(self.file.read_text().replace(str(life), str(future)))
        self.node.daemon.start("-s")
        self.assertEqual(self.next_life(future), future + 1)


class TwinTest(unittest.TestCase):
    def setUp(self):
        self.network = Network(4)
        self.network.__enter__()
        self.addCleanup(self.network.__exit__)
        self.workspace = Workspace()
        self.addCleanup(self.workspace.__exit__, None, None, None)
        self.cluster = small_cluster(self.workspace, 3, PROGRAMS, RULES, hosts=self.network.hosts[:3],
                                     prefix=self.network.prefix, unix=True)
        self.cluster.wait_until_whole()
        wait_for(lambda: self.cluster.where("job:job"), 10, "the job RUNNING")

    def make_twin(self):
        """n1's configuration, key and address, on the fourth host, which the network does not know by it."""
        first = self.cluster["n1"]
        ip("netns", "exec", self.network.names[3], "sh", "-c", "echo 1 >/proc/sys/net/ipv4/conf/all/arp_ignore")
        ip("-n", self.network.names[3], "addr", "add", f"{self.network.hosts[0]}/32", "dev", "lo")
        daemon = self.workspace.daemon("twin", first.daemon.config.read_text(), prefix=self.network.prefix(3))
        daemon.start("-s")
        return Node(daemon, "n1", first.identifier, f"unix://{daemon.folder}/agent.sock")

    def others(self):
        return [self.cluster["n2"], self.cluster["n3"]]

    def test_second_agent(self):
        pids = {node.nick: node.own_pids() for node in self.cluster}
        lives = [incarnation(node, "n1") for node in self.others()]
        twin = self.make_twin()
        for node in self.others():
            wait_for(lambda: node.logged(REFUSED + twin.identifier), 10, f"{node.nick} refuses the second n1")
        wait_for(lambda: [text for _, level, text in twin.log() if level == "CRIT" and NOT_ADMITTED in text], 10,
                 "the second n1 says so")
        # It tries again every two seconds at least: after three more attempts nothing has changed.
        tried = len(twin.wait_logged("cannot be greeted", 2))  # once for each other node
        refused = self.refused_by("n2")
        wait_for(lambda: self.refused_by("n2") >= refused + 3, 15, "three more attempts refused")
        self.cluster.wait_until_whole()
        self.assertEqual([incarnation(node, "n1") for node in self.others()], lives, "the first n1's life goes on")
        self.assertEqual({node.nick: node.own_pids() for node in self.cluster}, pids)
        self.assertEqual({twin.members()["n2"], twin.members()["n3"]}, {"STOPPED"}, "it is alone")
        self.cluster["n1"].daemon.kill_everything()
        self.move_address()
        for node in self.others():
            wait_for(lambda: node.members()["n1"] == "RUNNING" and incarnation(node, "n1") not in lives, 20,
                     f"{node.nick} lets the second n1 in when the first is gone")

    def move_address(self):
        """The first host's address is the fourth's from here on."""
        address = self.network.hosts[0]
        ip("-n", self.network.names[0], "addr", "del", f"{address}/24", "dev", "eth0")
        ip("-n", self.network.names[3], "addr", "add", f"{address}/32", "dev", "eth0")
        for name in self.network.names[1:3]:
            ip("-n", name, "neigh", "flush", "to", address)

    def refused_by(self, nick):
        counters = self.cluster[nick].rpc.holdfast.getCluster()["counters"]
        return counters["hellos refused: duplicate_node"]

    def test_the_same_agent_again(self):
        for node in self.cluster:
            os.kill(node.daemon.agent_pid(), signal.SIGKILL)
            self.cluster.wait_until_whole()
        for node in self.cluster:
            self.assertEqual(node.logged(REFUSED), [], node.nick)
            self.assertEqual(node.logged(NOT_ADMITTED), [], node.nick)


if __name__ == "__main__":
    unittest.main()
