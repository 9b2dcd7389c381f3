"""What the starting shell sees of a daemon (contract supervisor.md 1.9): both programs are started without -n from the same
text; exit status, words on stderr, pid file, directory, umask, user and limits of the daemon and of a program are the
same."""
import os
import pathlib
import re
import signal
import socket
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "support"))
import holdfast_testing as support  # noqa: E402

PROGRAMS = {"supervisord": "/usr/bin/supervisord", "holdfastd": ""}  # ours: the copy of Daemons.setUpClass

BASE = """
[supervisord]
logfile = %(here)s/main.log
pidfile = %(here)s/daemon.pid
childlogdir = %(here)s
EXTRA

[holdfast]
state_dir = %(here)s/state

[unix_http_server]
file = %(here)s/s.sock

[program:show]
command = /bin/sh -c "umask; pwd; id -u; id -G; grep -E 'open files|processes' /proc/self/limits; echo end; exec sleep 1000"
startsecs = 0
redirect_stderr = true
stdout_logfile = %(here)s/show.out
"""


class Daemons(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.programs = cls.enterClassContext(support.Workspace()).folder
        support.programs_for_everybody(cls.programs, "holdfastd", "holdfast-agent")
        PROGRAMS["holdfastd"] = str(cls.programs / "holdfastd")

    def setUp(self):
        self.workspace = support.Workspace()
        self.workspace.folder.chmod(0o755)
        self.pids = []

    def tearDown(self):
        for pid in self.pids:
            os.kill(pid, signal.SIGTERM)
        for pid in self.pids:
            support.wait_for(lambda: not support.alive(pid), 15, "the daemon's end")
        self.workspace.__exit__(None, None, None)

    def start(self, name, extra="", tail="", before=()):
        """(folder, exit status, stderr without what must differ)."""
        folder = self.workspace.folder / name
        folder.mkdir(exist_ok=True)
        folder.chmod(0o777)
        (folder / "daemon.conf").write_text(BASE.replace("EXTRA", extra) + tail)
        done = support.run(*before, PROGRAMS[name], "-c", folder / "daemon.conf", cwd=folder)
        words = done.stderr.replace(str(folder), "HERE").replace(PROGRAMS[name], "PROGRAM").replace("holdfastd", "PROGRAM")
        return folder, done.returncode, re.sub(r"The error is at .*\n", "", words)  # a line that only we have

    def started(self, name, extra="", before=()):
        folder, status, words = self.start(name, extra, before=before)
        self.assertEqual((status, words), (0, ""), name)
        pid = int(support.wait_for(lambda: (folder / "daemon.pid").read_text(), 10, "the pid file"))
        self.pids.append(pid)
        support.wait_for(lambda: "end" in (folder / "show.out").read_text(), 10, "what the program sees")
        support.wait_for(lambda: self.said(folder)[-1:] == [("INFO", "supervisord started with pid")], 10,
                         "the last line of the start")
        return folder, pid

    def both(self, *arguments, **options):
        return [self.started(name, *arguments, **options) for name in PROGRAMS]

    def same(self, seen):
        self.assertEqual(seen[0], seen[1], "first is supervisord's, second ours")
        return seen[0]

    def refused(self, **options):
        """Both refuse with status 2 and the same words. (Of a limit Supervisor names the wrong number: what was asked
        for, not what may be had.)"""
        seen = [self.start(name, **options)[1:] for name in PROGRAMS]
        wanted = re.compile(r"(to open )\d+")
        status, words = self.same([(code, wanted.sub(r"\1", text)) for code, text in seen])
        self.assertEqual(status, 2)
        for name in PROGRAMS:
            self.assertFalse((self.workspace.folder / name / "daemon.pid").exists())
        return words

    @staticmethod
    def shown(folder):
        return (folder / "show.out").read_text().replace(str(folder), "HERE")

    @staticmethod
    def said(folder):
        """The main log's words that a start may or may not say."""
        wanted = re.compile(r".* (daemonizing.*|set current directory.*|can't chdir.*|Increased .*|Set uid .*|"
                            r"supervisord started with pid|Supervisor is running as root)")
        log = (folder / "main.log").read_text().replace(str(folder), "HERE")
        return [(line.split()[2], found[1]) for line in log.splitlines() if (found := wanted.match(line))]

    def test_a_bad_value_is_said_to_the_shell(self):
        self.assertIn("Error: ", self.refused(tail="\n[program:x]\ncommand = cat\nnumprocs = many\n"))

    def test_a_port_in_use_is_said_to_the_shell(self):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            words = self.refused(tail=f"\n[inet_http_server]\nport = 127.0.0.1:{taken.getsockname()[1]}\n")
        self.assertIn("already listening", words)

    def test_limits_that_may_not_be_had(self):
        for key, option in (("minfds", "--nofile=100:200"), ("minprocs", "--nproc=100:200")):
            before = ("prlimit", option, "setpriv", "--bounding-set=-sys_resource", "--inh-caps=-sys_resource")
            self.assertIn(f"lower the {key} setting", self.refused(extra=f"{key} = 3000", before=before))

    def test_an_ordinary_start(self):
        seen = self.both("umask = 027\ndirectory = /usr\nminfds = 2000\nminprocs = 300",
                         before=("prlimit", "--nofile=1000:4000", "--nproc=200:5000"))
        self.same([self.shown(folder) for folder, _ in seen])
        self.same([self.said(folder) for folder, _ in seen])
        self.same([os.readlink(f"/proc/{pid}/cwd") for _, pid in seen])
        self.same([os.readlink(f"/proc/{pid}/fd/0") for _, pid in seen])
        self.assertNotIn(os.getsid(0), [os.getsid(pid) for _, pid in seen])
        self.same([(folder / "daemon.pid").stat().st_mode for folder, _ in seen])

    @unittest.skipUnless(os.geteuid() == 0, "only root may raise a priority")
    def test_the_loop_goes_before_the_programs(self):
        """Ours alone (docs/decisions/0012): ten levels for the loop's thread; everything else is as it was started."""
        daemon = self.workspace.daemon("raised", BASE.replace("EXTRA", ""), program=PROGRAMS["holdfastd"])
        daemon.start()
        self.addCleanup(daemon.stop)
        shown = daemon.folder / "show.out"
        support.wait_for(lambda: shown.exists() and "end" in shown.read_text(), 10, "the program's words")
        agent, own = daemon.agent_pid(), os.getpriority(os.PRIO_PROCESS, 0)
        program = set(support.children_of(daemon.pid)) - {agent}
        self.assertEqual(len(program), 1)
        self.assertEqual([os.getpriority(os.PRIO_PROCESS, pid) for pid in (daemon.pid, *program)], [own, own])
        self.assertEqual({name: os.getpriority(os.PRIO_PROCESS, thread) for thread, name in self.threads(agent)},
                         {"holdfast-agent": own - 10, "holdfast-disk": own})

    @staticmethod
    def threads(pid):
        return [(int(each.name), (each / "comm").read_text().strip()) for each in pathlib.Path(f"/proc/{pid}/task").iterdir()]

    def test_a_directory_that_is_gone(self):
        def start(name):
            away = self.workspace.folder / f"{name}-away"
            away.mkdir()
            # There when the file is read, but not to be entered: the search bit is missing and root's right to it.
            away.chmod(0)
            before = ("setpriv", "--bounding-set=-dac_override,-dac_read_search",
                      "--inh-caps=-dac_override,-dac_read_search")
            folder, _ = self.started(name, f"directory = {away}", before=before)
            return [(level, text.replace(str(away), "AWAY")) for level, text in self.said(folder)]
        said = self.same([start(name) for name in PROGRAMS])
        self.assertTrue(any("can't chdir" in text for _, text in said), said)

    @unittest.skipUnless(os.getuid() == 0, "only root may become somebody else")
    def test_another_user(self):
        seen = self.both("user = nobody")
        self.same([self.shown(folder) for folder, _ in seen])
        self.same([self.said(folder) for folder, _ in seen])
        for _, pid in seen:
            self.assertNotEqual(os.stat(f"/proc/{pid}").st_uid, 0)

    @unittest.skipUnless(os.getuid() == 0, "only root may become somebody else")
    def test_a_user_that_may_not_run_the_agent(self):
        """Supervisor is not asked: it has one program. Without the refusal the agent's first crash would be its last."""
        self.programs.chmod(0o700)
        self.addCleanup(self.programs.chmod, 0o755)
        folder, status, words = self.start("holdfastd", "user = nobody")
        self.assertEqual(status, 2, words)
        self.assertIn("may not run", words)
        self.assertIn("nothing was started", words)
        self.assertFalse((folder / "daemon.pid").exists())

    @unittest.skipUnless(os.getuid() == 0, "root must become somebody first")
    def test_an_owner_that_it_may_not_give_the_socket(self):
        words = self.refused(tail="\n[unix_http_server:x]\nfile = %(here)s/x.sock\nchown = root:root\n",
                             before=("setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"))
        self.assertIn("current user (nobody)", words)

    @unittest.skipUnless(os.getuid() == 0, "root must become somebody first")
    def test_a_user_that_it_may_not_become(self):
        words = self.refused(extra="user = daemon",
                             before=("setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"))
        self.assertIn("Can't drop privilege as nonroot user", words)


if __name__ == "__main__":
    unittest.main(warnings="ignore")
