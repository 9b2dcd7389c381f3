"""A site of 60 programs (shop.py) is run by Debian's supervisord; then supervisord is stopped, and holdfastd started with the
very same file, in the same folder, where the other's logs lie. The same conversation is held with both through the real
supervisorctl; its answers, the programs' logs, the main log, what the listeners saw and what is left are the same
(contract supervisor.md 1 to 6). Both are started as init scripts do it: they become daemons."""
import contextlib
import json
import os
import re
import signal
import sys
import types
import unittest

import pair
import shop
from pair import support

sys.path.insert(0, str(support.ROOT / "tests/support"))
import quick_supervisor  # noqa: E402

APART = shop.APPLICATIONS[-1]  # the application that the site's owner changes
UPDATED = {"conf.d/50-newcomer.conf": shop.NEWCOMER}
AT_FIRST = {"crashing": "FATAL", "missing": "FATAL", "console": "STOPPED", "manual": "STOPPED"}  # the others are RUNNING
IN_THE_END = {**AT_FIRST, "migrate": "EXITED", "report": "EXITED", "broken": "EXITED", "killed": "EXITED", "chatty": "EXITED"}
MAILS = 2  # of broken and killed

# What does not change anything first; then what a day brings; the end.
QUESTIONS = ["version", "status", "status all", "status database search:* absent", "avail", "reread", "update", "pid absent", "tail -25 database",
             "tail -9 search:web-01", "tail -17 mail:worker", "tail -16 mail:web-02 stderr", "tail manual", "tail search:console", "tail absent",
             "signal HUP absent", "start absent", "add search", "remove search", "help status"]
DAY = ["stop search:*", "status search:*", "start search:*", "stop search:console", "restart basket:worker basket:clock", "stop manual",
       "start manual", "start manual", "start missing", "start crashing", "stop family", "start family", "stop stubborn", "status stubborn",
       "stop database", "start database", "signal USR1 catalog:web-01", "signal FOO catalog:*", "stop php:*", "start php:*", "clear mail:worker",
       "restart lively", "status lively"]
CHANGES = ["reread", "avail", "update", "status newcomer", f"status {APART}:*", "status manual", "update", "reread", "stop newcomer",
           "remove newcomer", "add newcomer"]
UPDATE = 3  # of them end with the first update


class Site(pair.Side):
    """The folder of the site and the daemon that runs it now."""

    def __init__(self, folder):
        self.folder = folder
        self.port = support.free_port()
        self.url = f"unix://ops:open%20sesame@{folder}/run/shop.sock"
        self.tcp_url = f"http://ops:open%20sesame@127.0.0.1:{self.port}"
        self.config = folder / "supervisord.conf"
        self.files = shop.files(self.port)
        for name in ("log/auto", "run", "data", "state"):
            (folder / name).mkdir(parents=True)
        for name, mode in ((folder.parent, 0o755), (folder, 0o755), (folder / "data", 0o777)):
            os.chmod(name, mode)
        self.write(self.files)

    def write(self, files):
        for name, text in files.items():
            (self.folder / name).parent.mkdir(parents=True, exist_ok=True)
            (self.folder / name).write_text(text)

    def start(self, program):
        """As a daemon. (exit status, words) of the start."""
        self.name = os.path.basename(program)
        done = support.run(program, "-c", self.config, cwd="/", env=pair.CLEAN_ENVIRONMENT)
        self.pid = int(support.wait_for((self.folder / "run/supervisord.pid").read_text, 10, f"the pid file of {self.name}, which said {done}"))
        self.daemon = types.SimpleNamespace(pid=self.pid)
        return done.returncode, done.stdout, done.stderr.replace(program, "PROGRAM")

    def end(self):
        """Kills what a failed test left."""
        for pid in support.family_of(self.pid):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def ctl(self, line):
        """One command of the real supervisorctl; of several processes the lines come in any order."""
        status, out, err = quick_supervisor.supervisorctl(
            ["-c", str(self.config), *line.split()], self.folder, pair.CLEAN_ENVIRONMENT)
        lines = self.normal(out.decode()).splitlines()
        unordered = line.split()[0] in ("stop", "start", "restart", "signal") or line == "update"
        return status, sorted(lines) if unordered else lines, err.decode()

    def has_begun(self, info):
        """Whether a process has become its program, and one that serves has said who it is: what comes then meets the same
        with both daemons."""
        serves = info["name"].startswith("web-") or info["name"] in ("worker", "database", "newcomer")
        return support.has_begun(info["pid"], self.pid) and (not serves or support.catches(info["pid"], signal.SIGUSR1))

    def wait_rest(self, states=None):
        """Until nothing is under way; and until the states are these, and RUNNING where none is named."""
        def unsettled():
            return [(info["group"], info["name"], info["statename"]) for info in self.rpc.supervisor.getAllProcessInfo()
                    if info["statename"] in ("STARTING", "STOPPING", "BACKOFF") or info["pid"] and not self.has_begun(info)
                    or states is not None and info["statename"] != states.get(info["name"], "RUNNING")]
        support.wait_for(lambda: not unsettled(), what=f"the programs of {self.name} to come to rest")

    def sizes(self):
        return {path: path.stat().st_size for path in self.folder.glob("log/*") if path.is_file()}

    def written(self, before):
        """What each log has got since then; of those that were rotated or cleared, all that they have."""
        def since(path):
            return 0 if path.name.startswith("chatty") or path.name == "mail-worker.log" else before.get(path, 0)
        return {path.name: self.normal(path.read_bytes()[since(path):].decode()) for path in sorted(self.folder.glob("log/*"))
                if path.is_file() and path.name not in ("supervisord.log", "events", "mails")}

    def main_log_since(self, before):
        path = self.folder / "log/supervisord.log"
        return self.normal(path.read_bytes()[before.get(path, 0):].decode())

    def said(self, before):
        """The main log's new lines: how it begins in its order, the rest sorted (supervisord tries FastCGI sockets out
        before it opens its servers). How often somebody waits for an end is a matter of time."""
        lines = [line[24:] for line in self.main_log_since(before).splitlines() if "waiting for" not in line]
        started = next(index for index, line in enumerate(lines) if "supervisord started" in line)
        beginning = [line for line in lines[:started + 1] if " socket " not in line]
        return beginning, sorted(line for line in lines if line not in beginning)

    def events(self, before):
        """What the recorder was told of each process, in its order, and of all else."""
        path = self.folder / "log/events"
        told = {}
        for line in path.read_bytes()[before.get(path, 0):].decode().splitlines(keepends=True):
            if not line.endswith("\n"):
                break  # being written
            headers, payload, _ = json.loads(line)
            process = re.match(r"processname:(\S+) groupname:(\S+)", payload)
            told.setdefault(":".join(process.groups()) if process else headers["eventname"].split("_")[0], []).append(
                [headers["eventname"], re.sub(r"pid:[1-9]\d*", "pid:N", payload)])
        return told

    def mails(self, before):
        path = self.folder / "log/mails"
        return sorted(path.read_bytes()[before.get(path, 0):].decode().splitlines())

    def left(self):
        return [self.normal(str(path.relative_to(self.folder))) for path in sorted(self.folder.glob("**/*"))
                if path.is_file() and "state" not in path.parts]


@unittest.skipUnless(os.geteuid() == 0, "programs become other users")
class Takeover(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        workspace = self.enterContext(support.Workspace())
        self.site = Site(workspace.folder / "site")
        self.assertEqual(60, shop.sections(self.site.files))

    def test_the_very_same_file(self):
        turner = quick_supervisor.LoopTurner(self.site.folder / "run/shop.sock")
        try:
            theirs = self.day_of(pair.SUPERVISORD)
        finally:
            turner.close()
        before = self.site.config.read_bytes()
        ours = self.day_of(str(support.BIN / "holdfastd"))
        self.assertEqual(before, self.site.config.read_bytes())
        self.assertEqual(list(theirs), list(ours))
        for step in theirs:
            pair.HELD.append(step)
            with self.subTest(step):
                self.assertEqual(pair.shape(theirs[step]), pair.shape(ours[step]), "first is supervisord's, second ours")

    def day_of(self, program):
        """One daemon's day: {step: what came of it}."""
        site, seen = self.site, {}
        for name in (*UPDATED, "data/lively", "data/open"):
            (site.folder / name).unlink(missing_ok=True)
        site.write(site.files)
        before = site.sizes()
        seen["start"] = site.start(program)
        self.addCleanup(site.end)
        site.wait_rest(AT_FIRST)
        (site.folder / "data/open").touch()
        support.wait_for(lambda: "exited: lively" in site.main_log_since(before), what="the first life of lively")
        site.wait_rest(IN_THE_END)
        support.wait_for(lambda: len(site.mails(before)) >= MAILS, what="the mails")
        self.hold(seen, QUESTIONS)
        seen["pid"] = site.ctl("pid")[1] == [str(site.pid)]
        seen["pid of each"] = [int(line) > 0 for line in site.ctl("pid all")[1]]
        support.wait_for(lambda: site.ctl("maintail -300")[1] ==
                         site.normal(site.file("log/supervisord.log")[-300:] + "\n").splitlines(), what="the end of the main log")
        seen["all, by TCP"] = site.normal(site.tcp.supervisor.getAllProcessInfo())
        seen["its configuration"] = [{key: value for key, value in site.normal(row).items() if key != "autorestart"}
                                     for row in site.rpc.supervisor.getAllConfigInfo()]
        seen["without a password"] = site.http("GET", "/")[0]
        seen["sockets"] = [(oct(info.st_mode), info.st_uid, info.st_gid) for info in map(os.lstat, (
            site.folder / "run/shop.sock", site.folder / "run/php.sock"))]
        self.hold(seen, DAY)
        support.wait_for(lambda: "reloaded" in site.file("log/catalog-web-1.log"), 10, "the answer to USR1")
        site.rpc.supervisor.sendProcessStdin("mail:worker", "post ä\n")
        support.wait_for(lambda: site.file("log/mail-worker.log").endswith("heard post ä\n"), 10, "the worker's word")
        seen["tail after clear"] = site.ctl("tail mail:worker")
        site.rpc.supervisor.sendRemoteCommEvent("kind", "of the day")
        self.change()
        self.hold(seen, CHANGES[:UPDATE])
        self.hold(seen, CHANGES[UPDATE:])
        site.wait_rest()
        # How much of its own shutdown a listener is still told is a matter of time.
        site.rpc.supervisor.sendRemoteCommEvent("kind", "of the end")
        support.wait_for(lambda: "of the end" in str(site.events(before).get("REMOTE")), what="the last event")
        seen.update({f"events of {name}": rows for name, rows in site.events(before).items()})
        seen["mails"] = site.mails(before)
        seen["shutdown"] = site.ctl("shutdown")
        support.wait_for(lambda: not support.alive(site.pid), what=f"the end of {site.name}")
        seen.update({f"log {name}": text for name, text in site.written(before).items()})
        seen["how the main log begins"], seen["main log"] = site.said(before)
        seen["files"] = site.left()
        seen["afterwards"] = site.ctl("status")
        return seen

    def hold(self, seen, lines):
        """What changes something is held when the line before has done its work to the end."""
        for line in lines:
            if lines is not QUESTIONS:
                self.site.wait_rest()
            seen[f"{len(seen)} {line}"] = self.site.ctl(line)

    def change(self):
        """A new program, an application with one process more, a program that goes."""
        changed = self.site.files[f"apps/{APART}/supervisor.ini"].replace("numprocs = 2", "numprocs = 3")
        single = self.site.files["conf.d/20-single.conf"].replace("[program:manual]", "[program:other]")
        self.site.write({**UPDATED, f"apps/{APART}/supervisor.ini": changed, "conf.d/20-single.conf": single})


if __name__ == "__main__":
    pair.main()
