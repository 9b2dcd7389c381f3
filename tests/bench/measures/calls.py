"""Calls per second over the unix socket on kept connections: getState and getAllProcessInfo, one client and eight."""
import daemons
from figures import Figure

CLIENTS = (1, 8)
METHODS = ("getState", "getAllProcessInfo")
SECONDS = {False: 1.0, True: 0.5}  # of one run; Supervisor's takes until each client has an answer


def measure(workspace, count, ours=5, theirs=3, limits=None):
    limits = limits or {}
    figures = {(method, clients): Figure(
        f"{method} of {count:,} programs, {clients} client{'s' if clients > 1 else ''}", "calls/s",
        limits.get((method, clients)), at_least=True, digits=1 if method == "getAllProcessInfo" else 0)
        for method in METHODS for clients in CLIENTS}
    for side, repeats in ((False, theirs), (True, ours)):
        with daemons.Run(workspace, side, daemons.sleepers(count)) as run:
            run.start_s()
            for _ in range(repeats):
                for (method, clients), figure in figures.items():
                    answer = daemons.load("calls", run.socket, f"supervisor.{method}", clients, SECONDS[side])
                    figure.add(side, answer["per_second"])
    return list(figures.values())
