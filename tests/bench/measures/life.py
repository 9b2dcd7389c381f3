"""A daemon from its start to its end with programs that sleep: start, getAllProcessInfo, memory and CPU at rest, crash to
restart, the agent's crash, shutdown."""
import os
import signal
import time

import daemons
from figures import Figure

REST_S = 1.2  # what was before has woken Supervisor's loop, which else turns once a second; our agent gives back its start


def crash_to_restart_ms(run):
    """kill -9 of a child to the start of its successor, which is seen by polling the list of the daemon's children: that
    delays nobody; the moment is taken when the new pid appears there."""
    before = set(run.programs())
    victim = min(before)
    own = set(run.own_pids())
    with open(f"/proc/{run.daemon.pid}/task/{run.daemon.pid}/children", "rb", buffering=0) as children:
        begin = time.perf_counter()
        os.kill(victim, signal.SIGKILL)
        while True:
            children.seek(0)
            now = time.perf_counter()
            found = {int(word) for word in children.read(1 << 16).split()} - before - own
            if found:
                return (now - begin) * 1000
            if now - begin > 10:
                raise AssertionError("no successor in 10 s")


def agent_crash_s(run):
    """kill -9 of the agent until the next one answers; no program is touched."""
    before = run.programs()
    begin = time.monotonic()
    killed = run.daemon.kill_agent()
    daemons.support.wait_for(lambda: run.rpc.getState()["statename"] == "RUNNING", 10, "the next agent to answer", 0.002)
    took = time.monotonic() - begin
    assert run.daemon.agent_pid() != killed and run.programs() == before, "a program was touched"
    assert len(run.rpc.getAllProcessInfo()) == run.count
    return took


def at_rest(run, seconds):
    """CPU seconds per hour, and wake-ups per second."""
    cpu, wakes, begin = run.cpu_s(), run.wake_ups(), time.monotonic()
    time.sleep(seconds)
    took = time.monotonic() - begin
    return (run.cpu_s() - cpu) / took * 3600, (run.wake_ups() - wakes) / took


def measure(workspace, count, ours=5, theirs=5, limits=None, *, crashes=(0, 0), agent_crashes=0, calls=3, idle_s=0.0, end=False):
    """`crashes`: how many in each round of theirs, of ours. `end`: the shutdown is measured too."""
    limits = limits or {}
    figures = {
        "start": Figure(f"start of {count:,} programs to all RUNNING", "ms", limits.get("start"), digits=0),
        "call": Figure(f"getAllProcessInfo of {count:,}, one call", "ms", limits.get("call")),
        "memory": Figure(f"memory (PSS) at {count:,} programs", "MiB", limits.get("memory"), digits=1),
        "crash": Figure("kill -9 of a program to its next pid", "ms", limits.get("crash"), worst=15.0),
        "cpu": Figure(f"CPU at rest with {count:,} programs", "s/hour", limits.get("cpu")),
        "wakes": Figure(f"wake-ups at rest with {count:,} programs", "/s", limits.get("wakes"), worst=limits.get("wakes")),
        "agent": Figure("kill -9 of the agent to its next answer", "ms", limits.get("agent"), digits=0),
        "end": Figure(f"shutdown of {count:,} programs", "ms", limits.get("end"), digits=0),
    }
    for side in daemons.rounds(ours, theirs):
        with daemons.Run(workspace, side, daemons.sleepers(count)) as run:
            figures["start"].add(side, run.start_s() * 1000)
            for _ in range(calls):
                figures["call"].add(side, run.call_ms())
            time.sleep(REST_S)
            figures["memory"].add(side, run.memory_mib())
            if idle_s:
                cpu, wakes = at_rest(run, idle_s)
                figures["cpu"].add(side, cpu)
                figures["wakes"].add(side, wakes)
            for _ in range(crashes[side]):
                figures["crash"].add(side, crash_to_restart_ms(run))
            for _ in range(agent_crashes if side else 0):
                figures["agent"].add(side, agent_crash_s(run) * 1000)
            if end:
                figures["end"].add(side, run.end_s() * 1000)
    return [figure for figure in figures.values() if figure.ours]
