"""Debian's Supervisor 4.2.5 made quick, for tests that hold some hundred commands with it. It stays the real one.

WarmSupervisorctl: starting supervisorctl costs a third of a second of imports. Here one process has imported what it
imports; for each command it forks, takes the given files as standard input, output and error, and runs
/usr/bin/supervisorctl itself, from its first line to its exit. What Python tidies up at an exit is left to the system.

    with WarmSupervisorctl(environment) as theirs:
        code, out, err = theirs.run(["-c", config, "status"], folder)

LoopTurner: supervisord looks after its programs and its waiting answers when something comes in, else once a second.
Standard library only; thread-safe."""
import array
import json
import os
import signal
import socket
import subprocess
import sys
import threading

PROGRAM = "/usr/bin/supervisorctl"


class Command:
    """A command under way. Its process is no child of this one; its end comes over the channel."""

    def __init__(self, channel):
        self._channel = channel
        self._channel.settimeout(60)
        self.pid = int(self._line())
        self.returncode = None

    def _line(self):
        text = self._channel.recv(64)
        if not text:
            raise AssertionError("the warm supervisorctl has gone")
        return text

    def wait(self, timeout_s=60):
        """The exit status; minus the signal's number if one ended it."""
        if self.returncode is None:
            self._channel.settimeout(timeout_s)
            try:
                self.returncode = os.waitstatus_to_exitcode(int(self._line()))
            except TimeoutError:
                os.kill(self.pid, signal.SIGKILL)
                raise AssertionError(f"supervisorctl did not end in {timeout_s} s")
            self._channel.close()
        return self.returncode


class WarmSupervisorctl:
    def __init__(self, environment):
        self._requests, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._process = subprocess.Popen(["/usr/bin/python3", os.path.abspath(__file__), str(theirs.fileno())],
                                             env=environment, pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self._requests.close()  # its end
        self._process.wait(10)

    def start(self, words, folder, files):
        """`files`: what becomes descriptor 0, 1 and 2. A terminal as 0 becomes the controlling one."""
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            request = json.dumps({"words": list(words), "folder": str(folder)}).encode()
            descriptors = array.array("i", [theirs.fileno(), *files])
            self._requests.sendmsg([request], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, descriptors)])
        return Command(ours)

    def run(self, words, folder, stdin=b"", timeout_s=60):
        """(exit status, standard output, standard error) of one whole command."""
        files = [os.memfd_create("stdin"), os.memfd_create("stdout"), os.memfd_create("stderr")]
        try:
            os.pwrite(files[0], stdin, 0)
            code = self.start(words, folder, files).wait(timeout_s)
            return code, *(os.pread(file, os.fstat(file).st_size, 0) for file in files[1:])
        finally:
            for file in files:
                os.close(file)


class LoopTurner:
    """Sends a supervisord a byte of a request that never ends, every few milliseconds, as long as it runs."""

    def __init__(self, path, every_s=0.01):
        self._path = str(path)
        self._every_s = every_s
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def close(self):
        self._end.set()
        self._thread.join()

    def _run(self):
        while not self._end.wait(self._every_s):
            try:
                with socket.socket(socket.AF_UNIX) as stream:
                    stream.connect(self._path)
                    while not self._end.wait(self._every_s):
                        stream.send(b"x", socket.MSG_NOSIGNAL)
            except OSError:
                pass  # it has ended, or starts again


# ---- the process that has imported it ----


def _become(words, folder, files):
    """This process, a fresh fork, as exec would have left it."""
    for target, file in enumerate(files):
        os.dup2(file, target)
        os.close(file)
    if os.isatty(0):
        import fcntl
        import termios
        os.setsid()
        fcntl.ioctl(0, termios.TIOCSCTTY, 0)
    sys.stdin = open(0, encoding=sys.stdin.encoding, errors=sys.stdin.errors)
    sys.stdout.reconfigure(line_buffering=os.isatty(1))
    os.chdir(folder)
    sys.argv = [PROGRAM, *words]


def _serve(requests):
    """Returns only in a process that is to be a command; the server itself ends when nobody asks any more."""
    import gc
    import runpy
    import selectors
    import supervisor.rpcinterface
    import supervisor.supervisorctl
    _ = runpy, supervisor
    ended, signalled = socket.socketpair()
    for end in (ended, signalled):
        end.setblocking(False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(signalled.fileno(), warn_on_full_buffer=False)
    events = selectors.DefaultSelector()
    events.register(requests, selectors.EVENT_READ)
    events.register(ended, selectors.EVENT_READ)
    channels = {}
    gc.freeze()
    while True:
        for key, _ in events.select():
            if key.fileobj is ended:
                ended.recv(4096)
                _tell_ends(channels)
                continue
            message, ancillary, _, _ = requests.recvmsg(65536, socket.CMSG_SPACE(16))
            if not message:
                os._exit(0)
            files = array.array("i")
            files.frombytes(ancillary[0][2])
            pid = os.fork()
            if pid == 0:
                signal.set_wakeup_fd(-1)
                signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                for other in (requests, ended, signalled, events, *channels.values()):
                    other.close()
                os.close(files[0])
                request = json.loads(message)
                return _become(request["words"], request["folder"], files[1:])
            channels[pid] = socket.socket(fileno=files[0])
            channels[pid].send(str(pid).encode())
            for file in files[1:]:
                os.close(file)


def _tell_ends(channels):
    while channels:
        pid, status = os.waitpid(-1, os.WNOHANG)
        if pid == 0:
            return
        with channels.pop(pid) as channel:
            try:
                channel.send(str(status).encode(), socket.MSG_NOSIGNAL)
            except BrokenPipeError:
                pass  # who asked has gone


def _run():
    """The program. To tidy up would copy the whole of this process, which it shares with the server, page by page."""
    import runpy
    import supervisor.supervisorctl
    # What it would find by reading every package's list of programs.
    found = {"load_entry_point": lambda *_: supervisor.supervisorctl.main}
    status = 0
    try:
        runpy.run_path(PROGRAM, init_globals=found, run_name="__main__")
    except SystemExit as end:
        if not isinstance(end.code, int | None):
            raise
        status = end.code or 0
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status & 0xFF)


if __name__ == "__main__":
    _serve(socket.socket(fileno=int(sys.argv[1])))
    _run()
