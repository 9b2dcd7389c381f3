"""What has the name of a file of ours and is none is left alone: at the start, and at the end. Beside Debian's supervisord, which
says the same of a pid file that it cannot write, but removes whatever has its name."""
import os
import pathlib
import re
import signal
import socket
import stat
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "support"))
import holdfast_testing as support  # noqa: E402

PROGRAMS = {"supervisord": "/usr/bin/supervisord", "holdfastd": support.BIN / "holdfastd"}

BASE = """
[supervisord]
logfile = %(here)s/agent.log
pidfile = %(here)s/daemon.pid
childlogdir = %(here)s

[holdfast]
state_dir = %(here)s/state

[unix_http_server]
file = %(here)s/s.sock

[rpcinterface:supervisor]
supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface
"""

PATIENCE_S = support.PATIENCE_S


class OwnFiles(unittest.TestCase):
    def setUp(self):
        self.workspace = support.Workspace()

    def tearDown(self):
        failed = self._outcome.result.failures or self._outcome.result.errors
        self.workspace.__exit__(AssertionError if failed else None, None, None)

    def start(self, more="", name="holdfastd", prepare=lambda folder: None):
        daemon = self.workspace.daemon(name, BASE + more, program=PROGRAMS[name])
        prepare(daemon.folder)
        daemon.start()
        support.wait_for(lambda: self.rpc(daemon).getState(), PATIENCE_S, f"{name} to answer")
        return daemon

    @staticmethod
    def rpc(daemon):
        return support.server_proxy(f"unix://{daemon.folder}/s.sock").supervisor

    @staticmethod
    def end(daemon):
        daemon.process.terminate()
        return daemon.process.wait(PATIENCE_S)

    def both(self, prepare, at_the_end=lambda folder: None):
        """{name: (folder, exit status)} of a start and an end with a pid file that `prepare` has made."""
        seen = {}
        for name in PROGRAMS:
            daemon = self.start(name=name, prepare=prepare)
            at_the_end(daemon.folder)
            seen[name] = (daemon.folder, self.end(daemon))
        self.assertEqual([status for _, status in seen.values()], [0, 0])
        return {name: folder for name, (folder, _) in seen.items()}

    @staticmethod
    def complaint(folder):
        found = re.search(r"CRIT (could not write pidfile) ([^\s:]+)", (folder / "agent.log").read_text())
        return found and (found[1], pathlib.Path(found[2]).name)

    def test_a_pid_file_that_is_a_directory(self):
        folders = self.both(lambda folder: (folder / "daemon.pid").mkdir())
        for folder in folders.values():
            self.assertTrue((folder / "daemon.pid").is_dir())
        self.assertEqual({self.complaint(folder) for folder in folders.values()}, {("could not write pidfile", "daemon.pid")})

    @unittest.skipUnless(os.geteuid() == 0, "only root may make a device")
    def test_a_pid_file_that_is_a_device(self):
        folders = self.both(lambda folder: os.mknod(folder / "daemon.pid", 0o600 | stat.S_IFCHR, os.makedev(1, 3)))
        self.assertEqual({self.complaint(folder) for folder in folders.values()}, {None})
        self.assertFalse((folders["supervisord"] / "daemon.pid").exists(), "Supervisor removes it")
        self.assertTrue((folders["holdfastd"] / "daemon.pid").is_char_device())

    def test_a_pid_file_that_is_a_link(self):
        folders = self.both(lambda folder: (folder / "daemon.pid").symlink_to(folder / "target"))
        for folder in folders.values():
            self.assertRegex((folder / "target").read_text(), r"^\d+\n$")
        self.assertFalse((folders["supervisord"] / "daemon.pid").is_symlink(), "Supervisor removes it")
        self.assertTrue((folders["holdfastd"] / "daemon.pid").is_symlink())

    def test_a_pid_file_that_somebody_has_written_since(self):
        folders = self.both(lambda folder: None, lambda folder: (folder / "daemon.pid").write_text("1\n"))
        self.assertFalse((folders["supervisord"] / "daemon.pid").exists(), "Supervisor removes it")
        self.assertEqual((folders["holdfastd"] / "daemon.pid").read_text(), "1\n")

    def test_our_own_pid_file_goes(self):
        folders = self.both(lambda folder: (folder / "daemon.pid").write_text("left by an earlier one\n"))
        for folder in folders.values():
            self.assertFalse((folder / "daemon.pid").exists())

    def test_a_pid_file_that_is_a_fifo(self):
        """Ours alone: Supervisor waits for its reader before it does anything."""
        daemon = self.start(prepare=lambda folder: os.mkfifo(folder / "daemon.pid"))
        support.wait_for(lambda: self.complaint(daemon.folder), PATIENCE_S, "the log line")
        self.assertEqual(self.end(daemon), 0)
        self.assertTrue((daemon.folder / "daemon.pid").is_fifo())

    def test_an_http_socket_that_somebody_has_replaced(self):
        daemon = self.start()
        path = daemon.folder / "s.sock"
        path.unlink()
        path.write_text("somebody's\n")
        self.assertEqual(self.end(daemon), 0)
        self.assertEqual(path.read_text(), "somebody's\n")

    def test_an_http_socket_of_somebody_else(self):
        daemon = self.start()
        path = daemon.folder / "s.sock"
        path.unlink()
        with socket.socket(socket.AF_UNIX) as other:
            other.bind(str(path))
            self.assertEqual(self.end(daemon), 0)
            self.assertTrue(path.is_socket())

    def test_our_own_http_socket_goes_also_with_a_later_agent(self):
        daemon = self.start()
        self.assertEqual((daemon.folder / "s.sock").is_socket(), True)
        daemon.kill_agent()
        support.wait_for(lambda: self.rpc(daemon).getState(), PATIENCE_S, "the next agent")
        self.assertEqual(self.end(daemon), 0)
        self.assertFalse((daemon.folder / "s.sock").exists())

    def test_a_fcgi_socket_whose_path_is_a_file(self):
        daemon = self.start("""
[fcgi-program:web]
command = /bin/cat
socket = unix://%(here)s/web
startsecs = 0
startretries = 0
""", prepare=lambda folder: (folder / "web").write_text("somebody's\n"))
        row = support.wait_for(lambda: (found := self.rpc(daemon).getProcessInfo("web"))["statename"] == "FATAL" and found,
                               PATIENCE_S, "web to be FATAL")
        self.assertIn("exists and is not a socket", row["spawnerr"])
        self.assertEqual((daemon.folder / "web").read_text(), "somebody's\n")
        (daemon.folder / "web").unlink()
        self.assertTrue(self.rpc(daemon).startProcess("web"))
        self.assertEqual(self.end(daemon), 0)

    def test_of_automatic_logs_only_files_go(self):
        names = {kind: f"web-stdout---supervisor-{kind}.log" for kind in ("file", "fifo", "link")}

        def prepare(folder):
            (folder / names["file"]).touch()
            os.mkfifo(folder / names["fifo"])
            (folder / names["link"]).symlink_to(folder / "daemon.conf")
        daemon = self.start(prepare=prepare)
        self.assertEqual({kind for kind, name in names.items() if os.path.lexists(daemon.folder / name)}, {"fifo", "link"})


if __name__ == "__main__":
    unittest.main()
