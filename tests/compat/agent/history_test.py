"""The history (DESIGN section 9): what it keeps, by whom and from where, and that nothing which befalls its file touches
supervision: missing, corrupt, read-only, a full disk. Each on real files; the full and the read-only one in a mount
namespace of the daemon's own."""
import json
import os
import pathlib
import signal
import sqlite3
import subprocess
import time
import unittest
import urllib.parse

from pair import BASE, Side, basic, main, outcome, support
import yardstick

PROGRAMS = """
[program:cat]
command = /bin/cat
startsecs = 0
stdout_logfile = %(here)s/cat.out

[program:off]
command = /bin/cat
autostart = false
autorestart = false
startsecs = 0
"""
ROUNDS, AT_ONCE_S = 5, 5.0
LOCKED = BASE.replace("[supervisorctl]", "").replace("TEST_PORT)s", "TEST_PORT)s\nusername = admin\npassword = secret")
NAMESPACE = ("unshare", "--mount", "--propagation", "private", "sh", "-c")


class Case(unittest.TestCase):
    maxDiff = None

    def start(self, text=BASE + PROGRAMS, prepare=None, prefix=()):
        self.workspace = self.enterContext(support.Workspace())
        self.side = Side(self.workspace, "history", None, text, {})
        self.side.daemon.prefix = list(prefix)
        self.state = self.side.folder / "state"
        if prepare:
            prepare()
        self.side.start()
        self.side.wait_state("cat", "RUNNING")

    def rows(self, name="", since=0):
        return self.side.rpc.holdfast.getHistory(name, since, 1000)

    def wait_row(self, what, **wanted):
        return support.wait_for(lambda: next((row for row in self.rows() if all(
            value in row[key] for key, value in wanted.items())), None), 10, what)

    def said(self, *words):
        def found():
            return next((line for line in (self.side.file("main.log") or "").splitlines()
                         if all(word in line for word in words)), None)
        return support.wait_for(found, 10, f"the main log to say {words}")

    def supervises(self):
        """Starts, stops, and the restart of what dies work, at once: the median of five, none above twice of it."""
        taken = [self.supervise() for _ in range(ROUNDS)]
        yardstick.assert_kept(self, taken, AT_ONCE_S)

    def supervise(self):
        """Seconds taken."""
        begun = time.monotonic()
        self.assertTrue(self.side.rpc.supervisor.startProcess("off"))
        self.assertTrue(self.side.rpc.supervisor.stopProcess("off"))
        pid = self.side.pid_of("cat")
        os.kill(pid, signal.SIGKILL)
        support.wait_for(lambda: self.side.pid_of("cat") not in (0, pid), what="cat to be started again")
        return time.monotonic() - begun

    def states_kept(self):
        """The file as any other program reads it: how many rows of off and cat it has."""
        command = f"import sqlite3; print(sqlite3.connect('{self.state}/history.db').execute('SELECT count(*) FROM state').fetchone()[0])"
        return int(self.in_namespace("/usr/bin/python3", "-c", command))

    def in_namespace(self, *words):
        return subprocess.run(["nsenter", f"--target={self.side.daemon.pid}", "--mount", *map(str, words)], timeout=10,
                              check=True, capture_output=True, text=True).stdout

    def place(self):
        """The state directory, seen as the daemon sees it."""
        return pathlib.Path(f"/proc/{self.side.daemon.pid}/root{self.state}")


FAILING = """
[program:early]
command = /bin/sh -c "echo first >&2; printf 'no such \\\\033[31mtable\\\\n\\\\n' >&2; exit 3"
autostart = false
startretries = 0
startsecs = 5
[program:late]
command = /bin/sh -c "echo gone >&2; exec sleep 1000"
autostart = false
autorestart = false
startsecs = 0
[program:merged]
command = /bin/sh -c "echo 'on stdout'; exit 4"
redirect_stderr = true
stdout_logfile = NONE
autostart = false
autorestart = false
startsecs = 0
"""
EARLY = "Exited too quickly (process log may have details)"


class WhyItFailed(Case):
    def test_status_or_signal_and_last_words(self):
        """Beside the contract's texts, which stay."""
        self.start(BASE + PROGRAMS + FAILING)
        rpc = self.side.rpc.supervisor
        outcome(lambda: rpc.startProcess("early"))
        self.side.wait_state("early", "FATAL")
        info = rpc.getProcessInfo("early")
        self.assertEqual((EARLY, EARLY, 0), (info["spawnerr"], info["description"], info["exitstatus"]))
        row = self.wait_row("the end of early", process="early", text="-> FATAL")
        self.assertIn(f"BACKOFF -> FATAL ({EARLY}; exit status 3; last on stderr: no such table)", row["text"])
        self.said("exited: early (exit status 3; not expected)")
        why = subprocess.run([support.BIN / "holdfastctl", "-s", self.side.url, "why", "early"], capture_output=True, text=True,
                             timeout=20)
        self.assertIn("exit status 3; last on stderr: no such table", why.stdout)
        self.assertIn("exit status 3; last on stderr: no such table", self.side.http("GET", "/")[2].decode(), "the page")
        rpc.startProcess("late")
        support.wait_for(lambda: "gone" in rpc.tailProcessStderrLog("late", 0, 100)[0], 10, "its last words")
        os.kill(self.side.pid_of("late"), signal.SIGKILL)
        self.side.wait_state("late", "EXITED")
        self.assertEqual(("Bad exit code -1", -1), tuple(rpc.getProcessInfo("late")[key] for key in ("spawnerr", "exitstatus")))
        row = self.wait_row("the end of late", process="late", text="-> EXITED")
        self.assertIn("RUNNING -> EXITED (Bad exit code -1; terminated by SIGKILL; last on stderr: gone)", row["text"])
        outcome(lambda: rpc.startProcess("merged"))
        row = self.wait_row("the end of merged", process="merged", text="-> EXITED")
        self.assertIn("-> EXITED (Bad exit code 4; exit status 4; last on stderr: on stdout)", row["text"])


class Kept(Case):
    def test_who_did_what_from_where(self):
        self.start(LOCKED + PROGRAMS)
        side = self.side
        by_tcp = support.server_proxy(f"http://admin:secret@127.0.0.1:{side.port}")
        before = int(time.time())
        by_tcp.supervisor.startProcess("off")
        by_tcp.supervisor.signalProcess("off", "USR1")
        side.wait_state("off", "EXITED")
        outcome(lambda: by_tcp.supervisor.stopProcess("absent"))
        by_tcp.supervisor.clearProcessLogs("cat")
        by_tcp.supervisor.sendProcessStdin("cat", "a-secret-word\n")
        by_tcp.supervisor.sendRemoteCommEvent("kind", "data")
        by_tcp.supervisor.reloadConfig()
        by_tcp.supervisor.clearAllProcessLogs()
        by_tcp.supervisor.clearLog()
        self.assertEqual(200, side.http("POST", "/api/v1/supervisor.stopProcess", json.dumps(["cat"]), {
            **basic("admin", "secret"), "Content-Type": "application/json"})[0])
        form = {"Content-Type": "application/x-www-form-urlencoded", **basic("admin", "secret")}
        for action in ("start", "clearlog"):
            side.http("POST", "/index.html", urllib.parse.urlencode({"action": action, "processname": "cat"}), form)
        side.rpc.supervisor.stopProcess("cat")
        rows = self.rows()
        actions = [(row["text"], row["user"]) for row in rows if row["kind"] == "action"]

        def kept(user, *words):
            self.assertTrue(any(who == user and all(word in text for word in words) for text, who in actions),
                            (user, words, actions))
        for words in (("start", "off"), ("signal", "off"), ("stop", "absent", "BAD_NAME"), ("clear log", "cat"),
                      ("send stdin", "cat"), ("send event kind",), ("reread",), ("clear all logs",), ("clear main log",)):
            kept("admin", "127.0.0.1", "XML-RPC", *words)
        kept("admin", "127.0.0.1", "JSON", "stop", "cat")
        kept("admin", "127.0.0.1", "page", "start", "cat")
        kept("admin", "127.0.0.1", "page", "clear log", "cat")
        kept("", "unix socket", f"pid {os.getpid()}", "XML-RPC", "stop", "cat")
        self.assertNotIn("a-secret-word", json.dumps(rows))
        states = [row["text"] for row in rows if row["kind"] == "state" and row["process"] == "cat"]
        for change in ("STOPPED -> STARTING", "STARTING -> RUNNING", "RUNNING -> STOPPING", "STOPPING -> STOPPED"):
            self.assertTrue(any(change in text for text in states), (change, states))
        self.assertEqual(rows, sorted(rows, key=lambda row: -row["id"]))
        self.assertEqual([row for row in rows if row["at"] >= before], self.rows("", before))
        self.assertEqual([], self.rows("", before + 3600))
        ctl = subprocess.run([support.BIN / "holdfastctl", "-s", side.url, "history", "cat", "--since", "1h"],
                             capture_output=True, text=True, timeout=20)
        self.assertEqual((0, ""), (ctl.returncode, ctl.stderr))
        self.assertIn("RUNNING -> STOPPING", ctl.stdout)

    def test_restarts_and_signals(self):
        self.start()
        self.wait_row("the keeper's start", kind="restart", text="keeper")
        self.side.daemon.kill_agent()
        self.wait_row("the agent's restart", kind="restart", text="agent", reason="ended by itself")
        os.kill(self.side.daemon.pid, signal.SIGHUP)
        row = self.wait_row("the signal", kind="action", text="SIGHUP")
        self.assertIn("signal", row["text"])
        support.wait_for(lambda: len([row for row in self.rows() if row["kind"] == "restart"]) == 3, 15, "the new daemon")
        self.side.wait_state("cat", "RUNNING")
        self.assertIn(self.side.daemon.stop(), (0, None))
        with sqlite3.connect(self.state / "history.db") as database:
            self.assertEqual([("SIGTERM",)], database.execute(
                "SELECT action FROM action ORDER BY id DESC LIMIT 1").fetchall(), "the end is kept too")

    def test_size_and_age(self):
        """Rows from long ago go at the start; the newest stay."""
        self.start()
        self.side.daemon.stop()
        with sqlite3.connect(self.state / "history.db") as database:
            rows = database.execute("SELECT count(*) FROM state").fetchone()[0]
            database.execute("UPDATE state SET at_us = at_us - 8 * 86400 * 1000000")
        self.assertGreater(rows, 1)
        config = self.side.daemon.config
        config.write_text(config.read_text().replace("[holdfast]", "[holdfast]\nhistory_days = 7\nhistory_size = 1MB"))
        self.side.start()
        self.side.wait_state("cat", "RUNNING")
        long_ago = int(time.time()) - 7 * 86400
        support.wait_for(lambda: not [row for row in self.rows() if row["at"] < long_ago], 10, "the old rows to go")
        self.wait_row("the new rows", kind="state", process="cat")


class Broken(Case):
    def test_garbage_at_the_start(self):
        def prepare():
            self.state.mkdir(mode=0o700)
            (self.state / "history.db").write_bytes(b"garbage!" * 1024)
        self.start(prepare=prepare)
        self.said("WARN", "history.db.corrupt-", "new one is begun")
        self.supervises()
        self.wait_row("the new history", kind="state", process="off")
        aside = list(self.state.glob("history.db.corrupt-*"))
        self.assertEqual([b"garbage!" * 1024], [path.read_bytes() for path in aside])

    def test_damaged_while_the_agent_is_away(self):
        self.start()
        self.wait_row("a row", kind="state", process="cat")
        pid = self.side.pid_of("cat")
        agent = support.wait_for(self.side.daemon.agent_pid, 5, "the agent")
        os.kill(agent, signal.SIGSTOP)
        support.wait_for(lambda: support.is_stopped(agent), what="the agent to stand still")
        for path in self.state.glob("history.db*"):
            path.write_bytes(b"x" * max(8192, path.stat().st_size))
        os.kill(agent, signal.SIGKILL)
        self.said("WARN", "history.db.corrupt-")
        self.side.wait_state("cat", "RUNNING")
        self.assertEqual(pid, self.side.pid_of("cat"))
        self.supervises()
        self.wait_row("the new history", kind="state", process="off")

    def test_missing(self):
        self.start()
        self.wait_row("a row", kind="state", process="cat")
        for path in self.state.glob("history.db*"):
            path.unlink()
        self.supervises()
        self.said("WARN", "removed or replaced")
        self.wait_row("the new history", kind="state", process="off")
        self.assertTrue((self.state / "history.db").exists())


@unittest.skipUnless(os.geteuid() == 0, "mounts need root")
class BrokenPlace(Case):
    def test_full_disk(self):
        self.start(prefix=(*NAMESPACE, 'mkdir -m 700 state; mount -t tmpfs -o size=1m,mode=700 none state; exec "$@"', "sh"))
        self.wait_row("a row", kind="state", process="cat")
        filler = self.place() / "filler"
        with open(filler, "wb", buffering=0) as file:
            with self.assertRaises(OSError):
                for _ in range(1024):
                    file.write(b"x" * 4096)
        for _ in range(40):  # more than the pages that the file has spare
            self.supervise()
            if "supervision goes on" in self.side.file("main.log"):
                break
        self.said("WARN", "history", "supervision goes on")
        self.supervises()
        pid = self.side.pid_of("cat")
        kept = self.states_kept()
        filler.unlink()
        support.wait_for(lambda: self.rows() and self.states_kept() > kept, 20, "the rows that waited")
        self.said("INFO", "is written again")
        self.assertEqual([], [row for row in self.rows() if row["kind"] == "gap"], "none was lost")
        self.assertEqual(pid, self.side.pid_of("cat"))

    def test_read_only_file(self):
        self.start(prefix=(*NAMESPACE, 'mkdir -m 700 state; : > state/history.db; mount --bind state/history.db '
                           'state/history.db; mount -o remount,bind,ro state/history.db; exec "$@"', "sh"))
        self.said("WARN", "history", "supervision goes on")
        self.supervises()
        self.assertEqual(("fault", 30), (lambda answer: (answer[0], answer[1][0]))(outcome(self.rows)))
        self.in_namespace("umount", self.state / "history.db")
        support.wait_for(lambda: outcome(self.rows)[0] == "value", 10, "the history to be written")
        self.wait_row("the rows that waited", kind="state", process="off")
        self.said("INFO", "is written again")

    def test_read_only_state_directory(self):
        self.start(prefix=(*NAMESPACE, 'mkdir -m 700 state; mount -t tmpfs -o ro none state; exec "$@"', "sh"))
        self.said("WARN", "state directory", "history is off")
        self.supervises()
        kind, (code, text) = outcome(self.rows)
        self.assertEqual(("fault", 30), (kind, code))
        self.assertIn("state directory is not writable", text)


if __name__ == "__main__":
    main()
