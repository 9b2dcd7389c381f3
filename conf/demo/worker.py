"""A worker of the demo: counts one job a tenth of a second in the store, and says so on its standard output."""
import os
import sys
import time

from store import Store

name = os.environ.get("SUPERVISOR_PROCESS_NAME", "worker")
node = os.environ.get("DEMO_NODE", "?")
store = None
done = 0
while True:
    try:
        if store is None:
            store = Store(sys.argv[1], int(sys.argv[2]))
            print(f"{name} on {node}: connected to the store", flush=True)
        total = store.call("INCR", "jobs")
        store.call("HINCRBY", "jobs-by-worker", name, "1")
        store.call("HSET", "worker-node", name, node)
        done += 1
        if done % 50 == 0:
            print(f"{name} on {node}: {done} jobs done here, {total} in all", flush=True)
    except OSError as why:
        if store is not None:
            print(f"{name} on {node}: the store is away ({why}); trying again", flush=True)
            store.close()
            store = None
    time.sleep(0.1)
