"""Programs, pools and groups that are called "" (Supervisor takes [program:]), under both daemons: an empty name is a name
like any other. And in which order methods list, where priority, name and place in the file all differ."""
import json
import os
import signal
import unittest

from pair import BASE, PairTest, main, support

NAMES = """
[program:]
command = /bin/cat
startsecs = 0

[program:b]
command = /bin/cat
startsecs = 0

[eventlistener:l]
command = /bin/cat
events = TICK_3600
startsecs = 0
"""


class EmptyNames(PairTest):
    CONFIG = NAMES

    @classmethod
    def prepare(cls):
        for name in ("", "b", "l"):
            cls.pair.wait_state(name, "RUNNING")

    def test_1_methods(self):
        for name in ("", ":", ":b", "::"):
            for method, *rest in (("getProcessInfo",), ("stopProcess",), ("stopProcess",), ("startProcess",),
                                  ("startProcess",), ("signalProcess", "CONT"),
                                  ("readProcessStdoutLog", 0, 0), ("tailProcessStdoutLog", 0, 10),
                                  ("clearProcessLogs",), ("sendProcessStdin", "x")):
                self.same(f"{method} of {name!r}",
                          lambda side: getattr(side.rpc.supervisor, method)(name, *rest))  # noqa: B023
        for method, *rest in (("signalProcessGroup", "CONT"), ("removeProcessGroup",), ("addProcessGroup",)):
            self.same(f"{method} of ''", lambda side: getattr(side.rpc.supervisor, method)("", *rest))  # noqa: B023
        self.same("getAllProcessInfo", lambda side: side.rpc.supervisor.getAllProcessInfo())

    def test_2_supervisorctl(self):
        for words in (["status"], ["status", ""], ["status", ":"], ["stop", ":"], ["status"], ["start", ":*"], ["stop", ":b"],
                      ["tail", ":"], ["pid", ":"], ["avail"], ["signal", "CONT", ":"], ["clear", ":"]):
            self.same("ctl " + " ".join(map(repr, words)), lambda side: side.ctl(*words))  # noqa: B023

    def test_3_a_group_comes_and_goes(self):
        for name, step in {"stop": lambda rpc: rpc.stopProcessGroup(""), "remove": lambda rpc: rpc.removeProcessGroup(""),
                           "reread": lambda rpc: rpc.reloadConfig(), "add": lambda rpc: rpc.addProcessGroup("")}.items():
            self.same(f"{name} the group ''", lambda side: step(side.rpc.supervisor))  # noqa: B023
        self.pair.wait_state("", "RUNNING")

    def test_4_what_a_program_sees(self):
        def seen(side):
            with open(f"/proc/{side.pid_of('')}/environ", "rb") as environment:
                return sorted(word for word in environment.read().split(b"\0") if b"_NAME=" in word)
        self.same("its environment", seen)

    def test_5_another_agent_finds_them(self):
        """kill -9 of the agent: the programs were taken for unknown and started a second time."""
        ours = self.pair.ours
        infos = ours.rpc.supervisor.getAllProcessInfo
        before = [(info["group"], info["name"], info["pid"]) for info in infos()]
        killed = ours.daemon.kill_agent()
        support.wait_for(lambda: ours.daemon.agent_pid() not in (None, killed), 15, "the next agent")
        ours.wait_ready()
        self.assertEqual([(info["group"], info["name"], info["pid"]) for info in infos()], before)
        self.assertEqual(sorted(support.children_of(ours.daemon.pid)),
                         sorted([pid for _, _, pid in before] + [ours.daemon.agent_pid()]))

    def test_6_the_end(self):
        """TERM: the group '' was never told to stop."""
        def end(side):
            os.kill(side.daemon.pid, signal.SIGTERM)
            return side.daemon.process.wait(30)
        self.same("TERM ends all", end)


class EmptyGroups(unittest.TestCase):
    """The other sections that may have no name; and a process without one in a group that has, which Supervisor starts, but
    then getAllProcessInfo is refused (BAD_NAME) as long as it is there."""

    def test_each(self):
        program = "command = /bin/cat\nstartsecs = 0\n"
        for kind, text in {
                "eventlistener": f"[eventlistener:]\nevents = TICK_3600\n{program}",
                "fcgi-program": "[fcgi-program:]\nsocket = unix://%(here)s/fcgi.sock\ncommand = /bin/sleep 1000\nstartsecs = 0\n",
                "group": f"[group:]\nprograms = a\n[program:a]\n{program}",
                "process": f"[program:d]\nprocess_name =\n{program}"}.items():
            with self.subTest(kind), support.Workspace() as workspace:
                daemon = workspace.daemon(kind, BASE + text, environment={"TEST_PORT": str(support.free_port())})
                daemon.start()
                rpc = support.server_proxy(f"unix://{daemon.folder}/s.sock").supervisor
                one = support.wait_for(lambda: [info for info in rpc.getAllProcessInfo() if info["pid"]], 15, "it to run")
                self.assertEqual([info["group" if kind != "process" else "name"] for info in one], [""])
                killed = daemon.kill_agent()
                support.wait_for(lambda: daemon.agent_pid() not in (None, killed), 15, "the next agent")
                rpc = support.server_proxy(f"unix://{daemon.folder}/s.sock").supervisor
                support.wait_for(lambda: rpc.getState()["statename"] == "RUNNING", 15, "it to answer")
                self.assertEqual([info["pid"] for info in rpc.getAllProcessInfo()], [one[0]["pid"]])
                os.kill(daemon.pid, signal.SIGTERM)
                self.assertEqual(daemon.process.wait(30), 0)


ORDER = """
[program:mid]
command = /bin/cat
priority = 500
startsecs = 0

[program:zz]
command = /bin/cat
priority = 20
startsecs = 0

[group:zed]
programs = late, early, missing
priority = 5

[program:late]
command = /bin/cat
priority = 900
startsecs = 0

[program:early]
command = /bin/cat
priority = 3
startsecs = 0

[program:missing]
command = /nonexistent/program
priority = 100
startsecs = 0
autostart = false

[program:many]
command = /bin/cat
process_name = %(program_name)s_%(process_num)d
numprocs = 12
priority = 100
startsecs = 0

[group:alpha]
programs = equal, same
priority = 100

[program:same]
command = /bin/cat
startsecs = 0

[program:equal]
command = /bin/cat
numprocs = 2
process_name = e%(process_num)d
startsecs = 0

[eventlistener:pool]
command = /bin/cat
events = TICK_3600
startsecs = 0
"""


class Order(PairTest):
    CONFIG = ORDER

    @classmethod
    def prepare(cls):
        cls.pair.wait_for(lambda side: sum(info["statename"] == "RUNNING"
                                           for info in side.rpc.supervisor.getAllProcessInfo()) == 20, "all to run")

    def listed(self, name, call, of=lambda row: (row["group"], row["name"], row.get("status"))):
        return self.same(name, lambda side: [of(row) for row in call(side.rpc.supervisor)])

    def test_1_who_lists(self):
        self.listed("getAllProcessInfo", lambda rpc: rpc.getAllProcessInfo())
        self.listed("getAllConfigInfo", lambda rpc: rpc.getAllConfigInfo())
        self.listed("clearAllProcessLogs", lambda rpc: rpc.clearAllProcessLogs())
        self.listed("signalAllProcesses", lambda rpc: rpc.signalAllProcesses("CONT"))
        for group in ("zed", "many", "alpha"):
            self.listed(f"signalProcessGroup {group}", lambda rpc: rpc.signalProcessGroup(group, "CONT"))  # noqa: B023
        self.same("ctl status", lambda side: side.ctl("status"))
        self.same("ctl avail", lambda side: side.ctl("avail"))
        self.same("ctl signal CONT all", lambda side: side.ctl("signal", "CONT", "all"))

    def test_2_json(self):
        """The same table answers JSON."""
        ours = self.pair.ours
        for method in ("getAllProcessInfo", "getAllConfigInfo"):
            rows = getattr(ours.rpc.supervisor, method)()
            _, _, body = ours.http("GET", f"/api/v1/supervisor.{method}")
            self.assertEqual([(row["group"], row["name"]) for row in json.loads(body)["result"]],
                             [(row["group"], row["name"]) for row in rows])
        _, _, body = ours.http("POST", "/api/v1/supervisor.clearAllProcessLogs", b"[]", {"Content-Type": "application/json"})
        self.assertEqual([(row["group"], row["name"]) for row in json.loads(body)["result"]],
                         [(row["group"], row["name"]) for row in ours.rpc.supervisor.clearAllProcessLogs()])

    def test_3_who_starts_and_stops(self):
        """Without waiting: then every row has its place, also that of a program which cannot be started."""
        self.listed("stopAllProcesses", lambda rpc: rpc.stopAllProcesses(False))
        self.stopped()
        self.listed("startAllProcesses", lambda rpc: rpc.startAllProcesses(False))
        self.started()
        self.listed("stopProcessGroup zed", lambda rpc: rpc.stopProcessGroup("zed", False))
        self.stopped()
        self.listed("startProcessGroup zed", lambda rpc: rpc.startProcessGroup("zed", True))

    def stopped(self):
        self.pair.wait_for(lambda side: all(info["statename"] != "STOPPING" for info in side.rpc.supervisor.getAllProcessInfo()),
                           "all to stop")

    def started(self):
        self.pair.wait_for(lambda side: sum(info["statename"] == "RUNNING"
                                            for info in side.rpc.supervisor.getAllProcessInfo()) == 20, "all to run again")

    def test_4_reread(self):
        for side in self.pair.sides:
            text = side.daemon.config.read_text()
            text = text.replace("[program:zz]", "[program:new_z]").replace("[program:mid]", "[program:new_a]")
            text = text.replace("numprocs = 12", "numprocs = 11").replace("programs = late, early, missing", "programs = late, early")
            side.daemon.config.write_text(text)
        self.same("reloadConfig", lambda side: side.rpc.supervisor.reloadConfig())
        self.listed("getAllConfigInfo then", lambda rpc: rpc.getAllConfigInfo())
        self.same("ctl avail then", lambda side: side.ctl("avail"))
        self.same("ctl reread", lambda side: side.ctl("reread"))
        self.same("add one, then", lambda side: side.rpc.supervisor.addProcessGroup("new_a"))
        self.pair.wait_state("new_a", "RUNNING")
        self.listed("signalAllProcesses then", lambda rpc: rpc.signalAllProcesses("CONT"))
        self.same("system.listMethods of supervisor", lambda side: [
            name for name in side.rpc.system.listMethods() if name.startswith(("supervisor.", "system."))])


if __name__ == "__main__":
    main()
