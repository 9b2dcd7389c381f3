"""Options of Supvisors' section that are acted on beside those of cluster_supvisors_file: stereotypes (CFG-07, ID-1, as
rules name them), inactivity_ticks (CFG-15), tail_limit and tailf_limit (CFG-26, CFG-27); and `holdfastd -T`, which says
what is wrong in the section with file and line."""
import http.client
import time
import unittest
import xmlrpc.client

from nodes import BIN, Workspace, run, small_cluster, wait_for

PROGRAMS = """[program:console]
command = /bin/sleep 100000
autostart = false
startsecs = 0
[program:talk]
command = /bin/sh -c 'i=0; while [ $i -lt 1000 ]; do echo $i; i=$((i+1)); done; exec sleep 100000'
autostart = true
startsecs = 0
[rpcinterface:supvisors]
supervisor.rpcinterface_factory = supvisors.plugin:make_supvisors_rpcinterface
stereotypes = @NICK, TAGS
inactivity_ticks = 2
tail_limit = 50
tailf_limit = 30
{more}
"""
RULES = """<?xml version="1.0" encoding="UTF-8"?>
<root>
  <application name="console">
    <start_sequence>1</start_sequence>
    <programs><program name="console"><identifiers>@CONSOLE</identifiers><start_sequence>1</start_sequence></program></programs>
  </application>
</root>
"""
TAGS = {"n1": "@SERVER", "n2": "@CONSOLE", "n3": "@SERVER,@LAST"}


def tagged(cluster, more=""):
    for node in cluster:
        text = node.daemon.config.read_text()
        node.daemon.config.write_text(text.replace("TAGS", TAGS[node.nick]).replace("{more}", more))


class Options(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.workspace = Workspace()
        cls.addClassCleanup(cls.workspace.__exit__, None, None, None)
        cls.cluster = small_cluster(cls.workspace, 3, PROGRAMS, RULES, start=False)
        tagged(cls.cluster)
        for node in cls.cluster:
            node.daemon.start("-s")
        cls.cluster.wait_until_whole()

    def test_a_rule_that_names_a_stereotype(self):  # 2.5, section 0
        wait_for(lambda: self.cluster.where("console:console") is self.cluster["n2"], 20, "console on the one @CONSOLE")

    def test_names_of_instances(self):  # ID-1
        for node in self.cluster:
            def nicks(name):
                return [info["nick_identifier"] for info in node.rpc.supvisors.get_instance_info(name)]
            self.assertEqual(nicks("@SERVER"), ["n1", "n3"])
            self.assertEqual(nicks("@n2"), ["n2"])
            self.assertEqual([mode["nick_identifier"] for mode in node.rpc.supvisors.get_instance_state_modes("@LAST")],
                             ["n3"])
            with self.assertRaises(xmlrpc.client.Fault) as raised:
                node.rpc.supvisors.get_instance_info("@NONE")
            self.assertEqual(raised.exception.faultCode, 10)

    def read(self, path, size):
        host, port = self.cluster["n1"].identifier.split(":")
        connection = http.client.HTTPConnection(host, int(port), timeout=10)
        self.addCleanup(connection.close)
        connection.request("GET", path)
        return connection.getresponse().read(size)

    def test_lengths_of_logs(self):
        node = self.cluster["n1"]
        wait_for(lambda: node.rpc.supervisor.readProcessStdoutLog("talk", -4, 0) == "999\n", 10, "the whole log")
        page = self.read("/tail.html?processname=talk", 100_000).decode()
        self.assertIn("988\n", page)  # 50 bytes are the last 12 lines and a half
        self.assertNotIn("986\n", page)
        whole = "".join(f"{i}\n" for i in range(1000)).encode()
        self.assertEqual(self.read("/logtail/talk", 30), whole[-30:])


class Patience(unittest.TestCase):
    def test_inactivity_ticks(self):
        """3 ticks: a node that is gone is given up after 15 s, not before; Supvisors' own reaction time."""
        with Workspace() as workspace:
            cluster = small_cluster(workspace, 3, PROGRAMS, RULES, start=False)
            tagged(cluster)
            for node in cluster:
                text = node.daemon.config.read_text()
                node.daemon.config.write_text(text.replace("inactivity_ticks = 2", "inactivity_ticks = 3"))
                node.daemon.start("-s")
            cluster.wait_until_whole()
            observer, lost = cluster["n1"], cluster["n3"]
            lost.daemon.kill_everything()
            killed = time.monotonic()
            wait_for(lambda: observer.members()["n3"] == "STOPPED", 30, "the loss seen")
            took = time.monotonic() - killed
            self.assertGreaterEqual(took, 14.5)
            self.assertLess(took, 20)


class ConfigTest(unittest.TestCase):
    def test_wrong_values_have_file_and_line(self):
        with Workspace() as workspace:
            cluster = small_cluster(workspace, 1, PROGRAMS, RULES, start=False)
            tagged(cluster, "multicast_ttl = 300\nstats_histo = 5\nevent_port = 0\n")
            config = cluster["n1"].daemon.config
            lines = config.read_text().splitlines()
            done = run(BIN / "holdfastd", "-T", "-c", config, cwd=config.parent)
            self.assertEqual(done.returncode, 0, done.stderr)  # the defaults are used
            for option in ("multicast_ttl", "stats_histo", "event_port"):
                line = next(i for i, text in enumerate(lines, 1) if text.startswith(option))
                self.assertRegex(done.stdout, rf"{option} \({config}:{line}\): .* is used")


if __name__ == "__main__":
    unittest.main()
