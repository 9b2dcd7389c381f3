"""Logs of programs under both daemons beyond plain files (contract supervisor.md 3.2): syslog, terminal escapes, AUTO files
and their removal at the next start, the main log in syslog; and, ours only, a full disk. Each daemon has a /dev/log and a small file system of
its own, in a mount namespace."""
import os
import re
import socket
import stat
import unittest

import pair
from pair import support

BASE = pair.BASE.replace("identifier = compat\n", "identifier = compat\nstrip_ansi = true\n")

CONFIG = r"""
[program:lines]
command = /bin/sh -c 'echo one; printf "two\n\nthree"; echo err >&2; exec sleep 1000'
startsecs = 0
stdout_logfile = %(here)s/lines.log
stdout_syslog = true
stderr_logfile = syslog

[program:coloured]
command = /bin/sh -c 'printf "\033[1;31mred\033[0m plain \033[2K\033(B\n"; exec sleep 1000'
startsecs = 0
stdout_logfile = %(here)s/coloured.log

[program:automatic]
command = /bin/sh -c 'echo out; echo err >&2; exec sleep 1000'
startsecs = 0

[program:joined]
command = /bin/sh -c 'echo out; echo err >&2; exec sleep 1000'
startsecs = 0
redirect_stderr = true

[program:full]
command = /usr/bin/perl -e '$| = 1; while (1) { print "x" x 1000; select undef, undef, undef, 0.002 }'
autostart = false
startsecs = 0
stdout_logfile = %(here)s/small/full.log
"""

NAMESPACE = """set -e
mount -t tmpfs -o size=64k none "$FOLDER/small"
mount -t tmpfs none /dev
mknod -m 666 /dev/null c 1 3
mknod -m 666 /dev/urandom c 1 9
ln -s "$FOLDER/log.sock" /dev/log
exec "$@"
"""


class WithSyslog(pair.PairTest):
    """Each daemon's /dev/log is a socket of ours."""

    @classmethod
    def setUpClass(cls):
        cls.syslogs = {}
        original = support.Daemon.start

        def start(daemon, *arguments):
            if daemon.name not in cls.syslogs:
                (daemon.folder / "small").mkdir()
                cls.syslogs[daemon.name] = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
                cls.syslogs[daemon.name].bind(str(daemon.folder / "log.sock"))
                daemon.environment["FOLDER"] = str(daemon.folder)
                daemon.prefix = ["/usr/bin/unshare", "-m", "/bin/sh", "-c", NAMESPACE, "sh"]
            return original(daemon, *arguments)
        support.Daemon.start = start
        cls.addClassCleanup(setattr, support.Daemon, "start", original)
        cls.messages = {}
        super().setUpClass()

    def syslog(self, side):
        """What the log daemon of that side has got, without time and who speaks."""
        got = self.messages.setdefault(side.name, [])
        while True:
            try:
                text = self.syslogs[side.name].recv(65536).rstrip(b"\0\n").decode()
            except BlockingIOError:
                return got
            got.append(re.sub(r"^(<\d+>)[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d [\w-]+(\[\d+\])?: ", r"\1", text))


@unittest.skipUnless(os.geteuid() == 0, "needs mount namespaces")
class Logs(WithSyslog):
    CONFIG = CONFIG
    BASE_TEXT = BASE

    @classmethod
    def prepare(cls):
        for name in ("lines", "coloured", "automatic", "joined"):
            cls.pair.wait_state(name, "RUNNING")

    def test_1_syslog(self):
        for last in ("three", "err"):
            self.pair.wait_for(lambda side: any(text.endswith(last) for text in self.syslog(side)), f"{last} in syslog")
        for err in (False, True):  # which of the two channels is read first is nobody's matter
            self.same("a message for each line", lambda side: [text for text in self.syslog(side) if text.endswith("err") == err])
        self.same("and in the file", lambda side: side.file("lines.log"))
        self.same("no file for what goes to syslog", lambda side: [
            side.rpc.supervisor.getProcessInfo("lines")[key] for key in ("logfile", "stdout_logfile", "stderr_logfile")])

    def test_2_escapes(self):
        self.pair.wait_for(lambda side: side.file("coloured.log"), "the coloured log")
        self.same("no escapes", lambda side: side.file("coloured.log"))

    def automatic(self, side):
        return sorted((side.normal(path.name), stat.filemode(path.stat().st_mode), path.read_text())
                      for path in side.folder.glob("*---*"))

    def test_3_automatic(self):
        self.pair.wait_for(lambda side: sum(len(text) for *_, text in self.automatic(side)) >= 16,
                           "the automatic logs")
        self.same("names, modes, content", self.automatic)
        self.same("as told", lambda side: [side.rpc.supervisor.getProcessInfo(name)[key]
                                           for name in ("automatic", "joined") for key in ("stdout_logfile", "stderr_logfile")])

    def test_4_removed_at_the_next_start(self):
        for side in self.pair.sides:
            for name in ("old-stdout---compat-abcdefgh.log", "old-stderr---compat-abcdefgh.log.3", "old-stdout---other-abcdefgh.log",
                         "compat.log"):
                (side.folder / name).write_text("left")
        before = [sorted(path.name for path in side.folder.glob("*---compat-*")) for side in self.pair.sides]
        self.pair.both(lambda side: side.daemon.stop())
        self.pair.both(lambda side: (side.start(), side.wait_ready()))
        self.prepare()
        self.same("only the new ones and those of others", lambda side: [
            side.normal(path.name) for path in sorted(side.folder.glob("*-*.log*"))])
        for side, names in zip(self.pair.sides, before):
            self.assertFalse([name for name in names if (side.folder / name).exists()], side.name)

    def test_5_full_disk(self):
        """Ours only: supervisord writes a traceback of each failed write to its stderr."""
        side = self.pair.ours
        side.rpc.supervisor.startProcess("full")

        def said(what):
            return [line for line in side.file("main.log").splitlines() if "log of full" in line and what in line]
        support.wait_for(lambda: said("cannot be written"), 10, "the full disk to be said")
        self.assertIn("No space left on device; output is dropped until it can, the program goes on", said("cannot be written")[0])
        status, _, page = side.http("GET", "/")
        self.assertEqual(status, 200)
        self.assertIn("the stdout log of full", page.decode())
        self.assertEqual(side.state("full"), "RUNNING")
        self.assertEqual(len(said("cannot be written")), 1, "said once")
        side.rpc.supervisor.clearProcessLogs("full")
        support.wait_for(lambda: said("is written again"), 10, "the end of the trouble")
        self.assertRegex(said("is written again")[0], r"; [1-9]\d* bytes were dropped")
        side.rpc.supervisor.stopProcess("full")


@unittest.skipUnless(os.geteuid() == 0, "needs mount namespaces")
class MainLogInSyslog(WithSyslog):
    """logfile=syslog of the daemon: each line is a message with level and text; there is no log to be read."""
    CONFIG = ("[program:once]\ncommand = /bin/sh -c 'until test -e %(here)s/go; do sleep 0.02; done; exit 2'\nstartsecs = 0\n"
              "autorestart = false\n")
    BASE_TEXT = BASE.replace("%(here)s/main.log", "syslog")

    def lines(self, side):
        """(priority, level, text) of each."""
        found = (re.match(r"<(\d+)>[\d-]{10} [\d:,]{12} (\w{4}) (.*)", text) for text in self.syslog(side))
        return [(int(each[1]), each[2], side.normal(each[3])) for each in found]

    def test_lines(self):
        self.pair.wait_state("once", "RUNNING")
        self.pair.both(lambda side: (side.folder / "go").touch())
        self.pair.wait_state("once", "EXITED")
        self.pair.wait_for(lambda side: any("exited: once" in text for text in self.syslog(side)), "the last line")
        self.same("the daemon's lines", lambda side: [each[1:] for each in self.lines(side)])
        self.differs("severity in syslog", "priorities", lambda side: sorted({each[:2] for each in self.lines(side)}),
                     ("value", [(14, "CRIT"), (14, "INFO"), (14, "WARN")]), ("value", [(10, "CRIT"), (12, "WARN"), (14, "INFO")]))
        self.same("no file", lambda side: sorted(path.name for path in side.folder.glob("*") if "log" in path.suffix and "---" not in path.name))
        self.same("readLog", lambda side: side.rpc.supervisor.readLog(0, 0))
        self.same("clearLog", lambda side: side.rpc.supervisor.clearLog())
        self.same("mainlogtail", lambda side: side.http("GET", "/mainlogtail")[0])


if __name__ == "__main__":
    pair.main()
