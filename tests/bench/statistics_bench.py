"""What a node's statistics cost beside a cluster's other work (docs/decisions/0017): keeper and agent of one node with many
programs, in turn with nothing measured, the host alone, programs that nobody looks at, and programs that a subscriber
wants; and how long a client waits meanwhile. CPU is the scheduler's own count (schedstat). Fails when the difference to
nothing is more than the limits below. Usage: statistics_bench.py [programs...]"""
import pathlib
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "cluster"))
from events_test import ZmqSubscriber  # noqa: E402
from nodes import Workspace, free_port, pss_mib, small_cluster, wait_for  # noqa: E402

SIZES = (10, 1000)
MEASURE_S = 40
SETTLE_S = 3
PERIOD_S = 5.0
UNWATCHED_LIMIT = 4.0  # CPU seconds per hour more than without, whatever the number of programs
WATCHED_LIMIT = 30.0   # with 1,000 programs
WAIT_LIMIT_MS = 10.0   # getState, p99

PROGRAMS = "[program:many]\ncommand = /bin/sleep 100000\nprocess_name = %(process_num)s\nnumprocs = {count}\nstartsecs = 0\n"


def cpu_ns(pid):
    return sum(int(task.read_text().split()[0]) for task in pathlib.Path(f"/proc/{pid}/task").glob("*/schedstat"))


def measure(node, pids):
    """CPU seconds per hour, p99 of getState in ms, PSS in MiB."""
    time.sleep(SETTLE_S)  # at rest is what is measured
    before, begin = sum(map(cpu_ns, pids)), time.monotonic()
    time.sleep(MEASURE_S)
    cpu = (sum(map(cpu_ns, pids)) - before) / 1e9 / (time.monotonic() - begin) * 3600
    waits = []
    proxy = node.rpc
    for _ in range(1000):  # over two periods
        asked = time.monotonic()
        proxy.supervisor.getState()
        waits.append((time.monotonic() - asked) * 1e3)
        time.sleep(2 * PERIOD_S / 1000)
    return cpu, sorted(waits)[-10], pss_mib(*pids)


def run(count):
    missed = []
    port = free_port()
    with Workspace() as workspace:
        cluster = small_cluster(workspace, 1, PROGRAMS.format(count=count), "<root/>",
                                options=f"event_link = ZMQ\nevent_port = {port}\nstats_enabled = OFF")
        cluster.wait_for_state()
        node = cluster["n1"]
        wait_for(lambda: len(node.own_pids()) == count, 20, "all programs")
        pids = [node.daemon.pid, node.daemon.agent_pid()]
        rpc = node.rpc.supvisors
        off = measure(node, pids)
        rpc.enable_host_statistics(True)
        host = measure(node, pids)
        rpc.enable_process_statistics(True)
        unwatched = measure(node, pids)
        subscriber = ZmqSubscriber("127.0.0.1", port, ["pstats"])
        watched = measure(node, pids)
        subscriber.close()
    for name, seen in (("nothing", off), ("host", host), ("unwatched", unwatched), ("watched", watched)):
        print(f"{count:5} programs  {name:10} {seen[0]:7.2f} s/h ({seen[0] - off[0]:+.2f})   getState p99 {seen[1]:6.2f} ms   "
              f"{seen[2]:5.1f} MiB", flush=True)
    if unwatched[0] - off[0] > UNWATCHED_LIMIT:
        missed.append(f"{count} programs, nobody looks: {unwatched[0] - off[0]:.2f} s/h, wanted {UNWATCHED_LIMIT}")
    if watched[0] - off[0] > WATCHED_LIMIT:
        missed.append(f"{count} programs, watched: {watched[0] - off[0]:.2f} s/h, wanted {WATCHED_LIMIT}")
    if watched[1] > WAIT_LIMIT_MS:
        missed.append(f"{count} programs, watched: getState p99 {watched[1]:.2f} ms, wanted {WAIT_LIMIT_MS}")
    return missed


def main():
    missed = [text for count in [int(word) for word in sys.argv[1:]] or SIZES for text in run(count)]
    for text in missed:
        print("missed: " + text)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
