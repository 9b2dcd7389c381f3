"""Load that changes, to run tests beside: one busy loop all the time, and bursts by chance: many short processes, writes
with fsync, several busy loops, and pauses, each of changing length. Ends with its standard input, or a SIGTERM, and ends
everything it started. Prints the seed of its chances.

    python3 changing_load.py [SEED]
"""
import os
import random
import select
import signal
import subprocess
import sys
import tempfile
import time

BURST_S = (0.05, 2.0)
PAUSE_S = (0.0, 3.0)
BUSY_MOST = 6  # loops of one burst
WRITE_MOST = 1 << 20  # bytes between two fsyncs
PR_SET_PDEATHSIG = 1


def begin_busy_loop():
    """Its pid. It ends with this process, whatever ends that."""
    pid = os.fork()
    if pid == 0:
        import ctypes
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        while True:
            pass
    return pid


def end(pid):
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)


def told_to_end(within_s):
    """Whether standard input has ended; waits so long for it."""
    return bool(select.select([sys.stdin], [], [], max(0, within_s))[0])


def short_processes(dice, until):
    while time.monotonic() < until:
        crowd = [subprocess.Popen(["/bin/true"], stdin=subprocess.DEVNULL) for _ in range(dice.randint(1, 30))]
        for each in crowd:
            each.wait()


def fsyncs(dice, until):
    with tempfile.TemporaryFile(dir=".") as file:  # /tmp may be no disk
        while time.monotonic() < until:
            file.seek(0)
            file.write(bytes(dice.randint(1, WRITE_MOST)))
            file.flush()
            os.fsync(file.fileno())


def busy_loops(dice, until):
    loops = [begin_busy_loop() for _ in range(dice.randint(1, BUSY_MOST))]
    try:
        told_to_end(until - time.monotonic())
    finally:
        for pid in loops:
            end(pid)


def main():
    seed = int(sys.argv[1]) if len(sys.argv) > 1 else time.time_ns() % 1_000_000
    print(f"changing load, seed {seed}", flush=True)
    dice = random.Random(seed)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    busy = begin_busy_loop()
    try:
        while not told_to_end(dice.uniform(*PAUSE_S)):
            burst = dice.choice((short_processes, fsyncs, busy_loops))
            burst(dice, time.monotonic() + dice.uniform(*BURST_S))
    finally:
        end(busy)


if __name__ == "__main__":
    main()
