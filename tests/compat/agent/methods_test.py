"""The readable methods and every fault that a call without consequences can provoke (contract supervisor.md 3.7, 3.8,
4.1 to 4.9), over the unix socket and over TCP."""
import re
import xmlrpc.client

from pair import PairTest, main, support

PROGRAMS = """
[program:cat]
command = /bin/cat
startsecs = 0
priority = 20

[program:stopped]
command = /bin/cat -u
autostart = false
stopsignal = INT
exitcodes = 0,2
autorestart = true

[program:six]
command = /bin/sh -c "echo hello; echo error >&2; exec cat"
startsecs = 0
stdout_logfile = %(here)s/six.out
stdout_logfile_maxbytes = 1MB
stdout_logfile_backups = 3

[program:nolog]
command = /bin/cat
startsecs = 0
stdout_logfile = NONE
stderr_logfile = NONE

[program:merged]
command = /bin/sh -c "echo one; echo two >&2; exec cat"
startsecs = 0
redirect_stderr = true

[program:unwritten]
command = /bin/cat
autostart = false
stdout_logfile = %(here)s/unwritten.out

[program:multi]
command = /bin/cat
process_name = %(program_name)s_%(process_num)02d
numprocs = 2
startsecs = 0

[program:first]
command = /bin/cat
startsecs = 0

[program:second]
command = /bin/cat
autostart = false
priority = 7
directory = /tmp
user = root

[group:duo]
programs = first, second
priority = 5

[program:umläut]
command = /bin/sh -c "echo blåbær; exec cat"
startsecs = 0
"""

TAIL_TABLE = [(0, 0), (0, 3), (0, 6), (0, 100), (2, 2), (2, 4), (2, 100), (6, 10), (100, 10), (-2, 3), (0, -1), (5, 1),
              (-100, 100), (7, 0), (6, 0)]
READ_TABLE = [(0, 0), (0, 3), (2, 2), (5, 100), (6, 1), (100, 0), (-2, 0), (-100, 0), (-2, 3), (-1, -1), (0, -1), (3, -1)]
BAD_NAMES = ["absent", "absent:x", "duo:absent", "multi", "duo:*", "duo:", "cat:*", "", ":", "cat:cat:cat", "duo"]


class Methods(PairTest):
    CONFIG = PROGRAMS

    @classmethod
    def prepare(cls):
        for name in ("cat", "six", "nolog", "merged", "multi:multi_00", "multi:multi_01", "duo:first", "umläut"):
            cls.pair.wait_state(name, "RUNNING")
        for name, text in (("six", "hello\n"), ("merged", "one\ntwo\n"), ("umläut", "blåbær\n")):
            cls.pair.wait_for(lambda side: side.rpc.supervisor.readProcessStdoutLog(name, 0, 0) == text,
                              f"the output of {name}")
        cls.pair.wait_for(lambda side: side.rpc.supervisor.readProcessStderrLog("six", 0, 0) == "error\n", "the errors of six")

    def test_daemon(self):
        for method in ("getAPIVersion", "getVersion", "getSupervisorVersion", "getIdentification", "getState"):
            self.same(method, lambda side: getattr(side.rpc.supervisor, method)())
            self.same(method + " TCP", lambda side: getattr(side.tcp.supervisor, method)())
        self.same("getPID", lambda side: side.rpc.supervisor.getPID() == side.daemon.pid)
        self.same("pid file", lambda side: int(side.file("daemon.pid")) == side.daemon.pid)

    def test_information(self):
        self.same("getAllProcessInfo", lambda side: side.rpc.supervisor.getAllProcessInfo())
        self.same("getAllProcessInfo TCP", lambda side: side.tcp.supervisor.getAllProcessInfo())
        for name in ("cat", "stopped", "six", "nolog", "merged", "duo:second", "multi:multi_01", "umläut", "cat:cat"):
            self.same(f"getProcessInfo {name}", lambda side: side.rpc.supervisor.getProcessInfo(name))
        for name in BAD_NAMES:
            self.same(f"getProcessInfo {name!r}", lambda side: side.rpc.supervisor.getProcessInfo(name))

    def test_configuration(self):
        rows = self.same("getAllConfigInfo", lambda side: [
            {key: value for key, value in row.items() if key != "autorestart"}
            for row in side.rpc.supervisor.getAllConfigInfo()])[1]
        self.differs("autorestart key", "getAllConfigInfo autorestart",
                     lambda side: [row.get("autorestart") for row in side.rpc.supervisor.getAllConfigInfo()],
                     ("value", [None] * len(rows)),
                     ("value", [True if row["name"] == "stopped" else "unexpected" for row in rows]))
        self.same("reloadConfig unchanged", lambda side: side.rpc.supervisor.reloadConfig())

    def test_read_logs(self):
        for offset, length in READ_TABLE:
            self.same(f"readProcessStdoutLog {offset},{length}",
                      lambda side: side.rpc.supervisor.readProcessStdoutLog("six", offset, length))
        for method in ("readProcessStdoutLog", "readProcessLog", "readProcessStderrLog"):
            for name in ("six", "nolog", "merged", "unwritten", "stopped", "umläut"):
                self.same(f"{method} {name}", lambda side: getattr(side.rpc.supervisor, method)(name, 0, 0))
            for name in BAD_NAMES:
                self.same(f"{method} {name!r}", lambda side: getattr(side.rpc.supervisor, method)(name, 0, 0))
        self.same("readProcessStdoutLog numbers as text",
                  lambda side: side.rpc.supervisor.readProcessStdoutLog("six", "1", "2"))
        self.same("readProcessStdoutLog a number and a half",
                  lambda side: side.rpc.supervisor.readProcessStdoutLog("six", 1.5, 2.9))

    def test_tail_logs(self):
        for offset, length in TAIL_TABLE:
            self.same(f"tailProcessStdoutLog {offset},{length}",
                      lambda side: side.rpc.supervisor.tailProcessStdoutLog("six", offset, length))
        for method in ("tailProcessStdoutLog", "tailProcessLog", "tailProcessStderrLog"):
            for name in ("six", "nolog", "merged", "unwritten", "stopped", "umläut"):
                self.same(f"{method} {name}", lambda side: getattr(side.rpc.supervisor, method)(name, 0, 100))
            for name in BAD_NAMES:
                self.same(f"{method} {name!r}", lambda side: getattr(side.rpc.supervisor, method)(name, 0, 100))

    def test_main_log(self):
        for offset, length in ((-2, 3), (0, -1), (1_000_000, 0), (1_000_000, 5)):
            self.same(f"readLog {offset},{length}", lambda side: side.rpc.supervisor.readLog(offset, length))
            self.same(f"readMainLog {offset},{length}", lambda side: side.rpc.supervisor.readMainLog(offset, length))
        self.same_in_the_end("readLog all", lambda side: side.rpc.supervisor.readLog(0, 0) == side.file("main.log"))
        self.same("readLog the end", lambda side: len(side.rpc.supervisor.readLog(-16, 0)))

    def test_system(self):
        def own(names):
            return [name for name in names if name.split(".")[0] in ("supervisor", "system")]
        names = self.same("listMethods", lambda side: own(side.rpc.system.listMethods()))
        for name in names[1]:
            self.same(f"methodSignature {name}", lambda side: side.rpc.system.methodSignature(name))
            self.same(f"methodHelp {name}", lambda side: bool(side.rpc.system.methodHelp(name)))
        for name in ("supervisor.absent", "absent.x", "", "supervisor", "a.b.c"):
            self.same(f"methodSignature {name!r}", lambda side: side.rpc.system.methodSignature(name))
            self.same(f"methodHelp {name!r}", lambda side: side.rpc.system.methodHelp(name))

    def test_unknown_methods(self):
        for name in ("supervisor.absent", "absent.getState", "getState", "supervisor.getState.x", "supervisor._update",
                     "supervisor.__class__.x", "system.__init__", "supervisor.supervisord.options"):
            self.same(f"method {name}", lambda side: getattr(side.rpc, name)())

    def test_arguments(self):
        for name, arguments in (("getState", (1,)), ("getProcessInfo", ()), ("getProcessInfo", ("cat", 1)),
                                ("startProcess", ()), ("startProcess", ("cat", True, 1)), ("signalProcess", ("cat",)),
                                ("readLog", (0,)), ("readLog", (0, 0, 0)), ("sendProcessStdin", ("cat",)),
                                ("sendProcessStdin", ("cat", 5)),
                                ("sendRemoteCommEvent", ("a",)), ("addProcessGroup", ())):
            self.same(f"{name}{arguments}", lambda side: getattr(side.rpc.supervisor, name)(*arguments))
        self.differs("value in a text", "sendProcessStdin array",
                     lambda side: side.rpc.supervisor.sendProcessStdin("cat", ["x"]),
                     ("fault", (2, "INCORRECT_PARAMETERS: ['x']")), ("fault", (2, "INCORRECT_PARAMETERS")))

    def test_failed(self):
        """FAILED where the operating system refuses: a folder stands where the log was."""
        def spoil(side):
            for name in ("cat", "unwritten"):
                path = support.pathlib.Path(side.rpc.supervisor.getProcessInfo(name)["stdout_logfile"])
                path.unlink(missing_ok=True)
                path.mkdir()
        self.pair.both(spoil)
        for name in ("cat", "unwritten"):
            for method in ("readProcessStdoutLog", "readProcessLog", "tailProcessStdoutLog", "tailProcessLog"):
                self.same(f"{method} {name} failed", lambda side: getattr(side.rpc.supervisor, method)(name, 0, 10))
        self.same("clearProcessLogs failed", lambda side: side.rpc.supervisor.clearProcessLogs("cat"))
        self.same("clearProcessLog failed", lambda side: side.rpc.supervisor.clearProcessLog("cat"))

    def test_input_types(self):
        """Values as other clients write them (contract 4.1)."""
        def call(method, *values):
            body = (f"<?xml version='1.0'?><methodCall><methodName>supervisor.{method}</methodName><params>" +
                    "".join(f"<param>{value}</param>" for value in values) + "</params></methodCall>").encode()

            def step(side):
                status, _, answer = side.http("POST", "/RPC2", body, {"Content-Type": "text/xml"})
                if status != 200:
                    return status
                return xmlrpc.client.loads(answer)[0]
            self.same(f"{method}{values}", step)

        def value(kind, text):
            return f"<value><{kind}>{text}</{kind}></value>"
        zero, three = value("int", 0), value("int", 3)
        for name in ("<value>six</value>", "<value>\n<string>six</string>\n</value>", value("string", "si&#120;"),
                     value("base64", "c2l4"), value("base64", "\nc2\nl4\n"), "<value> six </value>",
                     value("string", "")):
            call("readProcessStdoutLog", name, zero, three)
        call("readProcessStdoutLog", value("string", "uml&#228;ut"), zero, zero)
        for number in (value("i4", 2), value("int", " 2 "), value("boolean", 1), value("boolean", 0), value("double", 2.7),
                       value("string", "2"), "<value>2</value>", value("base64", "Mg==")):
            call("readProcessStdoutLog", value("string", "six"), number, three)
            call("readProcessStdoutLog", value("string", "six"), zero, number)
        for bad in (value("int", "two"), value("int", ""), value("double", "x"), value("boolean", "true")):
            call("readProcessStdoutLog", value("string", "six"), bad, three)
        for data in (value("int", 6), value("double", 2.5), value("boolean", 1), value("dateTime.iso8601", "20260101T00:00:00")):
            call("sendRemoteCommEvent", value("string", "kind"), data)
        for name in (value("int", 6), "<value><array><data/></array></value>"):
            call("getProcessInfo", name)

    def test_unexpected(self):
        """HTTP 500, and a CRIT line that says so."""
        self.same("getProcessInfo number", lambda side: side.rpc.supervisor.getProcessInfo(5))
        self.same_in_the_end("its line", lambda side: re.search(
            r"CRIT Handling XML-RPC request .*getProcessInfo.* raised an unexpected exception: ", side.file("main.log")))

    def test_multicall(self):
        def calls(*each):
            return lambda side: side.rpc.system.multicall(list(each))
        state = {"methodName": "supervisor.getState", "params": []}
        self.sames({
            "multicall none": calls(),
            "multicall two": calls(state, {"methodName": "supervisor.getProcessInfo", "params": ["cat"]}),
            "multicall fault": calls({"methodName": "supervisor.getProcessInfo", "params": ["absent"]}, state),
            "multicall no params": calls({"methodName": "supervisor.getAPIVersion"}),
            "multicall no name": calls({"params": []}, state),
            "multicall nested": calls({"methodName": "system.multicall", "params": [[]]}, state),
            "multicall unknown": calls({"methodName": "absent.x", "params": []}, state),
            "multicall wrong count": calls({"methodName": "supervisor.getProcessInfo", "params": []}, state),
            "multicall no argument": lambda side: side.rpc.system.multicall(),
        })


class Restart(PairTest):
    CONFIG = "[program:cat]\ncommand = /bin/cat\nstartsecs = 0\n"

    def test_restart(self):
        """Everything is stopped, the file is read anew, the daemon keeps its process id."""
        self.pair.wait_state("cat", "RUNNING")
        before = self.pair.both(lambda side: side.pid_of("cat"))
        for side in self.pair.sides:
            side.daemon.config.write_text(side.daemon.config.read_text() + "\n[program:more]\ncommand = /bin/cat\n")
        self.same("restart", lambda side: side.rpc.supervisor.restart())
        old = dict(zip([side.name for side in self.pair.sides], before))
        self.pair.wait_for(lambda side: side.pid_of("cat") not in (0, old[side.name]), "it to be back")
        self.pair.wait_state("more", "RUNNING")
        self.same("daemon after restart", lambda side: (side.rpc.supervisor.getState(),
                                                        side.rpc.supervisor.getPID() == side.daemon.pid))
        self.assertFalse(any(support.alive(pid) for pid in before))


if __name__ == "__main__":
    main()
