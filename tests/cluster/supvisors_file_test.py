"""One file written for Supvisors 0.19 starts three nodes unchanged (contract supvisors.md sections 0, 1, 3.3, 3.4, 5.2,
5.4): no error line, the same identities and roles, applications in the order of their ranks. Each node is a host of its
own (network, host name, /var/lib), so that all three start from the very same file, as they do with Supvisors."""
import re
import unittest
import xmlrpc.client
from urllib.parse import quote

from network import Network
from nodes import BIN, Cluster, Node, UnixTransport, Workspace, run, wait_for

PORT = 60000
USER = "keeper"
PASSWORD = "of%the(bees)"  # in the file a % is doubled
HOSTS = ["rocky51", "rocky52", "rocky53"]

FILE = """[supervisord]
logfile=./agent.log
loglevel=info
pidfile=./supervisord.pid
nodaemon=false
umask=022
user=root
{identifier}childlogdir=.

[unix_http_server]
file=./supervisor.sock
username=keeper
password=of%%the(bees)

[inet_http_server]
port=:{port}
username=keeper
password=of%%the(bees)

[rpcinterface:supervisor]
supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface

[rpcinterface:supvisors]
supervisor.rpcinterface_factory = supvisors.plugin:make_supvisors_rpcinterface
; the third has neither a nick nor a port
supvisors_list = <charlie>{hosts[0]}:{port},
    <bravo>{hosts[1]}:{port},
    {hosts[2]}
rules_files = %(here)s/rules_*.xml
synchro_options = {synchro_options}
synchro_timeout = 1200
core_identifiers = {core}
starting_strategy = less_loaded
conciliation_strategy = SENICIDE

[ctlplugin:supvisors]
supervisor.ctl_factory = supvisors.supvisorsctl:make_supvisors_controller_plugin

[supervisorctl]
serverurl=http://localhost:{port}
username=keeper
password=of%%the(bees)

[include]
files = common/*.ini %(host_node_name)s/programs/*.ini
"""

# On every node.
COMMON = """[program:bus]
command=/bin/sleep 100000
autostart=false
startsecs=1

[program:prepare]
command=/bin/sh -c 'exit 3'
autostart=false
autorestart=false
startsecs=0
exitcodes=3

[program:worker]
command=/bin/sleep 100000
process_name=%(program_name)s_%(process_num)02d
numprocs=3
numprocs_start=1
autostart=false
startsecs=0

[program:front]
command=/bin/sleep 100000
autostart=false
startsecs=0

[group:base]
programs=bus

[group:flow]
programs=prepare,worker,front
"""
# On the third only: a group that no rule knows.
THIRD = """[program:local_only]
command=/bin/sleep 100000
autostart=true
startsecs=0
"""
# The application that starts first stands last, in the second file.
RULES_1 = """<?xml version="1.0" encoding="UTF-8" standalone="no"?>
<root>
    <!-- an alias that names another stands before it -->
    <alias name="all_of_them">the_cores,{third}</alias>
    <alias name="the_cores">charlie,bravo</alias>

    <model name="model_core">
        <required>true</required>
        <expected_loading>10</expected_loading>
        <running_failure_strategy>RESTART_PROCESS</running_failure_strategy>
    </model>
    <model name="model_front">
        <reference>model_core</reference>
        <identifiers>bravo</identifiers>
        <expected_loading>30</expected_loading>
    </model>

    <application name="flow">
        <start_sequence>2</start_sequence>
        <stop_sequence>1</stop_sequence>
        <starting_strategy>CONFIG</starting_strategy>
        <starting_failure_strategy>ABORT</starting_failure_strategy>
        <operational_status>all("worker_.*") and "front"</operational_status>
        <programs>
            <program name="prepare">
                <identifiers>all_of_them</identifiers>
                <start_sequence>1</start_sequence>
                <required>true</required>
                <wait_exit>true</wait_exit>
            </program>
            <program pattern="worker_">
                <identifiers>#,all_of_them</identifiers>
                <start_sequence>2</start_sequence>
                <expected_loading>5</expected_loading>
            </program>
            <program pattern="">
                <reference>model_front</reference>
                <start_sequence>3</start_sequence>
            </program>
        </programs>
    </application>
</root>
"""
RULES_2 = """<?xml version="1.0" encoding="UTF-8" standalone="no"?>
<root>
    <application pattern="^ba">
        <distribution>SINGLE_INSTANCE</distribution>
        <identifiers>{third},bravo</identifiers>
        <start_sequence>1</start_sequence>
        <programs>
            <program name="bus">
                <start_sequence>1</start_sequence>
                <required>1</required>
            </program>
        </programs>
    </application>
</root>
"""


class SupvisorsFile(unittest.TestCase):
    synchro_options = ""
    core = "charlie,bravo"
    identifier = ""  # the whole line of [supervisord]

    @classmethod
    def setUpClass(cls):
        if cls is SupvisorsFile:
            raise unittest.SkipTest("what the tests below share")
        cls.network = Network(3)
        cls.network.__enter__()
        cls.addClassCleanup(cls.network.__exit__)
        cls.workspace = Workspace()
        cls.addClassCleanup(cls.workspace.__exit__, None, None, None)
        cls.third = cls.network.hosts[2]
        cls.identifiers = [f"{host}:{PORT}" for host in cls.network.hosts]
        cls.nicks = ["charlie", "bravo", cls.third]
        cls.write_files()
        cls.cluster = Cluster([cls.make_node(i) for i in range(3)])
        cls.start_nodes()

    @classmethod
    def start_nodes(cls):
        for node in cls.cluster:
            node.daemon.start("-s")

    @classmethod
    def write_files(cls):
        folder = cls.workspace.folder
        cls.file = folder / "supervisord.conf"
        cls.file.write_text(FILE.format(port=PORT, hosts=cls.network.hosts, core=cls.core,
                                        identifier=cls.identifier, synchro_options=cls.synchro_options))
        (folder / "rules_1.xml").write_text(RULES_1.format(third=cls.third))
        (folder / "rules_2.xml").write_text(RULES_2.format(third=cls.third))
        (folder / "common").mkdir()
        (folder / "common/all.ini").write_text(COMMON)
        (folder / HOSTS[2] / "programs").mkdir(parents=True)
        (folder / HOSTS[2] / "programs/third.ini").write_text(THIRD)

    @classmethod
    def make_node(cls, i):
        daemon = cls.workspace.daemon(HOSTS[i], "", prefix=cls.network.own_host(i, HOSTS[i], cls.workspace.folder))
        daemon.config = cls.file
        return Node(daemon, cls.nicks[i], cls.identifiers[i], f"unix://{USER}:{quote(PASSWORD)}@{daemon.folder}/supervisor.sock")

    def on_host(self, i, *words):
        return run(*self.network.prefix(i), *words)

    # ---- what every such cluster must show ----

    def assert_no_error_line(self):
        for node in self.cluster:
            bad = [line for line in node.log() if line[1] in ("ERRO", "CRIT") or "not yet acted on" in line[2]]
            self.assertEqual(bad, [], node.nick)
            self.assertNotEqual(node.log(), [], node.nick)

    def assert_identities(self):
        expected = sorted((f"{host}:{PORT}", nick, host, PORT, 3, "RUNNING")
                          for host, nick in zip(self.network.hosts, self.nicks))
        for node in self.cluster:
            infos = node.rpc.supvisors.get_all_instances_info()
            self.assertEqual([(i["identifier"], i["nick_identifier"], i["node_name"], i["port"], i["statecode"],
                               i["statename"]) for i in infos], expected, node.nick)

    def assert_one_master(self, nick):
        identifier = dict(zip(self.nicks, self.identifiers))[nick]
        for node in self.cluster:
            self.assertEqual(node.rpc.supvisors.get_master_identifier(),
                             {"identifier": identifier, "nick_identifier": nick}, node.nick)

    def wait_for_programs(self):
        wait_for(lambda: self.cluster.nodes[0].processes()["flow:front"][0] == "RUNNING", 20, "the last rank RUNNING")

    def fault_of(self, call, *arguments):
        with self.assertRaises(xmlrpc.client.Fault) as raised:
            call(*arguments)
        return raised.exception.faultCode


class ListTest(SupvisorsFile):
    """All three are waited for; CORE is no condition, yet a core node is preferred (CFG-16, 3.4)."""
    synchro_options = "LIST,TIMEOUT"

    def setUp(self):
        self.cluster.wait_until_whole()
        self.wait_for_programs()

    def test_no_error_line(self):
        self.assert_no_error_line()  # so the gossip is not open: the key comes from username and password
        for node in self.cluster:
            self.assertEqual(len(node.wait_logged("LIST: every known node is here|joins: the Master is at work")), 1)

    def test_identities(self):  # ID-1, ID-2, ID-4; 5.2 get_all_instances_info
        self.assert_identities()
        for i, node in enumerate(self.cluster):
            self.assertEqual(len(node.wait_logged(f"this is node {re.escape(self.identifiers[i])},")), 1)
            for name in (self.nicks[i], self.identifiers[i]):
                self.assertEqual([info["nick_identifier"] for info in node.rpc.supvisors.get_instance_info(name)],
                                 [self.nicks[i]])
        self.assertEqual(self.fault_of(self.cluster.nodes[0].rpc.supvisors.get_instance_info, "rocky51"), 10)

    def test_incarnations_are_whole(self):
        """They are milliseconds since the epoch or more: above what an int of XML-RPC holds."""
        seen = [{row["nick"]: row["incarnation"] for row in node.rpc.holdfast.getCluster()["nodes"]}
                for node in self.cluster]
        self.assertTrue(all(view == seen[0] for view in seen), seen)
        for node in self.cluster:
            kept = re.search(r"^incarnation (\d+)$", self.identity_file(node).read_text(), re.M)[1]
            self.assertEqual(seen[0][node.nick], kept)
            self.assertGreater(int(kept), 2**31)

    def identity_file(self, node):
        index = self.cluster.nodes.index(node)
        found = list((self.workspace.folder / f"var{index}").glob("holdfast/*/identity"))
        self.assertEqual(len(found), 1)
        return found[0]

    def test_master_and_strategies(self):
        self.assert_one_master("bravo")  # core, and its nick is lower than charlie's
        for node in self.cluster:
            state = node.rpc.supvisors.get_supvisors_state()
            self.assertEqual((state["fsm_statename"], state["degraded_mode"], state["discovery_mode"]),
                             ("OPERATION", False, False))
            self.assertEqual(node.rpc.supvisors.get_strategies(),
                             {"auto-fencing": False, "starting": "LESS_LOADED", "conciliation": "SENICIDE",
                              "supvisors_failure": "CONTINUE"})

    def test_same_credentials_at_the_port(self):  # CFG-P2
        done = self.on_host(0, BIN / "holdfastctl", "-c", self.file, "nodes")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("bravo", done.stdout)
        done = self.on_host(0, BIN / "holdfastctl", "-s", f"http://{self.network.hosts[1]}:{PORT}", "version")
        self.assertIn("requires authentication", done.stdout)

    def moments(self, name):
        """When it was started, and when it was up: of whichever node ran it."""
        def logged(pattern):
            return wait_for(lambda: [at for node in self.cluster for at in node.logged(pattern)], 10, pattern)
        spawned = logged(rf"spawned: '{name}' with pid")
        up = logged(rf"success: {name} entered RUNNING|exited: {name} .*expected")
        self.assertEqual(len(spawned), 1, f"{name} was started once")
        return spawned[0], max(up)

    def test_rank_order_and_places(self):  # RUL-A3, RUL-P3, RUL-P6, RUL-H2, RUL-L7, RUL-L8
        ranks = [["bus"], ["prepare"], ["worker_01", "worker_02", "worker_03"], ["front"]]
        for before, after in zip(ranks, ranks[1:]):
            self.assertLessEqual(max(self.moments(name)[1] for name in before),
                                 min(self.moments(name)[0] for name in after), f"{before} before {after}")
        for node in self.cluster:
            processes = node.processes()
            self.assertEqual(processes["base:bus"], ("RUNNING", (self.identifiers[2],)))
            for i in range(3):
                self.assertEqual(processes[f"flow:worker_0{i + 1}"], ("RUNNING", (self.identifiers[i],)))
            self.assertEqual(processes["flow:front"], ("RUNNING", (self.identifiers[1],)))
            self.assertEqual(processes["flow:prepare"][0], "EXITED")
            self.assertEqual(processes["local_only:local_only"], ("RUNNING", (self.identifiers[2],)))

    def test_roles(self):
        """What the rules made of the applications: managed, operational; the group without a rule is not."""
        infos = {a["application_name"]: a for a in self.cluster.nodes[0].rpc.supvisors.get_all_applications_info()}
        self.assertEqual({name: (a["managed"], a["statename"], a["major_failure"], a["minor_failure"])
                          for name, a in infos.items()},
                         {"base": (True, "RUNNING", False, False), "flow": (True, "RUNNING", False, False),
                          "local_only": (False, "RUNNING", False, False)})
        rules = self.cluster.nodes[0].rpc.supvisors.get_process_rules("flow:front")[0]
        self.assertEqual((rules["identifiers"], rules["required"], rules["expected_loading"],
                          rules["running_failure_strategy"]), (["bravo"], True, 30, "RESTART_PROCESS"))


class CoreTest(SupvisorsFile):
    """CORE ends the wait: the two core nodes are enough, the third joins later and displaces nobody."""
    synchro_options = "STRICT,TIMEOUT,CORE"

    @classmethod
    def start_nodes(cls):
        for node in cls.cluster.nodes[:2]:
            node.daemon.start("-s")

    def test_core_nodes_suffice(self):
        first = self.cluster.nodes[:2]
        self.cluster.wait_for_state(nodes=first)
        for node in first:
            self.assertEqual(node.master(), "bravo")
            self.assertTrue(node.rpc.supvisors.get_supvisors_state()["degraded_mode"])
        wait_for(lambda: any(node.logged("CORE: every core node is here") for node in first), 5, "the reason in a log")
        self.cluster.nodes[2].daemon.start("-s")
        self.cluster.wait_until_whole()
        self.assert_one_master("bravo")
        wait_for(lambda: not any(node.rpc.supvisors.get_supvisors_state()["degraded_mode"] for node in self.cluster),
                 5, "no node degraded")
        self.assert_identities()
        self.assert_no_error_line()


class UserTest(SupvisorsFile):
    """USER: nobody is Master until a person names one, and then that one is (3.3, 5.4 end_sync)."""
    synchro_options = "USER"

    def states(self):
        return {node.state() for node in self.cluster}

    @staticmethod
    def overview_of(node):
        transport = UnixTransport(f"{node.daemon.folder}/supervisor.sock")
        connection = transport.make_connection(f"{USER}:{quote(PASSWORD)}@localhost")
        connection.request("GET", "/", headers=dict(transport._extra_headers))
        return connection.getresponse().read().decode()

    def test_end_sync(self):
        everybody = {nick: "RUNNING" for nick in self.nicks}
        for node in self.cluster:
            wait_for(lambda: node.members() == everybody, 20, f"every node RUNNING for {node.nick}")
        asked = self.cluster.nodes[0]
        self.assertEqual(self.states(), {"SYNCHRONIZATION"})
        self.assertEqual(asked.rpc.supvisors.get_master_identifier(), {})
        self.assertEqual(self.fault_of(asked.rpc.supvisors.end_sync, "nobody"), 10)
        self.assertEqual(self.fault_of(asked.rpc.supvisors.start_application, "CONFIG", "base"), 101)
        self.assertIn("holdfastctl end_sync", self.overview_of(asked))
        # However long it takes: a tick later nothing has begun by itself.
        counter = asked.rpc.supvisors.get_instance_info(self.third)[0]["remote_sequence_counter"]
        wait_for(lambda: asked.rpc.supvisors.get_instance_info(self.third)[0]["remote_sequence_counter"] > counter,
                 20, "a tick")
        self.assertEqual(self.states(), {"SYNCHRONIZATION"})
        # Named at one node, by its nick: neither that node, nor the lowest nick, nor a core node.
        done = self.on_host(0, BIN / "holdfastctl", "-c", self.file, "end_sync", self.third)
        self.assertEqual((done.returncode, done.stdout), (0, f"end of synchronization requested with Master {self.third}\n"),
                         done.stderr)
        self.cluster.wait_until_whole()
        self.assert_one_master(self.third)
        self.assertNotIn("holdfastctl end_sync", self.overview_of(asked))
        self.wait_for_programs()
        self.assert_one_master(self.third)
        self.assertEqual(self.fault_of(asked.rpc.supvisors.end_sync), 101)
        self.assertEqual(self.fault_of(asked.rpc.supvisors.end_sync, "bravo"), 101)
        done = self.on_host(1, BIN / "holdfastctl", "-c", self.file, "end_sync")
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stdout, r"^ERROR \(BAD_SUPVISORS_STATE: .*\)\n$")
        self.assert_identities()
        self.assert_no_error_line()


class NotApplicableTest(SupvisorsFile):
    """end_sync where USER is no condition: 104. Names that are probably not meant so get a warning each (ID-1, ID-3)."""
    synchro_options = "STRICT,TIMEOUT"
    core = "charlie,delta"
    identifier = "identifier=rocky51\n"

    @classmethod
    def start_nodes(cls):
        cls.cluster.nodes[0].daemon.start("-s")

    def test_end_sync(self):
        node = self.cluster.nodes[0]
        wait_for(lambda: node.members()["charlie"] == "RUNNING", 20, "itself RUNNING")
        self.assertEqual(self.fault_of(node.rpc.supvisors.end_sync), 104)
        for words in ("'delta' is named as a core node, but no item of the node list",
                      "identifier is rocky51, but the node list calls this node charlie"):
            self.assertEqual(len(node.wait_logged(words)), 1)
        self.assertEqual(len(node.logged("'charlie' is named")), 0)
        self.assertEqual(node.state(), "SYNCHRONIZATION")


if __name__ == "__main__":
    unittest.main()
