"""The faults of supvisors.* (contract supvisors.md 5.1 to 5.4): code and whole text of each, as Supvisors 0.19 gives them,
asked at the Master and at a follower. The table was written beside a site of real Supvisors with the same programs and
rules; it holds without it."""
import unittest
import xmlrpc.client

from nodes import Workspace, small_cluster, wait_for

PROGRAMS = """[program:p1]
command = /bin/sleep 100000
autostart = false
startsecs = 0
[program:p2]
command = /bin/sleep 100000
autostart = false
startsecs = 0
[group:app]
programs = p1,p2
[program:crash]
command = /bin/sh -c 'exit 1'
autostart = false
startretries = 0
[program:missing]
command = /no/such/command
autostart = false
[program:nowhere]
command = /bin/sleep 100000
autostart = false
[group:bad]
programs = crash,missing,nowhere
[program:free]
command = /bin/sleep 100000
autostart = false
[program:none]
command = /bin/sleep 100000
autostart = false
[program:spread]
command = /bin/sleep 100000
process_name = %(program_name)s_%(process_num)d
numprocs = 4
autostart = false
startsecs = 0
[program:pair]
command = /bin/sleep 100000
process_name = %(program_name)s_%(process_num)d
numprocs = 4
autostart = false
"""
ALONE = """[program:only]
command = /bin/sleep 100000
autostart = false
"""
RULES = """<?xml version="1.0" encoding="UTF-8"?>
<root>
  <application name="app"><programs>
    <program name="p1"><identifiers>n2</identifiers><start_sequence>1</start_sequence></program>
    <program name="p2"><identifiers>n3</identifiers><start_sequence>2</start_sequence></program>
  </programs></application>
  <application name="bad"><programs>
    <program pattern=""><identifiers>n2</identifiers></program>
    <program name="nowhere"><identifiers>n9</identifiers></program>
  </programs></application>
  <application name="none"><programs>
    <program name="none"><identifiers>n9</identifiers><start_sequence>1</start_sequence></program>
  </programs></application>
  <application name="spread"><programs><program pattern="spread_"><identifiers>#</identifiers></program></programs></application>
  <application name="pair"><programs><program pattern="pair_"><identifiers>@,n3,n2</identifiers></program></programs></application>
</root>
"""
STRATEGIES = "['CONFIG', 'LESS_LOADED', 'MOST_LOADED', 'LOCAL', 'LESS_LOADED_NODE', 'MOST_LOADED_NODE']"
INVALID = "INCORRECT_PARAMETERS: invalid <enum 'StartingStrategies'> value="
LEVELS = "['critical', 'error', 'warn', 'info', 'debug', 'trace', 'blather']"
UNKNOWN = "BAD_NAME: application=nope unknown to Supvisors"
IN_APP = "BAD_NAME: process=nope unknown in application=app"
OPERATION = "BAD_SUPVISORS_STATE: invalid Supvisors state=OPERATION - state expected in "
ASKED = [  # nothing runs
    (("get_instance_state_modes", "get_network_info", "get_instance_info", "get_all_inner_process_info"), ("nope",),
     10, "BAD_NAME: identifier=nope is unknown to Supvisors"),
    (("get_inner_process_info",), ("nope", "app:p1"), 10, "BAD_NAME: identifier=nope is unknown to Supvisors"),
    (("get_inner_process_info",), ("n2", "nope:p1"), 10, UNKNOWN),
    (("get_inner_process_info",), ("n2", "app:nope"), 10, IN_APP),
    (("get_inner_process_info",), ("n2", "only"), 30, "FAILED: only unknown on n2"),
    (("get_application_info", "get_application_rules"), ("nope",), 10, UNKNOWN),
    (("get_process_info", "get_process_rules", "stop_process"), ("nope",), 10, UNKNOWN),
    (("get_process_info", "get_process_rules", "stop_process"), ("nope:*",), 10, UNKNOWN),
    (("get_process_info", "get_process_rules", "stop_process"), ("app:nope",), 10, IN_APP),
    (("get_local_process_info",), ("app:nope",), 10, "BAD_NAME: app:nope"),
    (("start_application", "restart_application"), ("BAD", "app"), 2, f"{INVALID}BAD - string expected in {STRATEGIES}"),
    (("start_application", "restart_application"), (17, "app"), 2, f"{INVALID}17 - integer expected in [0, 1, 2, 3, 4, 5]"),
    (("start_process", "restart_process"), (1.5, "app:p1"), 2,
     f"{INVALID}1.5 type=<class 'float'> - type string or integer expected"),
    (("start_application", "restart_application", "start_process", "restart_process"), ("CONFIG", "nope"), 10, UNKNOWN),
    (("start_process", "restart_process"), ("CONFIG", "app:nope"), 10, IN_APP),
    (("start_application", "restart_application"), ("CONFIG", "free"), 102, "NOT_MANAGED: free"),
    (("stop_application",), ("nope",), 10, UNKNOWN),
    (("stop_application",), ("free",), 102, "NOT_MANAGED: free"),
    (("stop_application",), ("app",), 70, "NOT_RUNNING: failed to stop app"),
    (("stop_process",), ("app:p1",), 70, "NOT_RUNNING: app:p1 already stopped"),
    (("stop_process",), ("app:*",), 70, "NOT_RUNNING: app:* already stopped"),
    (("stop_process",), ("free",), 70, "NOT_RUNNING: free already stopped"),
    (("enable", "disable"), ("nope",), 10, "BAD_NAME: program=nope unknown to Supvisors"),
    (("conciliate",), ("USER",), 101, f"{OPERATION}['CONCILIATION']"),
    (("end_sync",), (), 101, f"{OPERATION}['SYNCHRONIZATION']"),
    (("change_log_level",), ("loud",), 2, f"INCORRECT_PARAMETERS: invalid logger value=loud - string expected in {LEVELS}"),
    (("change_log_level",), (17,), 2,
     "INCORRECT_PARAMETERS: invalid logger value=17 - integer expected in [50, 40, 30, 20, 10, 5, 3]"),
    (("restart_sequence",), (), 40, "ABNORMAL_TERMINATION: failed to trigger start sequence"),
    (("start_application",), ("CONFIG", "none"), 40, "ABNORMAL_TERMINATION: failed to start none"),
    (("start_application",), ("CONFIG", "none", False), 40, "ABNORMAL_TERMINATION: failed to start none"),
    (("restart_application",), ("CONFIG", "none"), 40, "ABNORMAL_TERMINATION: failed to restart none"),
    (("start_process",), ("CONFIG", "bad:nowhere", "", False), 40, "ABNORMAL_TERMINATION: failed to start bad:nowhere"),
    (("restart_process",), ("CONFIG", "bad:nowhere"), 40, "ABNORMAL_TERMINATION: failed to restart bad:nowhere"),
    (("start_process",), ("CONFIG", "bad:missing"), 70, "NOT_RUNNING: processes=['bad:missing']"),
    (("start_process",), ("CONFIG", "bad:crash"), 70, "NOT_RUNNING: processes=['bad:crash']"),
    (("start_process",), ("CONFIG", "bad:*"), 70,
     "NOT_RUNNING: processes=['bad:crash', 'bad:missing', 'bad:nowhere']"),
]


class SupvisorsFaultsTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.workspace = Workspace()
        cls.addClassCleanup(cls.workspace.__exit__, None, None, None)
        cls.cluster = small_cluster(cls.workspace, 3, PROGRAMS + "PROGRAMS-NICK", RULES, start=False)
        for node in cls.cluster:
            text = node.daemon.config.read_text()
            node.daemon.config.write_text(text.replace(f"PROGRAMS-{node.nick}", ALONE if node.nick == "n1" else ""))
        for node in cls.cluster:
            node.daemon.start("-s")
        cls.cluster.wait_until_whole()
        cls.master = cls.cluster[cls.cluster["n1"].master()]
        cls.follower = cls.cluster.others(cls.master)[0]

    def fault(self, node, method, *arguments):
        with self.assertRaises(xmlrpc.client.Fault) as raised:
            answer = getattr(node.rpc.supvisors, method)(*arguments)
            self.fail(f"{method}{arguments} at {node.nick} answered {answer}")
        return raised.exception.faultCode, raised.exception.faultString

    def test_a_request_that_cannot_be_carried_out(self):
        for methods, arguments, code, text in ASKED:
            for method in methods:
                for node in (self.master, self.follower):
                    with self.subTest(method=method, arguments=arguments, node=node.nick):
                        self.assertEqual(self.fault(node, method, *arguments), (code, text))

    def test_what_runs_already(self):
        for node in (self.master, self.follower):
            with self.subTest(node=node.nick):
                self.assertTrue(node.rpc.supvisors.start_application("CONFIG", "app"))
                wait_for(lambda: node.processes()["app:p2"][0] == "RUNNING", 10, "seen to run")
                started = (60, "ALREADY_STARTED: app:p1")
                self.assertEqual(self.fault(node, "start_application", "CONFIG", "app"), (60, "ALREADY_STARTED: app"))
                self.assertEqual(self.fault(node, "start_process", "CONFIG", "app:p1"), started)
                self.assertEqual(self.fault(node, "start_process", "CONFIG", "app:*"), started)
                self.assertTrue(node.rpc.supvisors.stop_application("app"))
                wait_for(lambda: node.processes()["app:p1"][0] == "STOPPED", 10, "seen to stop")

    def test_rules_show_what_the_signs_give(self):
        """`#`: round the nodes; `@`: one for each, the rest can never start (RUL-H2)."""
        n1, n2, n3 = (node.identifier for node in self.cluster)
        for node in self.cluster:
            def given(namespec):
                return [row["identifiers"] for row in node.rpc.supvisors.get_process_rules(namespec)]
            self.assertEqual(given("spread:*"), [[n1], [n2], [n3], [n1]])
            self.assertEqual(given("pair:*"), [[n3], [n2], [], []])
            self.assertEqual(given("app:p1"), [["n2"]])

    def test_ticks_are_counted(self):
        """Of the local node, too (instance_status)."""
        for node in self.cluster:
            for other in self.cluster:
                before = node.rpc.supvisors.get_instance_info(other.nick)[0]
                after = wait_for(lambda: (now := node.rpc.supvisors.get_instance_info(other.nick)[0])
                                 ["remote_sequence_counter"] > before["remote_sequence_counter"] and now, 20, "a tick")
                self.assertGreater(after["local_mtime"], before["local_mtime"])
                self.assertGreaterEqual(after["local_sequence_counter"], before["local_sequence_counter"])

    def test_log_levels(self):
        levels = self.master.rpc.supvisors.get_logger_levels()
        self.assertEqual(levels, {"50": "critical", "40": "error", "30": "warn", "20": "info", "10": "debug", "5": "trace",
                                  "3": "blather"})


class Conciliation(unittest.TestCase):
    def test_asked_anywhere_it_answers_and_settles_every_conflict(self):
        """5.4: also at the Master; two conflicts of one application."""
        with Workspace() as workspace:
            cluster = small_cluster(workspace, 3, PROGRAMS, RULES)
            cluster.wait_until_whole()
            master = cluster[cluster["n1"].master()]
            for node in (master, cluster.others(master)[0]):
                with self.subTest(node=node.nick):
                    for copy in cluster.nodes[:2]:
                        for name in ("app:p1", "app:p2"):
                            copy.rpc.supervisor.startProcess(name)
                    cluster.wait_for_state("CONCILIATION")
                    self.assertEqual(len(node.rpc.supvisors.get_conflicts()), 2)
                    with self.assertRaises(xmlrpc.client.Fault) as raised:
                        node.rpc.supvisors.conciliate("BAD")
                    self.assertEqual(raised.exception.faultString,
                                     "INCORRECT_PARAMETERS: invalid <enum 'ConciliationStrategies'> value=BAD - string expected"
                                     " in ['SENICIDE', 'INFANTICIDE', 'USER', 'STOP', 'RESTART', 'RUNNING_FAILURE']")
                    self.assertFalse(node.rpc.supvisors.conciliate("USER"))
                    self.assertTrue(node.rpc.supvisors.conciliate("STOP"))
                    cluster.wait_for_state("OPERATION")
                    self.assertEqual(node.rpc.supvisors.get_conflicts(), [])


if __name__ == "__main__":
    unittest.main(verbosity=2)
