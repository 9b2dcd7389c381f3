"""The daemons under measurement: Debian's supervisord or holdfastd with the same configuration, and what is read of it from
outside: its programs, its CPU time, its wake-ups, its memory. `load` runs the clients of bench_load against it."""
import contextlib
import json
import os
import pathlib
import select
import signal
import subprocess
import sys
import time
import xmlrpc.client

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import holdfast_testing as support  # noqa: E402

# Without a locale, as a service manager starts a daemon: with LANG=C.UTF-8 each /bin/sleep opens 14 files of it and takes
# a quarter of a millisecond of CPU longer, with either daemon.
for name in [name for name in os.environ if name in ("LANG", "LANGUAGE") or name.startswith("LC_")]:
    del os.environ[name]

SUPERVISORD = "/usr/bin/supervisord"
SIDES = (False, True)  # theirs, ours
GET_ALL = xmlrpc.client.dumps((), "supervisor.getAllProcessInfo").encode()

BASE = """
[supervisord]
logfile = %(here)s/main.log
pidfile = %(here)s/daemon.pid
childlogdir = %(here)s
minfds = {minfds}
user = {user}

[holdfast]
state_dir = %(here)s/state

[rpcinterface:supervisor]
supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface

[unix_http_server]
file = %(here)s/s.sock

[inet_http_server]
port = 127.0.0.1:{port}
"""


def program(name, command, **keys):
    """One program in a group of its own, with a log of its own that is not rotated."""
    keys = {"command": command, "startsecs": 0, "redirect_stderr": "true", "stdout_logfile": f"%(here)s/{name}.log",
            "stdout_logfile_maxbytes": 0, **keys}
    return f"\n[program:{name}]\n" + "".join(f"{key} = {value}\n" for key, value in keys.items())


def sleepers(count):
    return "".join(program(f"p{number:04d}", "/bin/sleep 100000") for number in range(count))


class Run:
    """One daemon with its programs, in a folder of its own."""

    def __init__(self, workspace, ours, programs):
        self.ours, self.count = ours, programs.count("[program:")
        self.port = support.free_port()
        text = BASE.format(minfds=max(1024, 3 * self.count + 300), user=workspace.folder.owner(), port=self.port) + programs
        # "Top of a hierarchy": ext4 lays the folders in it in block groups apart, by a hash of their names. Other file systems
        # refuse, and need it not; nor does a machine without e2fsprogs.
        with contextlib.suppress(FileNotFoundError):
            subprocess.run(["chattr", "+T", workspace.folder], stderr=subprocess.DEVNULL, check=False)
        name = f"{'holdfastd' if ours else 'supervisord'}{len(workspace.daemons)}-{workspace.folder.name}"
        self.daemon = workspace.daemon(name, text, program=None if ours else SUPERVISORD)
        self.socket = f"{self.daemon.folder}/s.sock"
        self.tcp = f"127.0.0.1:{self.port}"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        """Supervisor takes up to a second for each group; its end is measured by end_s() alone."""
        if self.daemon.process is not None and self.daemon.process.poll() is None:
            if self.ours:
                self.daemon.stop()
            else:
                self.daemon.kill_everything()

    @property
    def rpc(self):
        return support.server_proxy(f"unix://{self.socket}").supervisor

    def start_s(self):
        """Seconds from exec of the daemon to the answer that every program is RUNNING, seen from outside."""
        begin = time.perf_counter()
        self.daemon.start()
        while not os.path.exists(self.socket):
            time.sleep(0.002)
        # Counting children asks neither daemon; the answer that all are RUNNING comes last. But the kernel counts them under
        # the lock that a fork needs, and it takes the time of both: the more are to come the more rarely.
        wanted = self.count + (1 if self.ours else 0)  # our agent is a child, too
        while (missing := wanted - len(support.children_of(self.daemon.pid))) > 0:
            if time.perf_counter() - begin > 120:
                raise AssertionError(f"{missing} of {wanted} children are missing; the log says {self.daemon.text('main.log')[-500:]}")
            time.sleep(max(0.002, missing / 5_000))
        return support.wait_for(self.all_running_at, 60, "all programs RUNNING", every_s=0.005) - begin

    def all_running_at(self):
        """When the answer was here that says so; None when it says otherwise."""
        rows, _, end = self.get_all()
        return end if all(row["statename"] == "RUNNING" for row in rows) else None

    def programs(self):
        agent = self.daemon.agent_pid() if self.ours else None
        return [pid for pid in support.children_of(self.daemon.pid) if pid != agent]

    def end_s(self, patience_s=60):
        """Seconds from TERM to the exit of the daemon, with all its programs gone. One that takes longer than `patience_s` (a
        supervisord with many groups on an idle machine) is killed with everything and counts with that time."""
        programs = self.programs()
        begin = time.monotonic()
        with os.fdopen(os.pidfd_open(self.daemon.pid)) as watched:  # wait() with a timeout looks every 50 ms only
            self.daemon.process.send_signal(signal.SIGTERM)
            ended = select.select([watched], [], [], patience_s)[0]
            took = time.monotonic() - begin
        if not ended:
            self.daemon.kill_everything()
            return patience_s
        self.daemon.process.wait()
        assert not any(support.alive(pid) for pid in programs), "the daemon has ended before its programs"
        return took

    # ---- what the daemon's own processes use (keeper and agent; without the programs)

    def own_pids(self):
        return [self.daemon.pid] + ([self.daemon.agent_pid()] if self.ours else [])

    def memory_mib(self):
        """PSS."""
        total = 0
        for pid in self.own_pids():
            for line in pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
                if line.startswith("Pss:"):
                    total += int(line.split()[1])
        return total / 1024

    def threads(self):
        return [thread for pid in self.own_pids() for thread in pathlib.Path(f"/proc/{pid}/task").iterdir()]

    def cpu_s(self):
        """Seconds on a CPU so far, to the nanosecond."""
        return sum(int((thread / "schedstat").read_text().split()[0]) for thread in self.threads()) / 1e9

    def wake_ups(self):
        """How often its threads have gone to sleep so far; each time but the last something woke them."""
        total = 0
        for thread in self.threads():
            for line in (thread / "status").read_text().splitlines():
                if line.startswith("voluntary_ctxt_switches:"):
                    total += int(line.split()[1])
        return total

    # ---- calls

    def get_all(self):
        """What getAllProcessInfo says over a connection that is open already, when it was asked, and when the last byte of its
        answer was here: that is parsed after the clock."""
        connection = support.http.client.HTTPConnection("localhost")
        connection.sock = support.socket.socket(support.socket.AF_UNIX)
        with contextlib.closing(connection):
            connection.sock.connect(self.socket)
            begin = time.perf_counter()
            connection.request("POST", "/RPC2", GET_ALL, {"Content-Type": "text/xml"})
            body = connection.getresponse().read()
            end = time.perf_counter()
        (rows,), _ = xmlrpc.client.loads(body)
        return rows, begin, end

    def call_ms(self):
        rows, begin, end = self.get_all()
        assert len(rows) == self.count
        return (end - begin) * 1000


def load(kind, address, *words):
    """What bench_load says of the calls it made."""
    done = support.run(support.BIN / "bench_load", kind, address, *words, timeout_s=300)
    if done.returncode != 0:
        raise AssertionError(f"bench_load {kind} {words}: {done.stderr}")
    return json.loads(done.stdout)


def rounds(ours, theirs):
    """Which daemon runs when: in turn as long as both have rounds left (A B A B)."""
    for number in range(max(ours, theirs)):
        if number < theirs:
            yield False
        if number < ours:
            yield True
