"""Change of the cluster key without a stop: three nodes take a new key one after the other. No node is ever seen as
anything but RUNNING (an agent that is restarted on purpose apart), no program's pid changes, the Master stays; agents that
are restarted in the middle, with either key first, are admitted again; in the end the former key is worth nothing."""
import shutil
import unittest

from nodes import BIN, Workspace, run, small_cluster, wait_for

PROGRAMS = """[program:job_NICK]
command = /bin/sleep 100000
autostart = true
startsecs = 0
"""
RULES = '<?xml version="1.0" encoding="UTF-8"?>\n<root/>\n'
OPTIONS = "away_grace = 10"


class KeyChange(unittest.TestCase):
    def setUp(self):
        self.workspace = Workspace()
        self.addCleanup(self.workspace.__exit__, None, None, None)
        self.cluster = small_cluster(self.workspace, 3, PROGRAMS, RULES, options=OPTIONS, start=False)
        self.keys = {}
        for node in self.cluster:  # each has a file of its own, as on machines of their own
            self.keys[node.nick] = node.daemon.folder / "cluster.key"
            shutil.copy(self.cluster.key, self.keys[node.nick])
            config = node.daemon.config
            config.write_text(config.read_text().replace(str(self.cluster.key), str(self.keys[node.nick])))
            node.daemon.start("-s")
        self.cluster.wait_until_whole()
        wait_for(self.cluster.one_view, 10, "one view")
        self.pids = [node.own_pids() for node in self.cluster]
        self.master = self.cluster.nodes[0].master()
        self.states = [len(self.changes_of_state(node)) for node in self.cluster]
        self.assertGreater(min(self.states), 0)

    @staticmethod
    def changes_of_state(node):
        """What this node's history says of nodes' states."""
        return [row for row in node.rpc.holdfast.getHistory("", 0, 1000) if row["kind"] == "node"]

    def ctl(self, node, *words):
        done = node.ctl(*words)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return done.stdout

    def assert_undisturbed(self):
        self.assertEqual([node.own_pids() for node in self.cluster], self.pids)
        self.assertEqual({node.master() for node in self.cluster}, {self.master})
        self.assertTrue(self.cluster.one_view())

    def restart_agent(self, node):
        self.ctl(node, "agent", "restart")
        wait_for(self.cluster.one_view, 20, f"one view after the agent of {node.nick} was restarted")
        self.assertEqual([each.own_pids() for each in self.cluster], self.pids)

    def refused(self, node):
        return node.rpc.holdfast.getCluster()["counters"]["hellos refused: wrong_key"]

    def test_one_after_the_other(self):
        new = self.workspace.folder / "new.key"
        self.assertEqual(run(BIN / "holdfastctl", "keys", "new", new).returncode, 0)
        for node in self.cluster:
            self.ctl(node, "keys", "add", self.keys[node.nick], new)
            self.assertIn("still accepted", self.ctl(node, "keys", "reload"))
            self.assert_undisturbed()
        for node in self.cluster:
            self.ctl(node, "keys", "drop", self.keys[node.nick])
            self.assertIn("one key is valid", self.ctl(node, "keys", "reload"))
            self.assert_undisturbed()
        # Nobody was seen in another state in between, by anybody.
        self.assertEqual([len(self.changes_of_state(node)) for node in self.cluster], self.states)
        # The new key is what counts: the others admit a new agent with it.
        self.restart_agent(self.cluster["n2"])
        self.assertEqual(new.read_text(), self.keys["n2"].read_text())

    def test_agents_restarted_in_the_middle(self):
        """Changed beside unchanged nodes, whichever side says HELLO first."""
        new = self.workspace.folder / "new.key"
        run(BIN / "holdfastctl", "keys", "new", new)
        first, second, third = self.cluster.nodes
        self.ctl(first, "keys", "add", self.keys[first.nick], new)
        self.ctl(first, "keys", "reload")
        self.restart_agent(first)   # says the new key first; the others know the former only
        self.restart_agent(second)  # knows the former only, also of the first
        for node in (second, third):
            self.ctl(node, "keys", "add", self.keys[node.nick], new)
            self.ctl(node, "keys", "reload")
        self.ctl(first, "keys", "drop", self.keys[first.nick])
        self.ctl(first, "keys", "reload")
        self.restart_agent(third)  # both keys, beside one that has the new one only
        self.assertEqual([node.own_pids() for node in self.cluster], self.pids)

    def test_the_former_key_is_worth_nothing_in_the_end(self):
        new = self.workspace.folder / "new.key"
        run(BIN / "holdfastctl", "keys", "new", new)
        late = self.cluster["n3"]
        others = self.cluster.others(late)
        for node in others:
            for words in (("add", self.keys[node.nick], new), ("drop", self.keys[node.nick])):
                self.ctl(node, "keys", *words)
                self.ctl(node, "keys", "reload")
        self.assert_undisturbed()  # who is here stays
        before = [self.refused(node) for node in others]
        self.ctl(late, "agent", "restart")
        for node, count in zip(others, before):
            wait_for(lambda: self.refused(node) > count, 20, f"the former key refused by {node.nick}")
        self.ctl(late, "keys", "add", self.keys[late.nick], new)
        self.ctl(late, "keys", "reload")
        self.cluster.wait_until_whole()
        self.assertEqual([node.own_pids() for node in self.cluster], self.pids)

    def test_what_cannot_be_read_changes_nothing(self):
        node = self.cluster["n1"]
        good = self.keys["n1"].read_text()
        self.keys["n1"].write_text("rubbish\n")
        done = node.ctl("keys", "reload")
        self.assertEqual(done.returncode, 1)
        self.assertIn("is no cluster key", done.stdout + done.stderr)
        self.assertIn("the keys stay as they were", done.stdout + done.stderr)
        self.keys["n1"].write_text(good)
        self.restart_agent(self.cluster["n2"])
        self.assert_undisturbed()


if __name__ == "__main__":
    unittest.main()
