"""What every test with real processes shares: starting a node from a configuration text in a folder of its own, waiting
for a condition with a deadline, talking XML-RPC over TCP and unix sockets, and ending everything that was started (by
pid, never by name). Standard library only."""
import contextlib
import fcntl
import http.client
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import termios
import time
import unittest
import xmlrpc.client

ROOT = pathlib.Path(__file__).resolve().parents[2]
BIN = pathlib.Path(os.environ.get("HOLDFAST_BIN", ROOT / "build/release/bin")).resolve()
# How long anything is waited for, at least: a slow machine is no fault of the product. How long something may take is
# judged by a measured figure (DESIGN section 11), never by a wait.
PATIENCE_S = 60.0


def wait_for(condition, timeout_s=PATIENCE_S, what="the condition", every_s=0.01):
    """The first true value of condition(), or an AssertionError that names what was waited for."""
    timeout_s = max(timeout_s, PATIENCE_S)
    deadline = time.monotonic() + timeout_s
    last = None
    while True:
        try:
            last = condition()
            if last:
                return last
        except (OSError, xmlrpc.client.Error, http.client.HTTPException) as why:
            last = why
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {timeout_s} s in vain for {what}; last: {last!r}")
        time.sleep(every_s)


def shard():
    """(index, count) of TEST_SHARD=index/count: which part of a long script's cases this run holds; (0, 1) without."""
    index, _, count = os.environ.get("TEST_SHARD", "0/1").partition("/")
    return int(index), int(count)


def cases_of_shard(suite):
    """A script's `load_tests` returns this of what was found: of `count` runs side by side each has its own cases."""
    def flat(tests):
        return [case for test in tests for case in (flat(test) if isinstance(test, unittest.TestSuite) else [test])]
    index, count = shard()
    return unittest.TestSuite(flat(suite)[index::count])


def free_port(host="127.0.0.1"):
    """A port that was free on host a moment ago; from the range below the kernel's ephemeral ports."""
    for _ in range(200):
        port = 20000 + int.from_bytes(os.urandom(2), "big") % 12000
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
                return port
            except OSError:
                continue
    raise AssertionError("no free port found")


class UnixTransport(xmlrpc.client.Transport):
    """xmlrpc.client over a unix socket."""

    def __init__(self, path):
        super().__init__()
        self._path = path

    def make_connection(self, host):
        _, self._extra_headers, _ = self.get_host_info(host)  # the credentials
        connection = http.client.HTTPConnection("localhost")
        connection.sock = socket.socket(socket.AF_UNIX)
        connection.sock.settimeout(PATIENCE_S)
        connection.sock.connect(self._path)
        return connection


def server_proxy(url, timeout_s=PATIENCE_S):
    """An xmlrpc.client proxy for http://... or unix:///path, either with user:password@ before what follows the //."""
    if url.startswith("unix://"):
        credentials, at, path = url[len("unix://"):].rpartition("@")
        return xmlrpc.client.ServerProxy(f"http://{credentials}{at}localhost", transport=UnixTransport(path))

    class Transport(xmlrpc.client.Transport):
        def make_connection(self, host):
            connection = super().make_connection(host)
            connection.timeout = timeout_s
            return connection
    return xmlrpc.client.ServerProxy(url, transport=Transport())


def children_of(pid):
    try:
        text = pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text()
    except OSError:
        return []
    return [int(word) for word in text.split()]


def family_of(pid):
    """pid and everything below it."""
    found = [pid]
    for child in children_of(pid):
        found += family_of(child)
    return found


def run_state(pid):
    """The kernel's letter (R, S, D, T, Z ...) of a process; empty when there is none."""
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except OSError:
        return ""


def alive(pid):
    """True for a process that exists and is no zombie."""
    return run_state(pid) not in ("", "Z")


def at_rest(pid, looks=10):
    """Waits until a process sleeps and goes on sleeping: at each of some looks it has not run since the one before. Of its
    first thread."""
    def runs():
        try:
            text = pathlib.Path(f"/proc/{pid}/task/{pid}/status").read_text()
        except OSError:
            raise AssertionError(f"process {pid} has ended")
        return re.search(r"State:\t(\w)", text)[1], re.findall(r"ctxt_switches:\t(\d+)", text)
    before, same = None, 0
    end = time.monotonic() + PATIENCE_S
    while same < looks:
        if time.monotonic() > end:
            raise AssertionError(f"process {pid} does not come to rest: {before}")
        now = runs()
        same = same + 1 if now == before and now[0] == "S" else 0
        before = now
        time.sleep(0.01)


def has_begun(pid, parent):
    """Whether a child of `parent` has become the program that it is to be. Before that a signal meets the parent's own
    handlers, and Supervisor's forget it."""
    try:
        return pathlib.Path(f"/proc/{pid}/cmdline").read_bytes() != pathlib.Path(f"/proc/{parent}/cmdline").read_bytes()
    except OSError:
        return True  # it has begun and ended


def catches(pid, signal_number):
    """Whether a process has a handler of its own for a signal."""
    try:
        status = pathlib.Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return False
    return bool(int(re.search(r"SigCgt:\t(\w+)", status)[1], 16) >> (signal_number - 1) & 1)


def is_stopped(pid):
    """Whether a SIGSTOP has reached a process: from here on it does nothing."""
    return run_state(pid) == "T"


def unread_output(pid):
    """How many bytes lie in the pipe that is a process's standard output. A byte of a program that an agent runs leaves
    its pipe when it is in the log."""
    pipe = os.open(f"/proc/{pid}/fd/1", os.O_RDONLY | os.O_NONBLOCK)
    try:
        return int.from_bytes(fcntl.ioctl(pipe, termios.FIONREAD, b"\0\0\0\0"), sys.byteorder)
    finally:
        os.close(pipe)


def go_first():
    """This process, which measures how long something takes, before all others, where it may: what delays it is to be what it
    measures."""
    with contextlib.suppress(PermissionError):
        os.setpriority(os.PRIO_PROCESS, 0, -15)


def pss_mib(*pids):
    """The memory of processes together; what they share counts once."""
    lines = [line for pid in pids for line in pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()]
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024


def sanitizer_options():
    """What packaging/test.sh tells sanitizers, for programs with an environment of their own."""
    return {name: os.environ[name] for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS") if name in os.environ}


def sanitized():
    """Whether the build under test has AddressSanitizer: it needs several times the memory."""
    return "libasan" in run("ldd", BIN / "holdfast-agent").stdout


def exe_of(pid):
    try:
        return os.readlink(f"/proc/{pid}/exe")
    except OSError:
        return ""


class Daemon:
    """One started holdfastd (or supervisord) in the foreground, with its folder, log and pid."""

    def __init__(self, folder, config_text, *, program=None, environment=None, prefix=(), name="node"):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.config = self.folder / "daemon.conf"
        self.config.write_text(config_text)
        self.program = str(program or BIN / "holdfastd")
        self.environment = {**os.environ, **(environment or {})}
        self.prefix = list(prefix)
        self.name = name
        self.process = None
        self._seen = set()

    def start(self, *arguments):
        self.process = subprocess.Popen(
            [*self.prefix, self.program, "-n", "-c", str(self.config), *arguments], cwd=self.folder,
            env=self.environment, stdin=subprocess.DEVNULL, stdout=open(self.folder / "stdout", "ab"),
            stderr=open(self.folder / "stderr", "ab"), start_new_session=True)
        return self

    @property
    def pid(self):
        return self.process.pid

    def agent_pid(self):
        """The holdfast-agent below this keeper, or None."""
        for child in children_of(self.pid):
            if exe_of(child).endswith("/holdfast-agent"):
                return child
        return None

    def kill_agent(self):
        pid = wait_for(self.agent_pid, 10, f"the agent of {self.name}")
        os.kill(pid, signal.SIGKILL)
        return pid

    def kill_everything(self):
        """SIGKILL to keeper, agent and programs at one moment: the node is gone."""
        family = family_of(self.pid)
        for pid in family:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.process.wait(PATIENCE_S)

    def stop(self, timeout_s=PATIENCE_S):
        """TERM, then wait. The exit status. What does not end is killed, and that is an error."""
        if self.process is None or self.process.poll() is not None:
            return None if self.process is None else self.process.returncode
        family = family_of(self.pid)
        self.process.terminate()
        try:
            self.process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            for pid in set(family) | set(family_of(self.pid)):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            self.process.wait(PATIENCE_S)
            raise AssertionError(f"{self.name} did not end in {timeout_s} s after TERM")
        return self.process.returncode

    def text(self, name="stderr"):
        path = self.folder / name
        return path.read_text(errors="replace") if path.exists() else ""


class Workspace:
    """A temporary folder and the daemons started in it; everything ends with the `with` block."""

    def __init__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="hf-"))
        self.daemons = []

    def __enter__(self):
        return self

    def daemon(self, name, config_text, **options):
        made = Daemon(self.folder / name, config_text, name=name, **options)
        self.daemons.append(made)
        return made

    def __exit__(self, kind, *_):
        stubborn = []
        for daemon in self.daemons:
            try:
                daemon.stop()
            except AssertionError as error:
                stubborn.append(str(error))
        if kind is not None or stubborn:
            self.tell()
        if (kind is None and not stubborn) or not os.environ.get("HOLDFAST_KEEP"):
            shutil.rmtree(self.folder, ignore_errors=True)
        if kind is None and stubborn:
            raise AssertionError("; ".join(stubborn))

    def tell(self):
        """The ends of the logs, for a failed test."""
        for daemon in self.daemons:
            for name in ("stderr", "agent.log"):
                text = daemon.text(name)
                if text:
                    print(f"---- {daemon.name}/{name}\n{text[-4000:]}", file=sys.stderr)


def programs_for_everybody(folder, *names):
    """Copies of ours where every user may run them: the tree itself may lie below a folder of root's own."""
    folder.chmod(0o755)
    for name in names:
        shutil.copy2(BIN / name, folder)


def run(*words, timeout_s=PATIENCE_S, **options):
    """A finished command: .returncode, .stdout, .stderr as text."""
    return subprocess.run([str(word) for word in words], capture_output=True, text=True, timeout=timeout_s, **options)
