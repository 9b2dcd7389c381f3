"""Debian's Supervisor 4.2.5 made quick, for tests that hold some hundred commands with it. It stays the real one.

supervisorctl: starting it costs a third of a second of imports, and to fork a process that has imported them still a tenth,
for the pages that are copied. Here processes that have imported what it imports run /usr/bin/supervisorctl itself, from its
first line to its exit, one command after the other, each with standard input, output and error of its own. As many such
processes as commands that are asked for at a time; they end with the one that asks.

    code, out, err = supervisorctl(["-c", config, "status"], folder, environment)

LoopTurner: supervisord looks after its programs and its waiting answers when something comes in, else once a second.
Standard library only; thread-safe."""
import array
import json
import os
import socket
import subprocess
import sys
import threading
import traceback

PROGRAM = "/usr/bin/supervisorctl"

_idle = []  # processes that wait for a command


def supervisorctl(words, folder, environment, stdin=b"", timeout_s=60):
    """(exit status, standard output, standard error) of one whole command."""
    try:
        process = _idle.pop()
    except IndexError:
        process = _WarmProcess()
    files = [os.memfd_create("stdin"), os.memfd_create("stdout"), os.memfd_create("stderr")]
    try:
        os.pwrite(files[0], stdin, 0)
        code = process.run({"words": list(words), "folder": str(folder), "environment": environment}, files, timeout_s)
        _idle.append(process)
        return code, *(os.pread(file, os.fstat(file).st_size, 0) for file in files[1:])
    finally:
        for file in files:
            os.close(file)


class _WarmProcess:
    def __init__(self):
        self._requests, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._process = subprocess.Popen(["/usr/bin/python3", os.path.abspath(__file__), str(theirs.fileno())],
                                             pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL)

    def run(self, request, files, timeout_s):
        """The exit status. `files` become descriptors 0, 1 and 2."""
        self._requests.settimeout(timeout_s)
        self._requests.sendmsg([json.dumps(request).encode()],
                               [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", files))])
        try:
            answer = self._requests.recv(64)
        except TimeoutError:
            self._process.kill()
            raise AssertionError(f"supervisorctl {request['words']} did not end in {timeout_s} s")
        if not answer:
            raise AssertionError("the warm supervisorctl has gone")
        return int(answer)


class LoopTurner:
    """Sends a supervisord a byte of a request that never ends, every few milliseconds, as long as it runs."""

    def __init__(self, path, every_s=0.02):
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


def _serve(requests):
    """Until nobody asks any more."""
    import gc
    import supervisor.rpcinterface
    import supervisor.supervisorctl
    _ = supervisor
    gc.freeze()
    while True:
        message, ancillary, _, _ = requests.recvmsg(65536, socket.CMSG_SPACE(12))
        if not message:
            return
        files = array.array("i")
        files.frombytes(ancillary[0][2])
        _become(json.loads(message), files)
        status = _run()
        gc.collect()  # connections that it left open
        requests.send(str(status).encode())


def _become(request, files):
    """This process, as exec would have left it."""
    for target, file in enumerate(files):
        os.dup2(file, target)
        os.close(file)
    sys.stdin = open(0, encoding=sys.stdin.encoding, errors=sys.stdin.errors, closefd=False)
    os.chdir(request["folder"])
    os.environ.clear()
    os.environ.update(request["environment"])
    sys.argv = [PROGRAM, *request["words"]]


def _run():
    """The program; its exit status."""
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
    except Exception:
        traceback.print_exc()
        status = 1
    sys.stdout.flush()
    sys.stderr.flush()
    return status & 0xFF


if __name__ == "__main__":
    _serve(socket.socket(fileno=int(sys.argv[1])))
