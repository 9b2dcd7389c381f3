"""Debian's supervisord and holdfastd, started from the same configuration text, each in a folder of its own, so that the
same step can be held with both and the answers compared. Paths, ports, process ids and clocks are taken out before the
comparison; nothing else is. A difference that we want is a step of its own (Pair.differs) that names an entry of
ALLOWED and states both answers, so that it fails when either side changes."""
import base64
import concurrent.futures
import contextlib
import http.client
import os
import pathlib
import re
import socket
import sys
import time
import unittest
import xmlrpc.client

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "support"))
import holdfast_testing as support  # noqa: E402
import quick_supervisor  # noqa: E402

SUPERVISORD = "/usr/bin/supervisord"
SUPERVISORCTL = "/usr/bin/supervisorctl"
CLEAN_ENVIRONMENT = {"PATH": "/usr/bin:/bin", "HOME": "/root", "LANG": "C.UTF-8"}

BASE = """
[supervisord]
logfile = %(here)s/main.log
pidfile = %(here)s/daemon.pid
childlogdir = %(here)s
identifier = compat

[holdfast]
state_dir = %(here)s/state

[rpcinterface:supervisor]
supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface

[unix_http_server]
file = %(here)s/s.sock

[inet_http_server]
port = 127.0.0.1:%(ENV_TEST_PORT)s

[supervisorctl]
serverurl = unix://%(here)s/s.sock
"""

os.environ.clear()  # what programs see of it is compared too
os.environ.update(CLEAN_ENVIRONMENT)

# Every wanted difference to Supervisor 4.2.5; docs/compatibility.rst repeats this table.
ALLOWED = {
    "autorestart key": "getAllConfigInfo has the key autorestart, which Supervisor has since 4.4; clients take keys by name",
    "buffering of /mainlogtail": "X-Accel-Buffering: no is sent with the main log too, so that a proxy does not hold it back",
    "emptied log": "a follower of a log that is emptied gets '==> File truncated <==' and goes on; Supervisor ends the stream "
                   "without its end mark",
    "rejected events": "an event that a listener rejects, or that its death gives back, goes back to its own pool only; "
                       "Supervisor gives it to every pool with a process of equal priority",
    "redirect": "after an action of the page the redirect is relative; Supervisor repeats the Host header in it",
    "empty body": "a POST with an empty body is answered 400; Supervisor never answers it",
    "log following by HTTP/1.0": "the log's end is sent at once; Supervisor keeps it back until its buffer is full",
    "severity in syslog": "with logfile=syslog each line has the severity of its level; Supervisor sends all as info",
    "value in a text": "sendProcessStdin with an array or a struct as text: the fault is the same, its text has no Python "
                       "notation of the value",
}

HELD = []  # the names of all steps that were held, for the count


class Side:
    """One of the two daemons."""

    def __init__(self, workspace, name, program, config_text, environment):
        self.name = name
        self.port = support.free_port()
        self.daemon = workspace.daemon(name, config_text, program=program, environment={
            **environment, "TEST_PORT": str(self.port)})
        self.folder = self.daemon.folder
        self.url = f"unix://{self.folder}/s.sock"
        self.tcp_url = f"http://127.0.0.1:{self.port}"

    def start(self, *arguments):
        self.daemon.start(*arguments)

    def wait_ready(self):
        """Until it answers by its unix socket, and takes connections at its port."""
        support.wait_for(lambda: self.rpc.supervisor.getState(), what=f"{self.name} to answer")
        support.wait_for(self.takes_connections, what=f"{self.name} to listen on port {self.port}")

    def takes_connections(self):
        with socket.create_connection(("127.0.0.1", self.port), timeout=support.PATIENCE_S):
            return True

    @property
    def rpc(self):
        return support.server_proxy(self.url)

    @property
    def tcp(self):
        return support.server_proxy(self.tcp_url)

    def state(self, name):
        return self.rpc.supervisor.getProcessInfo(name)["statename"]

    def wait_state(self, name, *states):
        """A program that runs has begun, too: it gets the signals that it is sent."""
        def there():
            info = self.rpc.supervisor.getProcessInfo(name)
            return info["statename"] in states and (not info["pid"] or support.has_begun(info["pid"], self.daemon.pid))
        return support.wait_for(there, what=f"{name} of {self.name} to be {' or '.join(states)}")

    @property
    def loop_pid(self):
        """The process that decides: supervisord itself, our agent."""
        return self.daemon.agent_pid() or self.daemon.pid

    def pid_of(self, name):
        return self.rpc.supervisor.getProcessInfo(name)["pid"]

    def ctl(self, *words, text=None, timeout_s=support.PATIENCE_S):
        """The real supervisorctl: (exit status, stdout, stderr)."""
        status, out, err = quick_supervisor.supervisorctl(
            ["-c", str(self.daemon.config), *words], self.folder, {**CLEAN_ENVIRONMENT, "TEST_PORT": str(self.port)},
            (text or "").encode(), timeout_s)
        return status, out.decode(), err.decode()

    def http(self, method, path, body=None, headers=None, port=None, timeout_s=support.PATIENCE_S):
        """A raw HTTP exchange over TCP: (status, {lower-case header: value}, body)."""
        connection = http.client.HTTPConnection("127.0.0.1", port or self.port, timeout=timeout_s)
        connection.request(method, path, body=body, headers=headers or {})
        answer = connection.getresponse()
        content = answer.read()
        connection.close()
        return answer.status, {key.lower(): value for key, value in answer.getheaders()}, content

    def raw(self, data, timeout_s=support.PATIENCE_S):
        """Bytes sent over a fresh TCP connection; the first line of the answer."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=timeout_s) as stream:
            stream.sendall(data)
            received = b""
            while b"\r\n" not in received:
                part = stream.recv(4096)
                if not part:
                    break
                received += part
        return received.split(b"\r\n")[0].decode("latin-1")

    def file(self, name):
        path = self.folder / name
        return path.read_bytes().decode("utf-8", "replace") if path.exists() else None

    def main_log(self, *names):
        """The main log's messages that speak of one of the processes, without time, with pids as N."""
        lines = []
        for line in (self.file("main.log") or "").splitlines():
            found = re.match(r"[\d-]+ [\d:,]+ (\w{4}) (.*)", line)
            if found and any(re.search(rf"(^|[ ':,]){re.escape(name)}($|[ ',:])", found[2]) for name in names):
                lines.append(f"{found[1]} {self.normal(found[2])}")
        return lines

    def normal(self, value):
        """A value without what must differ between two daemons."""
        if isinstance(value, str):
            return self.normal_text(value)
        if isinstance(value, (list, tuple)):
            return type(value)(self.normal(item) for item in value)
        if isinstance(value, dict):
            return {key: normal_field(key, self.normal(item)) for key, item in value.items()}
        return value

    def normal_text(self, text):
        text = text.replace(str(self.folder), "HERE").replace(str(self.port), "PORT")
        text = re.sub(r"(---compat-)[A-Za-z0-9_]{8}(\.log)", r"\1RANDOM8\2", text)
        text = re.sub(r"\bpid \d+", "pid N", text)
        text = re.sub(r"'(\S+)' \(\d+\)", r"'\1' (N)", text)
        text = re.sub(r"uptime \d+:\d\d:\d\d", "uptime T", text)
        return re.sub(r"[A-Z][a-z]{2} \d\d \d\d:\d\d [AP]M", "DATE", text)


def normal_field(key, value):
    """Numbers that are clocks or process ids: only whether they are set counts, and their type."""
    if key in ("now", "start", "stop", "pid") and type(value) is int:
        return "set" if value > 0 else value
    return value


def outcome(call):
    """What a client sees of one call: a value, a fault or an HTTP status."""
    try:
        return "value", call()
    except xmlrpc.client.Fault as fault:
        return "fault", (fault.faultCode, fault.faultString)
    except xmlrpc.client.ProtocolError as error:
        return "http", error.errcode
    except TimeoutError:
        return "timeout", None
    except http.client.HTTPException:
        return "broken", None


class Pair:
    """Both daemons of one configuration; use as a context, inside a unittest class by `enterClassContext`-like calls."""

    def __init__(self, config_text, base=BASE, environment=None, prefix=()):
        self.workspace = support.Workspace()
        environment = environment or {}
        self.theirs = Side(self.workspace, "supervisord", SUPERVISORD, base + config_text, environment)
        self.ours = Side(self.workspace, "holdfastd", None, base + config_text, environment)
        self.sides = (self.theirs, self.ours)
        for side in self.sides:
            side.daemon.prefix = list(prefix)
        self.pool = concurrent.futures.ThreadPoolExecutor(8)

    def __enter__(self):
        for side in self.sides:
            side.start()
        self.both(lambda side: side.wait_ready())
        return self

    def __exit__(self, *what):
        self.pool.shutdown()
        if self.theirs.daemon.process.poll() is None:
            self.theirs.daemon.kill_everything()  # its own way takes up to a second for each group
        self.workspace.__exit__(*what)

    def both(self, step):
        """step(side) on both at the same time: (theirs, ours)."""
        results = [self.pool.submit(step, side) for side in self.sides]
        return tuple(result.result() for result in results)

    def wait_for(self, condition, what):
        """Until condition(side) is true of both."""
        self.both(lambda side: support.wait_for(lambda: condition(side), what=f"{what} ({side.name})"))

    def wait_state(self, name, *states):
        self.both(lambda side: side.wait_state(name, *states))

    def answers(self, step):
        return self.both(lambda side: side.normal(outcome(lambda: step(side))))


class PairTest(unittest.TestCase):
    """A test class with one pair; subclasses set CONFIG (and BASE_TEXT, ENVIRONMENT, PREFIX: the words
    before the daemon's own)."""
    CONFIG = ""
    BASE_TEXT = BASE
    ENVIRONMENT = {}
    PREFIX = ()
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.pair = Pair(cls.CONFIG, cls.BASE_TEXT, cls.ENVIRONMENT, cls.PREFIX)
        try:
            cls.pair.__enter__()
            cls.prepare()
        except BaseException:
            cls.pair.__exit__(*sys.exc_info())
            raise

    @classmethod
    def prepare(cls):
        """What must be true before the first step."""

    @classmethod
    def tearDownClass(cls):
        failed = getattr(cls, "failed", False)
        cls.pair.__exit__(AssertionError if failed else None, None, None)

    def same(self, name, step):
        """Holds step(side) with both and wants equal outcomes, equal types included. The common outcome."""
        HELD.append(name)
        theirs, ours = self.pair.answers(step)
        with self.subTest(name):
            self.assertEqual(shape(theirs), shape(ours), f"{name}: first is supervisord's, second ours")
        return theirs

    def same_lines(self, name, lines):
        """As same(), of lines(side) of the main log: ours is written beside the answers, so as many as supervisord's are
        waited for. To be asked when supervisord has written its last."""
        (_, theirs), _ = self.pair.answers(lines)

        def written(side):
            support.wait_for(lambda: len(lines(side)) >= len(theirs), what=f"{len(theirs)} lines of {side.name}: {name}")
            return lines(side)
        return self.same(name, written)

    def same_in_the_end(self, name, condition):
        """condition(side) becomes true on both sides: of what is written beside the answers."""
        self.same(name, lambda side: bool(support.wait_for(lambda: condition(side), what=f"{name} ({side.name})")))

    def differs(self, reason, name, step, theirs, ours):
        """A wanted difference: both answers are stated."""
        self.assertIn(reason, ALLOWED)
        HELD.append(name)
        with self.subTest(name):
            answers = self.pair.answers(step)
            self.assertEqual(shape(theirs), shape(answers[0]), f"{name}: supervisord's answer")
            self.assertEqual(shape(ours), shape(answers[1]), f"{name}: our answer")

    def sames(self, steps):
        for name, step in steps.items():
            self.same(name, step)


def shape(value):
    """repr with sorted keys: 1 and True differ, as do a list and a tuple of other types."""
    if isinstance(value, dict):
        return "{" + ",\n ".join(f"{key!r}: {shape(value[key])}" for key in sorted(value)) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ",\n ".join(shape(item) for item in value) + "]"
    return repr(value)


def basic(user, password):
    return {"Authorization": "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()}


def call_body(method, *params):
    return xmlrpc.client.dumps(tuple(params), method).encode()


def main():
    program = unittest.main(module="__main__", exit=False, verbosity=1, warnings="ignore")
    print(f"{len(HELD)} steps held with both daemons", file=sys.stderr)
    sys.exit(0 if program.result.wasSuccessful() else 1)


__all__ = ["ALLOWED", "BASE", "Pair", "PairTest", "Side", "basic", "call_body", "contextlib", "main", "os",
           "outcome", "support", "time"]
