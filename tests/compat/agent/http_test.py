"""HTTP as supervisord speaks it (contract supervisor.md 4.1, 4.10): statuses, authentication, log following."""
import http.client
import pathlib
import unittest

import pair
from pair import BASE, PairTest, basic, call_body, main, support

SERVERS = BASE.replace("[supervisorctl]", """
[inet_http_server:plain]
port = 127.0.0.1:%(ENV_PLAIN_PORT)s
username = admin
password = geheim:mit%%doppelpunkt

[inet_http_server:sha]
port = 127.0.0.1:%(ENV_SHA_PORT)s
username = admin
password = {SHA}82ab876d1387bfafe46cc1c8a2ef074eae50cb1d

[unix_http_server:locked]
file = %(here)s/locked.sock
username = admin
password = thepassword

[supervisorctl]""")

PROGRAMS = """
[program:talk]
command = /bin/sh -c "echo first line; exec cat"
startsecs = 0
stdout_logfile = %(here)s/talk.out

[program:nolog]
command = /bin/cat
startsecs = 0
stdout_logfile = NONE
stderr_logfile = NONE

[program:slow]
command = /bin/sleep 1000
autostart = false
startsecs = 1

[program:quiet]
command = /bin/cat
autostart = false
stdout_logfile = %(here)s/quiet.out
"""

STATE = call_body("supervisor.getState")
XML = {"Content-Type": "text/xml"}


class Http(PairTest):
    CONFIG = PROGRAMS
    BASE_TEXT = SERVERS

    @classmethod
    def setUpClass(cls):
        # The further ports differ between the two daemons, as TEST_PORT does.
        original = pair.Side.__init__

        def with_ports(side, workspace, name, program, text, environment):
            side.plain, side.sha = support.free_port(), support.free_port()
            original(side, workspace, name, program, text, {**environment, "PLAIN_PORT": str(side.plain),
                                                            "SHA_PORT": str(side.sha)})
        pair.Side.__init__ = with_ports
        try:
            super().setUpClass()
        finally:
            pair.Side.__init__ = original

    @classmethod
    def prepare(cls):
        cls.pair.wait_state("talk", "RUNNING")
        cls.pair.wait_for(lambda side: side.file("talk.out"), "the first line")

    def status(self, name, method, path, body=None, headers=None):
        self.same(name, lambda side: side.http(method, path, body, headers)[0])

    def test_statuses(self):
        for method in ("GET", "PUT", "DELETE", "HEAD"):
            self.status(f"{method} /RPC2", method, "/RPC2")
        self.status("POST /RPC2", "POST", "/RPC2", STATE, XML)
        self.status("POST /RPC2/", "POST", "/RPC2/", STATE, XML)
        self.status("POST /RPC2/foo", "POST", "/RPC2/foo", STATE, XML)
        self.status("POST no XML", "POST", "/RPC2", b"no xml at all", XML)
        self.differs("empty body", "POST empty", lambda side: side.http("POST", "/RPC2", b"", XML, timeout_s=self.never(side))[0],
                     ("timeout", None), ("value", 400))
        self.status("POST half", "POST", "/RPC2", STATE[:40], XML)
        self.status("POST no method", "POST", "/RPC2", b"<methodCall></methodCall>", XML)
        self.status("POST no params", "POST", "/RPC2",
                    b"<methodCall><methodName>supervisor.getState</methodName></methodCall>", XML)
        self.status("POST empty method", "POST", "/RPC2",
                    b"<methodCall><methodName></methodName><params/></methodCall>", XML)
        for path in ("/logtail/absent", "/logtail/talk/stdmid", "/logtail/nolog", "/logtail/nolog/stderr",
                     "/logtail/quiet", "/stylesheets/absent.css", "/absent"):
            self.status(f"GET {path}", "GET", path)
        self.status("POST /logtail", "POST", "/logtail/talk", b"x=1")
        self.status("PUT /stylesheets/supervisor.css", "PUT", "/stylesheets/supervisor.css", b"x")
        for path in ("/", "/index.html", "/ok.html"):
            self.status(f"GET {path}", "GET", path)
        for method in ("PUT", "DELETE", "OPTIONS", "FOO"):  # of POST it never answers
            self.status(f"{method} /ok.html", method, "/ok.html", b"")
        self.status("GET /tail.html", "GET", "/tail.html?processname=talk")

    def never(self, side, seconds=2):
        """For an answer that supervisord never gives: so long for it, ours has all the time it wants."""
        return seconds if side is self.pair.theirs else support.PATIENCE_S

    def test_raw(self):
        lines = {
            "no Content-Length": b"POST /RPC2 HTTP/1.1\r\nHost: x\r\nContent-Type: text/xml\r\n\r\n",
            "HTTP/1.0": b"POST /RPC2 HTTP/1.0\r\nContent-Length: %d\r\n\r\n%s" % (len(STATE), STATE),
        }
        for name, data in lines.items():
            self.same(name, lambda side: side.raw(data).split(" ", 1)[1])

    def test_headers(self):
        def answer(side, *names):
            status, headers, body = side.http("POST", "/RPC2", STATE, XML)
            return status, {name: headers.get(name) for name in names}, int(headers["content-length"]) == len(body), body
        self.same("headers", lambda side: answer(side, "content-type")[:3])

        def kept(side):
            connection = http.client.HTTPConnection("127.0.0.1", side.port, timeout=support.PATIENCE_S)
            seen = []
            for _ in range(3):
                connection.request("POST", "/RPC2", STATE, XML)
                reply = connection.getresponse()
                reply.read()
                seen.append((reply.status, connection.sock is not None))
            connection.close()
            return seen
        self.same("connection is kept", kept)

    def test_authentication(self):
        cases = {
            "none": {}, "wrong password": basic("admin", "wrong"), "wrong user": basic("root", "geheim:mit%doppelpunkt"),
            "right": basic("admin", "geheim:mit%doppelpunkt"), "sha": basic("admin", "thepassword"),
            "digest as password": basic("admin", "{SHA}82ab876d1387bfafe46cc1c8a2ef074eae50cb1d"),
            "empty": basic("", ""), "bearer": {"Authorization": "Bearer abc"}, "empty value": {"Authorization": ""},
            "lower case scheme": {"Authorization": basic("admin", "thepassword")["Authorization"].replace("Basic", "basic")},
        }
        for name, headers in cases.items():
            for server in ("plain", "sha"):
                def ask(side, path="/RPC2", method="POST", body=STATE):
                    status, answer, _ = side.http(method, path, body, {**XML, **headers}, getattr(side, server))
                    return status, answer.get("www-authenticate"), (answer.get("connection") or "").lower() == "close"
                self.same(f"{server}: {name}", ask)
                self.same(f"{server}: {name} /ok.html", lambda side: ask(side, "/ok.html", "GET", None)[:2])

        def over_unix(side, word):
            connection = http.client.HTTPConnection("localhost")
            connection.sock = support.socket.socket(support.socket.AF_UNIX)
            connection.sock.connect(str(side.folder / "locked.sock"))
            connection.request("POST", "/RPC2", STATE, {**XML, **basic("admin", word)})
            status = connection.getresponse().status
            connection.close()
            return status
        for word in ("thepassword", "wrong"):
            self.same(f"unix: {word}", lambda side: over_unix(side, word))
        for url in ("-uadmin", "-pthepassword"), ("-uadmin", "-pwrong"), ():
            self.same(f"ctl {url}", lambda side: side.ctl("-s", f"unix://{side.folder}/locked.sock", *url, "status", "talk"))
            self.same(f"ctl TCP {url}", lambda side: tuple(
                text.replace(str(side.sha), "PORT") if isinstance(text, str) else text
                for text in side.ctl("-s", f"http://127.0.0.1:{side.sha}", *url, "status", "talk")))

    def test_deferred(self):
        """A call that waits holds up nobody else, and goes on when its client has gone (contract 4.1, 4.6)."""
        body = call_body("supervisor.startProcess", "slow")

        def gone(side):
            with support.socket.create_connection(("127.0.0.1", side.port)) as stream:
                stream.sendall(b"POST /RPC2 HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))
                support.wait_for(lambda: side.state("slow") != "STOPPED", what="the start, which others see")
            return side.wait_state("slow", "RUNNING")
        self.same("a start whose client goes", gone)
        self.same("its stop", lambda side: side.rpc.supervisor.stopProcess("slow"))

    def test_clear_all(self):
        """Here, where programs are few: Supervisor takes a second for each."""
        self.same("clearAllProcessLogs", lambda side: sorted(
            side.rpc.supervisor.clearAllProcessLogs(), key=lambda row: row["name"]))
        self.same("cleared", lambda side: side.file("talk.out"))
        self.pair.both(lambda side: side.rpc.supervisor.sendProcessStdin("talk", "first line\n"))
        self.pair.wait_for(lambda side: side.file("talk.out") == "first line\n", "the line")

    def test_sockets(self):
        for name in ("s.sock", "locked.sock"):
            self.same(f"mode of {name}", lambda side: oct((side.folder / name).stat().st_mode))
        self.same("no leftovers", lambda side: sorted(path.name for path in pathlib.Path(side.folder).glob("*.sock*")))

    def test_follow(self):
        def follow(side, path, version=11, timeout_s=support.PATIENCE_S):
            connection = http.client.HTTPConnection("127.0.0.1", side.port, timeout=timeout_s)
            connection._http_vsn, connection._http_vsn_str = version, f"HTTP/{version // 10}.{version % 10}"
            connection.request("GET", path)
            reply = connection.getresponse()
            seen = [reply.status, reply.getheader("Content-Type"), reply.getheader("Transfer-Encoding"),
                    reply.getheader("X-Accel-Buffering"), reply.getheader("Last-Modified") is not None]
            return connection, reply, seen

        def talk(side, version):
            connection, reply, seen = follow(side, "/logtail/talk", version)
            seen.append(reply.read(11))
            side.rpc.supervisor.sendProcessStdin("talk", "more æ\n")
            seen.append(reply.read(8))
            side.rpc.supervisor.clearProcessLogs("talk")
            side.rpc.supervisor.sendProcessStdin("talk", "after\n")
            seen.append(reply.read(6))
            connection.close()
            side.rpc.supervisor.clearProcessLogs("talk")
            side.rpc.supervisor.sendProcessStdin("talk", "first line\n")
            support.wait_for(lambda: side.file("talk.out") == "first line\n", 5, "the first line")
            return seen
        self.same("logtail 1.1", lambda side: talk(side, 11))
        self.differs("log following by HTTP/1.0", "logtail 1.0",
                     lambda side: follow(side, "/logtail/talk", 10, self.never(side))[1].read(11),
                     ("timeout", None), ("value", b"first line\n"))

        def head(side, path):
            connection, _, seen = follow(side, path)
            connection.close()
            return seen
        for path in ("/logtail/talk/stdout", "/logtail/talk:talk", "/logtail/talk%3Atalk/stdout", "/logtail/talk/stderr"):
            self.same(f"head of {path}", lambda side: head(side, path))
        for path in ("/mainlogtail", "/mainlogtail/x"):
            common = [200, "text/plain;charset=utf-8", "chunked"]
            self.differs("buffering of /mainlogtail", f"head of {path}", lambda side: head(side, path),
                         ("value", [*common, None, True]), ("value", [*common, "no", True]))

        def long_log(side):
            """It begins 1024 bytes before the end; a rotation is followed to the new file."""
            path = side.folder / "quiet.out"
            path.write_text("".join(f"line {number}\n" for number in range(400)))
            connection, reply, _ = follow(side, "/logtail/quiet")
            seen = [reply.read(1024)]
            path.rename(side.folder / "quiet.out.1")
            (side.folder / "new").write_text("after the rotation\n")
            (side.folder / "new").rename(path)
            seen.append(reply.read(len("after the rotation\n")))
            connection.close()
            path.unlink()
            return seen
        self.same("the end of a long log, and its rotation", long_log)

        def truncated(side):
            connection, reply, _ = follow(side, "/logtail/talk")
            seen = [reply.read(11)]
            with open(side.folder / "talk.out", "r+b") as log:
                log.truncate(0)
            seen.append(reply.read(len("==> File truncated <==\n")))
            connection.close()
            return seen
        self.differs("emptied log", "truncated", truncated, ("broken", None),
                     ("value", [b"first line\n", b"==> File truncated <==\n"]))


class Ours(unittest.TestCase):
    """IPv6, which Supervisor 4.2.5 cannot listen on; its own supervisorctl comes by it."""

    def test_ipv6(self):
        if not support.pathlib.Path("/proc/net/if_inet6").exists():
            self.skipTest("this machine has no IPv6")
        workspace = self.enterContext(support.Workspace())
        side = pair.Side(workspace, "six", None, BASE.replace("[supervisorctl]", """
[inet_http_server:six]
port = [::1]:%(ENV_SIX_PORT)s
username = admin
password = {SHA}82ab876d1387bfafe46cc1c8a2ef074eae50cb1d
[supervisorctl]"""), {"SIX_PORT": str(port := support.free_port())})
        side.start()
        side.wait_ready()
        for word, status in (("thepassword", 200), ("wrong", 401)):
            connection = http.client.HTTPConnection("::1", port, timeout=support.PATIENCE_S)
            connection.request("POST", "/RPC2", STATE, {**XML, **basic("admin", word)})
            self.assertEqual(status, connection.getresponse().status)
            connection.close()
        ctl = side.ctl("-s", f"http://[::1]:{port}", "-uadmin", "-pthepassword", "version")
        self.assertEqual((0, "4.2.5\n"), ctl[:2])


if __name__ == "__main__":
    main()
