"""How long an honest client waits, from its first call on, beside connections that mean no good; and what they leave of
themselves in the agent's memory when they are gone."""
import time

import daemons
from figures import Figure

KINDS = {  # how many connections, and what they do
    "none": 0,
    "idle": 500,
    "half_head": 500,
    "half_body": 500,
    "dribble": 500,   # a byte of a header each 0.1 s
    "unread": 50,     # 20 large answers each, never read
}
PER_SECOND, SECONDS = 100, 2.5


def measure(workspace, ours=5, theirs=2, limit=None, growth=None):
    firsts, p99s = {}, {}
    for kind, count in KINDS.items():
        name = f"{count} {kind.replace('_', ' ')} connections" if count else "nobody"
        firsts[kind] = Figure(f"getState beside {name}, first", "ms")
        p99s[kind] = Figure(f"getState beside {name}, p99", "ms", limit)
    left = Figure("memory that all of them leave behind", "MiB", growth, digits=1)
    for side in daemons.rounds(ours, theirs):
        with daemons.Run(workspace, side, daemons.sleepers(100)) as run:
            run.start_s()
            time.sleep(1.2)
            before = run.memory_mib()
            for kind, count in KINDS.items():
                answer = daemons.load("hostile", run.tcp, kind, count, PER_SECOND, SECONDS)
                firsts[kind].add(side, answer["first_ms"])
                p99s[kind].add(side, answer["p99_ms"])
            if side:  # a flood of answers that nobody reads; Supervisor would work on it for minutes
                daemons.load("hostile", run.tcp, "unread", 500, 10, 1)
            time.sleep(1.2)
            left.add(side, run.memory_mib() - before)
    return [figure for kind in KINDS for figure in (firsts[kind], p99s[kind])] + [left]
