"""Debian's supervisord and holdfastd at the same work, in turn, in one run. Prints medians and how many times better ours
is; fails when one of our figures is missed (DESIGN section 11; the rule stands in figures.py). Without a word: the short run.

  supervisord_bench.py [PART…]     life100 life1000 life3000 calls10 calls100 calls1000 logs1 logs10 storm hostile, or: long
"""
import contextlib
import sys

import daemons
from figures import Machine, heading
from measures import calls, hostile, life, logs, storm

KIB64 = 64 * 1024

PARTS = {
    # In the normal test run: seconds count. One round of Supervisor's, for the ratio.
    "short": lambda at: life.measure(at, 100, theirs=1, limits={"crash": 3.0, "memory": 10.0, "agent": 1000.0},
                                     crashes=(2, 10), agent_crashes=1),
    "life100": lambda at: life.measure(at, 100, limits={"crash": 3.0, "memory": 10.0, "agent": 1000.0}, crashes=(2, 60),
                                       agent_crashes=1, end=True),
    "life1000": lambda at: life.measure(
        at, 1000, theirs=3, limits={"start": 800.0, "call": 7.0, "memory": 15.0, "cpu": 1.0, "wakes": 0.0, "agent": 1000.0,
                                    "end": 600.0}, calls=5, agent_crashes=1, idle_s=10.0, end=True),
    "life3000": lambda at: life.measure(at, 3000, theirs=0, limits={"start": 3000.0}, end=True),
    "calls10": lambda at: calls.measure(at, 10),
    "calls100": lambda at: calls.measure(at, 100, limits={("getState", 8): 40_000.0}),
    "calls1000": lambda at: calls.measure(at, 1000),
    "logs1": lambda at: logs.measure(at, 1, KIB64, limits=(700.0, 1.0)) + logs.measure(at, 1, 100, limits=(220.0, 2.0)),
    "logs10": lambda at: (logs.measure(at, 10, KIB64, times_theirs=1.2) + logs.measure(at, 10, 100, times_theirs=1.0)
                          + [logs.at_best(10, 100)]),
    "storm": lambda at: storm.measure(at, limit=10.0),
    "hostile": lambda at: hostile.measure(at, limit=5.0, growth=8.0),
}


def main(words):
    if any(word not in PARTS and word != "long" for word in words):
        sys.exit(__doc__)
    names = [name for name in PARTS if name in (words or ["short"]) or ("long" in words and name != "short")]
    missed = []
    # ext4 passes over i-nodes that were freed in the last minutes, one by one: what a part leaves goes after the last part,
    # and each daemon has a folder in block groups of its own, away from what others removed (daemons.Run).
    with contextlib.ExitStack() as kept:
        for name in names:
            with contextlib.ExitStack() as own:
                workspace = (own if name.startswith("logs") else kept).enter_context(daemons.support.Workspace())
                print(f"{Machine.look()}\n{heading()}", flush=True)
                for figure in PARTS[name](workspace):
                    print(figure.line(), flush=True)
                    missed += [] if figure.kept() else [figure.name]
    if missed:
        sys.exit("missed: " + "; ".join(missed))


if __name__ == "__main__":
    main(sys.argv[1:])
