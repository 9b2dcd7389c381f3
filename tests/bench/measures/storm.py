"""How long a client waits for getState while 200 programs crash, and are started again, as fast as the machine can."""
import daemons
from figures import Figure

PROGRAMS = 200
PER_SECOND = 50


def measure(workspace, ours=5, theirs=2, limit=None):
    p50 = Figure(f"getState while {PROGRAMS} programs crash, p50", "ms")
    p99 = Figure(f"getState while {PROGRAMS} programs crash, p99", "ms", limit)
    storm = "".join(daemons.program(f"p{number:04d}", "/bin/false", autorestart="true") for number in range(PROGRAMS))
    for side in daemons.rounds(ours, theirs):
        with daemons.Run(workspace, side, storm) as run:
            run.daemon.start()
            daemons.support.wait_for(lambda: run.rpc.getState(), 30, "the first answer")
            answer = daemons.load("paced", run.socket, "supervisor.getState", PER_SECOND, 4)
            p50.add(side, answer["p50_ms"])
            p99.add(side, answer["p99_ms"])
    return [p50, p99]
