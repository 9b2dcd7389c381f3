"""A process's page on a node that does not run it, nor even knows its program: the log comes from the node that has it,
by that node's HTTP port, with the cluster's credentials and within a deadline; stop, start and restart go there, too."""
import base64
import html
import http.client
import json
import os
import re
import signal
import threading
import time
import unittest
import urllib.parse
import xmlrpc.client

from nodes import PATIENCE_S, Workspace, is_stopped, small_cluster, wait_for

USER, PASSWORD = "keeper", "of%the(bees)"
PROGRAMS = """[program:only_NICK]
command = /bin/sh -c 'echo "hello <b> from NICK"; exec sleep 100000'
autostart = true
startsecs = 0
stdout_logfile = %(here)s/only.log
stderr_logfile = NONE
"""
RULES = '<?xml version="1.0" encoding="UTF-8"?>\n<root/>\n'
ANSWER_LIMIT_S = 4.0  # the deadline of a question is 2 s
OTHERS_LIMIT_S = 1.0
TRIES = 3  # the best of them counts: what the machine adds is chance


class ProcessPageTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.workspace = Workspace()
        cls.addClassCleanup(cls.workspace.__exit__, None, None, None)
        cls.cluster = small_cluster(cls.workspace, 3, PROGRAMS, RULES, start=False)
        for node in cls.cluster:
            text = node.daemon.config.read_text()
            node.daemon.config.write_text(text.replace(
                f":{cls.cluster.port}\n", f":{cls.cluster.port}\nusername = {USER}\npassword = of%%the(bees)\n", 1))
            node.url = node.url.replace("//", f"//{USER}:{urllib.parse.quote(PASSWORD)}@")
            node.daemon.start("-s")
        cls.cluster.wait_until_whole()
        cls.here, cls.there = cls.cluster["n1"], cls.cluster["n2"]
        wait_for(lambda: all(state == "RUNNING" for state, _ in cls.here.processes().values()), 10, "all RUNNING")
        for node in cls.cluster:
            wait_for(lambda: node.daemon.text("only.log").endswith("\n"), 10, f"the line of {node.nick}")

    def request(self, method, target, body=None, content_type=None):
        """status, headers, text of node n1's answer."""
        host = self.here.identifier.split(":")[0]
        connection = http.client.HTTPConnection(host, self.cluster.port, timeout=PATIENCE_S)
        headers = {"Authorization": "Basic " + base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode(),
                   "Origin": f"http://{host}:{self.cluster.port}"}
        if content_type:
            headers["Content-Type"] = content_type
        try:
            connection.request(method, target, body, headers)
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read().decode()
        finally:
            connection.close()

    def page(self, name, **query):
        status, _, text = self.request("GET", "/process?" + urllib.parse.urlencode({"name": name, **query}))
        self.assertEqual(status, 200, text)
        return text

    def tail(self, *arguments):
        status, _, text = self.request("POST", "/api/v1/holdfast.tailProcessLog", json.dumps(arguments),
                                       "application/json")
        return status, json.loads(text)

    def test_log_of_another_node(self):
        page = self.page("only_n2:only_n2")
        self.assertIn("hello &lt;b&gt; from n2", page)
        self.assertIn(str(self.there.daemon.folder / "only.log"), page)
        self.assertIn("Read from n2 when this page was made", page)
        self.assertNotIn("data-follow=\"logtail", page)
        self.assertIn("keeps no log of stderr", self.page("only_n2:only_n2", channel="stderr"))
        self.assertIn("hello &lt;b&gt; from n1", self.page("only_n1:only_n1"))

    def test_json_read(self):
        name, there = "only_n3:only_n3", self.cluster["n3"]
        status, answer = self.tail(name, "stdout", 9, "n3")
        self.assertEqual((status, answer["result"]),
                         (200, {"file": str(there.daemon.folder / "only.log"), "data": " from n3\n", "size": 18,
                                "cut": True}))
        by_identifier = self.here.rpc.holdfast.tailProcessLog(name, "stdout", 100, there.identifier)
        self.assertEqual((by_identifier["data"], by_identifier["cut"]), ("hello <b> from n3\n", False))
        for code, arguments in ((10, (name, "stdout", 9, "n9")), (10, (name,)), (10, ("nothing", "stdout", 9, "n3")),
                                (20, (name, "stderr", 9, "n3")), (2, (name, "stdio"))):
            with self.assertRaises(xmlrpc.client.Fault) as raised:
                self.here.rpc.holdfast.tailProcessLog(*arguments)
            self.assertEqual(raised.exception.faultCode, code, arguments)

    def test_a_node_that_does_not_answer(self):
        """Its agent stands still: the page says so in time, and this node answers others meanwhile."""
        pid = self.there.daemon.agent_pid()
        tries = []
        while len(tries) < TRIES and not any(taken < ANSWER_LIMIT_S and slowest < OTHERS_LIMIT_S for taken, slowest in tries):
            os.kill(pid, signal.SIGSTOP)
            try:
                wait_for(lambda: is_stopped(pid), 10, "its agent to stand still")
                tries.append(self.ask_beside_others())
            finally:
                os.kill(pid, signal.SIGCONT)
            self.cluster.wait_until_whole()
        self.assertLess(min(taken for taken, _ in tries), ANSWER_LIMIT_S)
        self.assertLess(min(slowest for _, slowest in tries), OTHERS_LIMIT_S, "the loop went on")
        self.assertIn("from n2", self.page("only_n2:only_n2"))

    def ask_beside_others(self):
        """Seconds that the page took, and the slowest of other calls meanwhile."""
        begun = time.monotonic()
        slowest = 0.0
        pages = []
        asking = threading.Thread(target=lambda: pages.append(self.page("only_n2:only_n2", node="n2")))
        asking.start()
        while asking.is_alive():
            asked = time.monotonic()
            self.assertEqual(self.here.rpc.supervisor.getState()["statename"], "RUNNING")
            slowest = max(slowest, time.monotonic() - asked)
        asking.join()
        self.assertRegex(pages[0], r"n2 does not answer \(.*\)\.")
        return time.monotonic() - begun, slowest

    def test_a_node_that_is_gone(self):
        gone = self.cluster["n3"]
        gone.daemon.stop()
        wait_for(lambda: self.here.members()["n3"] == "STOPPED", 10, "n3 STOPPED")
        self.assertIn("n3 is STOPPED; its log cannot be read now.", self.page("only_n3:only_n3"))
        (gone.daemon.folder / "only.log").unlink()
        gone.daemon.start("-s")
        self.cluster.wait_until_whole()

    def test_actions_on_another_node(self):
        name = "only_n2:only_n2"

        def pid_there():
            return self.there.own_pids().get(name)
        first = wait_for(pid_there, 10, "it runs on n2")
        self.act("restart", name)
        second = wait_for(lambda: (pid := pid_there()) and pid != first and pid, 10, "another pid")
        self.act("stop", name)
        wait_for(lambda: pid_there() is None, 10, "stopped on n2")
        wait_for(lambda: self.here.processes()[name][0] == "STOPPED", 10, "n1 sees it STOPPED")
        self.act("start", name)
        third = wait_for(pid_there, 10, "started on n2")
        self.assertNotIn(third, (first, second))
        wait_for(lambda: self.there.rpc.supervisor.getProcessInfo(name)["statename"] == "RUNNING", 10, "RUNNING")

    def act(self, action, name):
        """Presses the button of the row of node n2, as a browser does."""
        page = self.page(name)
        form = re.search(r'<form[^>]*id="act".*?</form>', page, re.S)[0]
        fields = {html.unescape(field): html.unescape(value)
                  for field, value in re.findall(r'<input[^>]*name="([^"]+)"[^>]*value="([^"]*)"', form)}
        buttons = [html.unescape(value) for value in re.findall(r'name="do" value="([^"]*)"', page)]
        chosen = [value for value in buttons if value.startswith(action)
                  and urllib.parse.unquote(value).endswith(" " + self.there.identifier)]
        self.assertEqual(len(chosen), 1, buttons)
        status, headers, text = self.request("POST", "/action", urllib.parse.urlencode({**fields, "do": chosen[0]}),
                                             "application/x-www-form-urlencoded")
        self.assertEqual(status, 303, text)
        after = self.request("GET", "/" + headers["Location"].removeprefix("./"))[2]
        self.assertIn(f"{action} {name} on {self.there.identifier}", html.unescape(after))


if __name__ == "__main__":
    unittest.main()
