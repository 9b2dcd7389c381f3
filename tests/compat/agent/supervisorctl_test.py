"""The real /usr/bin/supervisorctl, talking to supervisord and to holdfastd: standard output, standard error and exit
status are the same (contract supervisor.md 6)."""
import contextlib
import socket
import subprocess

from pair import CLEAN_ENVIRONMENT, SUPERVISORCTL, PairTest, main, support

PROGRAMS = """
[program:cat]
command = /bin/cat
startsecs = 0

[program:stopped]
command = /bin/cat
startsecs = 0
autostart = false

[program:nofile]
command = /nonexistent/program
autostart = false

[program:notexecutable]
command = %(here)s/daemon.conf
autostart = false

[program:quick]
command = /bin/false
startsecs = 60  ; however late its end is seen, it is too early
startretries = 0
autostart = false

[program:nolog]
command = /bin/cat
startsecs = 0
stdout_logfile = NONE
stderr_logfile = NONE

[program:talk]
command = /bin/sh -c "echo first line; echo the line æøå; echo an error >&2; exec cat"
startsecs = 0

[program:many]
command = /bin/cat
process_name = %(program_name)s_%(process_num)02d
numprocs = 2
startsecs = 0
"""

# What the client refuses by itself (missing or too many words) is not here: it is the same client.
STEPS = [
    ["version"], ["status", "cat"], ["status", "absent"], ["status", "absent:*"], ["status", "many:*"], ["status",
    "cat", "stopped", "absent"], ["status"], ["avail"], ["pid", "absent"], ["pid", "stopped"], ["start", "cat"],
    ["start", "absent"], ["start", "absent:*"], ["start", "nofile"], ["start", "notexecutable"], ["start",
    "quick"], ["start", "stopped"], ["start", "stopped", "cat", "absent"], ["start", "many:*"], ["stop",
    "many:*"], ["status", "many:*"], ["start", "many:*"], ["restart", "many:*"], ["stop", "stopped"], ["stop",
    "stopped"], ["stop", "absent"], ["stop", "absent:*"], ["restart", "stopped"], ["restart", "absent"],
    ["signal", "CONT", "cat"], ["signal", "CONT", "cat", "absent"], ["signal", "FOO", "cat"], ["signal", "CONT",
    "quick"], ["signal", "CONT", "many:*"], ["signal", "CONT", "absent:*"], ["signal", "CONT", "all"], ["tail",
    "talk"], ["tail", "talk", "stderr"], ["tail", "-9", "talk"], ["tail", "absent"], ["tail", "nolog"], ["clear",
    "talk"], ["tail", "talk"], ["clear", "absent"], ["clear", "talk", "absent"], ["reread"],
    ["update"], ["update", "absent"], ["add", "cat"], ["add", "absent"], ["remove", "cat"], ["remove", "absent"],
    ["fg", "absent"],
]


class Supervisorctl(PairTest):
    CONFIG = PROGRAMS

    @classmethod
    def prepare(cls):
        for name in ("cat", "nolog", "talk", "many:many_00", "many:many_01"):
            cls.pair.wait_state(name, "RUNNING")
        cls.pair.wait_for(
            lambda side: "æøå" in side.rpc.supervisor.readProcessStdoutLog("talk", 0, 0)
            and side.rpc.supervisor.readProcessStderrLog("talk", 0, 0),
            "the output of talk")

    def ctl(self, *words, **options):
        self.same("ctl " + " ".join(words), lambda side: sorted_lines(words, side.ctl(*words, **options)))

    def test_commands(self):
        for words in STEPS:
            if words == ["start", "quick"]:
                self.ctl(*words)
                self.pair.wait_state("quick", "FATAL")
            else:
                self.ctl(*words)
        self.same("ctl pid", lambda side: side.ctl("pid")[:2] == (0, f"{side.daemon.pid}\n"))
        self.same("ctl pid cat", lambda side: side.ctl("pid", "cat")[:2] == (0, f"{side.pid_of('cat')}\n"))
        self.same("ctl pid all", lambda side: [word == "0" for word in side.ctl("pid", "all")[1].split()])
        self.same_in_the_end("ctl maintail", lambda side: side.ctl("maintail")[1] == side.file("main.log")[-1600:] + "\n")
        self.same("ctl stdin shell", lambda side: side.ctl(text="status cat\nversion\nquit\n"))
        self.changes()
        self.follow()
        self.end()

    def changes(self):
        for side in self.pair.sides:
            text = side.daemon.config.read_text()
            text = text.replace("numprocs = 2", "numprocs = 3") + "\n[program:new]\ncommand=/bin/cat\nstartsecs=0\n"
            side.daemon.config.write_text(text.replace("[program:nolog]", "[program:other]"))
        for words in (["reread"], ["avail"], ["add", "new"], ["status", "new"], ["update", "many"], ["update"],
                      ["update"], ["reread"], ["stop", "new"], ["remove", "new"], ["status", "new"], ["add", "new"]):
            self.ctl(*words)
            if words == ["add", "new"]:  # it is started after the answer
                self.pair.wait_state("new", "RUNNING")
        self.pair.wait_state("many:many_02", "RUNNING")
        self.ctl("status", "many:*")
        for side in self.pair.sides:
            side.daemon.config.write_text(side.daemon.config.read_text().replace("numprocs = 3", "numprocs = x"))
        self.ctl("reread")
        for side in self.pair.sides:
            side.daemon.config.write_text(side.daemon.config.read_text().replace("numprocs = x", "numprocs = 3"))
        self.ctl("reread")

    def follow(self):
        """tail -f and maintail -f show what is there and what comes."""
        def tail(side, *words):
            following = subprocess.Popen([SUPERVISORCTL, "-c", str(side.daemon.config), *words], cwd=side.folder,
                                         env={**CLEAN_ENVIRONMENT, "TEST_PORT": str(side.port)}, text=True,
                                         stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
            if words[0] == "tail":
                side.rpc.supervisor.sendProcessStdin("talk", "line one\nline two æ\n")  # its stdout is flushed with data only
            seen = [following.stdout.readline()]
            if words[0] == "tail":
                seen += [following.stdout.readline() for _ in range(2)]
                side.rpc.supervisor.sendProcessStdin("talk", "line three\n")
                seen.append(following.stdout.readline())
            else:
                seen.append(following.stdout.readline() != "")
            following.kill()
            following.communicate()
            return seen
        self.ctl("clear", "talk")
        self.same("ctl tail -f", lambda side: tail(side, "tail", "-f", "talk"))
        self.same("ctl maintail -f", lambda side: tail(side, "maintail", "-f"))
        self.ctl("tail", "-f", "absent")
        self.ctl("tail", "-f", "other")

    def end(self):
        self.ctl("shutdown")
        self.same("exit status", lambda side: side.daemon.process.wait(support.PATIENCE_S))
        for words in (["status"], ["start", "cat"], ["shutdown"], ["pid"], ["reread"], ["version"]):
            self.ctl(*words)
        with contextlib.ExitStack() as kept:  # its port is nobody's from here on: no other test may listen there
            for side in self.pair.sides:
                port = kept.enter_context(socket.socket())
                port.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                port.bind(("127.0.0.1", side.port))
            self.same("ctl TCP refused", lambda side: side.ctl("-s", side.tcp_url, "status"))


def sorted_lines(words, answer):
    """Commands on several processes answer in the order in which these end."""
    status, out, err = answer
    if len(words) > 1 and (":*" in words[-1] or words[-1] == "all"):
        out = "\n".join(sorted(out.splitlines()))
    return status, out, err


if __name__ == "__main__":
    main()
