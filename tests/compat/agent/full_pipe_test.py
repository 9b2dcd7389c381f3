"""Programs that log to /dev/stdout, as in a container, while the reader of the daemon's standard output pauses, goes, never
reads, is a socket, or belongs to another user. A pipe that is full is no full disk: its programs wait, all others go on, and
nothing is lost. (supervisord stands still as a whole until its reader goes on, and does not start where /dev/stdout cannot be
opened again.)"""
import contextlib
import os
import pathlib
import re
import socket
import subprocess
import sys
import threading
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "support"))
import holdfast_testing as support  # noqa: E402

BURST = 6000  # lines of 100 bytes: ten times what a pipe holds
DRIP = 80

BASE = """
[supervisord]
logfile = %(here)s/main.log
pidfile = %(here)s/daemon.pid
childlogdir = %(here)s
{more}

[holdfast]
state_dir = %(here)s/state

[rpcinterface:supervisor]
supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface

[unix_http_server]
file = %(here)s/s.sock
"""

PROGRAMS = f"""
[program:burst]
command = /usr/bin/perl -e '$| = 1; until (-e "%(here)s/go") {{ select undef, undef, undef, 0.01 }} printf "burst %%06d %%s\\n", $_, "." x 87 for 0 .. {BURST - 1}; until (-e "%(here)s/end") {{ select undef, undef, undef, 0.01 }}'
autorestart = false
stdout_logfile = /dev/stdout
stdout_logfile_maxbytes = 0
startsecs = 0

[program:drip]
command = /usr/bin/perl -e '$| = 1; until (-e "%(here)s/go") {{ select undef, undef, undef, 0.01 }} for (0 .. {DRIP - 1}) {{ print "drip $_\\n"; select undef, undef, undef, 0.01 }} sleep 1000'
stdout_logfile = /dev/stdout
stdout_logfile_maxbytes = 0
startsecs = 0

[program:file]
command = /usr/bin/perl -e '$| = 1; for ($n = 0; 1; ++$n) {{ print "file $n\\n"; select undef, undef, undef, 0.01 }}'
stdout_logfile = %(here)s/file.log
startsecs = 0
"""


class Reader(threading.Thread):
    """Collects what comes out of the daemon, from start() on; before that it pauses."""

    def __init__(self, descriptor):
        super().__init__(daemon=True)
        self.descriptor, self.data = descriptor, b""

    def run(self):
        with contextlib.suppress(OSError):
            while part := os.read(self.descriptor, 65536):
                self.data += part

    def lines(self, word):
        return [line for line in self.data.decode().splitlines() if line.startswith(word + " ")]


class PipedDaemon(support.Daemon):
    """A daemon whose standard output is a pipe, or what `output` is."""
    output = None

    def start(self, *arguments):
        reader, writer = self.output or os.pipe()
        self.reader = Reader(reader)
        self.process = subprocess.Popen(
            [*self.prefix, self.program, "-n", "-c", str(self.config), *arguments], cwd=self.folder, env=self.environment,
            stdin=subprocess.DEVNULL, stdout=writer, stderr=open(self.folder / "stderr", "ab"), start_new_session=True)
        os.close(writer)
        return self


class Piped(unittest.TestCase):
    MORE = "silent = true"

    def setUp(self):
        self.workspace = support.Workspace()
        self.addCleanup(self.end)
        self.node = PipedDaemon(self.workspace.folder / "node", BASE.format(more=self.MORE) + PROGRAMS)
        self.workspace.daemons.append(self.node)

    def end(self):
        if self.node.process is not None and not self.node.reader.is_alive():
            with contextlib.suppress(RuntimeError):
                self.node.reader.start()  # else its end waits for a reader
        failed = self._outcome.result.failures or self._outcome.result.errors
        self.workspace.__exit__(AssertionError if failed else None, None, None)

    def begin(self, output=None):
        self.node.output = output
        self.node.start()
        self.rpc = support.server_proxy(f"unix://{self.node.folder}/s.sock").supervisor
        support.wait_for(lambda: [row["statename"] for row in self.rpc.getAllProcessInfo()] == ["RUNNING"] * 3, 30, "the programs")
        self.pids = {row["name"]: row["pid"] for row in self.rpc.getAllProcessInfo()}
        (self.node.folder / "go").touch()

    def file_lines(self):
        return self.node.text("file.log").count("\n")

    def wait_full(self):
        """Until the pipe and the program's own behind it are full, and another program has gone on for a while."""
        support.wait_for(lambda: support.unread_output(self.pids["burst"]) > 60_000, 30, "the pipes to fill")
        before = self.file_lines()
        support.wait_for(lambda: self.file_lines() > before + 50, 30, "another program to go on")

    def check_all(self):
        """Every line of both, whole and in order."""
        reader = self.node.reader
        support.wait_for(lambda: len(reader.lines("burst")) == BURST and len(reader.lines("drip")) == DRIP, 60, "all lines")
        self.assertEqual(reader.lines("burst"), [f"burst {number:06d} {'.' * 87}" for number in range(BURST)])
        self.assertEqual(reader.lines("drip"), [f"drip {number}" for number in range(DRIP)])

    def main_log(self):
        return self.node.text("main.log")


class FullPipe(Piped):
    def test_a_reader_that_pauses(self):
        self.begin()
        self.wait_full()
        self.assertEqual(self.rpc.getProcessInfo("drip")["statename"], "RUNNING")
        self.assertEqual(support.run_state(self.pids["burst"]), "S", "it waits")
        self.node.reader.start()
        self.check_all()
        self.assertNotRegex(self.main_log(), "(is|were) dropped|cannot be written")

    def test_an_agent_that_is_killed_while_it_is_full(self):
        """At least once: what was written and not yet taken out of the program's pipe comes again."""
        self.begin()
        self.wait_full()
        for _ in range(3):
            old = self.node.kill_agent()
            support.wait_for(lambda: self.node.agent_pid() not in (None, old) and self.rpc.getState(), 30, "the next agent")
        self.node.reader.start()
        wanted = {f"burst {number:06d} {'.' * 87}" for number in range(BURST)} | {f"drip {number}" for number in range(DRIP)}
        reader = self.node.reader
        support.wait_for(lambda: wanted <= set(reader.lines("burst") + reader.lines("drip")), 60, "all lines")
        self.assertEqual({row["name"]: row["pid"] for row in self.rpc.getAllProcessInfo()}, self.pids)

    def test_a_reader_that_never_reads(self):
        """The daemon's end waits a bounded time, and says what was not written."""
        self.begin()
        self.wait_full()
        begin = time.monotonic()
        self.node.process.terminate()
        self.node.process.wait(60)
        self.assertEqual(self.node.process.returncode, 0)
        self.assertLess(time.monotonic() - begin, 40)
        said = re.search(r"ERRO the stdout log of burst \(/dev/stdout\) takes nothing, its reader does not read: (\d+) bytes that "
                         r"the program wrote before its end were dropped", self.main_log())
        self.assertTrue(said, self.main_log())
        self.assertGreater(int(said[1]), 60_000)

    def test_a_reader_that_has_gone(self):
        self.begin()
        self.wait_full()
        os.close(self.node.reader.descriptor)
        support.wait_for(lambda: "cannot be written: Broken pipe; output is dropped" in self.main_log(), 30, "the loss to be said")
        before = self.file_lines()
        support.wait_for(lambda: self.file_lines() > before + 50, 30, "another program to go on")
        self.assertEqual(self.rpc.getProcessInfo("burst")["statename"], "RUNNING")

    def test_a_program_that_ends_meanwhile(self):
        """Its end is told when its last line is out."""
        self.begin()
        self.wait_full()
        (self.node.folder / "end").touch()
        self.node.reader.start()
        self.check_all()
        support.wait_for(lambda: self.rpc.getProcessInfo("burst")["statename"] == "EXITED", 30, "its end")

    def test_a_socket(self):
        """As under systemd, whose journal is one: it cannot be opened by name (ENXIO)."""
        ours, theirs = socket.socketpair()
        self.begin((ours.detach(), theirs.detach()))
        self.wait_full()
        self.node.reader.start()
        self.check_all()
        self.assertNotIn("ERRO", self.main_log())


class NamedFifo(Piped):
    def test_a_fifo(self):
        """One that has a name and, for a time, no reader: before the first comes, and between two."""
        os.mkfifo(self.node.folder / "fifo")
        text = self.node.config.read_text()
        self.node.config.write_text(text.replace("/dev/stdout", f"{self.node.folder}/fifo"))
        self.begin()
        self.wait_full()
        first = os.open(self.node.folder / "fifo", os.O_RDONLY)
        self.node.reader.data = os.read(first, 4096)
        while not self.node.reader.data.endswith(b"\n"):
            self.node.reader.data += os.read(first, 1)
        os.close(first)
        self.wait_full()
        self.node.reader.descriptor = os.open(self.node.folder / "fifo", os.O_RDONLY)
        self.node.reader.start()
        self.check_all()
        self.assertNotRegex(self.main_log(), "(is|were) dropped|cannot be")


class FullPipeOfTheMainLog(FullPipe):
    """The daemon's own lines go there too, as a copy: they hold up nothing either."""
    MORE = ""

    def wait_full(self):
        super().wait_full()
        for _ in range(5):  # lines that have to wait
            self.rpc.stopProcess("file")
            self.rpc.startProcess("file")
        self.pids["file"] = self.rpc.getProcessInfo("file")["pid"]

    def check_all(self):
        super().check_all()
        own = self.main_log().splitlines()
        self.assertGreater(len(own), 20)
        support.wait_for(lambda: set(own) <= set(self.node.reader.data.decode().splitlines()), 30, "the daemon's own lines")


@unittest.skipUnless(os.geteuid() == 0, "needs another user")
class AnotherUsers(FullPipe):
    """The pipe is root's, the daemon another user's: /dev/stdout cannot be opened again (EACCES)."""
    MORE = "silent = true\nuser = nobody"

    def begin(self, output=None):
        os.chown(self.node.folder, 65534, 65534)
        support.programs_for_everybody(self.workspace.folder, "holdfastd", "holdfast-agent")
        self.node.program = str(self.workspace.folder / "holdfastd")
        super().begin(output)


if __name__ == "__main__":
    unittest.main(warnings="ignore")
