"""Supervisor's own page addresses (contract supervisor.md 4.11): every action by GET and by POST, what it says, what became
of the programs, and the page with the end of a log. Both daemons act on GET here ([holdfast] legacy_get_actions, which
Supervisor ignores); without it ours asks first, which the second class holds."""
import html
import re
import unittest
import urllib.parse

import pair as pair_module
from pair import BASE, HELD, PairTest, main, support

PROGRAMS = """
[program:cat]
command = /bin/cat
startsecs = 0
stdout_logfile = %(here)s/cat.out

[program:off]
command = /bin/cat
autostart = false
startsecs = 0

[program:nofile]
command = /nonexistent/program
autostart = false

[program:folder]
command = /tmp
autostart = false

[program:quick]
command = /bin/false
startsecs = 60
startretries = 0
autostart = false

[program:nolog]
command = /bin/cat
startsecs = 0
stdout_logfile = NONE

[program:one]
command = /bin/cat
startsecs = 0

[group:many]
programs = one
"""
CLOCK = re.compile(r"[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d \d{4}")


def said(answer):
    """Status and text of the redirect; the text's clock is taken out. Where to differs (ALLOWED: redirect)."""
    status, headers, _ = answer
    query = urllib.parse.urlsplit(headers.get("location", "")).query
    message = urllib.parse.parse_qs(query).get("message", [None])[0]
    return status, message and CLOCK.sub("CLOCK", message)


def preformatted(answer):
    status, _, body = answer
    return status, html.unescape(re.search(r"<pre[^>]*>(.*?)</pre>", body.decode(), re.S)[1])


class Legacy(PairTest):
    CONFIG = PROGRAMS
    BASE_TEXT = BASE.replace("[holdfast]", "[holdfast]\nlegacy_get_actions = true")

    @classmethod
    def prepare(cls):
        for name in ("cat", "nolog", "many:one"):
            cls.pair.wait_state(name, "RUNNING")

    def get(self, **fields):
        query = urllib.parse.urlencode(fields)
        return self.same(f"GET ?{query}", lambda side: said(side.http("GET", f"/index.html?{query}")))[1]

    def post(self, path, **fields):
        body = urllib.parse.urlencode(fields)
        return self.same(f"POST {path} {body}", lambda side: said(side.http("POST", path, body.encode(), {
            "Content-Type": "application/x-www-form-urlencoded"})))[1]

    def states(self, *names):
        return self.same(f"states of {names}", lambda side: [side.state(name) for name in names])[1]

    def test_actions(self):
        """One conversation: the order matters."""
        self.assertEqual((301, "Page refreshed at CLOCK"), self.get(action="refresh"))
        self.assertEqual((301, "Process cat stopped"), self.get(action="stop", processname="cat"))
        self.get(action="stop", processname="cat")
        self.assertEqual((301, "Process cat started"), self.get(action="start", processname="cat"))
        self.get(action="start", processname="cat")
        pids = [side.pid_of("cat") for side in self.pair.sides]
        self.assertEqual((301, "Process cat restarted"), self.get(action="restart", processname="cat"))
        for side, pid in zip(self.pair.sides, pids):
            self.assertNotIn(side.pid_of("cat"), (0, pid), side.name)
        for action in ("start", "stop", "restart", "clearlog"):
            for name in ("off", "many:one", "nofile", "folder", "quick", "absent", "many", "many:*", "cat:cat"):
                self.get(action=action, processname=name)
        self.assertEqual(["RUNNING", "RUNNING"], self.states("off", "many:one"))
        for fields in ({"action": "absent"}, {"action": "absent", "processname": "cat"}, {"action": "start"},
                       {"action": "absent", "processname": "absent"}, {"action": "clearlog"}):
            self.get(**fields)
        self.assertEqual((301, "All stopped at CLOCK"), self.get(action="stopall"))
        self.assertEqual(["STOPPED"] * 3, self.states("cat", "nolog", "many:one"))
        self.assertEqual((301, "All restarted at CLOCK"), self.get(action="restartall"))
        self.assertEqual(["RUNNING"] * 4, self.states("cat", "off", "nolog", "many:one"))
        for path in ("/", "/index.html"):
            self.assertEqual((301, "Process cat stopped"), self.post(path, action="stop", processname="cat"))
            self.assertEqual((301, "Process cat started"), self.post(path, action="start", processname="cat"))
        self.assertEqual((301, "Process off stopped"),
                         self.post("/index.html?processname=cat&action=start", action="stop", processname="off"))
        self.same("POST nothing", lambda side: side.http("POST", "/index.html", b"x=1")[0])

    def test_redirect(self):
        for side in self.pair.sides:
            location = side.http("GET", "/?action=refresh", headers={"Host": "localhost"})[1]["location"]
            HELD.append("redirect")
            self.assertTrue(location.startswith("http://localhost/?message=" if side is self.pair.theirs else
                                                "./?message="), location)
            self.assertIn("Page%20refreshed%20at", location)

    def test_tail(self):
        def tail(query):
            return self.same(f"tail.html{query}", lambda side: preformatted(side.http("GET", f"/tail.html{query}")))[1]
        text = "".join(f"line {number} <b> & 'q'\n" for number in range(400))
        self.pair.both(lambda side: side.rpc.supervisor.sendProcessStdin("many:one", text))
        self.pair.wait_for(lambda side: side.rpc.supervisor.readProcessStdoutLog("many:one", 0, 0).endswith(text),
                           "the lines")
        self.assertEqual((200, text[-1024:]), tail("?processname=many:one"))
        for limit in ("0", "10", "2000", "1000000", "-5", "x", ""):
            tail(f"?processname=many%3Aone&limit={limit}")
        for query in ("", "?processname=", "?processname=absent", "?processname=many:*", "?processname=nolog",
                      "?processname=nofile", "?limit=5"):
            tail(query)


class Asking(unittest.TestCase):
    """Ours alone: without legacy_get_actions a link changes nothing."""

    def setUp(self):
        self.workspace = self.enterContext(support.Workspace())
        self.side = pair_module.Side(self.workspace, "holdfastd", None, BASE + PROGRAMS, {})
        self.side.start()
        self.side.wait_state("cat", "RUNNING")

    def test_a_link_asks_and_the_form_acts(self):
        status, headers, body = self.side.http("GET", "/index.html?action=stop&processname=cat")
        self.assertEqual((200, None), (status, headers.get("location")))
        self.assertEqual("RUNNING", self.side.state("cat"))
        form = re.search(rb'<form[^>]*class="confirm".*?</form>', body, re.S)[0].decode()
        self.assertIn('method="post" action="index.html"', form)
        fields = {name: html.unescape(value) for name, value in re.findall(r'name="([^"]*)" value="([^"]*)"', form)}
        self.assertEqual(("stop", "cat"), (fields["action"], fields["processname"]))

        def post(changed, headers=()):
            return said(self.side.http("POST", "/index.html", urllib.parse.urlencode({**fields, **changed}).encode(), {
                "Content-Type": "application/x-www-form-urlencoded", **dict(headers)}))
        for headers in ({"Origin": "http://foreign.example"}, {"Sec-Fetch-Site": "cross-site"},
                        {"Referer": "http://foreign.example/x"}):
            self.assertEqual((403, None), post({}, headers))
        self.assertEqual((403, None), post({"csrf": "forged"}))
        self.assertEqual("RUNNING", self.side.state("cat"))
        self.assertEqual((301, "Process cat stopped"), post({}))
        self.assertEqual("STOPPED", self.side.state("cat"))

    def test_the_text_is_shown_once_and_not_taken_from_the_link(self):
        status, headers, _ = self.side.http("POST", "/index.html", b"action=stop&processname=absent", {
            "Content-Type": "application/x-www-form-urlencoded"})
        self.assertEqual(301, status)
        page = "/" + headers["location"][2:]
        self.assertIn(b"No such process named absent", self.side.http("GET", page)[2])
        self.assertNotIn(b"No such process named absent", self.side.http("GET", page)[2])


if __name__ == "__main__":
    main()
