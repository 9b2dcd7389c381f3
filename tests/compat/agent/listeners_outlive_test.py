"""One node, its agent killed with SIGKILL again and again: event listeners get every event, at least once and in order,
captured text whose end had not come is not lost, no line of a filtered log is lost or doubled, and the socket of a
FastCGI group stays the same one. Supervisor has nothing alike. The keeper's waits before the next agent are shortened."""
import json
import os
import pathlib
import random
import re
import shutil
import signal
import socket
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "support"))
import holdfast_testing as support  # noqa: E402

KILLS = 8
SCRIPT = pathlib.Path(__file__).with_name("listeners.py")

TALKER = r"""use strict; $| = 1; my $number = 0; my $end = 0; $SIG{USR1} = sub { $end = 1 };
sub pause { select undef, undef, undef, 0.001 * rand 8 }
sub piecewise { my $text = shift; while (length $text) { print substr($text, 0, 1 + int rand 30, ""); pause() if rand() < 0.4 } }
until ($end) { piecewise("line $number\n<!--XSUPERVISOR:BEGIN-->message $number<!--XSUPERVISOR:END-->"); ++$number; pause() }
print "end $number\n"; sleep 1 while 1;
"""

ACCEPTOR = r"""
import socket, sys
listening = socket.socket(fileno=0)
while True:
    stream, _ = listening.accept()
    stream.sendall(sys.argv[1].encode())
    stream.close()
"""

CONFIG = f"""
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

[eventlistener:rec]
command = /usr/bin/python3 {SCRIPT} recorder %(here)s/rec.out
events = REMOTE_COMMUNICATION,PROCESS_COMMUNICATION
buffer_size = 100000
startsecs = 0

[eventlistener:deaf]
command = /bin/sh -c 'read line; exit 1'
events = REMOTE_COMMUNICATION
buffer_size = 1000
autorestart = false
startsecs = 0

[program:talker]
command = /usr/bin/perl %(here)s/talker.pl
startsecs = 0
redirect_stderr = true
stdout_logfile = %(here)s/talker.log
stdout_capture_maxbytes = 1KB

[fcgi-program:web]
command = /usr/bin/python3 %(here)s/acceptor.py %(process_num)d
process_name = web_%(process_num)d
numprocs = 2
startsecs = 0
socket = unix://%(here)s/web.sock
socket_mode = 0640
"""

LAUNCHER = """#!/bin/sh
case " $* " in
*" --launch-settings "*) said=$('AGENT' "$@") || exit $?; printf '%s\\nrestart_delays_ms=50\\n' "$said" ;;
*) exec 'AGENT' "$@" ;;
esac
"""


class ListenersOutlive(unittest.TestCase):
    def setUp(self):
        self.seed = int(os.environ.get("HOLDFAST_SEED", time.time_ns() % 1_000_000))
        self.random = random.Random(self.seed)
        self.workspace = support.Workspace()
        binaries = self.workspace.folder / "bin"
        binaries.mkdir()
        shutil.copy(support.BIN / "holdfastd", binaries)
        launcher = binaries / "holdfast-agent"
        launcher.write_text(LAUNCHER.replace("AGENT", str(support.BIN / "holdfast-agent")))
        launcher.chmod(0o755)
        self.node = self.workspace.daemon("node", CONFIG, program=binaries / "holdfastd")
        (self.node.folder / "talker.pl").write_text(TALKER)
        (self.node.folder / "acceptor.py").write_text(ACCEPTOR)
        self.node.start()
        self.url = f"unix://{self.node.folder}/s.sock"

    def tearDown(self):
        failed = self._outcome.result.failures or self._outcome.result.errors
        self.workspace.__exit__(AssertionError if failed else None, None, None)

    @property
    def rpc(self):
        return support.server_proxy(self.url).supervisor

    def records(self):
        path = self.node.folder / "rec.out"
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []

    def talk_to_web(self):
        with socket.socket(socket.AF_UNIX) as stream:
            stream.settimeout(support.PATIENCE_S)
            stream.connect(str(self.node.folder / "web.sock"))
            return stream.recv(10)

    def refused(self):
        try:
            self.talk_to_web()
        except ConnectionRefusedError:
            return True
        return False

    def test_killed_at_random_moments(self):
        support.wait_for(lambda: self.rpc.getProcessInfo("rec:rec")["statename"] == "RUNNING", 15, "the listener")
        inode = (self.node.folder / "web.sock").stat().st_ino
        self.assertEqual((self.node.folder / "web.sock").stat().st_mode & 0o777, 0o640)
        pids = {name: support.wait_for(lambda: self.rpc.getProcessInfo(name)["pid"], 10, f"{name} to run")
                for name in ("rec", "talker", "web:web_0", "web:web_1")}
        sent = 0
        for _ in range(KILLS):
            for _ in range(self.random.randrange(30)):
                sent += self.send(sent)
            time.sleep(0.2 * self.random.random())  # the moment is what is tried
            old = self.node.kill_agent()
            self.assertIn(self.talk_to_web(), (b"0", b"1"))
            support.wait_for(lambda: self.node.agent_pid() not in (None, old) and self.rpc.getState(), 10, "the next agent")
        self.assertEqual({name: self.rpc.getProcessInfo(name)["pid"] for name in pids}, pids)
        self.assertEqual(self.rpc.getProcessInfo("deaf")["statename"], "RUNNING")
        os.kill(pids["talker"], signal.SIGUSR1)
        count = int(support.wait_for(lambda: re.search(r"end (\d+)\n\Z", self.node.text("talker.log")), 10, "the talker's end")[1])
        self.assertEqual(self.node.text("talker.log"), "".join(f"line {n}\n" for n in range(count)) + f"end {count}\n",
                         f"seed {self.seed}")
        remote = self.all_of("REMOTE_COMMUNICATION", r"type:t\n(\d+)", sent)
        captured = self.all_of("PROCESS_COMMUNICATION_STDOUT", r"\nmessage (\d+)", count)
        print(f"seed {self.seed}: {KILLS} kills, {sent} remote events (some again {remote} times), {count} captured (some again "
              f"{captured} times)",
              file=sys.stderr)
        self.assertLessEqual(remote + captured, 2 * KILLS)
        self.check_web(inode)

    def send(self, number):
        self.rpc.sendRemoteCommEvent("t", str(number))
        return 1

    def all_of(self, name, pattern, count):
        """Every number came, for the first time in order; how often some came again: what was in hand at a kill, however many
        that is."""
        def numbers():
            return [int(re.search(pattern, payload)[1]) for headers, payload, _ in self.records() if headers["eventname"] == name]
        support.wait_for(lambda: len(set(numbers())) >= count, 20, f"{count} of {name} (seed {self.seed})")
        seen = numbers()
        first = list(dict.fromkeys(seen))
        self.assertEqual(first, list(range(count)), f"seed {self.seed}")
        return sum(number <= before for before, number in zip(seen, seen[1:]))

    def check_web(self, inode):
        self.assertEqual((self.node.folder / "web.sock").stat().st_ino, inode, "the socket was made once")
        self.rpc.stopProcess("web:web_0")
        self.assertEqual(self.talk_to_web(), b"1")
        self.rpc.stopProcess("web:web_1")
        support.wait_for(self.refused, 5, "the socket to be closed")
        self.rpc.startProcess("web:web_0")
        self.assertEqual(self.talk_to_web(), b"0")
        url = f"socket unix://{self.node.folder}/web.sock"

        def said():
            return [line.split(" ", 3)[3] for line in self.node.text("agent.log").splitlines() if " socket unix:" in line]
        # A killed agent's last lines may be missing.
        support.wait_for(lambda: said()[-2:] == [f"Closing {url}", f"Creating {url}"], 5, "the last two lines about the socket")


if __name__ == "__main__":
    unittest.main(warnings="ignore")
