"""Supvisors' external event interface (contract supvisors.md 7.5, CFG-11, CFG-12) with real subscribers: Debian's
python3-zmq and python3-websockets. Headers, bodies (those of supvisors.get_*), times, number and order of the messages as
Supvisors sends them; what a new subscriber is told first, where that is asked for; the account that is asked for, browsers'
pages, and that no event of a program is missing."""
import asyncio
import base64
import http.client
import json
import time
import unittest
import urllib.request
import xmlrpc.client

import websockets
import zmq

from nodes import PATIENCE_S, Workspace, free_port, small_cluster, wait_for

PROGRAMS = """[program:web]
command = /bin/sleep 100000
autostart = false
startsecs = 0
[program:job]
command = /bin/sh -c 'exit 3'
autostart = false
autorestart = false
startsecs = 0
exitcodes = 0
[program:again]
command = /bin/sh -c 'exit 3'
autostart = false
autorestart = true
startsecs = 0
[program:slow]
command = /bin/sleep 100000
autostart = false
startsecs = 1
[program:nowhere]
command = /bin/sleep 100000
autostart = false
{more}
"""
RULES = """<?xml version="1.0" encoding="UTF-8"?>
<root>
  <application name="web"><programs><program name="web"><identifiers>n2</identifiers><start_sequence>1</start_sequence>
  </program></programs></application>
  <application name="nowhere"><programs><program name="nowhere"><identifiers>n9</identifiers></program></programs></application>
</root>
"""
ACCOUNT = "[inet_http_server]\nusername = keeper\npassword = of(bees)\n"
ANSWER_S = PATIENCE_S
ALL_STATES = {"supvisors": 1, "instance": 3, "application": 5, "process": 5}  # of a snapshot, for three nodes


class ZmqSubscriber:
    """As Supvisors' own Python client: SUB, one filter for each topic, two frames."""

    def __init__(self, host, port, topics=("",), account=None):
        self.context = zmq.Context()
        self.socket = self.context.socket(zmq.SUB)
        self.socket.linger = 0
        if account:
            self.socket.plain_username, self.socket.plain_password = (word.encode() for word in account)
        for topic in topics:
            self.socket.subscribe(topic)
        self.socket.connect(f"tcp://{host}:{port}")

    def receive(self, timeout_s=ANSWER_S):
        if not self.socket.poll(int(timeout_s * 1000)):
            return None
        header, body = self.socket.recv_multipart()
        return header.decode(), json.loads(body)

    def close(self):
        self.context.destroy()


class WsSubscriber:
    """As Supvisors' own Python client: topics in the path, a JSON array of header and body."""

    def __init__(self, host, port, path="/all", **options):
        self.loop = asyncio.new_event_loop()
        self.socket = self.loop.run_until_complete(self._connect(f"ws://{host}:{port}{path}", options))

    @staticmethod
    async def _connect(url, options):
        return await websockets.connect(url, open_timeout=ANSWER_S, **options)

    def receive(self, timeout_s=ANSWER_S):
        try:
            text = self.loop.run_until_complete(asyncio.wait_for(self.socket.recv(), timeout_s))
        except asyncio.TimeoutError:
            return None
        header, body = json.loads(text)
        return header, body

    def close(self):
        self.loop.run_until_complete(self.socket.close())
        self.loop.close()


class Events(unittest.TestCase):
    link = ""
    account = None
    fences = False
    snapshot = True  # a new subscriber is told what holds: then it is known to listen

    @classmethod
    def setUpClass(cls):
        if not cls.link:
            raise unittest.SkipTest("what the tests below share")
        cls.workspace = Workspace()
        cls.addClassCleanup(cls.workspace.__exit__, None, None, None)
        cls.port = free_port()
        cls.cluster = small_cluster(
            cls.workspace, 3, PROGRAMS.format(more=ACCOUNT if cls.account else ""), RULES, start=False,
            unix=bool(cls.account), options=f"event_link = {cls.link}\nevent_port = {cls.port}\nwait_for = all, 15\n"
                                                  f"auto_fence = {str(cls.fences).lower()}\n"
                                                  f"event_snapshot = {str(cls.snapshot).lower()}")
        for node in cls.cluster:
            node.daemon.start("-s")
        cls.cluster.wait_until_whole()

    def subscribe(self, node, *topics, **options):
        host = node.identifier.split(":")[0]
        if self.link == "ZMQ":
            subscriber = ZmqSubscriber(host, self.port, topics or ("",), **options)
        else:
            subscriber = WsSubscriber(host, self.port, "/" + "/".join(topics or ("all",)), **options)
        self.addCleanup(subscriber.close)
        return subscriber

    def take_until(self, subscriber, condition, what, timeout_s=ANSWER_S):
        """All messages up to and with the first for which the condition holds."""
        taken = []
        end = time.monotonic() + timeout_s
        while time.monotonic() < end:
            message = subscriber.receive(max(0, end - time.monotonic()))
            if message is None:
                break
            taken.append(message)
            if condition(*message):
                return taken
        self.fail(f"no {what}; came: {[(h, b.get('statename', b.get('state'))) for h, b in taken]}")

    def take_snapshot(self, subscriber, expected):
        counts = dict.fromkeys(expected, 0)
        first = {}

        def complete(header, body):
            counts[header] += 1
            first.setdefault((header, body.get("identifier") if header == "instance" else body.get("process_name")), body)
            return all(counts[name] >= number for name, number in expected.items())
        self.take_until(subscriber, complete, f"snapshot {expected}, {counts} came")
        return first

    @staticmethod
    def timeless(value):
        """Without the members that tell the moment of the answer."""
        moving = {"now_monotonic", "remote_sequence_counter", "remote_time", "remote_mtime", "local_sequence_counter",
                  "local_time", "local_mtime"}
        return {name: item for name, item in value.items() if name not in moving}


class Shared:
    """The same for both links, without an account."""

    def test_snapshot(self):
        """A new subscriber is told what holds: the bodies are those of the methods."""
        for node in self.cluster:
            told = self.take_snapshot(self.subscribe(node), ALL_STATES)
            rpc = node.rpc.supvisors
            self.assertEqual(self.timeless(told["supvisors", None]), self.timeless(rpc.get_supvisors_state()))
            for info in rpc.get_all_instances_info():
                self.assertEqual(self.timeless(told["instance", info["identifier"]]), self.timeless(info))
            for info in rpc.get_all_process_info():
                self.assertEqual(self.timeless(told["process", info["process_name"]]), self.timeless(info))

    def test_life_of_a_program(self):
        """Events of another node's program, seen from each node: none is missing, none is out of order."""
        watchers = [self.subscribe(node, "event", "process", "application") for node in self.cluster]
        for watcher in watchers:
            self.take_snapshot(watcher, {"application": 5, "process": 5})
        target = self.cluster["n2"]
        target.rpc.supervisor.startProcess("web")
        target.rpc.supervisor.stopProcess("web")
        for watcher in watchers:
            taken = self.take_until(watcher, lambda header, body: header == "event" and body["state"] == 0, "end")
            events = [body for header, body in taken if header == "event"]
            self.assertEqual([event["state"] for event in events], [10, 20, 40, 0])
            for event in events:
                self.assertEqual((event["identifier"], event["nick_identifier"], event["group"], event["name"]),
                                 (target.identifier, "n2", "web", "web"))
                self.assertAlmostEqual(event["now"], time.time(), delta=60)
                self.assertAlmostEqual(event["event_mtime"], time.monotonic(), delta=60)
            self.assertGreater(events[1]["pid"], 0)
            taken += [watcher.receive(), watcher.receive()]
            # Each event with its status and its application, in that order.
            self.assertEqual([header for header, _ in taken], ["event", "process", "application"] * 4)
            names = [body["statename"] for header, body in taken if header != "event"]
            self.assertEqual(names, [name for name in ("STARTING", "RUNNING", "STOPPING", "STOPPED") for _ in range(2)])
            running = next(body for header, body in taken if header == "process" and body["statename"] == "RUNNING")
            self.assertEqual(running["identifiers"], [target.identifier])

    def test_times(self):
        """Each event tells when that change was, by the clock of its node, and when it came here; statuses follow."""
        watcher = self.subscribe(self.cluster["n1"], "event", "process")
        self.take_snapshot(watcher, {"process": 5})
        target = self.cluster["n2"].rpc
        before = time.time(), time.monotonic()
        target.supervisor.startProcess("slow")
        target.supervisor.stopProcess("slow")
        taken = self.take_until(watcher, lambda header, body: header == "event" and body["state"] == 0, "end")
        taken.append(watcher.receive())
        events = [body for header, body in taken if header == "event"]
        statuses = [body for header, body in taken if header == "process"]
        self.assertEqual([event["state"] for event in events], [10, 20, 40, 0])
        for name, start in (("now", before[0]), ("now_monotonic", before[1]), ("event_mtime", before[1])):
            moments = [start - 0.01] + [event[name] for event in events]
            self.assertEqual(moments, sorted(moments), name)
            self.assertGreater(moments[2] - moments[1], 0.9, f"{name}: RUNNING is a second after STARTING")
        for event, status in zip(events, statuses):
            self.assertEqual(status["last_event_mtime"], event["event_mtime"])
        row = self.cluster["n1"].rpc.supvisors.get_inner_process_info("n2", "slow")[0]
        self.assertAlmostEqual(row["event_time"], events[-1]["now_monotonic"], places=2)
        self.assertAlmostEqual(row["local_mtime"], events[-1]["event_mtime"], places=2)
        self.assertEqual((row["pid"] > 0, row["uptime"], row["event_mtime"]), (True, 0, row["local_mtime"]))
        local = target.supvisors.get_local_process_info("slow")
        self.assertEqual(local["pid"], 0, "of a process that has ended")
        self.assertGreater(local["stop_monotonic"], local["start_monotonic"] + 0.9)
        self.assertEqual(self.cluster["n1"].rpc.supvisors.get_process_info("slow")[0]["last_event_mtime"],
                         events[-1]["event_mtime"])

    def test_disable(self):
        """One event for the program that is disabled, as it was, then those of its end; none of any other."""
        watcher = self.subscribe(self.cluster["n1"], "event", "process", "application")
        self.take_snapshot(watcher, {"application": 5, "process": 5})
        target = self.cluster["n3"].rpc
        target.supervisor.startProcess("job", False)
        self.take_until(watcher, lambda header, body: header == "application" and body["statename"] == "STOPPED"
                        and body["application_name"] == "job", "the end of job, which stays EXITED")
        target.supervisor.startProcess("web")
        self.take_until(watcher, lambda header, body: header == "application" and body["statename"] == "RUNNING", "web")
        target.supvisors.disable("web")
        taken = self.take_until(watcher, lambda header, body: header == "application" and body["statename"] == "STOPPED", "end")
        self.assertEqual([header for header, _ in taken], ["event"] + ["event", "process", "application"] * 2)
        self.assertEqual([body.get("statename", body.get("state")) for header, body in taken if header == "event"],
                         ["RUNNING", 40, 0])
        self.assertEqual([body["disabled"] for header, body in taken if header == "event"], [True] * 3)
        target.supvisors.enable("web")
        header, body = watcher.receive()
        self.assertEqual((header, body["name"], body["statename"], body["disabled"]), ("event", "web", "STOPPED", False))
        self.assertIsNone(watcher.receive(0.5))

    def test_start_of_an_application(self):
        """The state of the cluster that a process leads to comes after that process; a start that can go nowhere is an event
        each time."""
        master = self.cluster[self.cluster["n1"].master()]
        watcher = self.subscribe(master)
        self.take_snapshot(watcher, ALL_STATES)
        self.assertTrue(master.rpc.supvisors.start_application("CONFIG", "web"))
        taken = self.take_until(watcher, lambda header, body: header == "supvisors" and not body["starting_jobs"], "end")
        self.assertEqual([header for header, _ in taken if header != "instance"],
                         ["supvisors"] + ["event", "process", "application"] * 2 + ["supvisors"])
        self.assertTrue(master.rpc.supvisors.stop_application("web"))
        taken = self.take_until(watcher, lambda header, body: header == "supvisors" and not body["stopping_jobs"], "end")
        self.assertEqual([header for header, _ in taken if header != "instance"],
                         ["supvisors"] + ["event", "process", "application"] * 2 + ["supvisors"])
        for _ in range(2):
            with self.assertRaises(xmlrpc.client.Fault) as raised:
                master.rpc.supvisors.start_process("CONFIG", "nowhere")
            self.assertEqual(raised.exception.faultString, "ABNORMAL_TERMINATION: failed to start nowhere")
            taken = self.take_until(watcher, lambda header, body: header == "application", "status of the application")
            taken = [(header, body) for header, body in taken if header != "instance"]
            self.assertEqual([header for header, _ in taken], ["event", "process", "application"])
            event = taken[0][1]
            self.assertEqual((event["name"], event["state"], event["spawnerr"], event["expected"], event["identifier"]),
                             ("nowhere", 200, "No resource available", False, ""))
            self.assertEqual(taken[1][1]["statename"], "FATAL")

    def test_unexpected_exit(self):
        watcher = self.subscribe(self.cluster["n1"], "event", "supvisors")
        self.take_snapshot(watcher, {"supvisors": 1})
        self.cluster["n3"].rpc.supervisor.startProcess("job", False)
        taken = self.take_until(watcher, lambda header, body: header == "event" and body["state"] == 100, "exit")
        self.assertEqual((taken[-1][1]["expected"], taken[-1][1]["nick_identifier"]), (False, "n3"))

    def test_an_end_that_is_followed_by_a_start_at_once(self):
        """The event of the end tells of the run that ended, not of the next, which began in the same moment."""
        watcher = self.subscribe(self.cluster["n1"], "event", "supvisors")
        self.take_snapshot(watcher, {"supvisors": 1})
        self.cluster["n3"].rpc.supervisor.startProcess("again", False)
        taken = self.take_until(watcher, lambda header, body: header == "event" and body["state"] == 100, "exit")
        self.cluster["n3"].rpc.supervisor.stopProcess("again")
        starting, running, exited = (next(body for header, body in taken if header == "event" and body["state"] == state)
                                     for state in (10, 20, 100))
        self.assertEqual((exited["expected"], exited["spawnerr"], exited["pid"]), (False, "Bad exit code 3", running["pid"]))
        self.assertLessEqual(starting["now_monotonic"], running["now_monotonic"])
        self.assertLess(running["now_monotonic"], exited["now_monotonic"])

    def test_ticks(self):
        watcher = self.subscribe(self.cluster["n1"], "instance")
        self.take_snapshot(watcher, {"instance": 3})
        ticks = [watcher.receive() for _ in range(3)]
        self.assertEqual([body["nick_identifier"] for _, body in ticks], ["n1", "n2", "n3"])

    def test_counters(self):
        watcher = self.subscribe(self.cluster["n1"])
        self.take_snapshot(watcher, ALL_STATES)
        counters = self.cluster["n1"].rpc.holdfast.getCluster()["counters"]
        self.assertIn("external events", counters)
        self.assertEqual(counters["external events dropped"], 0)

    def test_said_without_an_account(self):
        for node in self.cluster:
            node.wait_logged(rf"event interface \({self.link}, port {self.port}\) is running without")

    def test_z_lost_node(self):
        """A node that is killed: its instance, the cluster's state and its programs; and when it is back. ISOLATED, where
        such nodes are fenced, until a person lets it in (3.1, 3.7)."""
        lost = "ISOLATED" if self.fences else "STOPPED"
        target = self.cluster["n3"]
        target.rpc.supervisor.startProcess("web")
        watcher = self.subscribe(self.cluster["n1"], "instance", "supvisors", "process")
        self.take_snapshot(watcher, {"supvisors": 1, "instance": 3, "process": 5})
        target.daemon.kill_everything()
        awaited = {
            "its instance": lambda header, body: header == "instance" and body["identifier"] == target.identifier
            and body["statename"] == lost,
            "the cluster's state": lambda header, body: header == "supvisors"
            and body["instance_states"][target.identifier] == lost,
            "its program": lambda header, body: header == "process" and body["process_name"] == "web"
            and body["statename"] == "FATAL"}

        def all_came(header, body):
            for name in [name for name, came in awaited.items() if came(header, body)]:
                del awaited[name]
            return not awaited
        self.take_until(watcher, all_came, "loss of the node")
        target.daemon.start("-s")
        if self.fences:
            self.let_in(target)
        self.take_until(watcher, lambda header, body: header == "instance" and body["identifier"] == target.identifier
                        and body["statename"] == "RUNNING", "return of the node")

    def let_in(self, target):
        """Heard again, and still out: the snapshot of a new subscriber and every node's page say so."""
        n1, n2, _ = self.cluster.nodes

        def row():
            return next(node for node in n1.rpc.holdfast.getCluster()["nodes"] if node["nick"] == target.nick)
        wait_for(lambda: row()["age_ms"] < 1000 and row()["state"] == "ISOLATED", 20, "heard, and ISOLATED")
        told = self.take_snapshot(self.subscribe(n2, "instance"), {"instance": 3})["instance", target.identifier]
        self.assertEqual((told["statecode"], told["statename"]), (5, "ISOLATED"))

        def page_of(node):
            with urllib.request.urlopen(node.url + "/", timeout=ANSWER_S) as page:
                return page.read().decode()
        for node in (n1, n2):
            page = page_of(node)
            card = page[page.index(f'data-table="nodes" data-key="{target.nick}"'):]
            self.assertIn("ISOLATED", card[:card.index("</li>")])
            self.assertIn(f"{target.nick} is fenced by n1 since", page)
            self.assertIn(f"holdfastctl unfence {target.nick}", page)
        wait_for(lambda: "This node is fenced by n1 since" in page_of(target), ANSWER_S, "said on its own page")
        self.assertEqual(n2.ctl("unfence", target.nick).returncode, 0)
        wait_for(lambda: f"{target.nick} is fenced by" not in page_of(n1), ANSWER_S, "nothing of it on the page afterwards")


class ZmqEvents(Shared, Events):
    link = "ZMQ"

    def test_filter(self):
        watcher = self.subscribe(self.cluster["n1"], "sup", "nothing")
        self.take_snapshot(watcher, {"supvisors": 1})
        self.assertIsNone(watcher.receive(0.5))


class WsEvents(Shared, Events):
    link = "WS"
    fences = True

    def refused(self, **options):
        with self.assertRaises(websockets.InvalidStatusCode) as raised:
            self.subscribe(self.cluster["n1"], **options)
        return raised.exception.status_code

    def test_a_foreign_page_is_refused(self):
        self.assertEqual(self.refused(origin="http://evil.example"), 403)
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=ANSWER_S)  # a name that was rebound
        self.addCleanup(connection.close)
        connection.request("GET", "/all", headers={
            "Host": "evil.example", "Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": "13",
            "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ=="})
        self.assertEqual(connection.getresponse().status, 403)

    def test_an_unknown_header_is_refused(self):
        with self.assertRaises(websockets.InvalidStatusCode) as raised:
            self.subscribe(self.cluster["n1"], "processes")
        self.assertEqual(raised.exception.status_code, 404)

    def test_a_stopping_agent_says_good_bye(self):
        node = self.cluster["n2"]
        watcher = self.subscribe(node)
        self.take_snapshot(watcher, ALL_STATES)
        node.daemon.stop()
        with self.assertRaises(websockets.ConnectionClosed) as raised:
            while watcher.receive():
                pass
        self.assertEqual(raised.exception.rcvd.code, 1001)
        node.daemon.start("-s")
        self.cluster.wait_until_whole()


class Account:
    """Where [inet_http_server] has an account, subscribers need it."""
    account = ("keeper", "of(bees)")

    def test_not_open(self):
        for node in self.cluster:
            self.assertEqual(node.logged("without any authentication"), [])


class Unasked(Events):
    """As Supvisors: nobody is told what holds, neither the newcomer nor those who were there."""
    link = "ZMQ"
    snapshot = False

    def until_tick(self, watcher):
        """What comes up to the next tick, which comes to whoever listens."""
        return [header for header, _ in self.take_until(watcher, lambda header, _: header == "instance", "tick")]

    def test_no_snapshot(self):
        topics = "supvisors", "instance", "application", "process", "event"
        first = self.subscribe(self.cluster["n1"], *topics)
        self.assertEqual(self.until_tick(first), ["instance"])
        second = self.subscribe(self.cluster["n1"], *topics)
        self.assertEqual(self.until_tick(second), ["instance"])
        self.cluster["n1"].rpc.supervisor.startProcess("web")
        for watcher in (first, second):
            taken = self.take_until(watcher, lambda header, body: header == "application" and body["statename"] == "RUNNING",
                                    "web")
            self.assertEqual([header for header, _ in taken if header != "instance"], ["event", "process", "application"] * 2)


class ZmqAccount(Account, Events):
    link = "ZMQ"

    def test_account(self):
        node = self.cluster["n1"]
        strangers = [self.subscribe(node), self.subscribe(node, account=("keeper", "wrong"))]
        wait_for(lambda: node.rpc.holdfast.getCluster()["counters"]["external event clients refused"] > 0, ANSWER_S,
                 "a refusal")
        self.take_snapshot(self.subscribe(node, account=self.account), ALL_STATES)
        self.assertEqual([stranger.receive(0.2) for stranger in strangers], [None, None])


class WsAccount(Account, Events):
    link = "WS"

    def test_account(self):
        node = self.cluster["n1"]
        for words in (None, b"keeper:wrong"):
            headers = {"Authorization": "Basic " + base64.b64encode(words).decode()} if words else {}
            with self.assertRaises(websockets.InvalidStatusCode) as raised:
                self.subscribe(node, extra_headers=headers)
            self.assertEqual(raised.exception.status_code, 401)
        right = {"Authorization": "Basic " + base64.b64encode(":".join(self.account).encode()).decode()}
        self.take_snapshot(self.subscribe(node, extra_headers=right), ALL_STATES)


class TakenPort(unittest.TestCase):
    def test_the_agent_goes_on_and_says_so(self):
        """A port that is taken: an ERROR line and a warning on the pages; the agent does its work."""
        with Workspace() as workspace:
            port = free_port()
            cluster = small_cluster(workspace, 1, PROGRAMS.format(more=""), RULES, start=False,
                                    options=f"event_link = ws\nevent_port = {port}")
            blocker = asyncio.new_event_loop()
            server = blocker.run_until_complete(asyncio.start_server(lambda *_: None, "127.0.0.1", port))
            node = cluster["n1"]
            node.daemon.start("-s")
            cluster.wait_for_state()
            self.assertEqual(len(node.wait_logged(rf"event interface \(WS, port {port}\) cannot be opened")), 1)
            server.close()
            blocker.close()


if __name__ == "__main__":
    unittest.main()
