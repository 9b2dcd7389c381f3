"""One node, its agent killed with SIGKILL at random moments, started anew on request, and its keeper become another program
in place: no program notices, no line of their logs is lost, doubled or out of order, rotated files included, and what
ended while no agent was there has its right status. New connections are never refused. The keeper's waits before the next
agent are shortened through the launch settings, so that many kills fit into a few seconds."""
import http.client
import os
import pathlib
import random
import shutil
import signal
import sys
import threading
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "support"))
import holdfast_testing as support  # noqa: E402

KILLS = 20
WRITERS = 50
HANDOVERS = 3  # of the agent, and as many of the keeper
RESTART_DELAYS_MS = [100, 100, 100, 5000, 100]  # the last one again and again; the long one for AWAY_KILL
AWAY_KILL = 3  # before the agent after this kill, programs end

WRITER = r"""use strict; $| = 1; my $number = 0; my $end = 0; $SIG{USR1} = sub { $end = 1 };
until ($end) { for (1 .. 1 + int rand 60) { print "line ", $number++, " of $ARGV[0]", "." x int rand 80, "\n" }
  select undef, undef, undef, 0.001 * rand 20 }
print "end $number\n"; sleep 1 while 1;
"""

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

[program:whole]
command = /usr/bin/perl %(here)s/writer.pl %(process_num)d
process_name = whole_%(process_num)02d
numprocs = WHOLE
startsecs = 0
redirect_stderr = true
stdout_logfile = %(here)s/whole_%(process_num)02d.log
stdout_logfile_maxbytes = 0

[program:turned]
command = /usr/bin/perl %(here)s/writer.pl %(process_num)d
process_name = turned_%(process_num)02d
numprocs = TURNED
startsecs = 0
redirect_stderr = true
stdout_logfile = %(here)s/turned_%(process_num)02d.log
stdout_logfile_maxbytes = 300KB
stdout_logfile_backups = 500

[program:seven]
command = /bin/sh -c "until test -e %(here)s/go; do sleep 0.02; done; echo last words; exit 7"
autorestart = false
startsecs = 0
stdout_logfile = %(here)s/seven.log

[program:killed]
command = /bin/sh -c "until test -e %(here)s/go; do sleep 0.02; done; kill -KILL $$"
autorestart = false
startsecs = 0

[program:again]
command = /bin/sh -c "test -e %(here)s/again && exec sleep 1000; until test -e %(here)s/go; do sleep 0.02; done; echo again >> %(here)s/again; exit 3"
startsecs = 0

[program:never]
command = /bin/true
autostart = false

[program:later]
command = /bin/sh -c "until test -e %(here)s/go2; do sleep 0.02; done; echo last words; exit 9"
autorestart = false
startsecs = 0
stdout_logfile = %(here)s/later.log
""".replace("WHOLE", str(WRITERS - 5)).replace("TURNED", "5")

LAUNCHER = f"""#!/bin/sh
# Hands on to the agent; only the waits before a new agent are shorter.
case " $* " in
*" --launch-settings "*)
    said=$('AGENT' "$@") || {{ status=$?; echo "$said"; exit $status; }}
    printf '%s\\nrestart_delays_ms={",".join(map(str, RESTART_DELAYS_MS))}\\n' "$said" ;;
*) exec 'AGENT' "$@" ;;
esac
"""


class Caller(threading.Thread):
    """A client that asks again and again, each time by a new connection: none is refused, and no answer lacks a program.
    A call that the old agent had begun when it ended breaks off; that is all it may see."""

    def __init__(self, path, programs):
        super().__init__(daemon=True)
        self.url, self.programs, self.calls, self.wrong, self.over = f"unix://{path}", programs, 0, [], threading.Event()
        self.start()

    def run(self):
        while not self.over.wait(0.01):
            try:
                rows = support.server_proxy(self.url).supervisor.getAllProcessInfo()
                if len(rows) != self.programs:
                    self.wrong.append(f"{len(rows)} programs")
            except (ConnectionRefusedError, FileNotFoundError, TimeoutError) as why:
                self.wrong.append(repr(why))
            except (OSError, http.client.HTTPException):
                pass
            self.calls += 1

    def stop(self):
        self.over.set()
        self.join(10)


class NothingLost(unittest.TestCase):
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
        (self.node.folder / "writer.pl").write_text(WRITER)
        self.node.start()
        self.url = f"unix://{self.node.folder}/s.sock"

    def tearDown(self):
        failed = self._outcome.result.failures or self._outcome.result.errors
        self.workspace.__exit__(AssertionError if failed else None, None, None)

    def infos(self):
        rows = support.server_proxy(self.url).supervisor.getAllProcessInfo()
        return {row["name"]: row for row in rows}

    def wait_states(self, state, names):
        return support.wait_for(
            lambda: all(self.infos()[name]["statename"] == state for name in names), 15, f"{names} {state}")

    def kill_agent(self):
        """SIGKILL; (the moment, the pid that is gone)."""
        begin = time.monotonic()
        return begin, self.node.kill_agent()

    def wait_back(self, kill, begin, old):
        rows = support.wait_for(lambda: self.node.agent_pid() not in (None, old) and self.infos(), 10, "the next agent",
                                every_s=0.002)
        return rows, time.monotonic() - begin - RESTART_DELAYS_MS[min(kill, len(RESTART_DELAYS_MS) - 1)] / 1000

    def test_killed_at_random_moments(self):
        names = [f"whole_{number:02d}" for number in range(WRITERS - 5)] + [f"turned_{number:02d}" for number in range(5)]
        support.wait_for(lambda: self.infos(), 15, "the first answer")
        self.wait_states("RUNNING", names)
        support.go_first()
        pids = {name: self.infos()[name]["pid"] for name in names}
        stamps = {name: self.infos()[name]["start"] for name in names}
        away = []
        automatic = self.automatic_logs()
        self.assertEqual(sorted(automatic[0]), automatic[1])
        self.caller = Caller(self.node.folder / "s.sock", len(self.infos()))
        self.addCleanup(self.caller.stop)
        for kill in range(KILLS):
            time.sleep(self.random.choice((0.0, 0.01, 0.1, 0.5)) * self.random.random())  # the moment is what is tried
            begin, old = self.kill_agent()
            if kill == AWAY_KILL:
                self.end_while_away()
            rows, took = self.wait_back(kill, begin, old)
            away.append(took)
            self.check_untouched(rows, pids, stamps, f"seed {self.seed}, kill {kill}")
        self.check_ended()
        handed = self.hand_over(pids, stamps)
        self.check_ended()
        self.check_later()
        self.assertEqual(self.automatic_logs(), automatic, "made once")
        for pid in pids.values():
            os.kill(pid, signal.SIGUSR1)
        total = sum(self.check_lines(name) for name in names)
        self.caller.stop()
        self.assertEqual(self.caller.wrong, [])
        away.sort()  # how soon it must be back is judged where nothing else runs: tests/bench
        print(f"seed {self.seed}: {KILLS} kills, {len(handed)} handovers, {WRITERS} programs, {total} lines; back after "
              f"{away[len(away) // 2]:.2f} s (median), {away[-1]:.2f} s at most, beside the keeper's wait; a handover "
              f"takes {max(handed):.2f} s at most; {self.caller.calls} calls, none refused", file=sys.stderr)

    def check_untouched(self, rows, pids, stamps, when):
        self.assertEqual({name: rows[name]["pid"] for name in pids}, pids, when)
        self.assertEqual({name: rows[name]["start"] for name in pids}, stamps, when)
        self.assertEqual({rows[name]["statename"] for name in pids}, {"RUNNING"}, when)

    def hand_over(self, pids, stamps):
        """The agent alone, then keeper and agent, started anew by holdfastctl; the installed keeper is another file each
        time. Returns how long each command took."""
        keeper = self.node.folder.parent / "bin/holdfastd"
        took = []
        good = self.node.config.read_text()
        self.node.config.write_text(good + "[program:broken]\n")
        refused = support.run(support.BIN / "holdfastctl", "-s", self.url, "agent", "restart")
        self.assertEqual(refused.returncode, 1)
        self.assertIn("CANT_REREAD", refused.stderr)
        self.node.config.write_text(good)
        for what in ("agent", "keeper") * HANDOVERS:
            old = self.node.agent_pid()
            if what == "keeper":
                keeper.unlink()
                shutil.copy(support.BIN / "holdfastd", keeper)
            begin = time.monotonic()
            done = support.run(support.BIN / "holdfastctl", "-s", self.url, what, "restart")
            took.append(time.monotonic() - begin)
            self.assertEqual((done.returncode, done.stderr), (0, ""), what)
            new = self.node.agent_pid()
            self.assertNotEqual(new, old)
            self.assertRegex(done.stdout, rf"^{what}: restarted \(agent's pid {new}, version .*\)\n$")
            self.assertEqual(support.exe_of(self.node.pid), str(keeper), "the keeper is the installed program")
            self.check_untouched(self.infos(), pids, stamps, f"{what} restart")
        (self.node.folder / "go2").touch()
        return took

    def automatic_logs(self):
        """Of a program that never ran: what it is told to have, and what is there."""
        row = self.infos()["never"]
        return [row["stdout_logfile"], row["stderr_logfile"]], sorted(map(str, self.node.folder.glob("never-*---*.log")))

    def check_later(self):
        """Ended after its keeper had become another program three times: still its child, so the status is known."""
        row = support.wait_for(lambda: (row := self.infos()["later"])["statename"] == "EXITED" and row, 10, "later's end")
        self.assertEqual((row["exitstatus"], row["spawnerr"]), (9, "Bad exit code 9"))
        self.assertEqual((self.node.folder / "later.log").read_text(), "last words\n")

    def end_while_away(self):
        """Three programs end while no agent is there."""
        ending = [pid for pid in support.children_of(self.node.pid) if b"/go;" in self.command_of(pid)]
        self.assertEqual(len(ending), 3)
        (self.node.folder / "go").touch()
        support.wait_for(lambda: not any(support.alive(pid) for pid in ending), 5, "the three ends", every_s=0.001)
        self.assertIsNone(self.node.agent_pid(), "they ended after the next agent had come: nothing was tried")

    @staticmethod
    def command_of(pid):
        try:
            return pathlib.Path(f"/proc/{pid}/cmdline").read_bytes()
        except OSError:
            return b""

    def check_ended(self):
        rows = self.infos()
        seven, killed, again = rows["seven"], rows["killed"], rows["again"]
        self.assertEqual((seven["statename"], seven["exitstatus"], seven["spawnerr"]), ("EXITED", 7, "Bad exit code 7"))
        self.assertEqual((killed["statename"], killed["exitstatus"]), ("EXITED", -1))
        self.assertEqual(again["statename"], "RUNNING", "autorestart after an unexpected end")
        self.assertEqual((self.node.folder / "again").read_text(), "again\n")
        self.assertEqual((self.node.folder / "seven.log").read_text(), "last words\n")

    def check_lines(self, name):
        """Every number once and in order, over all files of a log; the count that the writer says."""
        def text():
            files = [self.node.folder / f"{name}.log"]
            backups = list(self.node.folder.glob(f"{name}.log.*"))
            files = sorted(backups, key=lambda path: -int(path.suffix[1:])) + files
            return b"".join(path.read_bytes() for path in files)
        end = support.wait_for(lambda: (lines := text().splitlines()) and lines[-1].startswith(b"end ") and lines, 10,
                               f"the end of {name}'s log")
        count = int(end[-1].split()[1])
        numbers = [int(line.split()[1]) for line in end[:-1]]
        if numbers != list(range(count)):
            wrong = next(index for index, (number, wanted) in enumerate(zip(numbers, range(count))) if number != wanted)
            self.fail(f"seed {self.seed}: {name} has {len(numbers)} lines of {count}; first wrong one is "
                      f"{wrong}: {end[max(0, wrong - 2):wrong + 3]}")
        if name.startswith("turned"):
            self.assertGreater(len(list(self.node.folder.glob(f"{name}.log.*"))), 0, "never rotated: nothing was tried")
        return count


if __name__ == "__main__":
    unittest.main(warnings="ignore")
