"""The keeper is killed with SIGKILL: the agent says so and ends with status 70, the programs live on; a new holdfastd on the
same state finds them, starts no second copy, supervises them, and says honestly what it cannot know."""
import ctypes
import os
import pathlib
import signal
import socket
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "support"))
import holdfast_testing as support  # noqa: E402
import yardstick  # noqa: E402

CONFIG = """
[supervisord]
logfile = %(here)s/agent.log
pidfile = %(here)s/daemon.pid
childlogdir = %(here)s

[holdfast]
state_dir = %(here)s/state

[rpcinterface:supervisor]
supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface

[unix_http_server]
file = %(here)s/s.sock

[program:server]
command = /bin/sh -c "while :; do read line; echo got $line; done"
startsecs = 0
stdout_logfile = %(here)s/server.log

[program:sleeper]
command = /bin/sh -c "echo $$ >> %(here)s/sleepers; exec sleep 1000"
process_name = sleeper_%(process_num)d
numprocs = SLEEPERS
startsecs = 0

[program:gone]
command = /bin/sh -c "until test -e %(here)s/go; do sleep 0.02; done; exit 3"
startsecs = 0
autorestart = false

[program:again]
command = /bin/sh -c "echo $$ >> %(here)s/agains; until test -e %(here)s/go; do sleep 0.02; done; test -e %(here)s/agained && exec sleep 1000; : > %(here)s/agained; exit 3"
startsecs = 0

[fcgi-program:web]
command = /bin/sleep 1000
socket = unix://%(here)s/web.sock
startsecs = 0

[program:stopped]
command = /bin/sh -c "echo x >> %(here)s/stoppeds; exec sleep 1000"
startsecs = 0
"""
SLEEPERS = 7
CONFIG = CONFIG.replace("SLEEPERS", str(SLEEPERS))
SEEN_WITHIN_S = 1.0


PR_SET_CHILD_SUBREAPER = 36


class KeeperLoss(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        """Orphans become this process's children: the agent's exit status can be seen."""
        assert ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0

    def setUp(self):
        self.workspace = support.Workspace()
        self.node = self.workspace.daemon("node", CONFIG).start()
        self.rpc = support.server_proxy(f"unix://{self.node.folder}/s.sock").supervisor
        self.orphans = []

    def tearDown(self):
        failed = self._outcome.result.failures or self._outcome.result.errors
        self.workspace.__exit__(AssertionError if failed else None, None, None)
        for pid in self.orphans:
            if support.alive(pid):
                os.kill(pid, signal.SIGKILL)

    def rows(self):
        return {row["name"]: row for row in self.rpc.getAllProcessInfo()}

    def log(self):
        return self.node.text("agent.log")

    def lose_keeper(self):
        """SIGKILL to the keeper alone; the pids of agent and programs as they were."""
        agent, programs = self.node.agent_pid(), {name: row["pid"] for name, row in self.rows().items() if row["pid"]}
        self.orphans = list(programs.values())
        os.kill(self.node.pid, signal.SIGKILL)
        self.node.process.wait(support.PATIENCE_S)
        self.assertEqual(os.waitstatus_to_exitcode(os.waitpid(agent, 0)[1]), 70)
        self.assert_logged("CRIT the keeper is gone (")
        return programs

    def assert_logged(self, text):
        """The log is written beside the answers, by a thread of its own."""
        support.wait_for(lambda: text in self.log(), 5, f"the log line {text!r}")

    def start_again(self):
        self.node.start()
        return support.wait_for(self.rows, 15, "the next agent")

    def test_found_supervised_and_ended(self):
        support.wait_for(lambda: all(row["statename"] == "RUNNING" for row in self.rows().values()), 15, "all RUNNING")
        self.rpc.stopProcess("stopped")
        self.rpc.sendProcessStdin("server", "one\n")
        support.wait_for(lambda: "got one" in self.node.text("server.log"), 5, "the first line")
        before = self.rows()
        pids = self.lose_keeper()
        for name, pid in pids.items():
            self.assertTrue(support.alive(pid) or name == "server", f"{name} lives on")  # the server saw its stdin's end
        (self.node.folder / "go").touch()
        for name in ("gone", "again"):
            support.wait_for(lambda: not support.alive(pids[name]), 5, f"the end of {name} while no keeper is there")
        rows = self.start_again()

        for number in range(SLEEPERS):
            name = f"sleeper_{number}"
            self.assertEqual((rows[name]["pid"], rows[name]["statename"], rows[name]["start"]),
                             (pids[name], "RUNNING", before[name]["start"]))
        self.assertEqual(len((self.node.folder / "sleepers").read_text().split()), SLEEPERS, "no second copy")
        self.assert_logged("CRIT the keeper before this one (pid ")
        told = {row[key] for row in rows.values() for key in ("stdout_logfile", "stderr_logfile")}
        there = {str(path) for path in self.node.folder.glob("*---*.log")}
        self.assertEqual(there, {path for path in told if "---" in path}, "those of the life before that nobody has are gone")
        for name in ("sleeper_0", "server"):
            self.assertEqual((rows[name]["stdout_logfile"], rows[name]["stderr_logfile"]),
                             (before[name]["stdout_logfile"], before[name]["stderr_logfile"]), "what lives on keeps its own")

        gone = rows["gone"]
        self.assertEqual((gone["statename"], gone["exitstatus"], gone["pid"]), ("EXITED", -1, 0))
        self.assertIn("Exit status unknown", gone["spawnerr"])
        self.assertIn("exit status unknown", gone["description"])
        self.assert_logged("exited: gone (exit status unknown; not expected)")
        again = support.wait_for(lambda: (row := self.rows()["again"])["statename"] == "RUNNING" and row, 10, "again")
        self.assertNotEqual(again["pid"], pids["again"], "an unknown end is an unexpected one")
        support.wait_for(lambda: self.rows()["stopped"]["statename"] == "RUNNING", 10,
                         "what did not run to be started as by any new daemon")

        # Signals, stops and ends of programs that are not the new keeper's children.
        self.assertTrue(self.rpc.stopProcess("sleeper:sleeper_0"))
        row = self.rows()["sleeper_0"]
        self.assertEqual((row["statename"], support.alive(pids["sleeper_0"])), ("STOPPED", False))
        self.assertIn("exit status unknown", row["description"])
        self.assert_logged("stopped: sleeper_0 (exit status unknown)")
        self.orphans.append(again["pid"])
        taken = [self.seen_to_end(f"sleeper_{number}", pids) for number in (1, 3, 4, 5, 6)]
        yardstick.assert_kept(self, taken, SEEN_WITHIN_S)  # by its pidfd, not by looking now and then
        self.assertTrue(self.rpc.signalProcess("sleeper:sleeper_2", "KILL"))
        support.wait_for(lambda: not support.alive(pids["sleeper_2"]), 5, "the end of sleeper_2")

        # An ordinary program again: everything is known of it.
        self.assertTrue(self.rpc.startProcess("sleeper:sleeper_0"))
        self.assertTrue(self.rpc.stopProcess("sleeper:sleeper_0"))
        self.assertNotIn("unknown", self.rows()["sleeper_0"]["description"])

        self.node.kill_agent()
        support.wait_for(lambda: self.rows()["again"]["pid"] == again["pid"], 10, "the next agent, which knows all of it")
        self.assertEqual(self.node.stop(), 0)

    def seen_to_end(self, name, pids):
        """Ends a found program; seconds until there is another one."""
        begin = time.monotonic()
        os.kill(pids[name], signal.SIGTERM)
        new = support.wait_for(lambda: (row := self.rows()[name])["pid"] not in (0, pids[name]) and row, 5, f"another {name}",
                               every_s=0.002)
        self.orphans.append(new["pid"])
        return time.monotonic() - begin

    def test_shutdown_ends_found_programs(self):
        support.wait_for(lambda: all(row["statename"] == "RUNNING" for row in self.rows().values()), 15, "all RUNNING")
        pids = self.lose_keeper()
        rows = self.start_again()
        self.assertEqual(rows["sleeper_2"]["pid"], pids["sleeper_2"])
        self.assertEqual(rows["web"]["pid"], pids["web"])
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(str(self.node.folder / "web.sock"))  # the one that it listens on is still there
        self.assertEqual(self.node.stop(), 0)
        for name, pid in pids.items():
            self.assertFalse(support.alive(pid), name)
        self.assertFalse((self.node.folder / "daemon.pid").exists())

    def test_keeper_and_agent_killed_at_once_again_and_again(self):
        support.wait_for(lambda: all(row["statename"] == "RUNNING" for row in self.rows().values()), 15, "all RUNNING")
        pids = {name: row["pid"] for name, row in self.rows().items() if name.startswith("sleeper")}
        for _ in range(3):
            agent = self.node.agent_pid()
            self.orphans += [row["pid"] for row in self.rows().values()]
            for pid in (agent, self.node.pid):
                os.kill(pid, signal.SIGKILL)
            self.node.process.wait(support.PATIENCE_S)
            support.wait_for(lambda: not support.alive(agent), 10, "the end of the agent")
            rows = self.start_again()
            self.assertEqual({name: rows[name]["pid"] for name in pids}, pids)
        self.assertEqual(len((self.node.folder / "sleepers").read_text().split()), SLEEPERS, "no second copy")

    def test_a_second_daemon_on_the_same_state(self):
        support.wait_for(lambda: all(row["statename"] == "RUNNING" for row in self.rows().values()), 15, "all RUNNING")
        pids = {name: row["pid"] for name, row in self.rows().items()}
        text = CONFIG.replace("%(here)s/state", f"{self.node.folder}/state")
        second = self.workspace.daemon("second", text).start()
        self.assertEqual(second.process.wait(support.PATIENCE_S), 2)
        self.assertIn("is in use by another", second.text())
        self.assertEqual({name: row["pid"] for name, row in self.rows().items()}, pids)


if __name__ == "__main__":
    unittest.main(warnings="ignore")
