"""Running failure strategies of a whole application (contract supvisors.md 4.7, CFG-E5) with real programs: what crashes
is not restarted by its own node's autorestart when the cluster answers the crash, STOP_APPLICATION stops all of it and
leaves nothing behind, RESTART_APPLICATION starts it again in the order of its ranks; an operational_status is evaluated."""
import os
import signal
import unittest

from nodes import Workspace, small_cluster, wait_for

# autorestart = true: it is what CFG-E5 overrides.
PROGRAMS = "".join(f"""[program:{name}]
command = /bin/sleep 100000
autostart = false
autorestart = true
startsecs = 0
stopsignal = KILL
""" for name in ("manager", "hmi", "bus", "web", "lonely")) + """[group:ui]
programs = manager,hmi
[group:svc]
programs = bus,web
"""
RULES = """<?xml version="1.0" encoding="UTF-8"?>
<root>
  <application name="ui">
    <starting_strategy>CONFIG</starting_strategy>
    <running_failure_strategy>STOP_APPLICATION</running_failure_strategy>
    <operational_status>all("(manager|hmi)")</operational_status>
    <programs>
      <program name="manager"><identifiers>n1</identifiers><start_sequence>1</start_sequence></program>
      <program name="hmi"><identifiers>n2</identifiers><start_sequence>2</start_sequence></program>
    </programs>
  </application>
  <application name="svc">
    <running_failure_strategy>RESTART_APPLICATION</running_failure_strategy>
    <programs>
      <program name="bus"><identifiers>n1</identifiers><start_sequence>1</start_sequence></program>
      <program name="web"><identifiers>n2</identifiers><start_sequence>2</start_sequence></program>
    </programs>
  </application>
</root>
"""


class FailureStrategiesTest(unittest.TestCase):
    def setUp(self):
        workspace = Workspace()
        self.addCleanup(workspace.__exit__, None, None, None)
        self.cluster = small_cluster(workspace, 2, PROGRAMS, RULES)
        self.cluster.wait_until_whole()
        self.rpc = self.cluster["n1"].rpc.supvisors

    def state(self, namespec):
        return self.rpc.get_process_info(namespec)[0]["statename"]

    def pid(self, nick, namespec):
        return self.cluster[nick].rpc.supervisor.getProcessInfo(namespec)["pid"]

    def start(self, application):
        self.assertTrue(self.rpc.start_application(0, application, True))

    def crash(self, nick, namespec):
        os.kill(self.pid(nick, namespec), signal.SIGKILL)

    def lines_of(self, nick, name):
        """What the node's log says of the program's life since its start, in order."""
        return [text.split(" ", 1)[0].rstrip(":") for _, _, text in self.cluster[nick].log()
                if f"{name} " in text.replace("'", " ") and text.startswith(("spawned", "exited", "stopped"))]

    def test_stop_application_leaves_nothing_behind(self):
        self.start("ui")
        status = self.rpc.get_application_info("ui")
        self.assertEqual((status["statename"], status["major_failure"], status["minor_failure"]),
                         ("RUNNING", False, False))
        self.assertEqual(self.rpc.get_application_rules("ui")["status_formula"], 'all("(manager|hmi)")')
        self.cluster["n1"].wait_logged("autorestart of ui:manager is not in force")
        self.crash("n1", "ui:manager")
        wait_for(lambda: self.state("ui:hmi") == "STOPPED", 10, "hmi STOPPED with its application")
        status = self.rpc.get_application_info("ui")
        self.assertEqual((status["statename"], status["major_failure"]), ("STOPPED", True), "the formula is false")
        self.assertEqual(self.state("ui:manager"), "EXITED")
        self.assertEqual(self.lines_of("n1", "manager"), ["spawned", "exited"], "autorestart did not race the cluster")
        self.start("ui")  # not ALREADY_STARTED
        self.assertEqual([self.state("ui:manager"), self.state("ui:hmi")], ["RUNNING", "RUNNING"])

    def test_restart_application_is_the_clusters_alone(self):
        self.start("svc")
        web = self.pid("n2", "svc:web")
        self.crash("n1", "svc:bus")
        wait_for(lambda: self.pid("n2", "svc:web") not in (0, web), 10, "web started again, after bus")
        wait_for(lambda: self.state("svc:bus") == "RUNNING", 10, "bus RUNNING again")
        self.assertEqual(self.lines_of("n1", "bus"), ["spawned", "exited", "spawned"], "started once")
        self.assertEqual(self.lines_of("n2", "web"), ["spawned", "stopped", "spawned"])

    def test_without_such_a_rule_autorestart_holds(self):
        self.rpc.start_process(0, "lonely", "", True)
        lonely = self.pid("n1", "lonely")
        self.crash("n1", "lonely")
        wait_for(lambda: self.pid("n1", "lonely") not in (0, lonely), 10, "lonely started again by its node")


if __name__ == "__main__":
    unittest.main()
