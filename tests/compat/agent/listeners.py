"""Event listeners for the tests, by Debian's supervisor.childutils, as superlance and everybody else writes them: one file,
the first argument says which one. They note what they see in the file that is the second argument, a JSON list a line."""
import json
import os
import sys

from supervisor import childutils


def note(*values):
    with open(sys.argv[2], "a") as record:
        record.write(json.dumps(values) + "\n")


def recorder():
    """Notes every event and takes it."""
    while True:
        headers, payload = childutils.listener.wait()
        note(headers, payload, os.environ["SUPERVISOR_PROCESS_NAME"])
        childutils.listener.ok()


def rejecter():
    """Rejects each event the first time."""
    seen = set()
    while True:
        headers, payload = childutils.listener.wait()
        first = headers["serial"] not in seen
        seen.add(headers["serial"])
        note(headers, payload, "rejected" if first else "taken")
        childutils.listener.fail() if first else childutils.listener.ok()


def refuser():
    """Takes no event."""
    while True:
        headers, payload = childutils.listener.wait()
        note(headers, payload)
        childutils.listener.fail()


def rubbish():
    """Speaks before it is asked."""
    print("what is this for?", flush=True)
    sys.stdin.read()


def bad_answer():
    """Answers its first event with something that is no result."""
    headers, payload = childutils.listener.wait()
    note(headers, payload)
    print("THANKS for that", flush=True)
    sys.stdin.read()


def mortal():
    """Dies with its first event in hand; its next life takes it."""
    headers, payload = childutils.listener.wait()
    alive = os.path.exists(sys.argv[2])
    note(headers, payload, "second life" if alive else "first life")
    if not alive:
        sys.exit(3)
    childutils.listener.ok()
    recorder()


def crashmail():
    """As superlance's crashmail: says what exited unexpectedly, with what the daemon knows of it."""
    rpc = childutils.getRPCInterface(os.environ)
    while True:
        headers, payload = childutils.listener.wait()
        if headers["eventname"] == "PROCESS_STATE_EXITED":
            facts, _ = childutils.eventdata(payload + "\n")
            if not int(facts["expected"]):
                info = rpc.supervisor.getProcessInfo(facts["groupname"] + ":" + facts["processname"])
                note(f"Process {facts['processname']} in group {facts['groupname']} exited unexpectedly from state "
                     f"{facts['from_state']}", info["spawnerr"], info["exitstatus"])
        childutils.listener.ok()


def memmon():
    """As superlance's memmon: at each tick looks at the memory of the running programs, restarts the big one once."""
    rpc = childutils.getRPCInterface(os.environ)
    done = False
    while True:
        headers, _ = childutils.listener.wait()
        assert headers["eventname"].startswith("TICK_"), headers
        for info in rpc.supervisor.getAllProcessInfo():
            if info["name"] == "big" and info["statename"] == "RUNNING" and not done:
                with open(f"/proc/{info['pid']}/statm") as statm:
                    resident = int(statm.read().split()[1]) * 4096
                if resident > 64 << 20:
                    done = True
                    rpc.supervisor.stopProcess("big")
                    rpc.supervisor.startProcess("big")
                    note("restarted", "big", headers["eventname"])
        childutils.listener.ok()


{each.__name__: each for each in (recorder, rejecter, refuser, rubbish, bad_answer, mortal, crashmail, memmon)
 }[sys.argv[1]]()
