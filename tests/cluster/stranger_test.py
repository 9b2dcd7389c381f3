"""Strangers at a cluster of two honest nodes: at the HTTP port (HELLOs without key, with another key or cluster name, a
replay, garbage, oversized), at the gossip ports (garbage, ZMTP without and with CURVE, oversized), and a third agent of
the list with another key file. They get nothing, are counted, said once and disturb nobody."""
import contextlib
import http.client
import json
import os
import pathlib
import re
import socket
import time
import unittest

from nodes import Workspace, family_of, small_cluster, wait_for

PROGRAMS = """[program:job_NICK]
command = /bin/sleep 100000
autostart = true
startsecs = 0
"""
RULES = '<?xml version="1.0" encoding="UTF-8"?>\n<root/>\n'
HELLO = "/holdfast/hello"
REPEATS = 5


def hello(**changes):
    fields = {"hello": 1, "step": "challenge", "cluster": "test", "nonce": os.urandom(32).hex(),
              "mac": os.urandom(32).hex(), **changes}
    return json.dumps({name: value for name, value in fields.items() if value is not None})


def zmtp_greeting(mechanism):
    return b"\xff" + bytes(8) + b"\x7f\x03\x00" + mechanism.ljust(20, b"\0") + bytes(32)


def command(name, body):
    payload = bytes([len(name)]) + name + body
    return (b"\x04" + bytes([len(payload)]) if len(payload) < 256
            else b"\x06" + len(payload).to_bytes(8, "big")) + payload


CURVE_HELLO = command(b"HELLO", b"\x01\x00" + bytes(72) + os.urandom(32) + bytes(8) + os.urandom(80))
NULL_READY = command(b"READY", b"\x0bSocket-Type\x00\x00\x00\x03SUB")


class StrangerTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.workspace = Workspace()
        cls.addClassCleanup(cls.workspace.__exit__, None, None, None)
        cls.cluster = small_cluster(cls.workspace, 3, PROGRAMS, RULES, options="wait_for = majority", start=False)
        cls.honest, cls.false_one = cls.cluster.nodes[:2], cls.cluster.nodes[2]
        for node in cls.honest:
            node.daemon.start("-s")
        cls.cluster.wait_for_state(nodes=cls.honest)
        cls.target = cls.honest[0]
        cls.pids = cls.all_pids()
        cls.refusal = cls.post(b"nonsense")[1]  # the words for everybody

    @classmethod
    def all_pids(cls):
        return {node.nick: sorted(family_of(node.daemon.pid)) for node in cls.honest}

    def counter(self, name):
        return self.target.rpc.holdfast.getCluster()["counters"][name]

    def counted(self, name, more):
        """Waits until the counter has grown by `more` since the call."""
        before = self.counter(name)
        return lambda: wait_for(lambda: self.counter(name) >= before + more, 5, f"{more} more of '{name}'")

    def tearDown(self):
        """Nobody was disturbed, whatever was tried."""
        for node in self.honest:
            self.assertEqual(node.state(), "OPERATION")
            members = node.members()
            self.assertEqual((members["n1"], members["n2"], members["n3"]), ("RUNNING", "RUNNING", "STOPPED"))
            self.assertEqual(node.logged(r"(n1|n2|127\.0\.0\.[12]:\d+) (AWAY|FAILED|partial)|silent for|stall"), [])
        self.assertEqual(self.all_pids(), self.pids)

    # ---- the HTTP port ----

    @classmethod
    def post(cls, body):
        connection = http.client.HTTPConnection("127.0.0.1", cls.cluster.port, timeout=5)
        try:
            with contextlib.suppress(BrokenPipeError):  # it need not listen to the end before it answers
                connection.request("POST", HELLO, body, {"Content-Type": "application/json"})
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def refused_alike(self, cause, make_body):
        """Every try is refused with the same words and counted; the log says it once."""
        all_counted = self.counted(f"hellos refused: {cause}", REPEATS)
        said = len(self.target.logged("was refused"))
        for _ in range(REPEATS):
            status, body = self.post(make_body())
            self.assertEqual((status, body), (403, self.refusal), cause)
        all_counted()
        self.target.wait_logged("a HELLO from 127.0.0.1 was refused")
        self.assertLessEqual(len(self.target.logged("was refused")) - said, 1, "said once")

    def test_hello_without_a_key(self):
        self.refused_alike("no_key", lambda: hello(mac=None))

    def test_hello_with_another_key(self):
        self.refused_alike("wrong_key", hello)
        self.refused_alike("wrong_key", lambda: hello(step="proof", answer=os.urandom(32).hex(), identity="{}"))

    def test_hello_of_another_cluster(self):
        self.refused_alike("other_cluster", lambda: hello(cluster="elsewhere"))

    def test_hello_of_garbage(self):
        for make in (lambda: os.urandom(300), lambda: "[" * 3000, lambda: hello(nonce=17), lambda: hello(hello=2),
                     lambda: "{}", lambda: ""):
            self.refused_alike("garbage", make)

    def test_hello_oversized(self):
        sizes = iter(range(17_000, 40_000, 1000))
        self.refused_alike("oversized", lambda: hello(identity="x" * next(sizes)))
        status, body = self.post(b"x" * 3_000_000)  # beyond what HTTP takes at all
        self.assertIn(status, (403, 413))
        self.assertNotIn(b"127.0.0", body)

    def test_hello_by_other_methods(self):
        for method in ("GET", "HEAD", "PUT", "DELETE"):
            connection = http.client.HTTPConnection("127.0.0.1", self.cluster.port, timeout=5)
            connection.request(method, HELLO)
            answer = connection.getresponse()
            self.assertGreaterEqual(answer.status, 400, method)
            self.assertNotIn(b"identifier", answer.read())
            connection.close()

    # ---- the gossip ports ----

    def gossip_ports(self):
        """What the agent of the target listens on beside its HTTP port, from its descriptors and /proc/net/tcp."""
        agent = self.target.daemon.agent_pid()
        inodes = {match[1] for fd in pathlib.Path(f"/proc/{agent}/fd").iterdir()
                  if (match := re.match(r"socket:\[(\d+)\]", os.readlink(fd)))}
        ports = set()
        for table in ("tcp", "tcp6"):
            for line in pathlib.Path(f"/proc/{agent}/net/{table}").read_text().splitlines()[1:]:
                words = line.split()
                if words[3] == "0A" and words[9] in inodes:
                    ports.add(int(words[1].rsplit(":", 1)[1], 16))
        return sorted(ports - {self.cluster.port})

    def heard(self, port, data, seconds=0.7):
        """All that a port says to somebody who sends `data` and stays."""
        said = b""
        with socket.create_connection(("127.0.0.1", port), timeout=5) as stranger:
            try:
                stranger.sendall(data)
                end = time.monotonic() + seconds
                while (left := end - time.monotonic()) > 0:
                    stranger.settimeout(left)
                    more = stranger.recv(65536)
                    if not more:
                        break
                    said += more
            except (TimeoutError, ConnectionError):
                pass
        return said

    def test_gossip_ports(self):
        ports = self.gossip_ports()
        self.assertEqual(len(ports), 3)
        failed = self.counted("frames dropped: handshake_failed", len(ports))
        frames = self.counter("frames in")
        for port in ports:
            for data in (os.urandom(4000), b"GET / HTTP/1.0\r\n\r\n", zmtp_greeting(b"NULL") + NULL_READY,
                         zmtp_greeting(b"CURVE") + CURVE_HELLO, zmtp_greeting(b"CURVE") + command(b"HELLO", b"?" * 190),
                         zmtp_greeting(b"CURVE") + b"\x06" + (1 << 62).to_bytes(8, "big") + bytes(200_000)):
                said = self.heard(port, data, 0.3)
                # ZeroMQ's own greeting is 64 bytes, an ERROR command a few more; a heartbeat is longer.
                self.assertLess(len(said), 128, f"port {port} said {said!r} to {data[:80]!r}")
                self.assertNotIn(b"HF", said[64:])
        failed()
        wait_for(lambda: self.counter("frames in") > frames, 1, "the honest ones are heard as before")
        self.target.wait_logged("gossip port")
        said = [text for _, level, text in self.target.log() if level == "WARN" and "gossip port" in text]
        self.assertGreaterEqual(len(said), 1)
        self.assertEqual(len(said), len(set(said)), "each said once")

    def test_many_silent_connections(self):
        """Strangers that connect and say nothing."""
        port = self.gossip_ports()[0]
        silent = [socket.create_connection(("127.0.0.1", port), timeout=5) for _ in range(200)]
        try:
            end = time.monotonic() + 1.5  # longer than a failure detector waits
            while time.monotonic() < end:
                for node in self.honest:
                    self.assertEqual([node.members()[nick] for nick in ("n1", "n2")], ["RUNNING", "RUNNING"])
                time.sleep(0.1)
        finally:
            for connection in silent:
                connection.close()

    # ---- an agent ----

    def test_agent_of_the_list_with_another_key(self):
        other_key = self.workspace.folder / "other.key"
        self.cluster.new_key(other_key)
        config = self.false_one.daemon.config
        config.write_text(config.read_text().replace(str(self.cluster.key), str(other_key)))
        refused = self.counted("hellos refused: wrong_key", 2)
        said = len(self.target.logged("HELLO from"))
        self.false_one.daemon.start("-s")
        try:
            wait_for(lambda: self.false_one.state() == "SYNCHRONIZATION", 10, "the false one up")
            refused()
            for node in self.honest:
                self.assertEqual(node.members()["n3"], "STOPPED")
                self.assertFalse(any("_n3" in name for name in node.processes()), "it adds nothing to the picture")
            self.assertEqual(self.false_one.members(), {"n1": "STOPPED", "n2": "STOPPED", "n3": "RUNNING"})
            learnt = {f"{p['application']}:{p['process']}"
                      for p in self.false_one.rpc.holdfast.getClusterProcesses()}
            self.assertEqual(learnt, {"job_n3:job_n3"}, "it learns nothing")
            remark = next(n["remark"] for n in self.target.rpc.holdfast.getCluster()["nodes"] if n["nick"] == "n3")
            self.assertRegex(remark, "key|refused")
            self.assertEqual(len(self.target.wait_logged("HELLO from", said + 1)) - said, 1, "said once")
        finally:
            self.false_one.daemon.stop()


if __name__ == "__main__":
    unittest.main()
