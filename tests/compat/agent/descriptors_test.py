"""A daemon that runs out of descriptors. Programs that find none left are FATAL and say so, every program that runs is known,
whoever asks is answered in time, TERM ends all: with more programs than the limit is good for, with clients that take every
connection, with an agent that is killed at the limit, and with one that finds more children than it may hold."""
import contextlib
import os
import pathlib
import re
import resource
import signal
import socket
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "support"))
import holdfast_testing as support  # noqa: E402

BASE = """
[supervisord]
logfile = %(here)s/agent.log
pidfile = %(here)s/daemon.pid
childlogdir = %(here)s
minfds = 256

[holdfast]
state_dir = %(here)s/state

[unix_http_server]
file = %(here)s/s.sock

[inet_http_server]
port = 127.0.0.1:PORT

[rpcinterface:supervisor]
supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface
"""

MANY = """
[program:many]
command = /bin/cat
process_name = %(process_num)s
numprocs = COUNT
startretries = 0
startsecs = 1
stopwaitsecs = 3
"""

ANSWER_S = 10  # of getState, whatever else happens; a daemon that never answers is what is looked for
PATIENCE_S = support.PATIENCE_S


class Descriptors(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        """This process holds the clients' ends."""
        resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)

    def setUp(self):
        self.workspace = support.Workspace()
        self.clients = contextlib.ExitStack()

    def tearDown(self):
        self.clients.close()
        failed = self._outcome.result.failures or self._outcome.result.errors
        self.workspace.__exit__(AssertionError if failed else None, None, None)

    def start(self, count, limit=256, more=""):
        self.port = support.free_port()
        text = (BASE + MANY + more).replace("PORT", str(self.port)).replace("COUNT", str(count))
        self.node = self.workspace.daemon("node", text, prefix=("prlimit", f"--nofile={limit}:{limit}")).start()
        support.wait_for(lambda: self.ask("unix"), PATIENCE_S, "the first answer")

    def proxy(self, way):
        url = f"unix://{self.node.folder}/s.sock" if way == "unix" else f"http://127.0.0.1:{self.port}"
        return support.server_proxy(url).supervisor

    def ask(self, way):
        """getState by a new connection; how it is answered is not left to the default time-out."""
        before = time.monotonic()
        state = self.proxy(way).getState()
        self.assertLess(time.monotonic() - before, ANSWER_S, f"getState by {way}")
        return state

    def rows(self):
        return {row["name"]: row for row in self.proxy("unix").getAllProcessInfo() if row["group"] == "many"}

    def settle(self):
        """When every program is either RUNNING or FATAL; {state: rows}. Both servers answer all the while."""
        def settled():
            self.assertEqual((self.ask("unix")["statecode"], self.ask("tcp")["statecode"]), (1, 1))
            rows = self.rows().values()
            return rows if {row["statename"] for row in rows} <= {"RUNNING", "FATAL"} else None
        rows = support.wait_for(settled, PATIENCE_S, "every program to be RUNNING or FATAL")
        return {state: [row for row in rows if row["statename"] == state] for state in ("RUNNING", "FATAL")}

    def running_processes(self):
        """The daemon's children that are programs, known or not."""
        agent = self.node.agent_pid()
        return {pid for pid in support.children_of(self.node.pid) if pid != agent and support.alive(pid)}

    def assert_all_known(self):
        """The pids. Programs may be ending: then what is known and what runs differ for a moment."""
        def known():
            pids = {row["pid"] for row in self.rows().values() if row["pid"]}
            return pids and pids == self.running_processes() and pids
        return support.wait_for(known, PATIENCE_S, "exactly what runs to be known")

    def assert_ends(self, pids):
        """TERM ends the daemon in order, and every program with it."""
        self.node.process.terminate()
        self.assertEqual(self.node.process.wait(support.PATIENCE_S), 0)
        self.assertEqual([pid for pid in pids if support.alive(pid)], [])

    def assert_speaks(self, name, text):
        """Standard input reaches the program, its answer the log."""
        self.proxy("unix").sendProcessStdin(f"many:{name}", text + "\n")
        support.wait_for(lambda: text in self.proxy("unix").readProcessStdoutLog(f"many:{name}", 0, 0), PATIENCE_S,
                         f"the log of {name}")

    def hold_connections(self, count):
        """Clients that connect and say nothing, or half of something."""
        for number in range(count):
            client = self.clients.enter_context(socket.create_connection(("127.0.0.1", self.port), timeout=ANSWER_S))
            if number % 2:
                client.sendall(b"POST /RPC2 HTTP/1.1\r\nHost: x\r\n")

    def test_more_programs_than_it_is_good_for(self):
        """The input of the report: 160 programs at a hard limit of 256."""
        self.start(160)
        states = self.settle()
        self.assertEqual(len(states["RUNNING"]) + len(states["FATAL"]), 160)
        self.assertGreaterEqual(len(states["RUNNING"]), 30)
        for row in states["FATAL"]:
            self.assertEqual(row["spawnerr"], f"too many open files to spawn '{row['name']}'")
        self.assert_all_known()
        self.assertIn("WARN file descriptors: of 256 that one process may have", self.node.text("agent.log"))
        for row in (states["RUNNING"][0], states["RUNNING"][-1]):
            self.assert_speaks(row["name"], "hello")
        # Where one ends, another finds room: by hand, as FATAL is left by a person only.
        rpc = self.proxy("unix")
        rpc.stopProcess(f"many:{states['RUNNING'][0]['name']}")
        self.assertTrue(rpc.startProcess(f"many:{states['FATAL'][0]['name']}"))
        self.assert_ends(self.assert_all_known())

    def test_clients_take_every_connection(self):
        self.start(160)
        states = self.settle()
        self.hold_connections(300)
        self.assertEqual(self.ask("unix")["statecode"], 1)
        self.assertEqual(self.ask("tcp")["statecode"], 1)
        # A program that crashes is started again: its descriptors are nobody else's.
        row = states["RUNNING"][0]
        os.kill(row["pid"], signal.SIGKILL)
        self.assertIn(f"many:{row['name']}", [f"{each['group']}:{each['name']}" for each in self.settle()["RUNNING"]])
        again = support.wait_for(lambda: self.rows()[row["name"]]["pid"] not in (0, row["pid"]) and self.rows()[row["name"]],
                                 PATIENCE_S, "its next process")
        self.assert_speaks(again["name"], "after the crash")
        self.hold_connections(100)
        self.assert_ends(self.assert_all_known())

    def test_the_agent_is_killed_at_the_limit(self):
        self.start(160)
        running = {row["name"]: row["pid"] for row in self.settle()["RUNNING"]}
        for _ in range(3):
            self.hold_connections(50)
            self.node.kill_agent()
            support.wait_for(lambda: self.ask("unix"), PATIENCE_S, "the next agent")
            self.assertEqual({name: row["pid"] for name, row in self.rows().items() if row["pid"]}, running)
        self.assert_all_known()
        for name in (min(running), max(running)):
            self.assert_speaks(name, "after the kill")
        self.assertNotIn("descriptors are short", self.node.text("agent.log"), "what one agent could hold, the next can")
        self.assert_ends(running.values())

    def test_an_agent_that_finds_more_than_it_may_hold(self):
        """The limit is lower than when the programs were started: all are known and can be stopped, it is said whose output
        is not read, nothing of it is lost, and it is read when others have ended."""
        self.start(100, limit=2048)
        running = {row["name"]: row["pid"] for row in self.settle()["RUNNING"]}
        self.assertEqual(len(running), 100)
        resource.prlimit(self.node.pid, resource.RLIMIT_NOFILE, (256, 256))
        self.node.kill_agent()
        support.wait_for(lambda: self.ask("unix"), PATIENCE_S, "the next agent")
        self.assertEqual({name: row["pid"] for name, row in self.rows().items() if row["pid"]}, running)
        support.wait_for(lambda: "ERRO file descriptors are short: the output of many:" in self.node.text("agent.log"),
                         PATIENCE_S, "the log line")
        unread = re.search(r"the output of many:(\d+) ", self.node.text("agent.log"))[1]
        others = [name for name in running if name != unread]
        with open(f"/proc/{running[unread]}/fd/1", "w") as stdout:  # as if the program had written it
            stdout.write("while nobody reads\n")
        rpc = self.proxy("unix")
        for name in others[:70]:  # read ones and unread ones
            rpc.stopProcess(f"many:{name}", False)
        support.wait_for(lambda: "INFO file descriptors are free again" in self.node.text("agent.log"), PATIENCE_S,
                         "all to be read")
        support.wait_for(lambda: "while nobody reads" in rpc.readProcessStdoutLog(f"many:{unread}", 0, 0), PATIENCE_S,
                         "what was written meanwhile")
        self.assert_speaks(unread, "and now")
        self.assert_ends(self.assert_all_known())

    def test_term_at_once_at_the_limit(self):
        """While programs are still being refused and started."""
        self.start(160)
        self.hold_connections(60)
        pids = self.running_processes()
        self.assert_ends(pids)

    def test_a_limit_that_is_good_for_nothing_is_refused(self):
        done = support.run("prlimit", "--nofile=40:40", "setpriv", "--bounding-set=-sys_resource",
                           "--inh-caps=-sys_resource", support.BIN / "holdfastd", "-n", "-c", self.config_of_its_own())
        self.assertEqual(done.returncode, 2, done.stderr)
        self.assertIn("The hard limit of file descriptors is 40, and at least ", done.stderr)

    def config_of_its_own(self):
        file = self.workspace.folder / "daemon.conf"
        file.write_text(BASE.replace("PORT", "1").replace("minfds = 256", "minfds = 20"))
        return file


if __name__ == "__main__":
    unittest.main()
