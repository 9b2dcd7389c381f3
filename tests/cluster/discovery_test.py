"""Nodes that nobody has listed (contract supvisors.md CFG-03 to CFG-06, CFG-16, 7.4, W12, W18; docs/decisions/0015): three
that know one seed, a fourth that joins them at work, strangers and namesakes that are refused and told why, agents that
come back; and three hosts of their own that start from one file for Supvisors' multicast discovery, unchanged."""
import re
import unittest

from network import Network, ip
from nodes import BIN, CONFIG, Cluster, Node, Workspace, free_port, job_rules, jobs, run, wait_for

PROGRAMS = """[program:own_{nick}]
command = /bin/sleep 100000
startsecs = 0
""" + jobs(6)
RULES = job_rules()
HOST = "127.0.0.1"  # one host, so that all identifiers have its name and only the ports differ


class Seeds(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.workspace = Workspace()
        cls.addClassCleanup(cls.workspace.__exit__, None, None, None)
        (cls.workspace.folder / "rules.xml").write_text(RULES)
        cls.host_name = run("uname", "-n").stdout.strip()
        cls.cluster = Cluster([])
        cls.cluster.new_key(cls.workspace.folder / "cluster.key")
        cls.cluster.new_key(cls.workspace.folder / "other.key")
        cls.seed_port = free_port()
        for nick in ("n1", "n2", "n3"):
            cls.cluster.nodes.append(cls.start(nick))
        cls.cluster.wait_until_whole()
        first = cls.cluster["n1"]
        wait_for(lambda: all(state == "RUNNING" for state, _ in first.processes().values()), 20, "every program RUNNING")

    @classmethod
    def start(cls, nick, key="cluster.key", called=None, folder=None):
        """A node that knows the seed and nothing else; n1 is the seed itself."""
        port = cls.seed_port if nick == "n1" else free_port()
        text = CONFIG.replace("nodes = {nodes}", "seeds = {nodes}").format(
            nick=called or nick, host=HOST, port=port, name="test", nodes=f"{HOST}:{cls.seed_port}",
            rules=cls.workspace.folder / "rules.xml", key=cls.workspace.folder / key,
            options="wait_for = core\ncore = @LEAD" + ("\nstereotypes = @LEAD" if nick == "n3" else ""),
            programs=PROGRAMS.format(nick=nick))
        daemon = cls.workspace.daemon(folder or nick, text)
        daemon.start("-s")
        return Node(daemon, nick, f"{cls.host_name}:{port}", f"http://{HOST}:{port}")

    def pids(self):
        return {node.nick: node.own_pids() for node in self.cluster}

    def shown(self, node):
        return [member["nick"] for member in node.rpc.holdfast.getCluster()["nodes"]]

    def test_1_three_by_one_seed(self):
        for node in self.cluster:
            self.assertEqual(self.shown(node), ["n1", "n2", "n3"])
            self.assertEqual(node.master(), "n3", "the core node, told by its stereotype (CFG-16)")
            modes = node.rpc.supvisors.get_all_instances_state_modes()
            self.assertEqual([mode["discovery_mode"] for mode in modes], [True] * 3)
        lines = self.cluster["n2"].ctl("sstate", "n1").stdout.splitlines()
        self.assertEqual(lines[0].split("  ")[0], "Nickname")
        at = lines[0].index("Discovery")
        self.assertEqual(lines[1][at:].split()[0], "True")

    def test_2_a_fourth_joins_a_cluster_at_work(self):
        before, terms = self.pids(), self.terms()
        joined = self.start("m4")  # first in the order of nicks: every place in every list moves
        self.cluster.nodes.append(joined)
        self.cluster.wait_until_whole()
        for node in self.cluster:
            self.assertEqual(self.shown(node), ["m4", "n1", "n2", "n3"])
            self.assertEqual(node.master(), "n3")
        now = self.pids()
        self.assertEqual({nick: now[nick] for nick in before}, before, "no program of the others was touched")
        self.assertEqual(self.terms(), terms, "no new term")
        for nick in before:
            states = [text for _, _, text in self.cluster[nick].log() if re.search(r"cluster: test [A-Z_]+:", text)]
            self.assertIn("OPERATION", states[-1])
            self.assertEqual(sum("OPERATION" in text for text in states), 1, "nobody left OPERATION")
        self.assertEqual(len(joined.wait_logged("joins: the Master is at work")), 1)

    def terms(self):
        return self.cluster["n1"].rpc.holdfast.getCluster()["epoch"]

    def refusals(self):
        return self.cluster["n1"].rpc.holdfast.getCluster()["counters"]["members refused"]

    def test_3_strangers_and_namesakes_are_told(self):
        before, members = self.pids(), self.shown(self.cluster["n1"])
        stranger = self.start("x1", key="other.key")
        namesake = self.start("x2", called="n2")
        seed = f"seed {HOST}:{self.seed_port} is no way into the cluster: "
        wait_for(lambda: stranger.logged(seed + ".*cluster key"), 10, "the stranger's log says why")
        said = rf"its nick n2 is that of {re.escape(self.cluster['n2'].identifier)}"
        wait_for(lambda: namesake.logged(seed + "it refuses this node: " + said), 10, "the namesake's log says why")
        namesake_id = re.escape(namesake.identifier)
        wait_for(lambda: self.cluster["n1"].logged(f"cluster: {namesake_id} is refused: {said}"), 5, "n1's log says it")
        counted = self.refusals()
        wait_for(lambda: self.refusals() > counted, 10, "refused again")
        self.assertEqual(len(self.cluster["n1"].logged(f"{namesake_id} is refused")), 1, "said once")
        self.assertTrue(any(seed in text for text in namesake.rpc.holdfast.getCluster()["warnings"]))
        self.assertIn(seed, namesake.ctl("nodes").stdout)
        for node in (stranger, namesake):
            node.daemon.stop()
        self.assertEqual(self.shown(self.cluster["n1"]), members)
        self.assertEqual(self.pids(), before)

    def test_4_an_agent_that_comes_back_finds_the_others(self):
        """Its memory of them is gone: the seed tells, and the seed itself is greeted by those who know it."""
        before, members = self.pids(), self.shown(self.cluster["n1"])
        for nick in ("n2", "n1"):
            agent = self.cluster[nick].daemon.kill_agent()
            wait_for(lambda: self.cluster[nick].daemon.agent_pid() not in (None, agent), 10, "a new agent")
            self.cluster.wait_until_whole()
            self.assertEqual(self.shown(self.cluster[nick]), members)
        self.assertEqual(self.pids(), before)


GROUP = "239.0.0.1:61001"
PORT = 61000
HOSTS = ["rocky51", "rocky52", "rocky53"]
MULTICAST_FILE = f"""[inet_http_server]
port=:{PORT}

[supervisord]
logfile=agent.log
logfile_backups=10
loglevel=info
pidfile=supervisord.pid
nodaemon=false
umask=002

[rpcinterface:supervisor]
supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface

[supervisorctl]
serverurl=http://localhost:{PORT}

[include]
files = %(host_node_name)s/*.ini

[rpcinterface:supvisors]
supervisor.rpcinterface_factory = supvisors.plugin:make_supvisors_rpcinterface
multicast_group = {GROUP}
rules_files = etc/supvisors_rules.xml
multicast_ttl = 1
stereotypes = @SERVER
core_identifiers = @SERVER
auto_fence = True

[ctlplugin:supvisors]
supervisor.ctl_factory = supvisors.supvisorsctl:make_supvisors_controller_plugin
"""
LOCAL = """[unix_http_server]
file = {folder}/agent.sock
[program:own_{host}]
command = /bin/sleep 100000
startsecs = 0
"""


class Multicast(unittest.TestCase):
    def test_three_hosts_from_one_file(self):  # SC1-d, SC2-c
        with Network(3) as network, Workspace() as workspace:
            nodes = [self.node(workspace, network, i) for i in range(3)]
            for i in (1, 2):
                ip("-n", network.names[i], "route", "add", "224.0.0.0/4", "dev", "eth0")
            for node in nodes:
                node.daemon.start()
            last = nodes[0]  # it cannot join: the reason is said and shown, and the node goes on
            said = f"multicast group {GROUP}: joining the group failed: No such device"
            wait_for(lambda: last.logged(said + ".*tried again"), 10, "the ERROR line")
            self.assertEqual([level for _, level, text in last.log() if said in text], ["ERRO"])
            shown = run(BIN / "holdfastctl", "-s", last.url, "nodes")
            self.assertIn(said, shown.stdout, shown)
            ip("-n", network.names[0], "route", "add", "224.0.0.0/4", "dev", "eth0")
            cluster = Cluster(nodes)
            cluster.wait_until_whole()
            self.assertNotIn(said, run(BIN / "holdfastctl", "-s", last.url, "nodes").stdout)
            for node in cluster:
                shown = node.rpc.supvisors.get_all_instances_info()
                self.assertEqual([info["identifier"] for info in shown], [f"{host}:{PORT}" for host in HOSTS],
                                 "by nick, though the first came last (W12)")
                self.assertTrue(node.rpc.supvisors.get_supvisors_state()["discovery_mode"])
                self.assertEqual([text for _, level, text in node.log() if level == "ERRO" and said not in text], [])
                self.assertEqual(len(node.wait_logged("gossip is open")), 1, "the file has no password")

    def test_an_interface_that_goes_and_comes_back(self):
        """Its membership went with it: the group is joined anew, not only sent to."""
        with Network(1) as network, Workspace() as workspace:
            host = network.names[0]
            self.add_interface(host)
            node = self.node(workspace, network, 0)
            node.daemon.start()
            self.assert_hears(host, node)
            ip("-n", host, "link", "del", "mc0")
            wait_for(lambda: node.logged("sending an announcement failed: Network is unreachable"), 10, "the ERROR line")
            self.add_interface(host)
            wait_for(lambda: node.logged(f"multicast group {GROUP} is joined again"), 10, "the group joined again")
            self.assert_hears(host, node)

    @staticmethod
    def add_interface(host):
        ip("-n", host, "link", "add", "mc0", "type", "veth", "peer", "name", "mc1")
        ip("-n", host, "link", "set", "mc1", "up")
        ip("-n", host, "addr", "add", "10.78.0.1/24", "dev", "mc0")
        ip("-n", host, "link", "set", "mc0", "up")
        ip("-n", host, "route", "add", "224.0.0.0/4", "dev", "mc0")

    def assert_hears(self, host, node):
        """What is no announcement is counted as such."""
        def dropped():
            return node.rpc.holdfast.getCluster()["counters"]["announcements dropped: malformed"]
        before = wait_for(lambda: [dropped()], 10, "the node to answer")[0]
        group, port = GROUP.split(":")
        ip("netns", "exec", host, "/usr/bin/python3", "-c", f"""if True:
            import socket
            socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"no announcement", ({group!r}, {port}))""")
        wait_for(lambda: dropped() > before, 5, "what came from the group to be counted")

    @staticmethod
    def node(workspace, network, i):
        daemon = workspace.daemon(HOSTS[i], MULTICAST_FILE, prefix=network.own_host(i, HOSTS[i], workspace.folder))
        (daemon.folder / HOSTS[i]).mkdir()
        (daemon.folder / HOSTS[i] / "local.ini").write_text(LOCAL.format(host=HOSTS[i], folder=daemon.folder))
        (daemon.folder / "etc").mkdir()
        (daemon.folder / "etc/supvisors_rules.xml").write_text(RULES)
        return Node(daemon, f"{HOSTS[i]}:{PORT}", f"{HOSTS[i]}:{PORT}", f"unix://{daemon.folder}/agent.sock")


if __name__ == "__main__":
    unittest.main()
