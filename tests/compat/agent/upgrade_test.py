"""An upgrade to programs that do not run: a restart that somebody asks for is refused with the reason before anything
ends; when the agent ends all the same, the one that ran before is there again, and the log and the command line say why.
holdfastd alone: Supervisor has nothing alike."""
import os
import shutil
import signal
import unittest
import xmlrpc.client

from pair import BASE, support

CONFIG = BASE + """
[program:cat]
command = /bin/cat
startsecs = 0
"""


class Upgrade(unittest.TestCase):
    def setUp(self):
        self.workspace = self.enterContext(support.Workspace())
        self.installed = self.workspace.folder / "bin"
        self.installed.mkdir()
        for name in ("holdfastd", "holdfast-agent"):
            self.install(name)
        self.daemon = self.workspace.daemon("node", CONFIG, program=self.installed / "holdfastd",
                                            environment={"TEST_PORT": str(support.free_port())}).start()
        self.url = f"unix://{self.daemon.folder}/s.sock"
        self.rpc = support.server_proxy(self.url)
        support.wait_for(lambda: self.rpc.supervisor.getProcessInfo("cat")["statename"] == "RUNNING", 30, "cat to run")
        self.program = self.rpc.supervisor.getProcessInfo("cat")["pid"]
        self.agent = self.rpc.holdfast.getAgent()["pid"]

    def install(self, name, content=None):
        """Another file in the place of a program, as a package's upgrade leaves it; the right one without `content`."""
        new = self.installed / "new"
        if content is None:
            shutil.copy(support.BIN / name, new)
        else:
            new.write_bytes(content)
            new.chmod(0o755)
        new.rename(self.installed / name)

    def part(self, name):
        """So little of a program that none of its code is whole: of one with debug information half may still run."""
        whole = (support.BIN / name).read_bytes()
        return whole[:len(whole) // 10]

    def ctl(self, *words):
        done = support.run(support.BIN / "holdfastctl", "-s", self.url, *words, timeout_s=120)
        text = done.stdout + done.stderr
        for word in ("Error", "<class", "line:", "Errno"):  # a library's, not people's
            self.assertNotIn(word, text)
        return done.returncode, text

    def log(self):
        return (self.daemon.folder / "main.log").read_text()

    def logged(self, *words):
        support.wait_for(lambda: any(all(word in line for word in words) for line in self.log().splitlines()), 30,
                         f"{words!r} in a line of the log")

    def untouched(self, agent=True):
        self.assertEqual(self.rpc.supervisor.getProcessInfo("cat")["pid"], self.program)
        self.assertEqual(self.rpc.supervisor.getProcessInfo("cat")["statename"], "RUNNING")
        if agent:
            self.assertEqual(self.rpc.holdfast.getAgent()["pid"], self.agent)

    def refused(self, what, reason):
        status, text = self.ctl(what, "restart")
        self.assertEqual(status, 1, text)
        self.assertIn(reason, text)
        self.assertIn("nothing was changed", text)
        self.logged("no restart, because it would fail", reason)
        self.untouched()

    def next_agent(self):
        self.agent = support.wait_for(lambda: (pid := self.rpc.holdfast.getAgent()["pid"]) != self.agent and pid, 30,
                                      "another agent")
        self.untouched()

    def test_an_agent_that_does_not_run_is_refused(self):
        path = str(self.installed / "holdfast-agent")
        broken = {"cannot be run: Exec format error": b"no program at all\n",
                  f"the installed {path}": self.part("holdfast-agent"),
                  "ended with status 127 (no such library)": b"#!/bin/sh\necho no such library >&2\nexit 127\n",
                  "ended by signal 11": b"#!/bin/sh\nkill -SEGV $$\n",
                  "ended without an answer": b"#!/bin/sh\nexit 0\n",
                  "does not read the rest": b"#!/bin/sh\necho does not read the rest\nexit 2\n"}
        for reason, content in broken.items():
            self.install("holdfast-agent", content)
            self.refused("agent", reason)
            self.refused("keeper", reason)
        (self.installed / "holdfast-agent").unlink()
        self.refused("agent", "cannot be run: No such file or directory")
        # Neither do restarts that stop every program first.
        with self.assertRaises(xmlrpc.client.Fault) as caught:
            self.rpc.supervisor.restart()
        self.assertEqual(caught.exception.faultCode, 30)
        self.assertIn("No such file or directory", caught.exception.faultString)
        before = self.log().count("no restart, because it would fail")
        os.kill(self.daemon.pid, signal.SIGHUP)
        support.wait_for(lambda: self.log().count("no restart, because it would fail") > before, 30, "HUP to be refused")
        self.untouched()

    def test_a_keeper_that_does_not_run_is_refused(self):
        for reason, content in {"cannot be run: Exec format error": b"no program at all\n",
                                f"the installed {self.installed}/holdfastd": self.part("holdfastd"),
                                "ended with status 1": b"#!/bin/sh\nexit 1\n",
                                "ended without an answer": b"#!/bin/sh\nexit 0\n"}.items():
            self.install("holdfastd", content)
            self.refused("keeper", reason)
        # What says a version and ends well is no keeper yet: the one that runs asks it whether it understands its state.
        self.install("holdfastd", b"#!/bin/sh\necho 0.2.0\n")
        status, text = self.ctl("keeper", "restart")
        self.assertEqual(status, 1, text)
        self.assertIn("goes on as it was", text)
        self.next_agent()
        status, text = self.ctl("agent", "restart")  # which is another matter
        self.assertEqual(status, 0, text)
        self.next_agent()
        self.install("holdfastd")
        status, text = self.ctl("keeper", "restart")
        self.assertEqual(status, 0, text)
        self.next_agent()

    def test_a_crash_after_such_an_upgrade(self):
        self.install("holdfast-agent", b"no program at all\n")
        os.kill(self.agent, signal.SIGKILL)
        self.next_agent()
        self.logged("did not become ready: it cannot be run: Exec format error", "the program that ran before it")
        self.assertIn("Exec format error", self.rpc.holdfast.getAgent()["agent_problem"])
        self.refused("agent", "cannot be run: Exec format error")
        self.install("holdfast-agent", self.part("holdfast-agent"))
        os.kill(self.agent, signal.SIGKILL)
        self.next_agent()
        self.assertNotEqual(self.rpc.holdfast.getAgent()["agent_problem"], "")
        self.install("holdfast-agent")
        status, text = self.ctl("agent", "restart")
        self.assertEqual(status, 0, text)
        self.next_agent()
        self.assertEqual(self.rpc.holdfast.getAgent()["agent_problem"], "")

    def test_both_new_programs_at_once(self):
        for name in ("holdfastd", "holdfast-agent"):
            self.install(name)
        status, text = self.ctl("keeper", "restart")
        self.assertEqual(status, 0, text)
        self.next_agent()
        self.assertIn("holdfast-agent", support.exe_of(self.agent))
        self.assertNotIn("deleted", support.exe_of(self.agent) + support.exe_of(self.daemon.pid))


if __name__ == "__main__":
    unittest.main(verbosity=0)
