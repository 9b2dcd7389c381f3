"""Holds the same commands with Debian's supervisorctl 4.2.5 and with holdfastctl, both against the same supervisord, and
compares standard output, standard error and exit status (contract supervisor.md 6). Steps that change something put the
daemon into the same state before each of the two. The differences that we want are in normal() and nowhere else.
HOLDFAST_BIN names the folder of holdfastctl."""
import concurrent.futures
import contextlib
import os
import pathlib
import re
import select
import signal
import socket
import subprocess
import sys
import unittest
import xmlrpc.client

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "support"))
import holdfast_testing as support  # noqa: E402
import quick_supervisor  # noqa: E402

SUPERVISORD = "/usr/bin/supervisord"
THEIRS = "/usr/bin/supervisorctl"
OURS = str(support.BIN / "holdfastctl")
ENVIRONMENT = {"PATH": "/usr/bin:/bin", "HOME": "/root", "LANG": "C.UTF-8"}
LONG = "a_program_whose_name_is_longer_than_thirty_letters"

COUNTED = set()  # the steps that were held

BASE = """
[supervisord]
logfile = %(here)s/main.log
pidfile = %(here)s/supervisord.pid
childlogdir = %(here)s
loglevel = info

[rpcinterface:supervisor]
supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface

[unix_http_server]
file = %(here)s/s.sock

[supervisorctl]
serverurl = unix://%(here)s/s.sock
"""

PROGRAMS = f"""
[program:cat]
command = /bin/cat
startsecs = 0
stopwaitsecs = 2

[program:stopped]
command = /bin/cat
startsecs = 0
autostart = false

[program:nofile]
command = /nonexistent/program
autostart = false

[program:notexecutable]
command = %(here)s/daemon.conf
autostart = false

[program:quick]
command = /bin/false
startsecs = 60
startretries = 0
autostart = false

[program:nolog]
command = /bin/cat
startsecs = 0
stdout_logfile = NONE
stderr_logfile = NONE

[program:talk]
command = /bin/sh -c "echo first line; echo the line æøå; echo an error >&2; exec cat"
startsecs = 0

[program:long]
command = /bin/sh -c "seq 1 2000; exec cat"
startsecs = 0

[program:once]
command = /bin/sleep 0.5
startsecs = 0
autorestart = false

[program:{LONG}]
command = /bin/cat
startsecs = 0

[program:p1]
command = /bin/cat
startsecs = 0

[program:p2]
command = /bin/cat
startsecs = 0

[group:pair]
programs = p1,p2

[program:many]
command = /bin/cat
process_name = many_%(process_num)s
numprocs = 2
startsecs = 0
priority = 5
"""

ONE_PROGRAM = PROGRAMS[:PROGRAMS.index("[program:stopped]")]
NEXT = PROGRAMS.replace("[program:once]", "[program:newcomer]").replace("[group:pair]", "[group:pair]\npriority = 7")

AUTHENTICATED = """
[supervisord]
logfile = %(here)s/main.log
pidfile = %(here)s/supervisord.pid
childlogdir = %(here)s

[rpcinterface:supervisor]
supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface

[inet_http_server]
port = 127.0.0.1:{port}
username = anna
password = secret word

[supervisorctl]
serverurl = http://127.0.0.1:{port}

[program:cat]
command = /bin/cat
startsecs = 0
"""

STUBBORN = """
[program:stubborn]
command = /usr/bin/python3 -c "import signal, time; signal.signal(15, signal.SIG_IGN); print('up', flush=True); time.sleep(999)"
startsecs = 0
stopwaitsecs = 600
"""


def normal(text):
    """Without what must differ: the program's own name, clocks, and the place in the source of an unexpected error."""
    text = text.replace(THEIRS, "CTL").replace(OURS, "CTL")
    text = re.sub(r"uptime \d+ days?, \d+:\d\d:\d\d|uptime \d+:\d\d:\d\d", "uptime U", text)
    text = re.sub(r"pid \d+", "pid P", text)
    text = re.sub(r"\w{3} \d\d \d\d:\d\d [AP]M", "WHEN", text)
    text = re.sub(r"The error is at .*\n", "", text)  # our line below Supervisor's two: file, line, section, key
    return re.sub(r"(error: <class .*): file: \S+ line: \d+", r"\1: file: F line: N", text)


class Result:
    def __init__(self, code, out, err):
        self.said = (code, normal(out), normal(err))

    def __eq__(self, other):
        return self.said == other.said

    def __str__(self):
        return f"status {self.said[0]}\n--- stdout\n{self.said[1]}--- stderr\n{self.said[2]}"


def run(program, words, folder, stdin=""):
    if program == THEIRS:
        code, out, err = quick_supervisor.supervisorctl(words, folder, ENVIRONMENT, stdin.encode())
    else:
        done = subprocess.run([program, *words], capture_output=True, cwd=folder, env=ENVIRONMENT, timeout=support.PATIENCE_S,
                              input=stdin.encode())
        code, out, err = done.returncode, done.stdout, done.stderr
    return Result(code, out.decode(errors="replace"), err.decode(errors="replace"))


class CtlCase(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.stack = contextlib.ExitStack()
        cls.turners = []
        cls.workspace = cls.stack.enter_context(support.Workspace())

    @classmethod
    def tearDownClass(cls):
        cls.stack.close()
        for turner in cls.turners:
            turner.close()

    @classmethod
    def supervisord(cls, name, config):
        """A started supervisord (with its socket s.sock, if it has one, at our pace) and a proxy to it."""
        daemon = cls.workspace.daemon(name, config, program=SUPERVISORD, environment=ENVIRONMENT).start()
        cls.turners.append(quick_supervisor.LoopTurner(daemon.folder / "s.sock"))
        return daemon, support.server_proxy(f"unix://{daemon.folder}/s.sock").supervisor

    def hold(self, words, prepare=lambda: None, folder=None, stdin="", lines=lambda text: text):
        """The same words to both, each after prepare(). `lines`: what of the result is compared."""
        prepare()
        theirs = run(THEIRS, words, folder or self.workspace.folder, stdin)
        prepare()
        ours = run(OURS, words, folder or self.workspace.folder, stdin)
        with self.subTest(command=" ".join(words)):
            COUNTED.add((type(self).__name__, self._testMethodName, tuple(words)))
            self.assertEqual(lines(str(ours)), lines(str(theirs)))

    def hold_all(self, commands, options=(), folder=None):
        """Commands that change nothing, several at a time."""
        folder = folder or self.workspace.folder

        def both(command):
            words = [*options, *command]
            return words, run(THEIRS, words, folder), run(OURS, words, folder)
        with concurrent.futures.ThreadPoolExecutor(3) as pool:
            for words, theirs, ours in pool.map(both, commands):
                with self.subTest(command=" ".join(words)):
                    COUNTED.add((type(self).__name__, self._testMethodName, tuple(words)))
                    self.assertEqual(str(ours), str(theirs))


def words(text):
    return [line.split() for line in text.strip().splitlines()]


class OneDaemon(CtlCase):
    """A running supervisord with programs in every state."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.daemon, cls.rpc = cls.supervisord("one", BASE + PROGRAMS)
        cls.folder = cls.daemon.folder
        cls.url = f"unix://{cls.folder}/s.sock"
        support.wait_for(cls.settled, 30, "the programs")
        cls.options = ["-c", str(cls.daemon.config)]

    @classmethod
    def settled(cls):
        idle = {"stopped", "nofile", "notexecutable", "quick"}
        return all(info["statename"] in (("STOPPED", "FATAL", "EXITED") if info["group"] in idle else
                                         ("EXITED",) if info["group"] == "once" else ("RUNNING",))
                   and (not info["pid"] or support.has_begun(info["pid"], cls.daemon.pid))
                   for info in cls.rpc.getAllProcessInfo())

    @classmethod
    def base_state(cls):
        """All programs as after the start, whatever a step did to them."""
        cls.apply(PROGRAMS)
        for info in cls.rpc.getAllProcessInfo():
            name = f"{info['group']}:{info['name']}"
            idle = info["group"] in ("stopped", "nofile", "notexecutable", "quick")
            with contextlib.suppress(xmlrpc.client.Fault):
                if idle and info["state"] not in (0, 100, 200):
                    cls.rpc.stopProcess(name)
                elif not idle and info["group"] != "once" and info["state"] != 20:
                    cls.rpc.startProcess(name)
        support.wait_for(cls.settled, 30, "the programs")

    @classmethod
    def apply(cls, programs):
        """Makes `programs` the running configuration, by the steps of `update`."""
        cls.daemon.config.write_text(BASE + programs)
        added, changed, removed = cls.rpc.reloadConfig()[0]
        for group in removed + changed:
            cls.rpc.stopProcessGroup(group)
            cls.rpc.removeProcessGroup(group)
        for group in changed + added:
            cls.rpc.addProcessGroup(group)

    def setUp(self):
        self.base_state()

    def step(self, line, prepare=None):
        # Processes of one group end in any order, and supervisord answers in that order.
        any_order = line.split()[0] in ("start", "stop", "restart") and ("all" in line or ":" in line)
        self.hold([*self.options, *line.split()], prepare or self.base_state,
                  lines=(lambda text: sorted(text.splitlines())) if any_order else (lambda text: text))

    def test_questions(self):
        self.hold_all(words(f"""
            status
            status all
            status cat
            status cat stopped
            status pair:*
            status pair:
            status pair:p1
            status many:many_0 many:many_1
            status nosuch
            status nosuch:*
            status nosuch:x
            status cat nosuch
            status stopped nosuch
            status all nosuch
            status once
            status {LONG}
            status p1
            pid
            pid all
            pid cat
            pid stopped
            pid nosuch
            pid cat stopped nosuch
            pid pair:*
            pid cat pair:p1
            version
            version now
            avail
            avail now
            """) + [["status cat"], ["  status   cat  "], ["status", " cat", "stopped "], ["status\tcat"]], self.options)

    def speak_again(self):
        """Both programs with known output, whatever was cleared before."""
        for name, last in (("talk", "æøå\n"), ("long", "\n2000\n")):
            self.rpc.stopProcess(name)
            self.rpc.clearProcessLogs(name)
            self.rpc.startProcess(name)
            support.wait_for(lambda: self.rpc.readProcessStdoutLog(name, 0, 0).endswith(last), 20, f"the output of {name}")

    def test_logs(self):
        self.speak_again()
        self.hold_all(words("""
            tail
            tail cat
            tail talk
            tail -5 talk
            tail -0 talk
            tail -+3 talk
            tail -1_0 talk
            tail --5 talk
            tail -100000 talk
            tail -2000000 long
            tail long
            tail talk stdout
            tail talk stderr
            tail talk STDERR
            tail -4 talk stderr
            tail talk bad
            tail talk stdout stderr
            tail -x talk
            tail -5x talk
            tail -5
            tail a b c d
            tail nosuch
            tail nosuch:x
            tail pair:*
            tail nolog
            tail nolog stderr
            tail pair:p1
            maintail
            maintail -10
            maintail -0
            maintail -100000
            maintail -x
            maintail 5
            maintail a b
            tail -f nosuch
            tail -f nolog
            tail -f pair:nosuch stderr
            """) + [["tail -100000 talk"], ["tail", "talk", "bad'channel"]], self.options)

    def test_help_and_syntax(self):
        topics = words("\n".join((
            "add avail clear exit maintail open pid quit reload remove reread restart shutdown signal start status stop tail "
            "update version help nosuch EOF").split()))
        self.hold_all([["help", *topic] for topic in topics] + words("""
            help start stop
            ?start
            ? start
            nosuch
            nosuch with words
            start-x
            !ls
            -5
            quit
            exit
            EOF
            open
            open nothing
            open ftp://host
            """) + [[""], ["?"+"nosuch"], ["status:"], ["*"]], self.options)

    def test_missing_arguments(self):
        self.hold_all(words("""
            start
            stop
            restart
            signal
            signal HUP
            clear
            add
            remove
            reread now
            shutdown now
            reload now
            """), self.options)

    def test_open(self):
        self.hold_all([["open", self.url], ["open", "unix:///nosuch/socket"]], self.options)

    def test_start(self):
        for line in ("start stopped", "start cat", "start cat stopped", "start nosuch", "start nosuch:*", "start nosuch:x",
                     "start stopped nosuch", "start pair:*", "start pair:p1", "start p1", "start nofile",
                     "start notexecutable", "start quick", "start quick stopped", "start all"):
            self.step(line)

    def test_start_of_a_stopped_group(self):
        def prepare():
            self.base_state()
            self.rpc.stopProcessGroup("pair")
        self.step("start pair:*", prepare)
        self.step("start pair:", prepare)
        self.step("start pair:p2 pair:*", prepare)

    def test_stop(self):
        for line in ("stop cat", "stop stopped", "stop cat stopped", "stop nosuch", "stop nosuch:*", "stop nosuch:x",
                     "stop cat nosuch", "stop pair:*", "stop pair:p1", "stop many:", "stop all", "stop all cat"):
            self.step(line)

    def test_restart(self):
        for line in ("restart cat", "restart stopped", "restart nosuch", "restart nosuch:*", "restart pair:*",
                     "restart cat pair:p1 nosuch", "restart quick", "restart all"):
            self.step(line)

    def test_signal(self):
        for line in ("signal CONT cat", "signal SIGCONT cat", "signal cont cat", "signal 18 cat", "signal FOO cat",
                     "signal CONT stopped", "signal CONT nosuch", "signal CONT nosuch:*", "signal CONT pair:*",
                     "signal CONT cat stopped nosuch", "signal CONT all", "signal FOO pair:*", "signal FOO all",
                     "signal 999 cat"):
            self.step(line)

    def test_clear(self):
        for line in ("clear cat", "clear cat talk", "clear nosuch", "clear nosuch:x", "clear pair:*", "clear cat nosuch",
                     "clear nolog", "clear all"):
            self.step(line)

    def test_configuration(self):
        def changed():
            self.base_state()
            self.daemon.config.write_text(BASE + NEXT)

        def reread():
            changed()
            self.rpc.reloadConfig()

        def broken():
            self.base_state()
            self.daemon.config.write_text(BASE + PROGRAMS + "\n[program:bad name]\ncommand=/bin/cat\n")
        self.step("reread")
        self.step("reread", changed)
        self.step("reread", broken)
        self.step("update")
        self.step("update", changed)
        self.step("update all", changed)
        self.step("update newcomer", changed)
        self.step("update pair", changed)
        self.step("update once", changed)
        self.step("update nosuch", changed)
        self.step("update cat", changed)
        self.step("update", broken)
        self.step("avail", reread)
        self.step("add newcomer", reread)
        self.step("add newcomer cat nosuch", reread)
        self.step("add cat")
        self.step("add nosuch")
        self.step("remove cat")
        self.step("remove nosuch")
        self.step("remove stopped")
        self.step("remove stopped cat nosuch")

    def follow(self, program, line, until):
        """`line` until its output holds `until`, then Ctrl-C."""
        process = subprocess.Popen([program, *self.options, *line.split()], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                   cwd=self.folder, env=ENVIRONMENT)
        seen = b""
        while until not in seen:
            self.assertTrue(select.select([process.stdout], [], [], support.PATIENCE_S)[0], f"{program} {line}: {seen!r}")
            seen += os.read(process.stdout.fileno(), 65536)
        support.at_rest(process.pid)  # in the midst of its work supervisorctl takes Ctrl-C for an error of the connection
        process.send_signal(signal.SIGINT)
        rest, err = process.communicate(timeout=support.PATIENCE_S)
        return Result(process.returncode, (seen + rest).decode(), err.decode())

    def test_following(self):
        self.speak_again()
        for line, until in (("tail -f talk", "æøå\n"), ("tail -f talk stderr", "error\n"), ("tail -f long", "\n2000\n")):
            with self.subTest(command=line):
                COUNTED.add((type(self).__name__, "following", line))
                theirs = self.follow(THEIRS, line, until.encode())
                self.assertEqual(str(self.follow(OURS, line, until.encode())), str(theirs))

    def test_reload(self):
        for prefix, stdin in ((["-i"], "n\n"), (["-i"], ""), (["-i"], "yes\n"), ([], "")):
            def prepare():
                support.wait_for(lambda: self.rpc.getState()["statecode"] == 1 and self.settled(), 30, "the daemon")
            self.hold([*prefix, *self.options, "reload"], prepare, stdin=stdin)
            support.wait_for(lambda: self.rpc.getState()["statecode"] == 1 and self.settled(), 30, "the daemon")


class Names(CtlCase):
    """A program whose name is not ASCII. (Not in the other daemon: supervisord cuts its answers about all programs
    short when one has such a name.)"""

    def test_a_name_that_is_not_ascii(self):
        config = BASE + "\n[program:smørebrød]\ncommand = /bin/cat\nstartsecs = 0\n"
        daemon, rpc = self.supervisord("names", config)
        support.wait_for(lambda: rpc.getProcessInfo("smørebrød")["state"] == 20, 30, "the program")
        options = ["-c", str(daemon.config)]
        self.hold_all(words("""
            status
            status smørebrød
            status smørbrød
            pid smørebrød
            tail smørebrød
            tail -f smørbrød
            start smørebrød
            stop smørbrød
            signal CONT smørebrød
            avail
            reread
            """), options)


class OptionsAndFiles(CtlCase):
    def test_wrong_options(self):
        empty = self.workspace.folder / "empty.conf"
        empty.write_text("[supervisord]\n")
        no_expansion = self.workspace.folder / "expansion.conf"
        no_expansion.write_text("[supervisorctl]\nserverurl = %(nosuch)s\n")
        self.hold_all([["-x"], ["--nosuch"], ["--no", "status"], ["-c"], ["--serverurl"], ["-s", "nourl", "status"],
                       ["-s", "http:", "status"], ["-s", "", "status"], ["-c", "/nosuch/file", "status"],
                       ["-c", str(empty), "status"], ["-c", str(no_expansion), "status"],
                       ["-s", "http://127.0.0.1:1", "-s", "http://127.0.0.1:1", "status"], ["-i", "-i", "status"],
                       ["-u", "a", "-u", "b", "status"], ["-c", "", "-s", "http://127.0.0.1:1", "status"],
                       ["--serverurl=http://127.0.0.1:1", "status"], ["--server", "http://127.0.0.1:1", "version"],
                       ["--help=x"], ["-shttp://127.0.0.1:1", "status"], ["-is", "http://127.0.0.1:1", "status"],
                       ["-s", "http://127.0.0.1:1", "--", "status"]])

    def test_the_file_is_looked_for(self):
        folder = self.workspace.folder / "here"
        (folder / "etc").mkdir(parents=True)
        (folder / "etc/supervisord.conf").write_text("[supervisorctl]\nserverurl = unix://%(here)s/in-etc.sock\n")
        self.hold_all([["status"]], folder=folder)
        (folder / "supervisord.conf").write_text("[supervisorctl]\nserverurl = unix://%(here)s/here.sock\n")
        self.hold_all([["status"], ["-s", "unix:///nosuch/other.sock", "status"]], folder=folder)
        (folder / "supervisord.conf").write_text("[supervisord]\n")
        self.hold_all([["status"]], folder=folder)

    def test_unreachable(self):
        commands = words("""
            status
            status cat
            pid
            pid cat
            version
            start cat
            stop cat
            restart cat
            signal HUP cat
            clear cat
            tail cat
            tail -f cat
            maintail
            maintail -f
            start
            reread
            update
            add cat
            remove cat
            avail
            reload
            shutdown
            help start
            nosuch
            """)
        with socket.socket() as closed:
            closed.bind(("127.0.0.1", 0))  # nobody listens: refused
            for url in (f"http://127.0.0.1:{closed.getsockname()[1]}", "unix:///nosuch/folder/s.sock"):
                self.hold_all(commands, ["-c", "", "-s", url])

    def test_a_dead_socket_and_strange_urls(self):
        path = self.workspace.folder / "dead.sock"
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(str(path))
        self.hold_all([["-s", f"unix://{path}", "status"], ["-s", f"unix://{path}", "shutdown"],
                       ["-s", "https://127.0.0.1:1", "status"], ["-s", "https://127.0.0.1:1", "reread"],
                       ["-s", "ftp:x", "shutdown"]])


class OtherServers(CtlCase):
    """Who answers at the address is no Supervisor, or a proxy before it: the same words, and no source file of ours."""

    HTML = b"<html><head><title>502 Bad Gateway</title></head><body>no</body></html>"

    @staticmethod
    def head(status, length, body=b"", more=""):
        return f"HTTP/1.1 {status}\r\nContent-Type: text/html\r\nContent-Length: {length}\r\n{more}\r\n".encode() + body

    @contextlib.contextmanager
    def answering(self, answer):
        """A server that says `answer` to every request; its URL."""
        with socket.create_server(("127.0.0.1", 0)) as listener:
            def serve():
                while True:
                    try:
                        stream = listener.accept()[0]
                    except OSError:
                        return
                    with stream, contextlib.suppress(OSError):
                        stream.settimeout(30)
                        seen = b""
                        while b"</methodCall>" not in seen:
                            piece = stream.recv(65536)
                            if not piece:
                                break
                            seen += piece
                        stream.sendall(answer)
            with concurrent.futures.ThreadPoolExecutor(1) as pool:
                pool.submit(serve)
                try:
                    yield f"http://127.0.0.1:{listener.getsockname()[1]}"
                finally:
                    listener.shutdown(socket.SHUT_RDWR)

    def test_answers_that_are_none(self):
        for answer in (self.head("502 Bad Gateway", len(self.HTML), self.HTML), self.head("404 Nicht Da", 0),
                       self.head("301 Moved", 0, more="Location: /RPC3\r\n"), self.head("401 Unauthorized", 0),
                       self.head("200 OK", len(self.HTML), self.HTML), self.head("200 OK", 100, b"half"), b""):
            with self.answering(answer) as url:
                for command in ("status", "version", "start x", "tail -f x", "reread", "shutdown"):
                    self.hold(["-c", "", "-s", url, *command.split()])

    def test_garbage(self):
        """The first line of it; supervisorctl shows its end of the line too."""
        with self.answering(b"SSH-2.0-OpenSSH_9.2\r\n") as url:
            self.hold(["-c", "", "-s", url, "status"], lines=lambda text: normal(re.sub(r"\s*\n: file", ": file", text)))

    def test_what_the_system_refuses(self):
        folder = self.workspace.folder / "closed"
        folder.mkdir()
        (folder / "file").write_text("")
        for path in (folder / "file/s.sock", folder / "file", f"/{'x' * 200}"):
            self.hold(["-c", "", "-s", f"unix://{path}", "status"])
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(str(folder / "s.sock"))
            listener.listen()
            os.chmod(folder / "s.sock", 0o700)
            for parent in (folder, *folder.parents):
                os.chmod(parent, os.stat(parent).st_mode | 0o55)
            support.programs_for_everybody(folder, "holdfastctl")
            said = [subprocess.run([program, "-c", "", "-s", f"unix://{folder}/s.sock", "status"], text=True, env=ENVIRONMENT,
                                   capture_output=True, cwd="/", user=65534, group=65534, timeout=60)
                    for program in (THEIRS, folder / "holdfastctl")]
            theirs, ours = (str(Result(each.returncode, each.stdout, each.stderr)) for each in said)
            self.assertEqual(theirs, ours)
            self.assertIn("[Errno 13] Permission denied", ours)

    def test_no_source_file_of_ours(self):
        with self.answering(b"") as url:
            for command in ("status", "nodes", "history", "why x", "sstate", "app start x", "keys reload", "agent restart"):
                done = subprocess.run([OURS, "-c", "", "-s", url, *command.split()], capture_output=True, text=True, timeout=60)
                self.assertNotEqual(done.returncode, 0)
                self.assertNotRegex(done.stdout + done.stderr, r"\.[ch]pp|agent/", command)


class Authentication(CtlCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        port = support.free_port()
        daemon = cls.workspace.daemon("auth", AUTHENTICATED.format(port=port), program=SUPERVISORD,
                                      environment=ENVIRONMENT).start()
        rpc = support.server_proxy(f"http://anna:secret%20word@127.0.0.1:{port}").supervisor
        support.wait_for(lambda: rpc.getProcessInfo("cat")["state"] == 20, 30, "the program")
        cls.options = ["-c", str(daemon.config)]

    def test_without(self):
        self.hold_all(words("status\npid\nstart cat\nreread\nshutdown\nreload\navail\ntail -f cat\nversion"), self.options)

    def test_wrong(self):
        self.hold_all(words("status\nupdate"), [*self.options, "-u", "anna", "-p", "guess"])
        self.hold_all(words("status"), [*self.options, "-u", "anna"])

    def test_right(self):
        self.hold_all(words("status\npid cat\nversion\nreread\ntail cat\ntail -f nosuch"),
                      [*self.options, "-u", "anna", "-p", "secret word"])
        self.hold_all(words("status"), [*self.options, "--username=anna", "--password=secret word"])


class ShuttingDown(CtlCase):
    """A daemon that cannot end because a program ignores TERM: every method says SHUTDOWN_STATE."""

    def daemon_for(self, name):
        daemon, rpc = self.supervisord(name, BASE + STUBBORN)
        support.wait_for(lambda: b"up" in rpc.readProcessStdoutLog("stubborn", 0, 0).encode(), 30, "the program")
        return daemon, rpc

    def test_faults_while_it_ends(self):
        daemon, rpc = self.daemon_for("ending")
        rpc.shutdown()

        def ending():
            try:
                return rpc.getPID() and False
            except xmlrpc.client.Fault as fault:
                return fault.faultCode == 6
        support.wait_for(ending, 10, "the end to begin")
        self.hold_all(words("""
            status
            start stubborn
            start all
            stop stubborn
            stop nosuch:*
            restart stubborn
            signal CONT stubborn
            clear stubborn
            tail stubborn
            maintail
            pid
            pid stubborn
            version
            avail
            reread
            update
            add stubborn
            remove stubborn
            shutdown
            reload
            """), ["-c", str(daemon.config)])
        daemon.kill_everything()

    def test_shutdown(self):
        config = BASE + ONE_PROGRAM  # supervisord takes up to a second for each group
        for prefix, stdin in (([], ""), (["-i"], "no\n"), (["-i"], "y\n")):
            results = []
            for program in (THEIRS, OURS):
                daemon, rpc = self.supervisord("bye", config)
                support.wait_for(lambda: rpc.getState()["statecode"] == 1, 30, "the daemon")
                results.append(str(run(program, [*prefix, "-c", str(daemon.config), "shutdown"], daemon.folder, stdin)))
                if stdin != "no\n":
                    self.assertEqual(daemon.process.wait(support.PATIENCE_S), 0)
                daemon.stop()
            with self.subTest(prefix=prefix, stdin=stdin):
                COUNTED.add(("shutdown", *prefix, stdin))
                self.assertEqual(results[1], results[0])


def load_tests(_, tests, __):
    return support.cases_of_shard(tests)


def tearDownModule():
    print(f"{len(COUNTED)} commands held with both", file=sys.stderr)
    assert len(COUNTED) >= 150 / support.shard()[1] or len(sys.argv) > 1, "steps are missing"


if __name__ == "__main__":
    unittest.main(verbosity=1, warnings="ignore")
