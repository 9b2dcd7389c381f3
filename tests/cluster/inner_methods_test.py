"""What a node says of itself, asked of any node (contract supvisors.md 5.2: LP, IP, NI and statistics), and groups that come
and go there (7.2 codes 2 and 3, 7.5, CFG-E7)."""
import unittest
import xmlrpc.client

from disabilities_test import EAR
from events_test import ZmqSubscriber
from nodes import Workspace, free_port, small_cluster, wait_for

PROGRAMS = """[program:own_NICK]
command = /bin/sleep 100000
startsecs = 0
[program:bad_NICK]
command = /bin/sh -c "exit 3"
startretries = 0
startsecs = 0
autorestart = false
[program:idle_NICK]
command = /bin/sleep 100000
autostart = false
stopwaitsecs = 7
"""
LISTENER = """[eventlistener:ear]
command = /usr/bin/python3 -u -S {ear}
events = PROCESS_ADDED,PROCESS_REMOVED
stderr_logfile = %(here)s/ear.log
startsecs = 0
"""
LATE = """[program:late]
command = /bin/sleep 100000
process_name = late_%(process_num)s
numprocs = 2
startsecs = 0
"""
RULES = '<?xml version="1.0" encoding="UTF-8"?>\n<root/>\n'
LP = set("name group state statename start stop now pid description spawnerr expected start_monotonic stop_monotonic now_monotonic "
         "extra_args startsecs stopwaitsecs process_index program_name disabled has_stdout has_stderr".split())
IP = LP | {"local_mtime", "event_time", "uptime", "has_crashed"}
OF_EVENTS = {"identifier", "nick_identifier", "event_mtime"}  # of what has had one


class InnerMethods(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.workspace = Workspace()
        cls.addClassCleanup(cls.workspace.__exit__, None, None, None)
        cls.port = free_port()
        cls.cluster = small_cluster(cls.workspace, 2, PROGRAMS, RULES, options=f"event_link = ZMQ\nevent_port = {cls.port}")
        cls.cluster.wait_until_whole()
        for node in cls.cluster:  # each knows what became of the other's
            wait_for(lambda: all(node.processes().get(f"bad_{n}:bad_{n}", ("",))[0] == "EXITED" for n in ("n1", "n2")), 10, "EXITED")
        cls.n1, cls.n2 = cls.cluster.nodes

    def refused(self, code, method, *arguments):
        with self.assertRaises(xmlrpc.client.Fault) as caught:
            getattr(self.n1.rpc.supvisors, method)(*arguments)
        self.assertEqual(caught.exception.faultCode, code, caught.exception.faultString)

    def test_own_processes(self):
        pids = self.n1.own_pids()
        rows = {row["name"]: row for row in self.n1.rpc.supvisors.get_all_local_process_info()}
        self.assertEqual(set(rows), {"own_n1", "bad_n1", "idle_n1"})
        for row in rows.values():
            self.assertEqual(set(row), LP)
        own, bad, idle = rows["own_n1"], rows["bad_n1"], rows["idle_n1"]
        self.assertEqual((own["statename"], own["pid"], own["has_stdout"]), ("RUNNING", pids["own_n1:own_n1"], True))
        self.assertAlmostEqual(own["now_monotonic"] - own["start_monotonic"], own["now"] - own["start"], delta=1.5)
        self.assertEqual((bad["state"], bad["spawnerr"], bad["expected"]), (100, "Bad exit code 3", False))
        self.assertEqual((idle["start"], idle["start_monotonic"], idle["stopwaitsecs"]), (0, 0.0, 7))
        one = self.n1.rpc.supvisors.get_local_process_info("own_n1:own_n1")
        self.assertEqual(one["pid"], own["pid"])
        for name in ("own_n2:own_n2", "own_n1:*", "nobody"):
            self.refused(10, "get_local_process_info", name)

    def test_inner_processes_of_another_node(self):
        for name in ("n2", self.n2.identifier):
            rows = {row["name"]: row for row in self.n1.rpc.supvisors.get_all_inner_process_info(name)}
            self.assertEqual(set(rows), {"own_n2", "bad_n2", "idle_n2"})
            for row in rows.values():
                self.assertEqual(set(row), IP if row["name"] == "idle_n2" else IP | OF_EVENTS)
            self.assertEqual((rows["own_n2"]["identifier"], rows["own_n2"]["nick_identifier"]), (self.n2.identifier, "n2"))
            self.assertEqual(rows["own_n2"]["event_mtime"], rows["own_n2"]["local_mtime"])
        there = {row["name"]: row for row in self.n2.rpc.supvisors.get_all_local_process_info()}
        self.assertEqual(rows["own_n2"]["pid"], there["own_n2"]["pid"])
        self.assertAlmostEqual(rows["own_n2"]["start_monotonic"], there["own_n2"]["start_monotonic"], delta=1.5)
        self.assertGreater(rows["own_n2"]["uptime"], 0)
        self.assertEqual([rows[name]["has_crashed"] for name in ("own_n2", "bad_n2", "idle_n2")], [False, True, False])
        [one] = self.n1.rpc.supvisors.get_inner_process_info("n2", "own_n2:*")
        self.assertEqual(one["name"], "own_n2")
        self.refused(10, "get_all_inner_process_info", "n7")
        self.refused(10, "get_inner_process_info", "n7", "own_n2:*")
        self.refused(30, "get_inner_process_info", "n2", "own_n1")  # of the other node
        self.refused(10, "get_inner_process_info", "n2", "nobody")

    def test_z_a_group_comes_and_goes(self):
        """update at n2: listeners there are told of each process; n1 shows them, and forgets them."""
        watcher = ZmqSubscriber("127.0.0.1", self.port, ["process", "event"])
        self.addCleanup(watcher.close)
        names = ["late_0", "late_1"]

        def hear(header, condition):
            heard = []
            while len(heard) < len(names):
                message = watcher.receive()
                self.assertIsNotNone(message, heard)
                if message[0] == header and condition(message[1]):
                    heard.append(message[1])
            return heard

        def told(event):
            return [f"{event} processname:{name} groupname:late" for name in names]

        def said_to_listener():
            lines = self.n2.daemon.text("ear.log").splitlines()
            return [line.strip() for line in lines if "groupname:late" in line]  # its own, too, is told
        ear = self.workspace.folder / "ear.py"
        ear.write_text(EAR)
        config = self.n2.daemon.config
        original = config.read_text()
        config.write_text(original + LISTENER.format(ear=ear))
        self.assertIn("ear: added process group", self.n2.ctl("update").stdout)
        wait_for(lambda: "ear:ear" in self.n1.processes(), 5, "the listener shown by n1")
        config.write_text(original + LISTENER.format(ear=ear) + LATE)
        self.assertIn("late: added process group", self.n2.ctl("update").stdout)
        shown = hear("process", lambda body: body["application_name"] == "late" and body["statename"] == "RUNNING")
        self.assertEqual(sorted(body["process_name"] for body in shown), names)
        self.assertEqual({tuple(body["identifiers"]) for body in shown}, {(self.n2.identifier,)})
        self.assertEqual([row["process_name"] for row in self.n1.rpc.supvisors.get_process_info("late:*")], names)
        self.assertIn("late", [row["application_name"] for row in self.n1.rpc.supvisors.get_all_applications_info()])
        wait_for(lambda: said_to_listener() == told("PROCESS_ADDED"), 5, "PROCESS_ADDED of each")
        config.write_text(original + LISTENER.format(ear=ear))
        self.assertIn("late: removed process group", self.n2.ctl("update").stdout)
        gone = hear("event", lambda body: body["group"] == "late" and body["state"] == -1)
        self.assertEqual([body["name"] for body in gone], names)
        wait_for(lambda: not any(name.startswith("late:") for name in self.n1.processes()), 5, "forgotten by n1")
        self.refused(10, "get_process_info", "late:late_0")
        self.refused(10, "get_application_info", "late")
        wait_for(lambda: said_to_listener() == told("PROCESS_ADDED") + told("PROCESS_REMOVED"), 5, "PROCESS_REMOVED of each")

    def test_network_of_each_node(self):
        for node in self.cluster:
            for name in (node.nick, node.identifier):  # a nick too: Supvisors fails there
                network = self.n1.rpc.supvisors.get_network_info(name)
                self.assertEqual((network["identifier"], network["nick_identifier"]), (node.identifier, node.nick))
                self.assertEqual((network["host_id"], network["http_port"]), (node.identifier.split(":")[0], self.cluster.port))
                loopback = network["network"]["addresses"]["lo"]["nic_info"]
                self.assertEqual(loopback, {"nic_name": "lo", "ipv4_address": "127.0.0.1", "netmask": "255.0.0.0"})
        self.refused(10, "get_network_info", "n7")

    def test_statistics(self):
        self.assertEqual(self.n1.rpc.supvisors.get_statistics_status(),
                         {"host_stats": True, "process_stats": True, "collecting_period": 5.0})


if __name__ == "__main__":
    unittest.main()
