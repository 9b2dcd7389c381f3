"""Log capture: programs that write as fast as they are read, until every byte is in the files. Throughput, and what the
daemon itself (keeper and agent) needs of CPU. Programs that write small pieces need most of the machine themselves: what a
daemon that costs nothing could reach is measured too."""
import contextlib
import fcntl
import os
import pathlib
import signal
import statistics
import subprocess
import time

import daemons
from figures import Figure

MIB = 1 << 20
MB = 1e6
PIPE_BYTES = 256 * 1024  # as limits::log_fast_pipe_bytes
BYTES = {100: 128 * MIB, 64 * 1024: 384 * MIB}  # of all writers of a run together


def size_name(size):
    return f"{size // 1024} KiB" if size >= 1024 else f"{size} B"


def listens(pid):
    """Whether the writer waits for its signal by now (one that comes before would end it)."""
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("SigCgt:"):
            return int(line.split()[1], 16) >> (signal.SIGUSR1 - 1) & 1
    return False


def one_run(run, pids, files, wanted):
    """(MB/s, CPU ms per MB) of one burst."""
    for name in {path.stem for path in files}:
        run.rpc.clearProcessLogs(name)
    cpu, begin = run.cpu_s(), time.monotonic()
    for pid in pids:
        os.kill(pid, signal.SIGUSR1)
    while True:
        have = sum(path.stat().st_size for path in files)
        now = time.monotonic()
        if have >= wanted:
            break
        if now - begin > 60:
            raise AssertionError(f"{have} of {wanted} bytes in the logs after a minute")
        time.sleep(0.001)
    cpu = run.cpu_s() - cpu
    assert have == wanted, f"{have} bytes of {wanted}"
    return wanted / MB / (now - begin), cpu * 1000 / (wanted / MB)


class ThrownAway:
    """The same writers at pipes of our size whose bytes go nowhere."""
    LOOK_S = 0.008

    def __init__(self, command, writers):
        self.ends, self.writers = [], []
        for _ in range(writers):
            ours, theirs = os.pipe()
            fcntl.fcntl(theirs, fcntl.F_SETPIPE_SZ, PIPE_BYTES)
            os.set_blocking(ours, False)
            self.ends.append(ours)
            self.writers.append(subprocess.Popen(command, stdout=theirs))
            os.close(theirs)
        daemons.support.wait_for(lambda: all(listens(writer.pid) for writer in self.writers), 10, "the writers to listen")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for writer in self.writers:
            writer.kill()
            writer.wait()

    def burst(self, wanted):
        """MB/s."""
        nowhere = os.open("/dev/null", os.O_WRONLY)
        begin, have = time.monotonic(), 0
        for writer in self.writers:
            os.kill(writer.pid, signal.SIGUSR1)
        while have < wanted:
            for end in self.ends:
                with contextlib.suppress(BlockingIOError):
                    have += os.splice(end, nowhere, MIB)
            time.sleep(self.LOOK_S)
        os.close(nowhere)
        return wanted / MB / (time.monotonic() - begin)


def at_best(writers, size):
    """What no daemon can exceed with these writers on this machine."""
    each = BYTES[size] // writers
    best = Figure(f"bytes thrown away, {writers} programs, {size_name(size)} writes", "MB/s", digits=0)
    with ThrownAway([daemons.support.BIN / "bench_log_writer", str(size), str(each)], writers) as thrown:
        for _ in range(5):
            best.add(True, thrown.burst(each * writers))
    return best


def measure(workspace, writers, size, ours=5, theirs=3, limits=(None, None), times_theirs=None):
    """`times_theirs`: so many times supervisord's speed is promised, instead of a speed."""
    each = BYTES[size] // writers
    names = f"{writers} program{'s' if writers > 1 else ''}, {size_name(size)} writes"
    speed = Figure(f"log capture, {names}", "MB/s", limits[0], at_least=True, digits=0)
    cost = Figure(f"CPU of log capture, {names}", "ms/MB", limits[1])
    writer = daemons.support.BIN / "bench_log_writer"
    programs = "".join(daemons.program(f"w{number}", f"{writer} {size} {each}") for number in range(writers))
    for side, repeats in ((False, theirs), (True, ours)):
        with daemons.Run(workspace, side, programs) as run:
            run.start_s()
            files = [pathlib.Path(row["stdout_logfile"]) for row in run.rpc.getAllProcessInfo()]
            pids = [row["pid"] for row in run.rpc.getAllProcessInfo()]
            daemons.support.wait_for(lambda: all(listens(pid) for pid in pids), 10, "the writers to listen")
            one_run(run, pids, files, each * writers)  # not counted: a hypervisor gives the pages of the files on first touch
            for _ in range(repeats):
                mb_per_s, ms_per_mb = one_run(run, pids, files, each * writers)
                speed.add(side, mb_per_s)
                cost.add(side, ms_per_mb)
            for path in files:
                path.unlink()
    if times_theirs is not None:
        speed.limit = times_theirs * statistics.median(speed.theirs)
        speed.relative = True
    return [speed, cost]
