"""Event listeners under both daemons (contract supervisor.md section 5): the same scripts, written with Debian's
supervisor.childutils, get the same headers and payloads, and the main log says the same of them."""
import json
import pathlib
import re

import pair
from pair import support

SCRIPT = pathlib.Path(__file__).with_name("listeners.py")


PRIORITIES = iter(range(900, 999))


def listener(name, kind, events, extra=""):
    """Each has a priority of its own: Supervisor takes processes of equal priority for the same one, and gives an event that
    comes back to the pools of all of them (LeakedEvents below)."""
    return f"""
[eventlistener:{name}]
command = /usr/bin/python3 {SCRIPT} {kind} %(here)s/{name}.out
events = {events}
startsecs = 0
priority = {next(PRIORITIES)}
{extra}
"""


THANKS = listener("thanks", "bad_answer", "REMOTE_COMMUNICATION")
CONFIG = listener("rec", "recorder", "process_state, PROCESS_COMMUNICATION,REMOTE_COMMUNICATION,PROCESS_LOG,"
                  "SUPERVISOR_STATE_CHANGE,PROCESS_GROUP", "buffer_size = 500") + \
    listener("ticks", "recorder", "TICK_5") + \
    listener("pool", "recorder", "REMOTE_COMMUNICATION", "numprocs = 3\nprocess_name = %(program_name)s_%(process_num)d") + \
    listener("no", "rejecter", "REMOTE_COMMUNICATION") + \
    listener("rubbish", "rubbish", "REMOTE_COMMUNICATION") + \
    THANKS + \
    listener("mortal", "mortal", "REMOTE_COMMUNICATION", "autorestart = true") + \
    listener("crashmail", "crashmail", "PROCESS_STATE_EXITED", "buffer_size = 500") + \
    listener("memmon", "memmon", "TICK_5", "environment = SUPERVISOR_USERNAME='u',SUPERVISOR_PASSWORD='p'") + """
[eventlistener:small]
command = /bin/sh -c 'exec sleep 1000'
events = PROCESS_GROUP_ADDED
buffer_size = 2

[program:speaker]
command = /bin/sh -c 'until_told() { until grep -qs "$1" %(here)s/rec.out; do sleep 0.02; done; }
    echo plain; printf "<!--XSUPERVISOR:BEGIN-->a message<!--XSUPERVISOR:END-->"; until_told "a message"
    printf "err" >&2; until_told PROCESS_LOG_STDERR
    printf "\\377\\376 \\047 binary output, longer than a token"; exec sleep 1000'
autostart = false
startsecs = 0
stdout_capture_maxbytes = 1KB
stdout_events_enabled = true
stderr_events_enabled = true

[program:errors]
command = /bin/sh -c 'cd %(here)s; speak() { printf "$1" >&2; : >said; while test -e said; do sleep 0.02; done; }
    speak "<!--XSUPERVISOR:BEGIN-->"
    speak "the first words of the whole long message,"
    speak " and the next ones of it too"
    speak "<!--XSUPERVISOR:END-->"
    speak "and more"
    exec sleep 1000'
autostart = false
startsecs = 0
stderr_capture_maxbytes = 20

[program:short]
command = /bin/sh -c 'until test -e %(here)s/short; do sleep 0.02; done; exit 4'
autostart = false
autorestart = false
startsecs = 0

[program:never]
command = /bin/sh -c 'sleep 0.3; exit 1'
autostart = false
startsecs = 60
startretries = 0

[program:big]
command = /usr/bin/python3 -c "import time; x = b'x' * (100 << 20); time.sleep(1000)"
autostart = false
startsecs = 0

[program:gate]
command = /bin/sh -c 'trap "" TERM; until grep -s STATE_STOPPED %(here)s/rec.out | grep -q processname:one; do sleep 0.02; done'
startsecs = 0
stopwaitsecs = 600
priority = 950

[group:g]
programs = one,two

[program:one]
command = /bin/sleep 1000
startsecs = 0

[program:two]
command = /bin/sleep 1000
autostart = false
startsecs = 0
"""


def records(side, name):
    return [json.loads(line) for line in (side.file(f"{name}.out") or "").splitlines()]


def normal_payload(text):
    return re.sub(r"pid:[1-9]\d*", "pid:N", text)


def fields(entry):
    """Name, payload and the header but for the numbers that both daemons give differently."""
    headers, payload, *rest = entry
    constant = {key: headers[key] for key in ("ver", "server", "pool", "eventname")}
    assert int(headers["len"]) == len(payload), entry
    return [constant, normal_payload(payload), *rest]


class Listeners(pair.PairTest):
    CONFIG = CONFIG

    @classmethod
    def prepare(cls):
        for name in ("rec:rec", "no:no", "thanks", "mortal", "crashmail", "memmon", "g:one"):
            cls.pair.wait_state(name, "RUNNING")
        cls.pair.wait_for(lambda side: "processname:one groupname:g from_state:STARTING" in str(records(side, "rec")),
                          "the first events")

    def until(self, name, condition, what):
        """Waits on both sides until the records of a listener are as wanted."""
        self.pair.wait_for(lambda side: condition(records(side, name)), f"{what} in {name}'s records")

    def ends(self, process, how):
        """Waits until the recorder knows that it has ended so."""
        self.until("rec", lambda seen: any(entry[0]["eventname"] == f"PROCESS_STATE_{how}" and f"processname:{process} " in entry[1]
                                           for entry in seen), f"the end of {process}")

    def events_of(self, side, process):
        return [fields(entry) for entry in records(side, "rec") if f"processname:{process} " in entry[1]]

    def test_1_start(self):
        def at_start(side):
            return [fields(entry) for entry in records(side, "rec")
                    if entry[0]["eventname"].startswith(("PROCESS_GROUP", "SUPERVISOR"))]
        self.same("the groups of the start, then RUNNING", at_start)
        self.same("states of a program started by itself", lambda side: self.events_of(side, "one"))
        self.same_lines("a small buffer overflows at the start", lambda side: [
            line for line in side.main_log("small") if "overflowed" in line])

    def test_2_states(self):
        for name in ("two", "short", "never"):
            call = f"g:{name}" if name == "two" else name
            self.same(f"start {name}", lambda side: side.rpc.supervisor.startProcess(call, False))
        for name in ("g:two", "short"):
            self.pair.wait_state(name, "RUNNING")
        self.pair.both(lambda side: (side.folder / "short").touch())
        self.same("stop two", lambda side: side.rpc.supervisor.stopProcess("g:two"))
        for name, how in (("two", "STOPPED"), ("short", "EXITED"), ("never", "FATAL")):
            self.ends(name, how)
        for name in ("two", "short", "never"):
            self.same(f"events of {name}", lambda side: self.events_of(side, name))
        self.until("crashmail", bool, "a mail")
        self.same("what crashmail knows", lambda side: records(side, "crashmail"))

    def test_3_output(self):
        self.same("start the speaker", lambda side: side.rpc.supervisor.startProcess("speaker"))
        self.until("rec", lambda seen: "Undecodable" in str(seen), "the binary output")

        def logs(side):
            return [fields(entry) for entry in records(side, "rec")
                    if entry[0]["eventname"].startswith(("PROCESS_LOG", "PROCESS_COMM"))]
        self.same("captured text, both channels and binary output", logs)
        self.same("start errors", lambda side: side.rpc.supervisor.startProcess("errors"))
        self.pair.both(self.piece_by_piece)
        self.until("rec", lambda seen: "PROCESS_COMMUNICATION_STDERR" in str(seen), "the captured errors")
        self.same("a capture that outgrew its bound", lambda side: self.events_of(side, "errors"))

    @staticmethod
    def piece_by_piece(side):
        """What is kept of a capture that outgrows its bound depends on the pieces that are read: errors says each of its five
        when the daemon has nothing more to do about the one before."""
        for _ in range(5):
            support.wait_for((side.folder / "said").exists, what="the next piece")
            support.at_rest(side.loop_pid)
            (side.folder / "said").unlink()

    def test_4_remote(self):
        for index, text in enumerate(("first", "Grüße, Ж\nsecond line", "", 2.5)):
            self.same(f"send remote event {index}", lambda side: side.rpc.supervisor.sendRemoteCommEvent(f"type{index}", text))
        for name, count in (("rec", 4), ("pool", 4), ("no", 8), ("mortal", 5), ("thanks", 1)):
            self.until(name, lambda seen: sum("REMOTE" in str(entry[0]) for entry in seen) >= count, f"{count} events")
        self.same("remote events", lambda side: [fields(entry) for entry in records(side, "rec") if "REMOTE" in str(entry[0])])
        self.same("each once in a pool of three", lambda side: sorted(
            normal_payload(entry[1]) for entry in records(side, "pool")))
        self.same("a rejected event comes again, with its serials", lambda side: [
            [*fields(entry), int(entry[0]["poolserial"])] for entry in records(side, "no")])
        self.same("an event whose listener died comes again", lambda side: [
            [*fields(entry)[:2], int(entry[0]["poolserial"]), entry[2]] for entry in records(side, "mortal")])
        self.same("what a listener printed", lambda side: side.rpc.supervisor.readProcessStdoutLog("no", 0, 60))
        self.same_lines("rejected is said", lambda side: [line for line in side.main_log("no") if "rejected" in line])
        for name in ("thanks", "rubbish"):
            self.pair.wait_for(lambda side: "UNKNOWN" in str(side.main_log(name)), f"the word about {name}")
        self.same_lines("no answer of the protocol", lambda side: [
            line for line in side.main_log("thanks") if "UNKNOWN" in line or "bad" in line])
        self.same_lines("rubbish", lambda side: [line for line in side.main_log("rubbish") if "UNKNOWN" in line])
        page = self.pair.ours.http("GET", "/")[2].decode()
        self.assertIn("event listener rubbish broke the protocol and gets no events until its next start", page)
        self.assertIn("event listener thanks broke", page)
        self.same("both are still said to run", lambda side: [side.state("rubbish"), side.state("thanks")])

    def test_5_serials(self):
        def increasing(side):
            heads = [entry[0] for entry in records(side, "rec")]
            serials = [int(head["serial"]) for head in heads]
            pool_serials = [int(head["poolserial"]) for head in heads]
            return serials == sorted(set(serials)), pool_serials == list(range(len(heads)))
        self.same("serials rise, those of the pool by one", increasing)

        def shared(side):
            by_text = {entry[1]: entry[0]["serial"] for entry in records(side, "rec") if "REMOTE" in str(entry[0])}
            return all(by_text[entry[1]] == entry[0]["serial"] for entry in records(side, "pool"))
        self.same("an event has one serial in all pools", shared)

    def test_6_ticks_and_memory(self):
        self.same("start big", lambda side: side.rpc.supervisor.startProcess("big"))
        self.until("memmon", bool, "a restart")
        self.same("memmon restarts the big one", lambda side: records(side, "memmon"))

        def whens(seen):
            return [int(entry[1].split(":")[1]) for entry in seen]

        def steps(seen):
            return {after - before for before, after in zip(whens(seen), whens(seen)[1:])}
        self.until("ticks", lambda seen: 5 in steps(seen), "two ticks in succession")  # who is held up leaves some out

        def ticks(side):
            seen = records(side, "ticks")
            return min(steps(seen)), {when % 5 for when in whens(seen)}, {entry[0]["eventname"] for entry in seen}
        self.same("ticks at multiples of five seconds", ticks)

    def test_7_groups(self):
        added = "[program:new]\ncommand = /bin/sleep 1000\nstartsecs = 0\n"
        for side in self.pair.sides:
            side.daemon.config.write_text(side.daemon.config.read_text().replace(THANKS, "") + added)
        self.same("update", lambda side: side.ctl("update"))
        self.until("rec", lambda seen: any(entry[1] == "groupname:new\n" for entry in seen), "the new group")
        self.same("groups that come and go", lambda side: [
            fields(entry) for entry in records(side, "rec") if entry[0]["eventname"].startswith("PROCESS_GROUP")][-2:])

    def test_8_shutdown(self):
        self.same("shutdown", lambda side: side.rpc.supervisor.shutdown())
        self.pair.both(lambda side: side.daemon.process.wait(2 * support.PATIENCE_S))
        # Between their ends and its own stands the gate, until it has noted them.
        self.same("the listener sees the shutdown, and others end, before it ends", lambda side: [
            fields(entry)[1] for entry in records(side, "rec")
            if entry[0]["eventname"] == "SUPERVISOR_STATE_CHANGE_STOPPING" or "processname:one " in entry[1]])


LEAKED = """
[eventlistener:no]
command = /usr/bin/python3 {script} rejecter %(here)s/no.out
events = REMOTE_COMMUNICATION
startsecs = 0

[eventlistener:other]
command = /usr/bin/python3 {script} recorder %(here)s/other.out
events = PROCESS_GROUP
startsecs = 0
buffer_size = 100
""".format(script=SCRIPT)


class LeakedEvents(pair.PairTest):
    """Contract 5.5, to be fixed: an event that comes back goes to every pool with a process of equal priority. And what
    the log says of an event's way at debug."""
    CONFIG = LEAKED
    BASE_TEXT = pair.BASE.replace("identifier = compat", "identifier = compat\nloglevel = debug")

    @classmethod
    def prepare(cls):
        for name in ("no", "other"):
            cls.pair.wait_state(name, "RUNNING")

    def test_owner_only(self):
        self.same("send", lambda side: side.rpc.supervisor.sendRemoteCommEvent("t", "d"))
        self.pair.wait_for(lambda side: len(records(side, "no")) >= 2, "it to come back")
        self.pair.wait_for(lambda side: "no: event was processed" in (side.file("main.log") or ""), "its end")

        def way(side):
            lines = [line for line in side.main_log("no") if "output" not in line and "closed" not in line and "root" not in line]
            return lines[:1 + next(index for index, line in enumerate(lines) if "was processed" in line)]
        self.same("an event's way in the log", way)
        support.wait_for(lambda: "REMOTE" in str(records(self.pair.theirs, "other")), 10, "the event that leaks")
        self.differs("rejected events", "events of a pool that did not subscribe to them", lambda side: [
            entry[0]["eventname"] for entry in records(side, "other") if "GROUP" not in entry[0]["eventname"]],
            ("value", ["REMOTE_COMMUNICATION"]), ("value", []))


if __name__ == "__main__":
    pair.main()
