"""What a terminal sees when a daemon cannot start, from Debian's supervisord and from holdfastd: the same text, but for
the place that we add, and the same exit status (contract supervisor.md 1.2, 1.8). And holdfastd's own: -T, and a start with
relative paths from a folder that the daemon leaves."""
import concurrent.futures
import contextlib
import os
import pathlib
import re
import signal
import socket
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "support"))
import holdfast_testing as support  # noqa: E402

SUPERVISORD = "/usr/bin/supervisord"
HOLDFASTD = str(support.BIN / "holdfastd")
ENVIRONMENT = {"PATH": "/usr/bin:/bin", "HOME": "/root", "LANG": "C.UTF-8"}
PLACE = re.compile(r"^The error is at .*\n", re.M)


def answer(listening):
    """Says something to each who comes, until the socket is shut down."""
    while True:
        try:
            stream = listening.accept()[0]
        except OSError:
            return
        with stream, contextlib.suppress(OSError):
            stream.recv(1000)
            stream.sendall(b"HTTP/1.0 200 OK\r\n\r\n")


class InAFolder(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        self.folder = pathlib.Path(os.path.realpath(self.enterContext(tempfile.TemporaryDirectory())))
        self.file = self.folder / "supervisord.conf"

    def run_one(self, program, *arguments):
        return subprocess.run([program, *map(str, arguments)], capture_output=True, text=True, timeout=60, env=ENVIRONMENT, cwd=self.folder)

    def ours(self, *arguments):
        return self.run_one(HOLDFASTD, *arguments)


class Refused(InAFolder):
    def refused_alike(self, arguments, programs=(SUPERVISORD, HOLDFASTD)):
        """Both end with status 2, the same words on stderr, nothing on stdout. Our place, if we said one."""
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            theirs, ours = pool.map(lambda program: self.run_one(program, *arguments), programs)
        self.assertEqual(theirs.returncode, 2, theirs)
        self.assertEqual((ours.returncode, ours.stdout), (2, ""), ours)
        expected = re.sub(r"^.*UserWarning: (.*)\n.*warnings\.warn\(\n", r"Warning: \1\n", theirs.stderr, flags=re.M)
        self.assertEqual(PLACE.sub("", ours.stderr).replace(programs[1], "DAEMON"), expected.replace(programs[0], "DAEMON"))
        place = PLACE.search(ours.stderr)
        return place and place[0].rstrip().removeprefix("The error is at ")

    def test_command_lines(self):
        self.file.write_text("[supervisord]\n")
        for arguments in (["-n", "-n"], ["extra", "it's"], ["-x"], ["--logfile"], ["-e", "loud"], ["-c", self.file, "-c", self.file], ["-c", "/no/such"],
                          ["-c", self.folder], ["-u", "nosuch", "-c", self.file]):
            with self.subTest(arguments=arguments):
                self.refused_alike(["-n", *arguments] if arguments[0] == "-c" else arguments)

    def test_files(self):
        for text, place in (("[x]\n", None), ("garbage\n", None), ("[supervisord]\nfoo\n\nbar\n", None),
                            ("[supervisord]\n[program:x]\ncommand=a\nautostart=maybe\n", ":4, section [program:x], key autostart"),
                            ("[supervisord]\n[include]\nfiles=%(nope)s\n", ":3, section [include], key files"),
                            ("[supervisord]\n[inet_http_server]\nport=x\n", ":3, section [inet_http_server], key port")):
            with self.subTest(text=text):
                self.file.write_text(text)
                self.assertEqual(self.refused_alike(["-n", "-c", self.file]), place and f"{self.file}{place}")

    def test_a_port_that_is_taken(self):
        with socket.create_server(("127.0.0.1", 0)) as other:
            self.file.write_text("[supervisord]\n[inet_http_server]\nport=127.0.0.1:%d\n[holdfast]\nstate_dir=state\n" % other.getsockname()[1])
            arguments = ["-n", "-s", "-c", self.file, "-l", self.folder / "log", "-j", self.folder / "pid"]
            self.refused_alike(arguments)

    def test_a_socket_that_cannot_be_made(self):
        """Its folder is missing; somebody answers there."""
        arguments = ["-n", "-s", "-c", self.file, "-l", self.folder / "log", "-j", self.folder / "pid"]
        text = "[supervisord]\n[unix_http_server]\nfile=%(here)s/{}\n[holdfast]\nstate_dir=state\n"
        self.file.write_text(text.format("missing/s.sock"))
        self.refused_alike(arguments)
        self.file.write_text(text.format("s.sock"))
        with socket.socket(socket.AF_UNIX) as other:
            other.bind(str(self.folder / "s.sock"))
            other.listen()
            answering = concurrent.futures.ThreadPoolExecutor(1)
            done = answering.submit(answer, other)
            try:
                self.refused_alike(arguments)
            finally:
                other.shutdown(socket.SHUT_RDWR)
                done.result(10)

    def test_the_file_is_looked_for_beside_the_program(self):
        """Root is warned; the folder above the program's comes first."""
        (self.folder / "bin").mkdir()
        (self.folder / "etc").mkdir()
        programs = []
        for target in (SUPERVISORD, HOLDFASTD):
            programs.append(str(self.folder / "bin" / os.path.basename(target)))
            os.symlink(target, programs[-1])
        (self.folder / "etc/supervisord.conf").write_text("[supervisord]\nloglevel=loud\n")
        self.assertEqual(self.refused_alike(["-n"], programs), f"{self.folder}/etc/supervisord.conf:2, section [supervisord], key loglevel")
        if os.getuid() == 0:
            self.assertIn("Warning: Supervisord is running as root and it is searching", self.run_one(programs[1]).stderr)

    def test_help_and_version(self):
        for option in ("-h", "-?", "--help"):
            done = self.ours(option)
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            self.assertIn("--logfile_backups", done.stdout)
        for option in ("-v", "--version"):
            done = self.ours(option)
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            self.assertRegex(done.stdout, r"\A\d+\.\d+\.\d+\S*\n\Z")


GOOD = """[supervisord]
logfile = %(here)s/main.log
pidfile = %(here)s/daemon.pid
identifier = shop

[inet_http_server]
port = 127.0.0.1:{port}
username = admin
password = s3cret

[program:web]
command = /bin/sleep 100
process_name = %(program_name)s_%(process_num)02d
numprocs = 2
directory = /tmp
user = nobody
environment = TOKEN="t0ken"
stdout_logfile = %(here)s/web.log
autostrat = false

[program:gone]
command = /no/such/program
redirect_stderr = true

[cluster]
name = shop
nodes = <one>127.0.0.1:{port}, <two>192.0.2.1:9001

[programm:typo]
"""


class ConfigTest(InAFolder):
    """holdfastd -T."""

    def test_a_good_file(self):
        self.file.write_text(GOOD.format(port=support.free_port()))
        done = self.ours("-T", "-c", self.file)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        for words in (f"{self.file} is good: 3 processes in 2 groups", "daemon shop", "web_01\n    command      /bin/sleep 100\n    user         nobody\n",
                      "directory    /tmp", "autostart    yes, restarted after an unexpected exit", f"stdout       {self.folder}/web.log", "stderr       with stdout",
                      "[inet_http_server]\n    address      127.0.0.1", "password     of user admin", "cluster shop\n    this node    one at 127.0.0.1:",
                      "node         two at 192.0.2.1:9001", f"{self.file}:19: [program:web] has no key autostrat here; it is ignored",
                      "[programm:typo] is no section that is known here", "gone:gone cannot be started as things are: can't find command '/no/such/program'"):
            self.assertIn(words, done.stdout)
        self.assertNotIn("s3cret", done.stdout)
        self.assertNotIn("t0ken", done.stdout)
        self.assertEqual(os.listdir(self.folder), ["supervisord.conf"], "nothing was made")

    def test_bad_files(self):
        base = "[supervisord]\n[inet_http_server]\nport=127.0.0.1:9001\n[cluster]\n"
        for text, words in (
                ("away_grace=601\n", f"The error is at {self.file}:5, section [cluster], key away_grace\n"),
                ("starting_strategy=BEST\n", f"{self.file}:5, section [cluster], key starting_strategy\n"),
                ("nodes=a b\n", f"{self.file}:5, section [cluster], key nodes\n"),
                ("wait_for=5000\n", f"{self.file}:5, section [cluster], key wait_for\n"),
                ("nodes=192.0.2.1:9001\n", "no item of the node list is this agent"),
                ("rules=rules.xml\n", f"{self.folder}/rules.xml:2: "),
                ("nodes=<a>127.0.0.1:9001,<a>127.0.0.2:9001\n",
                 "two items of the node list are called a: <a>127.0.0.1:9001 and <a>127.0.0.2:9001; each node needs a name of its own\n"),
                ("nodes=<a>127.0.0.1:9001,<a>127.0.0.2:9001\n", f"{self.file}:5, section [cluster], key nodes\n"),
                ("nodes=<a>127.0.0.1:9001,<b>127.0.0.1:9001\n", "two items of the node list are at one address: "),
                ("nodes=<>127.0.0.1:9001\n", "the nick between < and > may have"),
                ("key_file=key\n", "key")):
            with self.subTest(text=text):
                (self.folder / "rules.xml").write_text("<root>\n<nonsense/></root>\n")
                (self.folder / "key").write_text("short\n")
                os.chmod(self.folder / "key", 0o600)
                self.file.write_text(base + text)
                done = self.ours("-T", "-c", self.file)
                self.assertEqual((done.returncode, done.stdout), (2, ""), done)
                self.assertIn(words, done.stderr)

    def test_a_misspelt_option_of_supvisors(self):
        """It would make a cluster of one: said by -T, and by the start's log as WARN."""
        self.file.write_text("[supervisord]\n[inet_http_server]\nport=127.0.0.1:9001\n[rpcinterface:supvisors]\n"
                             "supervisor.rpcinterface_factory=supvisors.plugin:make_supvisors_rpcinterface\n"
                             "supvisors_lits=a,b\ninternal_port=60001\ncore_identifiers=nobody\n")
        done = self.ours("-T", "-c", self.file)
        self.assertEqual(done.returncode, 0, done)
        for words in (f"{self.file}:6: [rpcinterface:supvisors] has no key supvisors_lits here; it is ignored; did you mean supvisors_list?\n",
                      f"{self.file}:7: [rpcinterface:supvisors] has no key internal_port here; it is ignored\n",
                      f"{self.file}:8: 'nobody' is named as a core node, but no item of the node list is called so"):
            self.assertIn(words, done.stdout)

    def test_options_of_supvisors(self):
        """An invalid value there is no error but is said, with its place and what holds instead (supvisors.md 1.2)."""
        self.file.write_text("[supervisord]\n[inet_http_server]\nport=127.0.0.1:9001\n[rpcinterface:supvisors]\n"
                             "supervisor.rpcinterface_factory=supvisors.plugin:make_supvisors_rpcinterface\nsynchro_timeout=3\n")
        done = self.ours("-T", "-c", self.file)
        self.assertEqual(done.returncode, 0, done)
        self.assertRegex(done.stdout, rf"\[rpcinterface:supvisors\] synchro_timeout \({self.file}:6\): .*; the default 15 is used")


class Elsewhere(InAFolder):
    def test_relative_paths_belong_to_the_folder_of_the_start(self):
        """As a daemon that goes to another folder, and again when its configuration is loaded anew."""
        self.file.write_text("[supervisord]\ndirectory=/\nlogfile=main.log\npidfile=daemon.pid\n[holdfast]\nstate_dir=state\n"
                             "[unix_http_server]\nfile=%(here)s/s\n[rpcinterface:x]\n"
                             "supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface\n[program:a]\ncommand=/bin/pwd\nstartsecs=0\n"
                             "autorestart=false\nstdout_logfile=%(here)s/out\n")
        done = self.ours("-c", "supervisord.conf")
        self.assertEqual(done.returncode, 0, done)
        pid = int((self.folder / "daemon.pid").read_text())
        try:
            log = self.folder / "main.log"
            support.wait_for(lambda: (self.folder / "out").exists() and (self.folder / "out").read_text() == "/\n", 10, "the program's folder")
            server = support.server_proxy(f"unix://{self.folder}/s")
            self.assertEqual(server.supervisor.reloadConfig(), [[[], [], []]])
            before = log.read_text().count("supervisord started")
            os.kill(pid, signal.SIGHUP)
            support.wait_for(lambda: log.read_text().count("supervisord started") > before, 10, "the restart")
        finally:
            os.kill(pid, signal.SIGTERM)
            support.wait_for(lambda: not support.alive(pid), 10, "the end")


if __name__ == "__main__":
    unittest.main(warnings="ignore")
