"""rules check, show and reload of real nodes: a bad file leaves the last good rules, a good one says what changes for whom,
and nodes whose rules are not the same are shown as such until they are."""
import unittest
import urllib.request

from nodes import BIN, Workspace, run, small_cluster, wait_for

PROGRAMS = """[program:web]
command = /bin/sleep 100000
startsecs = 0
autostart = false
[group:shop]
programs = web
[program:everywhere]
command = /bin/sleep 100000
startsecs = 0
"""
RULES = """<?xml version="1.0" encoding="UTF-8"?>
<root>
  <application name="shop">
    <start_sequence>1</start_sequence>
    <programs>
      <program name="web"><identifiers>n2</identifiers><start_sequence>1</start_sequence></program>
    </programs>
  </application>
</root>
"""


class RulesReloadTest(unittest.TestCase):
    def setUp(self):
        self.workspace = Workspace()
        self.addCleanup(self.workspace.__exit__, None, None, None)
        self.cluster = small_cluster(self.workspace, 2, PROGRAMS, RULES)
        self.cluster.wait_until_whole()
        self.master, self.other = self.cluster["n1"], self.cluster["n2"]
        wait_for(lambda: self.cluster.where("shop:web") is self.other, 20, "the program on n2")

        self.path = self.workspace.folder / "rules.xml"  # of both nodes

    def differences(self, node):
        return [difference for other in node.rpc.holdfast.getCluster()["nodes"] for difference in other["differences"]]

    def identifiers(self, node):
        return node.rpc.supvisors.get_process_rules("shop:web")[0]["identifiers"]

    def test_a_reload_says_what_changes_and_holds_from_then_on(self):
        shown = self.master.ctl("rules", "show", "shop:web")
        self.assertEqual(0, shown.returncode, shown.stderr)
        self.assertIn(f'program name "web" at {self.path}:6', shown.stdout)
        pids = self.other.own_pids()
        self.path.write_text(RULES.replace("</programs>", ""))
        refused = self.master.ctl("rules", "reload")
        self.assertNotEqual(0, refused.returncode)
        self.assertIn(f"{self.path}:", refused.stderr)
        self.assertIn("the rules of this node stay as they were", refused.stderr)
        self.assertEqual(["n2"], self.identifiers(self.master))
        self.path.write_text(RULES.replace("<identifiers>n2", "<identifiers>n1"))
        for node in self.cluster:
            done = node.ctl("rules", "reload")
            self.assertEqual(0, done.returncode, done.stderr)
            self.assertIn("shop:web: identifiers n2 -> n1\n", done.stdout)
            self.assertEqual(["n1"], self.identifiers(node))
        self.assertEqual(pids, self.other.own_pids(), "nothing was started or stopped")
        restarted = self.master.ctl("restart_process", "CONFIG", "shop:web")
        self.assertEqual(0, restarted.returncode, restarted.stdout)
        wait_for(lambda: self.cluster.where("shop:web") is self.master, 20, "the program where the rule says now")

    def test_nodes_with_other_rules_are_shown_until_they_are_the_same(self):
        self.assertEqual([], self.differences(self.master))
        self.path.write_text(RULES.replace("<identifiers>n2", "<identifiers>*"))
        self.master.rpc.holdfast.reloadRules()
        for node in self.cluster:
            wait_for(lambda: "fingerprint" in str(self.differences(node)), 20, f"the difference at {node.nick}")
        self.other.rpc.holdfast.reloadRules()
        for node in self.cluster:
            wait_for(lambda: self.differences(node) == [], 20, f"the same rules by {node.nick}")

    def test_a_program_without_a_rule_that_runs_on_every_node_is_no_conflict(self):
        for node in self.cluster:
            wait_for(lambda: "everywhere:everywhere" in node.own_pids(), 20, f"the program on {node.nick}")
        wait_for(lambda: len(self.master.processes()["everywhere:everywhere"][1]) == 2, 20, "both seen by the Master")
        self.assertEqual([], self.master.rpc.supvisors.get_conflicts())
        with urllib.request.urlopen(self.master.url + "/", timeout=20) as page:
            text = page.read().decode()
        self.assertIn("everywhere", text)
        self.assertNotIn("more than one node", text)

    def test_a_node_is_named_by_its_nick_in_the_history_too(self):
        told = self.master.ctl("history", "n2")
        self.assertEqual(0, told.returncode, told.stderr)
        self.assertIn(self.other.identifier, told.stdout)
        self.assertIn("RUNNING", told.stdout)

    def test_check_needs_no_server(self):
        path = self.workspace.folder / "loose.xml"
        path.write_text(RULES.replace("start_sequence>1", "start_sequence>soon", 1))
        checked = run(BIN / "holdfastctl", "rules", "check", path)
        self.assertEqual(1, checked.returncode)
        self.assertIn(f"{path}:4:", checked.stderr)


if __name__ == "__main__":
    unittest.main()
