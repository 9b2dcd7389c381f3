"""What programs go through (contract supervisor.md 2): both daemons run the same programs to their ends; the states, the
statuses, the messages of the main log in their order and what the child sees of its surroundings are the same."""
import os
import pwd
import re
import signal
import unittest

from pair import BASE, PairTest, main, outcome, support

SHOW = "; ".join((
    "echo cwd $(pwd)", "echo umask $(umask)", "echo ids $(id -u):$(id -g):$(id -G)", "echo args $0 $@",
    "echo stdin $(readlink /proc/$$/fd/0 | cut -d: -f1)", "fds=(/proc/$$/fd/*); echo fds ${fds[@]##*/}",
    "echo group $(cut -d')' -f2 /proc/$$/stat | awk '{print ($3 == '$$')}')", "env | sort", "grep SigIgn /proc/self/status",
    "echo limit $(ulimit -n)", "echo end"))


def line_by_line(log, count, line, lines_per_file):
    """Shell words that write `count` lines, each when the one before is in the log and the log is rotated if it is to be:
    lines that a daemon reads together go to one file, and when it reads is chance."""
    size = len(line.replace("$i", "1")) + 1
    return (f"i=0; until [ $i = {count} ]; do i=$((i + 1)); echo {line}; "
            f"until [ $(stat -c %%s %(here)s/{log}) = $((i %% {lines_per_file} * {size})) ]; do sleep 0.02; done; done")


# What ends by itself after it was RUNNING waits for the file `go`: the test makes it when all are RUNNING. What is to end
# too quickly has a long startsecs: however late its end is seen, it is too early.
PROGRAMS = r"""
[program:expected]
command = /bin/sh -c "until test -e %(here)s/go; do sleep 0.02; done; exit 2"
exitcodes = 0,2

[program:unexpected]
command = /bin/sh -c "test -e %(here)s/again && exec sleep 100; touch %(here)s/again; until test -e %(here)s/go; do sleep 0.02; done; exit 3"

[program:never]
command = /bin/sh -c "until test -e %(here)s/go; do sleep 0.02; done; exit 3"
autorestart = false

[program:always]
command = /bin/sh -c "test -e %(here)s/always && exec sleep 100; touch %(here)s/always; until test -e %(here)s/go; do sleep 0.02; done; exit 0"
autorestart = true

[program:fatal]
command = /bin/sh -c "exit 1"
startsecs = 60
startretries = 2

[program:once]
command = /bin/sh -c "exit 1"
startsecs = 60
startretries = 0

[program:absent]
command = /nonexistent/program
startretries = 1

[program:nocommand]
command = no-such-command-anywhere -x
startretries = 0

[program:quote]
command = /bin/sh -c "unfinished
startretries = 0

[program:killed]
command = /bin/sh -c "until test -e %(here)s/go; do sleep 0.02; done; kill -KILL $$"
autorestart = false

[program:crashed]
command = /bin/sh -c "ulimit -c 0; until test -e %(here)s/go; do sleep 0.02; done; kill -SEGV $$"
autorestart = false

[program:quick]
command = /bin/sh -c "until test -e %(here)s/go; do sleep 0.02; done; exit 0"
startsecs = 0
autorestart = false

[program:quickfail]
command = /bin/sh -c "until test -e %(here)s/go; do sleep 0.02; done; exit 4"
startsecs = 0
autorestart = false

[program:stubborn]
command = /bin/sh -c "trap '' TERM; echo ready; while :; do sleep 0.1; done"
startsecs = 0
stopwaitsecs = 1
stdout_logfile = %(here)s/stubborn.out

[program:ints]
command = /bin/sh -c "trap 'echo got int; exit 5' INT; echo ready; while :; do sleep 0.05; done"
startsecs = 0
stopsignal = INT
exitcodes = 5
stdout_logfile = %(here)s/ints.out

[program:family]
command = /bin/sh -c "sleep 1234 & echo child $!; wait"
startsecs = 0
stopasgroup = true
stdout_logfile = %(here)s/family.out

[program:orphans]
command = /bin/sh -c "trap 'exit 0' TERM; sleep 1235 & echo child $!; wait"
startsecs = 0
stdout_logfile = %(here)s/orphans.out

[program:show]
command = /bin/bash -c "SHOW" name "arg 1" %%h %(process_num)d
startsecs = 0
autorestart = false
umask = 027
directory = /tmp
environment = A="1 2",B="x,y;z%%d",PATH="/usr/bin:/bin",C="%(ENV_OUTER)s",SUPERVISOR_ENABLED=2
stdout_logfile = %(here)s/show.out

[program:plain]
command = /bin/bash -c "SHOW"
startsecs = 0
autorestart = false
stdout_logfile = %(here)s/plain.out

[program:other]
command = /bin/bash -c "SHOW"
startsecs = 0
autorestart = false
user = nobody
directory = /
serverurl = unix:///elsewhere
stdout_logfile = %(here)s/other.out
redirect_stderr = true

[program:nodirectory]
command = /bin/cat
directory = /nonexistent
startsecs = 60
startretries = 0
redirect_stderr = true
stdout_logfile = %(here)s/nodirectory.out

[program:many]
command = /bin/sh -c "echo number %(process_num)d of %(numprocs)d, %(program_name)s in %(group_name)s; exec cat"
process_name = %(program_name)s_%(process_num)03d
numprocs = 3
numprocs_start = 5
startsecs = 0
stdout_logfile = %(here)s/many%(process_num)d.out

[program:a]
command = /bin/cat
startsecs = 0
priority = 30

[program:b]
command = /bin/cat
startsecs = 0
priority = 10

[program:c]
command = /bin/cat
startsecs = 0
priority = 20

[group:sorted]
programs = a, b, c
priority = 100

[program:early]
command = /bin/cat
startsecs = 0
priority = 1

[program:late]
command = /bin/cat
startsecs = 0
priority = 998

[program:rotated]
command = /bin/sh -c "ROTATED"
startsecs = 0
autorestart = false
stdout_logfile = %(here)s/rotated.out
stdout_logfile_maxbytes = 60
stdout_logfile_backups = 2

[program:emptied]
command = /bin/sh -c "EMPTIED"
startsecs = 0
autorestart = false
stdout_logfile = %(here)s/emptied.out
stdout_logfile_maxbytes = 60
stdout_logfile_backups = 0

[program:kept]
command = /bin/sh -c "for i in 1 2 3 4 5; do echo line $i of the five lines; done"
startsecs = 0
autorestart = false
stdout_logfile = %(here)s/kept.out
stdout_logfile_maxbytes = 0
""".replace("SHOW", SHOW.replace('"', '\\"').replace("%", "%%")).replace(
    "ROTATED", line_by_line("rotated.out", 8, "line $i of the eight lines", 3)).replace(
    "EMPTIED", line_by_line("emptied.out", 5, "line $i of the five lines", 3))

ENDS = {"expected": "EXITED", "never": "EXITED", "killed": "EXITED", "crashed": "EXITED", "quick": "EXITED",
        "quickfail": "EXITED", "fatal": "FATAL", "once": "FATAL", "absent": "FATAL", "nocommand": "FATAL",
        "quote": "FATAL", "nodirectory": "FATAL", "show": "EXITED", "plain": "EXITED", "other": "EXITED",
        "rotated": "EXITED", "emptied": "EXITED", "kept": "EXITED"}
AT_ONCE = ("show", "plain", "other", "rotated", "emptied", "kept")
TOLD = ("expected", "unexpected", "never", "always", "killed", "crashed", "quick", "quickfail")
LASTING = ("stubborn", "ints", "family", "orphans", "early", "late", "sorted:a", "sorted:b", "sorted:c",
           "many:many_005", "many:many_006", "many:many_007")


class Lifecycle(PairTest):
    CONFIG = PROGRAMS
    ENVIRONMENT = {"OUTER": "from outside", "PERCENT": "foo_%s_%_%%_%%%_%2_bar"}

    @classmethod
    def prepare(cls):
        for name in (*LASTING, *TOLD):
            cls.pair.wait_state(name, "RUNNING")
        for side in cls.pair.sides:
            (side.folder / "go").touch()
        for name, state in ENDS.items():
            cls.pair.wait_state(name, state)
        for name in ("unexpected", "always"):
            cls.pair.wait_for(lambda side: side.state(name) == "RUNNING" and len(side.main_log(name)) >= 5, f"{name} twice")

    def log(self, name):
        """Whether Supervisor says "success" of a program with startsecs=0 that ends at once is chance: its loop may see
        the end first."""
        def words(side):
            return [line for line in side.main_log(name.split(":")[-1])
                    if "waiting for" not in line and not (name in AT_ONCE and "success:" in line)]
        self.same_lines(f"main log of {name}", words)

    def test_1_ends(self):
        for name in (*ENDS, "unexpected", "always"):
            self.same(f"info {name}", lambda side: side.rpc.supervisor.getProcessInfo(name))
            self.log(name)

    def test_2_surroundings(self):
        """Directory, umask, ids, arguments, descriptors, environment, process group of the child."""
        def seen(side, name):
            support.wait_for(lambda: "end\n" in (side.file(f"{name}.out") or ""), 10, name)
            lines = side.file(f"{name}.out").splitlines()
            return [line for line in lines if not line.startswith(("TEST_PORT=", "_="))]
        for name in ("show", "plain", "other"):
            self.same(f"surroundings of {name}", lambda side: seen(side, name))
        self.same("user nobody", lambda side: f"ids {pwd.getpwnam('nobody').pw_uid}:" in side.file("other.out"))
        self.same("no directory", lambda side: side.file("nodirectory.out"))
        for number in (5, 6, 7):
            self.pair.wait_for(lambda side: (side.file(f"many{number}.out") or "").endswith("\n"), f"the words of many {number}")
            self.same(f"numprocs {number}", lambda side: side.file(f"many{number}.out"))
        for name in ("rotated.out", "rotated.out.1", "rotated.out.2", "rotated.out.3", "emptied.out", "emptied.out.1", "kept.out"):
            self.same(f"rotation {name}", lambda side: side.file(name))

    def test_3_automatic_order(self):
        def order(side):
            wanted = re.compile(r"spawned: '(early|late|a|b|c|many_\d+)'")
            return [found[1] for found in map(wanted.search, side.file("main.log").splitlines()) if found]
        self.same_lines("order of automatic starts", order)

    def test_4_stopping(self):
        self.pair.wait_for(lambda side: "ready" in (side.file("stubborn.out") or ""), "ready")
        self.pair.wait_for(lambda side: "ready" in (side.file("ints.out") or ""), "ready")
        for name in ("family", "orphans"):
            self.pair.wait_for(lambda side: (side.file(f"{name}.out") or "").endswith("\n"), f"the child of {name}")
        for name in ("stubborn", "ints", "family", "orphans"):
            self.same(f"stop {name}", lambda side: side.rpc.supervisor.stopProcess(name))
            self.same(f"info {name}", lambda side: side.rpc.supervisor.getProcessInfo(name))
            self.log(name)
        self.same("output of ints", lambda side: side.file("ints.out"))

        def grandchild(side, name):
            pid = int(side.file(f"{name}.out").split()[1])
            if name == "family":
                return support.wait_for(lambda: not support.alive(pid), 5, "the end of the grandchild")
            lives = support.alive(pid)
            os.kill(pid, signal.SIGKILL)
            return lives
        self.same("stopasgroup reaches the grandchild", lambda side: grandchild(side, "family"))
        self.same("without it the grandchild lives", lambda side: grandchild(side, "orphans"))

    def test_5_killed_from_outside(self):
        def kill(side, sent):
            before = side.pid_of("early")
            os.kill(before, sent)
            support.wait_for(lambda: side.pid_of("early") not in (0, before), what="a new pid")
            side.wait_state("early", "RUNNING")
        for sent in (signal.SIGKILL, signal.SIGTERM):
            self.pair.both(lambda side: kill(side, sent))
            self.same(f"state after {sent}", lambda side: side.rpc.supervisor.getProcessInfo("early"))
        self.log("early")

    def test_6_log_reopened_and_signals(self):
        def reopen(side):
            os.rename(side.folder / "main.log", side.folder / "moved.log")
            os.kill(side.daemon.pid, signal.SIGUSR2)
            support.wait_for(lambda: (side.folder / "main.log").exists(), what="the main log anew")
            return support.wait_for(lambda: "logreopen" in side.file("moved.log") + side.file("main.log"), what="its word")
        self.same("USR2", reopen)


ENDING = r"""
[program:stubborn]
command = /bin/sh -c "trap '' TERM; echo ready; while :; do sleep 0.1; done"
startsecs = 0
stopwaitsecs = 1
stdout_logfile = %(here)s/stubborn.out
""" + PROGRAMS[PROGRAMS.index("[program:a]"):PROGRAMS.index("[program:rotated]")]


class Ending(PairTest):
    """TERM: groups in descending priority, each whole, and exit status 0. Few programs: Supervisor takes up to a second
    for each group."""
    CONFIG = ENDING

    @classmethod
    def prepare(cls):
        for name in ("stubborn", "early", "late", "sorted:a", "sorted:b", "sorted:c"):
            cls.pair.wait_state(name, "RUNNING")
        cls.pair.wait_for(lambda side: "ready" in (side.file("stubborn.out") or ""), "ready")

    def test_term(self):
        def end(side):
            os.kill(side.daemon.pid, signal.SIGTERM)
            return side.daemon.process.wait(support.PATIENCE_S)

        def order(side):
            """The order of the groups' ends; inside a group it is chance."""
            wanted = re.compile(r"stopped: (early|late|[abc]|stubborn) \((.*)\)")
            ends = [(found[1], found[2]) for found in map(wanted.search, side.file("main.log").splitlines()) if found]
            first = min(index for index, row in enumerate(ends) if row[0] in "abc")
            return ends[:first] + sorted(ends[first:first + 3]) + ends[first + 3:]
        self.same("TERM", end)
        self.same("order of the stops", order)
        self.same("daemon's words", lambda side: [line for line in side.file("main.log").splitlines()
                                                  if "indicating exit request" in line][0][24:])
        self.same("what is left", lambda side: sorted(path.name for path in side.folder.glob("*")
                                                      if path.name in ("s.sock", "daemon.pid")))


@unittest.skipUnless(os.geteuid() == 0, "needs a process namespace")
class PidOne(PairTest):
    """As the first process of a container (contract 2.7): what lost its parent is reaped, and said. And at loglevel debug
    each end of a child is said too, with what it wrote."""
    CONFIG = r"""
[program:leaves]
command = /bin/sh -c "(sleep 0.6; exit 3) & exec sleep 0.2"
startsecs = 0
autorestart = false

[program:talks]
command = /usr/bin/printf 'plain \303\266 and \210\n'
startsecs = 0
autorestart = false
stderr_logfile = NONE
"""
    BASE_TEXT = BASE.replace("identifier = compat", "identifier = compat\nloglevel = debug")
    PREFIX = ("unshare", "--pid", "--fork", "--kill-child", "--mount-proc")

    @classmethod
    def tearDownClass(cls):
        cls.pair.ours.daemon.kill_everything()  # unshare does not hear TERM
        super().tearDownClass()

    def said(self, *wanted):
        """The main log's lines with these words, and the line after each."""
        def look(side):
            lines = [side.normal(line) for line in side.file("main.log").splitlines()]
            return [(line[24:], after) for line, after in zip(lines, [*lines[1:], ""]) if any(words in line for words in wanted)]
        return look

    def test_orphan(self):
        orphan = self.said("reaped unknown")
        self.pair.wait_for(lambda side: orphan(side), "the orphan's end")
        self.assertEqual("INFO reaped unknown pid N (exit status 3)", self.same("the orphan's end", lambda side: orphan(side)[0][0])[1])
        # Signals that come together are one to both.
        self.assertTrue(self.same("ends are said", lambda side: len(self.said("DEBG received SIGCHLD indicating a child quit")(side)) >= 1)[1])
        wrote = self.said("'talks' stdout output:")
        self.pair.wait_for(wrote, "what it wrote")
        self.assertIn("Undecodable", str(self.same("what it wrote", wrote)))


class Debug(PairTest):
    """The order in which the main log tells of one program at loglevel debug: it runs, what it said, its end, the signal of
    its end, and only then what follows from it."""
    CONFIG = """
[program:talks]
command = /bin/echo what it says
autostart = false
startsecs = 0
autorestart = false

[program:quick]
command = /bin/echo what it says
autostart = false
startsecs = 60
startretries = 0
"""
    BASE_TEXT = BASE.replace("identifier = compat", "identifier = compat\nloglevel = debug")
    WORDS = {"spawned: 'talks'": "runs", "spawned: 'quick'": "runs", "stdout output:": "says", "exited:": "end",
             "received SIGCHLD": "signal", "gave up:": "follows"}

    def order(self, side):
        return [kind for line in side.file("main.log").splitlines() for words, kind in self.WORDS.items() if words in line]

    @staticmethod
    def begin(side, name):
        """Whether Supervisor has seen the end by the time it answers is chance: then the answer is that of a failed start."""
        said = outcome(lambda: side.rpc.supervisor.startProcess(name, False))
        assert said in (("value", True), ("fault", (50, "SPAWN_ERROR: quick"))), said

    def test_order(self):
        rounds = 20
        for _ in range(rounds):
            for name, end in (("talks", "EXITED"), ("quick", "FATAL")):
                self.pair.both(lambda side, name=name: self.begin(side, name))
                self.pair.wait_state(name, end)
        support.wait_for(lambda: self.order(self.pair.ours).count("signal") == 2 * rounds, what="the last signal")
        # When Supervisor's loop sees the signal is chance: it may have reaped the child before, or do so in its next turn.
        self.same("order", lambda side: [kind for kind in self.order(side) if kind != "signal"])
        one = ["runs", "says", "end", "signal"]
        self.assertEqual((one + one + ["follows"]) * rounds, self.order(self.pair.ours))


if __name__ == "__main__":
    main()
