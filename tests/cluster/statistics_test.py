"""What a node measures of itself and its programs (contract supvisors.md section 9, 5.2, 5.4, 7.5 hstats and pstats, 6
stats_status, enable_stats, disable_stats, stats_period), with programs that are known to be busy, idle, or busy only
through their descendants; seen by a subscriber of Supvisors' event interface, the methods and the commands."""
import http.client
import json
import os
import time
import unittest
import xmlrpc.client

from events_test import ZmqSubscriber
from nodes import PATIENCE_S, Workspace, free_port, small_cluster, wait_for

# Some of a core each, so that the tests beside this one have theirs. busy: by itself. offspring: by a child of a child.
# bursts: only by children that end. idle: nothing.
WORK = "i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done"
PROGRAMS = f"""[program:busy]
command = /bin/sh -c "while :; do {WORK}; sleep 0.1; done"
startsecs = 0
stopasgroup = true
killasgroup = true
[program:offspring]
command = /bin/sh -c "sh -c 'while :; do {WORK}; sleep 0.1; done; :' & wait"
startsecs = 0
stopasgroup = true
killasgroup = true
[program:bursts]
command = /bin/sh -c "while :; do sh -c '{WORK}'; sleep 0.1; done"
startsecs = 0
stopasgroup = true
killasgroup = true
[program:idle]
command = /bin/sleep 100000
startsecs = 0
"""
RULES = '<?xml version="1.0" encoding="UTF-8"?>\n<root/>\n'
OPTIONS = """event_link = ZMQ
event_port = {port}
stats_collecting_period = 1
stats_periods = 2, 1
stats_histo = 10
"""
HSTATS = {"identifier", "now_monotonic", "target_period", "period", "cpu", "mem", "net_io", "disk_io", "disk_usage"}
PSTATS = {"namespec", "identifier", "pid", "now_monotonic", "target_period", "period", "cpu", "mem"}
ANSWER_S = PATIENCE_S


class Statistics(unittest.TestCase):
    """One subscriber hears everything from the start, and what it has heard serves every test. In the order of their
    names: those that only look, then (y, z) those that change something, or want many points."""

    @classmethod
    def setUpClass(cls):
        cls.workspace = Workspace()
        cls.addClassCleanup(cls.workspace.__exit__, None, None, None)
        cls.port = free_port()
        cls.cluster = small_cluster(cls.workspace, 1, PROGRAMS, RULES, options=OPTIONS.format(port=cls.port))
        cls.cluster.wait_for_state()
        cls.node = cls.cluster["n1"]
        cls.rpc = cls.node.rpc.supvisors
        cls.subscriber = ZmqSubscriber("127.0.0.1", cls.port, ["hstats", "pstats"])
        cls.addClassCleanup(cls.subscriber.close)
        cls.heard = []

    def restore(self):
        self.rpc.enable_host_statistics(True)
        self.rpc.enable_process_statistics(True)
        self.rpc.update_collecting_period(1)

    def hear(self, timeout_s=ANSWER_S):
        """The next message, or None."""
        message = self.subscriber.receive(max(0, timeout_s))
        if message:
            self.heard.append(message)
        return message

    def points(self, topic, condition, count, what, since=0):
        """The first `count` bodies for which the condition holds, of what was heard and will be, but for the first
        `since` messages."""
        end = time.monotonic() + ANSWER_S
        while True:
            found = [body for header, body in self.heard[since:] if header == topic and condition(body)]
            if len(found) >= count:
                return found[:count]
            self.assertIsNotNone(self.hear(end - time.monotonic()), f"points of {what}")

    def test_host(self):
        """hstats: shape and sense; both periods, ascending; one after the other in time."""
        cores = os.cpu_count()
        for period in (1.0, 2.0):
            first, second = self.points("hstats", lambda body: body["target_period"] == period, 2, "the host")
            for body in (first, second):
                self.assertEqual(set(body), HSTATS)
                self.assertEqual(body["identifier"], self.node.identifier)
                self.assertEqual(len(body["cpu"]), cores + 1)
                self.assertAlmostEqual(body["cpu"][0], sum(body["cpu"][1:]) / cores, delta=0.01)
                self.assertTrue(all(0 <= percent <= 100 for percent in body["cpu"]), body["cpu"])
                self.assertGreater(body["cpu"][0], 2)  # three programs are busy
                self.assertTrue(0 < body["mem"] < 100)
                self.assertIn("lo", body["net_io"])
                self.assertTrue(all(len(rates) == 2 and min(rates) >= 0 for part in ("net_io", "disk_io")
                                    for rates in body[part].values()))
                self.assertTrue(all(0 <= percent <= 100 for percent in body["disk_usage"].values()))
                begin, end = body["period"]
                self.assertTrue(period - 0.15 <= end - begin <= period + 5, body["period"])
                self.assertAlmostEqual(body["now_monotonic"], time.monotonic(), delta=60)
            self.assertEqual(first["period"][1], second["period"][0])

    def test_network_traffic(self):
        """What is sent through lo is seen on lo, in kbit/s."""
        while self.hear(0):
            pass
        traffic = b"x" * 1_000_000
        end = time.monotonic() + ANSWER_S
        fast = 0
        while fast < 800 and time.monotonic() < end:  # a megabyte in a period of one second or a little more
            connection = http.client.HTTPConnection("127.0.0.1", self.cluster.port, timeout=ANSWER_S)
            connection.request("POST", "/action", traffic[:60_000], {"Content-Type": "text/plain"})
            connection.getresponse().read()
            connection.close()
            message = self.hear(0)
            if message and message[0] == "hstats":
                fast = min(message[1]["net_io"]["lo"])
        self.assertGreater(fast, 800)

    def test_programs(self):
        """pstats: a busy program shows its core, with its descendants, also those that have ended; an idle one nothing."""
        pids = self.node.own_pids()
        names = ("busy", "offspring", "bursts", "idle")
        for name in names[:3]:  # others want the cores too: one point that shows it is awaited
            self.points("pstats", lambda body: body["namespec"] == name and body["target_period"] == 1.0 and body["cpu"] > 5, 1,
                        f"{name} at work")
        points = self.points("pstats", lambda body: body["namespec"] in names and body["target_period"] == 1.0, 16, "programs")
        for body in points:
            self.assertEqual(set(body), PSTATS)
            self.assertEqual(body["pid"], pids["{0}:{0}".format(body["namespec"])])
            self.assertTrue(0 < body["mem"] < 50, body)
            self.assertLess(body["cpu"], 130)
        self.assertLess(max(body["cpu"] for body in points if body["namespec"] == "idle"), 2)

    def test_daemon(self):
        """The daemon's own entry: keeper and agent, with the number of cores."""
        [body] = self.points("pstats", lambda body: body["namespec"] == "supervisord", 1, "the daemon")
        self.assertEqual(set(body), PSTATS | {"nb_cores"})
        self.assertEqual((body["pid"], body["nb_cores"]), (self.node.rpc.supervisor.getPID(), os.cpu_count()))
        self.assertTrue(0 < body["mem"] < 5)
        self.assertLess(body["cpu"], 60)

    def test_y_a_new_pid_begins_anew(self):
        before = self.points("pstats", lambda body: body["namespec"] == "idle", 3, "idle")[-1]
        self.node.rpc.supervisor.stopProcess("idle")
        self.node.rpc.supervisor.startProcess("idle")
        after = self.points("pstats", lambda body: body["namespec"] == "idle" and body["pid"] != before["pid"], 1, "it")[0]
        self.assertEqual(after["period"][0], 0)
        self.assertEqual(after["pid"], self.node.own_pids()["idle:idle"])

    def test_z_switched_at_run_time(self):
        """enable_*_statistics and update_collecting_period act at once; get_statistics_status says it."""
        self.addCleanup(self.restore)
        status = {"host_stats": True, "process_stats": True, "collecting_period": 1.0}
        self.assertEqual(self.rpc.get_statistics_status(), status)
        self.assertIs(self.rpc.enable_host_statistics(False), True)
        self.assertEqual(self.rpc.get_statistics_status(), {**status, "host_stats": False})
        while self.hear(0):
            pass
        seen = [self.hear()[0] for _ in range(10)]
        self.assertEqual(set(seen[2:]), {"pstats"})  # one may have been under way
        self.assertEqual(self.node.rpc.holdfast.getStatistics()["host"], {})
        self.assertIs(self.rpc.enable_process_statistics(False), True)
        while self.hear(1.5):  # silence of more than a period
            pass
        self.assertIs(self.rpc.update_collecting_period(1.5), True)
        self.rpc.enable_host_statistics(True)
        since = len(self.heard)  # what is told of the host from here on; one of the programs may still have been under way
        points = self.points("hstats", lambda body: True, 3, "the host", since)
        self.assertTrue(all(body["period"][1] - body["period"][0] >= 1.35 for body in points), points)
        self.assertEqual(self.rpc.get_statistics_status(),
                         {"host_stats": True, "process_stats": False, "collecting_period": 1.5})
        for wrong in (0, 0.9, 3601, -1, "x"):
            with self.assertRaises(xmlrpc.client.Fault) as caught:
                self.rpc.update_collecting_period(wrong)
            self.assertEqual(caught.exception.faultCode, 2)

    def test_z_commands(self):
        self.addCleanup(self.restore)

        def said(*words):
            done = self.node.ctl(*words)
            self.assertEqual(done.returncode, 0, done.stderr)
            return done.stdout
        self.assertEqual(said("disable_stats", "host"), "Host statistics disabled: True\n")
        self.assertEqual(said("stats_period", "7.5"), "Statistics period updated: True\n")
        self.assertEqual(said("stats_status").split(), ["Collecting", "Host", "statistics:", "False", "Collecting", "Process",
                                                        "statistics:", "True", "Collecting", "statistics", "period:", "7.5"])
        self.assertEqual(said("enable_stats"), "Host statistics enabled: True\nProcess statistics enabled: True\n")

    def test_y_what_a_reader_gets(self):
        """holdfast.getStatistics and its JSON twin: the last points, a program's series of at most stats_histo points; CPU
        of the machine, because stats_irix_mode is false (CFG-25)."""
        rpc = self.node.rpc.holdfast
        wait_for(lambda: len(rpc.getStatistics("busy", 1)["points"]) == 10, ANSWER_S, "ten points of the program")
        later = rpc.getStatistics("busy", 1.0)["points"]
        wait_for(lambda: rpc.getStatistics("busy", 1)["points"] != later, ANSWER_S, "another point")
        points = rpc.getStatistics("busy", 1)["points"]
        self.assertEqual(len(points), 10)
        self.assertEqual([at for at, _, _ in points], sorted({at for at, _, _ in points}))
        self.assertTrue(all(0 <= cpu <= 130 / os.cpu_count() for _, cpu, _ in points), points)
        while self.hear(0):
            pass
        irix = self.points("pstats", lambda body: body["namespec"] == "busy" and body["target_period"] == 1.0, 1, "it",
                           len(self.heard))[0]
        wait_for(lambda: any(abs(cpu - irix["cpu"] / os.cpu_count()) < 0.01 for _, cpu, _ in rpc.getStatistics("busy", 1)["points"]),
                 ANSWER_S, "the same point")
        connection = http.client.HTTPConnection("127.0.0.1", self.cluster.port, timeout=ANSWER_S)
        self.addCleanup(connection.close)
        connection.request("GET", "/api/v1/holdfast.getStatistics?name=idle&period=2")
        self.assertEqual(json.loads(connection.getresponse().read())["result"]["namespec"], "idle")
        connection.request("GET", "/api/v1/holdfast.getStatistics")
        told = json.loads(connection.getresponse().read())["result"]
        self.assertEqual({row["namespec"] for row in told["processes"]}, {"supervisord", "busy", "offspring", "bursts", "idle"})
        self.assertEqual((told["cores"], told["irix_mode"]), (os.cpu_count(), False))
        self.assertEqual(set(told["host"]), HSTATS)
        with self.assertRaises(xmlrpc.client.Fault) as caught:
            rpc.getStatistics("", 3)
        self.assertEqual(caught.exception.faultCode, 2)

    def test_z_history_names_who_switched(self):
        self.addCleanup(self.restore)
        self.rpc.enable_host_statistics(False)
        self.assertIn("disable host statistics", json.dumps(self.node.rpc.holdfast.getHistory("", 0, 20)))


class Off(unittest.TestCase):
    """Nothing is measured, and nothing wakes for it, when it is switched off, and when the agent is alone."""

    def test_off(self):
        with Workspace() as workspace:
            cluster = small_cluster(workspace, 1, PROGRAMS, RULES, options="stats_enabled = OFF")
            cluster.wait_for_state()
            rpc = cluster["n1"].rpc
            self.assertEqual(rpc.supvisors.get_statistics_status(),
                             {"host_stats": False, "process_stats": False, "collecting_period": 5.0})
            told = rpc.holdfast.getStatistics()
            self.assertEqual((told["host"], told["processes"]), ({}, []))


if __name__ == "__main__":
    unittest.main()
