"""What fails again and again costs next to nothing, holds up nobody, and can be stopped: a program that ends at once, a
listener that rejects every event. holdfastd alone, beside what Debian's supervisord answers where it is asked."""
import json
import os
import pathlib
import re
import signal
import unittest

from pair import BASE, PairTest, main, support, time

SCRIPT = pathlib.Path(__file__).with_name("listeners.py")
STORM = """
[program:mailer]
command = /bin/sh -c 'echo x >> %(here)s/mailer; exit 1'
startsecs = 0
autorestart = true

[program:calm]
command = /bin/sleep 1000
startsecs = 0

[group:crowd]
programs = one

[program:one]
command = /bin/sh -c 'echo x >> %(here)s/one; exit 0'
startsecs = 0
autorestart = true
"""


def starts(daemon, name="mailer"):
    path = daemon.folder / name
    return len(path.read_text().splitlines()) if path.exists() else 0


class Restarts(unittest.TestCase):
    def setUp(self):
        self.workspace = self.enterContext(support.Workspace())
        self.daemon = self.workspace.daemon("node", BASE.replace("[holdfast]", "[holdfast]\nrestart_interval = 2") + STORM,
                                            environment={"TEST_PORT": str(support.free_port())})
        self.began = time.monotonic()
        self.daemon.start()
        self.rpc = support.server_proxy(f"unix://{self.daemon.folder}/s.sock").supervisor

    def state(self, name="mailer"):
        return self.rpc.getProcessInfo(name)["statename"]

    def at_most(self, started, began, interval=2):
        """At once the first time, then once an interval: what the time that has passed allows."""
        self.assertLessEqual(started, 2 + (time.monotonic() - began) / interval + 1)

    def test_storm(self):
        support.wait_for(lambda: starts(self.daemon) >= 4, 30, "the program to be restarted three times")
        self.at_most(starts(self.daemon), self.began)
        self.assertEqual(self.rpc.getProcessInfo("calm")["statename"], "RUNNING")
        # Another agent goes on where the one before was: the time that is left is not cut short.
        for _ in range(3):
            killed = self.daemon.kill_agent()
            support.wait_for(lambda: self.daemon.agent_pid() not in (None, killed), 15, "the next agent")  # noqa: B023
        support.wait_for(self.rpc_answers, 15, "it to answer")
        self.at_most(starts(self.daemon), self.began)
        # A person who stops it does not want it back, whatever state it is in at that moment.
        support.wait_for(lambda: self.state() == "EXITED", 15, "it to wait")
        self.assertIs(self.rpc.stopProcess("mailer"), True)
        self.assertEqual(self.state(), "STOPPED")
        self.assertEqual([row["status"] for row in self.rpc.stopProcessGroup("crowd")], [80])
        self.assertIs(self.rpc.removeProcessGroup("crowd"), True)
        before = starts(self.daemon)
        # A start waits for nothing, however often it is asked for.
        for count in range(1, 4):
            self.rpc.startProcess("mailer", False)
            support.wait_for(lambda: starts(self.daemon) >= before + count, 15, "the start that was asked for")  # noqa: B023
            support.wait_for(lambda: self.state() == "EXITED", 15, "it to end")
        # A daemon that stops restarts nothing.
        os.kill(self.daemon.pid, signal.SIGTERM)
        self.assertEqual(self.daemon.process.wait(20), 0)

    def rpc_answers(self):
        self.rpc = support.server_proxy(f"unix://{self.daemon.folder}/s.sock").supervisor
        return self.rpc.getState()["statename"] == "RUNNING"

    def test_the_first_is_at_once(self):
        """Of a program that has run: no interval lies between its end and its next start, as the log has them."""
        support.wait_for(lambda: self.state("calm") == "RUNNING", 15, "it to run")
        os.kill(self.rpc.getProcessInfo("calm")["pid"], signal.SIGKILL)
        log = self.daemon.folder / "main.log"
        support.wait_for(lambda: log.read_text().count("spawned: 'calm'") == 2, 1.9, "its next life")


POOLS = f"""
[eventlistener:never]
command = /usr/bin/python3 {SCRIPT} refuser %(here)s/never.out
events = REMOTE_COMMUNICATION
startsecs = 0
buffer_size = 100

[eventlistener:own]
command = /usr/bin/python3 {SCRIPT} refuser %(here)s/own.out
events = REMOTE_COMMUNICATION
startsecs = 0
result_handler = own_handlers:anything
"""


class Rejections(unittest.TestCase):
    def test_storm(self):
        with support.Workspace() as workspace:
            daemon = workspace.daemon("node", BASE + POOLS, environment={"TEST_PORT": str(support.free_port())})
            daemon.start()
            rpc = support.server_proxy(f"unix://{daemon.folder}/s.sock").supervisor
            for name in ("never", "own"):
                support.wait_for(lambda: rpc.getProcessInfo(name)["statename"] == "RUNNING", 15, name)  # noqa: B023
            began = time.monotonic()
            for number in range(5):
                rpc.sendRemoteCommEvent("T", str(number))

            def seen(name):
                path = daemon.folder / f"{name}.out"
                lines = path.read_text().splitlines() if path.exists() else []
                return [json.loads(line)[1].splitlines()[-1] for line in lines]
            # Every event comes, though each is rejected every time.
            support.wait_for(lambda: set(seen("never")) == {str(number) for number in range(5)}, 30, "every event to come")
            support.wait_for(lambda: seen("never").count("0") >= 4, 30, "the first one to come again and again")
            took = time.monotonic() - began
            # At once, at once again, after 0.1, 0.2, 0.4 s ...: of each event no more than the time that has passed allows.
            allowed = 2
            wait = 0.1
            while (took := took - wait) > -wait:
                allowed += 1
                wait *= 2
            for number in range(5):
                self.assertLessEqual(seen("never").count(str(number)), allowed + 1)
            # A handler of one's own is not run: each answer accepts.
            support.wait_for(lambda: len(seen("own")) >= 5, 15, "every event of the other pool")
            self.assertEqual(seen("own"), [str(number) for number in range(5)])
            self.assertEqual(len(re.findall(r"WARN \[eventlistener:own\] result_handler=own_handlers:anything is Python code",
                                            (daemon.folder / "main.log").read_text())), 1)


class TwoDaemons(PairTest):
    """A stop in EXITED is refused by both where no restart is due, and a removal is not."""
    CONFIG = """
[program:once]
command = /bin/true
startsecs = 0
autorestart = false

[program:expected]
command = /bin/true
startsecs = 0
"""

    @classmethod
    def prepare(cls):
        for name in ("once", "expected"):
            cls.pair.wait_state(name, "EXITED")

    def test(self):
        for name in ("once", "expected"):
            self.same(f"stop {name}", lambda side: side.rpc.supervisor.stopProcess(name))  # noqa: B023
            self.same(f"stop the group {name}", lambda side: side.rpc.supervisor.stopProcessGroup(name))  # noqa: B023
            self.same(f"{name} is", lambda side: side.state(name))  # noqa: B023
            self.same(f"remove {name}", lambda side: side.rpc.supervisor.removeProcessGroup(name))  # noqa: B023


if __name__ == "__main__":
    main()
