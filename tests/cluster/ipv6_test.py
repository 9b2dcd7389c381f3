"""Two nodes at one IPv6 address and different ports, and a third whose name does not resolve (contract supvisors.md ID-1;
issue "many nodes, whole", item 4): it keeps nobody from starting, every node says why it is missing, and a program is
steered from the other node."""
import contextlib
import socket
import unittest

from nodes import CONFIG, Cluster, Node, Workspace, free_port, wait_for

PROGRAMS = """[program:own_{nick}]
command = /bin/sh -c 'echo hello from {nick}; exec sleep 100000'
startsecs = 0
"""
NOBODY = "nowhere.invalid"  # RFC 2606: never resolves


def has_ipv6():
    with contextlib.suppress(OSError), socket.socket(socket.AF_INET6) as probe:
        probe.bind(("::1", 0))
        return True
    return False


@unittest.skipUnless(has_ipv6(), "this machine has no ::1")
class Ipv6(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.workspace = Workspace()
        cls.addClassCleanup(cls.workspace.__exit__, None, None, None)
        key = cls.workspace.folder / "cluster.key"
        rules = cls.workspace.folder / "rules.xml"
        rules.write_text("<root/>")
        ports = {"n1": free_port(), "n2": free_port()}
        members = [f"<{nick}>[::1]:{port}" for nick, port in ports.items()] + [f"<n3>{NOBODY}:9000"]
        cls.cluster = Cluster([])
        cls.cluster.new_key(key)
        for nick, port in ports.items():
            daemon = cls.workspace.daemon(nick, CONFIG.format(
                nick=nick, host="[::1]", port=port, name="six", nodes=", ".join(members), rules=rules, key=key,
                options="wait_for = core\ncore = n1, n2", programs=PROGRAMS.format(nick=nick)))
            cls.cluster.nodes.append(Node(daemon, nick, f"[::1]:{port}", f"http://[::1]:{port}"))
            daemon.start("-s")
        cls.cluster.wait_for_state()

    def test_who_is_missing_and_why(self):
        for node in self.cluster:
            wait_for(lambda: node.members() == {"n1": "RUNNING", "n2": "RUNNING", "n3": "STOPPED"}, 10, "both nodes")
            self.assertRegex(node.ctl("nodes").stdout, rf"n3 +{NOBODY}:9000 .*never .*the name {NOBODY} does not resolve")
            node.wait_logged(f"node {NOBODY}:9000 cannot be greeted: the name {NOBODY} does not resolve")

    def test_a_program_of_the_other_node(self):
        n1, n2 = self.cluster
        name = "n2/own_n2"
        wait_for(lambda: n1.ctl("tail", name).stdout.strip() == "hello from n2", 10, "its line")
        self.assertEqual(n1.ctl("stop", name).stdout, f"{name}: stopped\n")
        wait_for(lambda: n1.processes()["own_n2:own_n2"][0] == "STOPPED", 10, "n1 to see it")
        self.assertEqual(n1.ctl("start", name).stdout, f"{name}: started\n")
        wait_for(lambda: n1.processes()["own_n2:own_n2"] == ("RUNNING", (n2.identifier,)), 10, "n1 to see it")
        self.assertEqual(n1.ctl("signal", "CONT", name).stdout, f"{name}: signalled\n")


if __name__ == "__main__":
    unittest.main()
