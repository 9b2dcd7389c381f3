"""Calls with consequences, one after another in the same order with both daemons: start, stop, signal, groups, logs,
stdin, reread, add and remove, shutdown, with every fault that they have (contract supervisor.md 4.3 to 4.6)."""
import concurrent.futures
import signal

from pair import PairTest, main, outcome, support

# stopwaitsecs is short where a stop may follow a start at once: a TERM that reaches Supervisor's child before its exec is lost.
PROGRAMS = """
[program:cat]
command = /bin/cat
startsecs = 0
stdout_logfile = %(here)s/cat.out

[program:slow]
stopwaitsecs = 2
command = /bin/sleep 100
startsecs = 1
autostart = false

[program:slower]
stopwaitsecs = 2
command = /bin/sleep 1000
startsecs = 60
autostart = false

[program:nofile]
command = /nonexistent/program
autostart = false

[program:nocommand]
command = no-such-command-anywhere
autostart = false

[program:notexecutable]
command = %(here)s/daemon.conf
autostart = false

[program:folder]
command = /tmp
autostart = false

[program:quote]
command = /bin/sh -c "unfinished
autostart = false

[program:quick]
command = /bin/false
startsecs = 60  ; however late its end is seen, it is too early
startretries = 0
autostart = false

[program:once]
command = /bin/sh -c "until test -e %(here)s/enough; do sleep 0.02; done"
startsecs = 0
autostart = false
autorestart = false

[program:stubborn]
command = /bin/sh -c "trap '' TERM; echo ready; until test -e %(here)s/release; do sleep 0.02; done"
startsecs = 0
stopwaitsecs = 600
autostart = false
killasgroup = true
stdout_logfile = %(here)s/stubborn.out

[program:hup]
command = /bin/sh -c "trap 'echo got hup' HUP; trap 'echo got usr1' USR1; echo ready; while :; do sleep 0.05; done"
startsecs = 0
stopasgroup = true
stdout_logfile = %(here)s/hup.out

[program:first]
stopwaitsecs = 2
command = /bin/cat
startsecs = 0
priority = 2

[program:second]
stopwaitsecs = 2
command = /bin/cat
startsecs = 0
priority = 1
autostart = false

[program:broken]
command = /nonexistent/program
startsecs = 0
autostart = false

[group:trio]
programs = first, second, broken

[program:closed]
command = /bin/sh -c "exec 0<&-; echo ready; exec sleep 100"
startsecs = 0
stdout_logfile = %(here)s/closed.out
"""

MORE = """
[program:late]
command = /bin/cat
startsecs = 0
priority = 3
"""


def by_name(rows):
    return sorted(rows, key=lambda row: (row["group"], row["name"]))


class Actions(PairTest):
    CONFIG = PROGRAMS

    def wait_output(self, name, text):
        self.pair.wait_for(lambda side: text in side.rpc.supervisor.readProcessStdoutLog(name, 0, 0),
                           f"{text!r} of {name}")

    def release(self):
        """Lets stubborn end, which every step that it is to hold up has seen by now."""
        for side in self.pair.sides:
            (side.folder / "release").touch()

    def hold_up(self):
        """The next stubborn holds up again; its "ready" is of its own."""
        for side in self.pair.sides:
            for name in ("release", "stubborn.out"):
                (side.folder / name).unlink()

    def info(self, name):
        self.same(f"info {name}", lambda side: side.rpc.supervisor.getProcessInfo(name))

    def change_config(self, text, by):
        for side in self.pair.sides:
            before = side.daemon.config.read_text()
            self.assertIn(text, before)
            side.daemon.config.write_text(before.replace(text, by))

    def append_config(self, text):
        for side in self.pair.sides:
            side.daemon.config.write_text(side.daemon.config.read_text() + text)

    def test_conversation(self):
        """One long conversation: the order matters."""
        self.start_faults()
        self.start_stop()
        self.names_of_groups()
        self.signals()
        self.groups()
        self.standard_input()
        self.clearing_logs()
        self.reread_add_remove()
        self.all_of_them()
        self.end()

    def start_faults(self):
        for name in ("absent", "absent:*", "trio:absent", "nofile", "nocommand", "notexecutable", "folder", "quote",
                     "cat", "quick", "trio"):
            for wait in (True, False):
                if (name, wait) != ("quick", False):
                    self.same(f"start {name} {wait}", lambda side: side.rpc.supervisor.startProcess(name, wait))
        for name in ("nofile", "notexecutable", "quote"):
            self.info(name)
        self.pair.wait_state("quick", "FATAL")
        self.info("quick")
        self.same("start once", lambda side: side.rpc.supervisor.startProcess("once"))
        for side in self.pair.sides:
            (side.folder / "enough").touch()  # it may end: not before the start is answered
        self.pair.wait_state("once", "EXITED")
        self.info("once")

    def start_stop(self):
        self.same("stop absent", lambda side: side.rpc.supervisor.stopProcess("absent"))
        self.same("stop slow before", lambda side: side.rpc.supervisor.stopProcess("slow"))
        self.same("start slower no wait", lambda side: side.rpc.supervisor.startProcess("slower", False))
        self.same("info slower", lambda side: side.rpc.supervisor.getProcessInfo("slower")["statename"])
        self.same("start slower again", lambda side: side.rpc.supervisor.startProcess("slower"))
        self.same("stop slower", lambda side: side.rpc.supervisor.stopProcess("slower"))
        self.same("start slow no wait", lambda side: side.rpc.supervisor.startProcess("slow", False))
        self.pair.wait_state("slow", "RUNNING")
        self.same("stop slow", lambda side: side.rpc.supervisor.stopProcess("slow"))
        self.info("slow")
        self.same("start slow wait", lambda side: side.rpc.supervisor.startProcess("slow"))
        self.info("slow")
        self.same("stop slow number", lambda side: side.rpc.supervisor.stopProcess("slow", 1))
        self.same("start that is stopped", self.stopped_start)
        self.same("start stubborn", lambda side: side.rpc.supervisor.startProcess("stubborn"))
        self.wait_output("stubborn", "ready")
        self.same("stop stubborn no wait", lambda side: side.rpc.supervisor.stopProcess("stubborn", False))
        self.info("stubborn")
        self.same("stop stubborn again", lambda side: side.rpc.supervisor.stopProcess("stubborn"))
        self.same("signal while stopping", lambda side: side.rpc.supervisor.signalProcess("stubborn", "CONT"))
        self.same("stdin while stopping", lambda side: side.rpc.supervisor.sendProcessStdin("stubborn", "x"))
        self.same("start while stopping", lambda side: side.rpc.supervisor.startProcess("stubborn", False))
        self.release()
        self.pair.wait_state("stubborn", "STOPPED")
        self.info("stubborn")
        self.hold_up()

    def stopped_start(self, side):
        """A start that waits while somebody else stops the program."""
        with concurrent.futures.ThreadPoolExecutor(1) as other:
            waiting = other.submit(outcome, lambda: side.rpc.supervisor.startProcess("slower"))
            side.wait_state("slower", "STARTING")
            stopped = outcome(lambda: side.rpc.supervisor.stopProcess("slower"))
            return waiting.result(), stopped

    def names_of_groups(self):
        for method in ("startProcess", "stopProcess"):
            for name in ("cat:*", "cat:", "cat:cat"):
                self.same(f"{method} {name}", lambda side: getattr(side.rpc.supervisor, method)(name))
        self.same("signalProcess cat:*", lambda side: side.rpc.supervisor.signalProcess("cat:*", "CONT"))
        self.same("start cat:cat", lambda side: side.rpc.supervisor.startProcess("cat:cat"))
        self.same("signalProcess cat:* running", lambda side: side.rpc.supervisor.signalProcess("cat:*", "CONT"))

    def signals(self):
        self.wait_output("hup", "ready")
        for name, sent in (("hup", "HUP"), ("hup", "SIGHUP"), ("hup", "sigusr1"), ("hup", int(signal.SIGUSR1)),
                           ("hup", "1"), ("hup", "FOO"), ("hup", "999"), ("hup", ""), ("hup", "0"), ("absent", "HUP"),
                           ("slow", "HUP"), ("absent", "FOO"), ("slow", "FOO"), ("hup:*", "FOO"), ("absent:*", "HUP")):
            self.same(f"signal {name} {sent!r}", lambda side: side.rpc.supervisor.signalProcess(name, sent))
        self.wait_output("hup", "got usr1")
        self.same("signalProcessGroup", lambda side: by_name(side.rpc.supervisor.signalProcessGroup("trio", "CONT")))
        self.same("signalProcessGroup bad", lambda side: side.rpc.supervisor.signalProcessGroup("trio", "FOO"))
        self.same("signalProcessGroup absent", lambda side: side.rpc.supervisor.signalProcessGroup("absent", "HUP"))
        self.same("signalAllProcesses", lambda side: by_name(side.rpc.supervisor.signalAllProcesses("CONT")))
        self.same("signalAllProcesses bad", lambda side: by_name(side.rpc.supervisor.signalAllProcesses("FOO")))

    def groups(self):
        for method in ("startProcessGroup", "stopProcessGroup"):
            self.same(f"{method} absent", lambda side: getattr(side.rpc.supervisor, method)("absent"))
        self.same("startProcessGroup", lambda side: by_name(side.rpc.supervisor.startProcessGroup("trio")))
        self.same("stopProcessGroup", lambda side: by_name(side.rpc.supervisor.stopProcessGroup("trio")))
        self.same("stopProcessGroup none", lambda side: by_name(side.rpc.supervisor.stopProcessGroup("trio")))
        self.same("startProcessGroup no wait", lambda side: by_name(side.rpc.supervisor.startProcessGroup("trio", False)))
        self.same("stopProcessGroup no wait", lambda side: by_name(side.rpc.supervisor.stopProcessGroup("trio", False)))
        for name in ("trio:first", "trio:second"):
            self.pair.wait_state(name, "STOPPED")
        self.same("startProcess trio:*", lambda side: by_name(side.rpc.supervisor.startProcess("trio:*")))

    def standard_input(self):
        self.same("stdin", lambda side: side.rpc.supervisor.sendProcessStdin("cat", "grüße\n"))
        self.wait_output("cat", "grüße\n")
        self.same("stdin of many bytes", self.many_bytes)
        self.same("stdin empty", lambda side: side.rpc.supervisor.sendProcessStdin("cat", ""))
        self.wait_output("closed", "ready")
        self.same("stdin that is closed", self.closed_stdin)
        for name in ("absent", "slow", "trio:*", "trio", "cat:cat"):
            self.same(f"stdin {name}", lambda side: side.rpc.supervisor.sendProcessStdin(name, "x\n"))
        self.wait_output("cat", "x\n")
        self.same("remote event", lambda side: side.rpc.supervisor.sendRemoteCommEvent("kind", "data"))

    @staticmethod
    def many_bytes(side):
        """More than a pipe and several buffers hold; what the program made of it."""
        line = "y" * 899_999 + "\n"
        done = side.rpc.supervisor.sendProcessStdin("cat", line)
        support.wait_for(lambda: side.file("cat.out").endswith(line), 30, "all of it in the log")
        return done

    @staticmethod
    def closed_stdin(side):
        """The first bytes may still be taken; then the pipe's end is known."""
        answers = []

        def refused():
            answers.append(outcome(lambda: side.rpc.supervisor.sendProcessStdin("closed", "x")))
            return answers[-1][0] == "fault"
        support.wait_for(refused, what="a refusal", every_s=0.1)
        return answers[-1]

    def clearing_logs(self):
        self.same("clearProcessLogs", lambda side: side.rpc.supervisor.clearProcessLogs("cat"))
        self.same("cleared", lambda side: side.rpc.supervisor.readProcessStdoutLog("cat", 0, 0))
        self.same("stdin after", lambda side: side.rpc.supervisor.sendProcessStdin("cat", "again\n"))
        self.wait_output("cat", "again\n")
        self.same("cleared and written", lambda side: side.file("cat.out"))
        for name in ("absent", "trio:*", "trio", "slow"):
            self.same(f"clearProcessLogs {name}", lambda side: side.rpc.supervisor.clearProcessLogs(name))
        self.same("clearLog", lambda side: side.rpc.supervisor.clearLog())
        self.same("main log after", lambda side: "reopening log file" in side.file("main.log"))
        self.same("main log is short", lambda side: len(side.file("main.log").splitlines()) < 3)

    def reread_add_remove(self):
        self.same("add active", lambda side: side.rpc.supervisor.addProcessGroup("cat"))
        self.same("add absent", lambda side: side.rpc.supervisor.addProcessGroup("late"))
        self.same("remove running", lambda side: side.rpc.supervisor.removeProcessGroup("cat"))
        self.same("remove absent", lambda side: side.rpc.supervisor.removeProcessGroup("late"))
        self.append_config(MORE)
        self.same("reread new", lambda side: side.rpc.supervisor.reloadConfig())
        self.same("config of new", lambda side: [row["inuse"] for row in side.rpc.supervisor.getAllConfigInfo()
                                                 if row["name"] == "late"])
        self.same("add late", lambda side: side.rpc.supervisor.addProcessGroup("late"))
        self.pair.wait_state("late", "RUNNING")
        self.change_config("priority = 3", "priority = 4")
        self.change_config("command = /bin/sleep 100", "command = /bin/sleep 200")
        self.same("reread changed", lambda side: side.rpc.supervisor.reloadConfig())
        self.change_config("[program:once]", "[program:twice]")
        self.same("reread renamed", lambda side: side.rpc.supervisor.reloadConfig())
        self.same("remove once", lambda side: side.rpc.supervisor.removeProcessGroup("once"))
        self.same("info removed", lambda side: side.rpc.supervisor.getProcessInfo("once"))
        self.same("remove late running", lambda side: side.rpc.supervisor.removeProcessGroup("late"))
        self.same("stop late", lambda side: side.rpc.supervisor.stopProcess("late"))
        self.same("remove late", lambda side: side.rpc.supervisor.removeProcessGroup("late"))
        self.change_config("autorestart = false", "autorestart = maybe")
        self.same("reread bad value", lambda side: side.rpc.supervisor.reloadConfig())
        self.change_config("autorestart = maybe", "autorestart = false")
        self.change_config("priority = 2", "priority = two")
        self.same("reread bad number", lambda side: side.rpc.supervisor.reloadConfig())
        self.change_config("priority = two", "priority = 2")
        self.change_config("programs = first", "programs = third")
        self.same("reread bad group", lambda side: side.rpc.supervisor.reloadConfig())
        self.change_config("programs = third", "programs = first")
        self.append_config("\ngarbage without a delimiter\n")
        self.same("reread garbage", lambda side: side.rpc.supervisor.reloadConfig()
                  if side.daemon.config.exists() else None)
        self.change_config("\ngarbage without a delimiter\n", "\n")
        self.same("reread good", lambda side: side.rpc.supervisor.reloadConfig())

    def all_of_them(self):
        self.same("remove slower", lambda side: side.rpc.supervisor.removeProcessGroup("slower"))
        self.same("stopAllProcesses", lambda side: by_name(side.rpc.supervisor.stopAllProcesses()))
        self.same("states stopped", lambda side: [row["statename"] for row in side.rpc.supervisor.getAllProcessInfo()])
        self.same("startAllProcesses", lambda side: by_name(side.rpc.supervisor.startAllProcesses()))
        self.pair.wait_state("quick", "FATAL")
        self.wait_output("stubborn", "ready")
        self.same("stopAllProcesses no wait", lambda side: by_name(side.rpc.supervisor.stopAllProcesses(False)))
        self.release()
        for name in ("stubborn", "slow", "hup", "trio:first", "trio:second", "closed", "cat"):
            self.pair.wait_state(name, "STOPPED")
        self.hold_up()

    def end(self):
        """While the daemon stops, every method answers SHUTDOWN_STATE."""
        for name in ("slow", "nofile", "nocommand", "notexecutable", "folder", "quote", "quick", "hup", "trio", "closed"):
            self.same(f"remove {name}", lambda side: side.rpc.supervisor.removeProcessGroup(name))
        self.same("what is left of the groups", lambda side: [
            row["group"] for row in side.rpc.supervisor.getAllProcessInfo()])
        self.same("start stubborn at last", lambda side: side.rpc.supervisor.startProcess("stubborn"))
        self.wait_output("stubborn", "ready")
        calls = ["getState", "getAPIVersion", "getAllProcessInfo", "shutdown", "restart", "reloadConfig", "getPID"]

        def ending(side):
            proxy = side.rpc
            ended = [proxy.supervisor.shutdown()]
            for method in calls:
                try:
                    ended.append(getattr(proxy.supervisor, method)())
                except Exception as fault:  # noqa: BLE001
                    ended.append(str(fault))
            try:
                ended.append(proxy.supervisor.sendRemoteCommEvent("a", "b"))
                ended.append(proxy.system.multicall([{"methodName": "supervisor.getState"}]))
            except Exception as fault:  # noqa: BLE001
                ended.append(str(fault))
            return ended
        self.same("shutdown", ending)
        self.release()
        self.same("exit status", lambda side: side.daemon.process.wait(support.PATIENCE_S))
        self.same("what is left", lambda side: sorted(name for name in ("s.sock", "daemon.pid")
                                                      if (side.folder / name).exists()))


class Changes(PairTest):
    """What reread takes for a change, key by key (contract 6.3)."""
    PROGRAM = {"command": "/bin/cat", "autostart": "false"}
    KEYS = {"process_name": "other", "numprocs": "2\nprocess_name = p%(process_num)d", "priority": "5", "autostart": "true", "autorestart": "true",
            "startsecs": "3", "startretries": "7", "exitcodes": "0,3", "stopsignal": "INT", "stopwaitsecs": "3", "stopasgroup": "true",
            "killasgroup": "true", "user": "nobody", "redirect_stderr": "true", "stdout_logfile": "/tmp/x.out", "stdout_logfile_maxbytes": "1MB",
            "stdout_logfile_backups": "3", "stdout_capture_maxbytes": "1KB", "stdout_events_enabled": "true", "stdout_syslog": "true",
            "stderr_logfile": "NONE", "stderr_logfile_maxbytes": "1MB", "stderr_logfile_backups": "3", "stderr_capture_maxbytes": "1KB",
            "stderr_events_enabled": "true", "stderr_syslog": "true", "environment": "A=1", "directory": "/tmp", "umask": "022",
            "serverurl": "http://x:1", "command": "/bin/cat -u", "unknown": "1"}
    NAMED = ("[program:p]\ncommand = /bin/cat\nautostart = false\nstdout_logfile = /tmp/x.out\nstderr_logfile = NONE\n"
             "environment = B=2\n")
    GROUP = "[group:g]\nprograms = p\n"
    LISTENER = "[eventlistener:p]\ncommand = /bin/cat\nautostart = false\nevents = TICK_5\n"
    FCGI = "[fcgi-program:p]\ncommand = /bin/cat\nautostart = false\nsocket = unix:///tmp/hf-none.sock\n"
    OTHERS = {  # the same group twice: before and after
        "AUTO for a path": (NAMED, NAMED.replace("/tmp/x.out", "AUTO")),
        "AUTO for none": (NAMED, NAMED.replace("NONE", "AUTO")),
        "the order of variables": (NAMED.replace("B=2", "B=2,C=3"), NAMED.replace("B=2", "C=3,B=2")),
        "a group for a program": (NAMED, NAMED + GROUP),
        "a group's priority": (NAMED + GROUP, NAMED + GROUP + "priority = 3\n"),
        "a listener's events": (LISTENER, LISTENER.replace("TICK_5", "TICK_60")),
        "a listener's buffer": (LISTENER, LISTENER + "buffer_size = 11\n"),
        "a listener for a program": (LISTENER.replace("eventlistener", "program"), LISTENER),
        "a socket": (FCGI, FCGI.replace("none", "other")),
        "a socket's mode": (FCGI, FCGI + "socket_mode = 0600\n"),
        "the daemon's environment": (NAMED, "[supervisord]\nenvironment = D=4\n" + NAMED),
    }

    def write(self, text):
        for side in self.pair.sides:
            side.daemon.config.write_text(self.BASE_TEXT + text)

    def become(self, text):
        """Makes it the running configuration, by the steps of update."""
        self.write(text)
        for side in self.pair.sides:
            added, changed, removed = side.rpc.supervisor.reloadConfig()[0]
            for group in changed + removed:
                side.rpc.supervisor.removeProcessGroup(group)
            for group in added + changed:
                side.rpc.supervisor.addProcessGroup(group)

    def test_keys(self):
        base = "[program:p]\n" + "".join(f"{key} = {value}\n" for key, value in self.PROGRAM.items())
        self.become(base)
        self.same("nothing", lambda side: side.rpc.supervisor.reloadConfig())
        for key, value in self.KEYS.items():
            self.write(base + f"{key} = {value}\n")
            self.same(f"change of {key}", lambda side: side.rpc.supervisor.reloadConfig())

    def test_others(self):
        for name, (before, after) in self.OTHERS.items():
            self.become(before)
            self.write(after)
            self.same(name, lambda side: side.rpc.supervisor.reloadConfig())
        self.become("")


if __name__ == "__main__":
    main()
